"""What follows from a message being what it is: the dispatcher hears of every write of every message, maybe twice, late, or out of order.

    accepted, failed             decide, and write what was decided
    queued                       into the queue of its channel
    deferred, sent, unknown      a timer: to decide again, to miss the receipt, to ask the provider
    a way that came to nothing   the place under the person's caps is given back
    each                         its event on the timeline, its note in the tally

Whatever is done twice changes nothing: decisions are written on the condition that the message is still what was heard of.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from chalicelib.channels import pulling
from chalicelib.contacts import uses
from chalicelib.dispatch import deciding, places, queue, states, store, tallies, telling
from chalicelib.dispatch.cases import Case, Unknown, cases_of
from chalicelib.dispatch.metering import metered
from chalicelib.dispatch.model import Message, State
from chalicelib.dispatch.timing import TIMERS, message_due
from chalicelib.errors import Busy
from chalicelib.messages.policy.model import Tried
from chalicelib.messages.templates.model import ChannelName
from chalicelib.people.absorb import POISON
from chalicelib.settings import settings
from chalicelib.timers.model import Due

LOOK_AFTER_MS: Final = 10 * 60_000  # until a provider is asked for the first time what became of a message
DECIDED: Final = frozenset({State.ACCEPTED, State.FAILED})  # what is decided upon when it is heard of
# Those that turn out to have arrived may have waited for another way.
_ENDED: Final = frozenset({State.FAILED, State.REFUSED, State.DELIVERED, State.CLICKED})
WORKERS: Final = 8  # that decide side by side


def decide(message: Message, now: int) -> Message | None:
    """Decides what becomes of a message and writes it; None where nothing is to be written, or somebody else was quicker. Raises Busy."""
    return _written(message, deciding.decided(message, now))


def decide_all(messages: Sequence[Message], now: int, goes_on: Callable[[], bool] = lambda: True) -> dict[str, Exception]:
    """As `decide`, for many whose time has come: what has to be known is read together. Whatever is wrong with one of them is its own
    trouble: what was raised, by message, and Busy for those that are left when it does not go on. Raises what keeps all from being read.
    """
    if not messages:
        return {}
    try:
        cases = cases_of(messages, now)
    except POISON as error:
        if len(messages) == 1:
            return {messages[0].id: error}
        return {key: wrong for one in messages for key, wrong in decide_all([one], now, goes_on).items()}
    with ThreadPoolExecutor(min(WORKERS, len(cases))) as pool:
        return dict(found for found in pool.map(lambda one: _tried(one, now, goes_on), cases) if found is not None)


def follow(messages: Sequence[Message], now: int) -> None:
    """Everything else that follows, for all messages of a batch at once."""
    for one in messages:
        metered(one)
        if one.state in _ENDED and one.trip is not None and _came_to_nothing(one, one.trip.attempt):
            uses.release(one.order.person, one.id, one.trip.attempt)
    queue.send_due([one for one in messages if one.state is State.QUEUED and not states.came_back(one)])
    if dues := [due for one in messages if (due := due_of(one)) is not None]:
        TIMERS.arm(dues, now)
    telling.tell(messages)
    tallies.note(messages)
    _watch(messages, now)


def due_of(message: Message) -> Due | None:
    """When a message has to be looked at again, whatever happens to it; None for never."""
    match message.state:
        case State.DEFERRED:
            at: int | None = message.until
        case State.SENT:
            at = deciding.overdue_at(message)
        case State.UNKNOWN:
            at = message.at + int(LOOK_AFTER_MS / settings().time_scale)
        case _:
            at = None
    return message_due(message.id, at) if at is not None else None


def _written(message: Message, after: Message) -> Message | None:
    if after is message:
        return None
    won = store.replace(message, after)
    places.settled(after, won)
    return after if won else None


def _tried(one: Case | Unknown, now: int, goes_on: Callable[[], bool]) -> tuple[str, Exception] | None:
    if not goes_on():
        return one.message.id, Busy("no time is left; the message is decided later")
    try:
        _written(one.message, deciding.decided_of(one, now))
    except Exception as error:  # noqa: BLE001 - told to the caller: the other messages of the batch are none the worse
        return one.message.id, error
    return None


def _came_to_nothing(message: Message, attempt: int) -> bool:
    """Whether that trip is over and has certainly not reached the person."""
    return len(message.tried) > attempt and message.tried[attempt].result in (Tried.FAILED, Tried.NOT_SENT)


def _watch(messages: Sequence[Message], now: int) -> None:
    """Pushes whose providers tell only who asks are asked for later."""
    sent = [one.trip for one in messages if one.state is State.SENT and one.trip is not None]
    watched = [(one.account, one.reference) for one in sent if one.channel is ChannelName.PUSH and one.reference]
    if watched:
        pulling.note(watched, now)
