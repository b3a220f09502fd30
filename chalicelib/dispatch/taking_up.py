"""Messages whose time has come: they are decided again, miss their receipt, or the provider is asked what became of them.

    wrong = take_up(["7f3a...", "90bd..."], now, lambda: context.get_remaining_time_in_millis() > LONGEST_MS)

A million may fall due in one minute, when a night is over. So they are read and decided together, and each one's trouble is its own.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from chalicelib.channels import rates
from chalicelib.channels.channel import channel_of
from chalicelib.dispatch import dispatching, states, store
from chalicelib.dispatch.model import Message, State
from chalicelib.dispatch.sending import NOT_CALLED, parcel_of
from chalicelib.dispatch.timing import TIMERS, message_due
from chalicelib.durations import UNITS_MS
from chalicelib.errors import Busy
from chalicelib.people.absorb import POISON
from chalicelib.providers.model import Result
from chalicelib.settings import settings
from chalicelib.telemetry import count_refusals

UNANSWERED: Final = "outcome_never_told"
LOOKED_FOR_MS: Final = 3 * UNITS_MS["d"]  # no provider tells of a message any more that is older

Wrong = dict[str, Exception]


def take_up(message_ids: Iterable[str], now: int, goes_on: Callable[[], bool] = lambda: True) -> Wrong:
    """Does what is due about messages at `now` (ms), for as long as time is left. What was raised by message; Busy for those that were not
    come to. They are to be given in again. Raises what keeps all of them from being read.
    """
    found, wrong = _found(list(dict.fromkeys(message_ids)))
    decided: list[Message] = []
    unknown: list[Message] = []
    for one in found:
        try:
            group = _group(one, decided, unknown, now)
        except POISON as error:
            wrong[one.id] = error
        else:
            group.append(one)
    wrong |= dispatching.decide_all(decided, now, goes_on)
    for one in unknown:
        try:
            _look_in_time(one, now, goes_on)
        except Exception as error:  # noqa: BLE001 - told to the caller: one message's provider is none of the others' trouble
            wrong[one.id] = error
    return wrong


def _found(ids: Sequence[str]) -> tuple[list[Message], Wrong]:
    """Those that there are; one by one when something is wrong with one of them."""
    try:
        return list(store.find_many(ids).values()), {}
    except POISON as error:
        if len(ids) == 1:
            return [], {ids[0]: error}
    each = [_found([one]) for one in ids]
    return [one for found, _ in each for one in found], {key: error for _, wrong in each for key, error in wrong.items()}


def _group(message: Message, decided: list[Message], unknown: list[Message], now: int) -> list[Message]:
    """Where a message belongs. One that is not due yet is set again; of one that nothing is due about, somebody has seen to."""
    due = dispatching.due_of(message)
    if due is None:
        return []
    if message.state is State.UNKNOWN:
        return unknown
    if due.at > now:
        TIMERS.arm([due], now)
        return []
    return decided


def _look_in_time(message: Message, now: int, goes_on: Callable[[], bool]) -> None:
    if not goes_on():
        raise Busy("no time is left to ask a provider; the message is looked for again")
    _look(message, now)


def _look(message: Message, now: int) -> None:
    """Asks the platform what became of a message. While it cannot tell, later again, each time after twice as long. An account that may not
    be called now, because it is limited or hangs, is not asked either.
    """
    parcel = parcel_of(message)
    until = rates.admit(parcel.channel, parcel.account, now)
    if until is not None:
        _again(message, until, now)
        return
    outcome = channel_of(parcel.channel).look_up(parcel, message.trip.first_at if message.trip else message.at, now)
    if outcome is None:
        rates.learned(parcel.channel, parcel.account, NOT_CALLED, now)  # a probe that did not take place is given back
        return
    rates.learned(parcel.channel, parcel.account, outcome, now)
    after = states.looked_up(message, outcome, now)
    if after is not message:
        store.replace(message, after)  # whoever was quicker knows better: a receipt
    elif outcome.kind is Result.UNKNOWN:
        _again(message, now + max(now - message.at, int(dispatching.LOOK_AFTER_MS / settings().time_scale)), now)
    else:
        count_refusals([UNANSWERED])


def _again(message: Message, at: int, now: int) -> None:
    if (now - message.at) * settings().time_scale < LOOKED_FOR_MS:
        TIMERS.arm([message_due(message.id, at)], now)
    else:
        count_refusals([UNANSWERED])
