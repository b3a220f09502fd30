"""Which state may follow which, and what a step from one to another does to a message. Pure. All times are epoch ms."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from chalicelib.dispatch.model import NEVER, Message, State, Step, Trip
from chalicelib.messages.policy.model import Attempt, Tried

_FOLLOWS: Final[dict[State, frozenset[State]]] = {
    State.ACCEPTED: frozenset({State.DEFERRED, State.QUEUED, State.REFUSED}),
    # A message that waits for another way may turn out to have arrived by the first.
    State.DEFERRED: frozenset({State.DEFERRED, State.QUEUED, State.REFUSED, State.FAILED, State.DELIVERED, State.CLICKED}),
    State.QUEUED: frozenset(
        {State.QUEUED, State.CLAIMED, State.REFUSED, State.FAILED, State.UNKNOWN, State.SENT, State.DELIVERED, State.CLICKED}
    ),
    State.CLAIMED: frozenset({State.CLAIMED, State.QUEUED, State.SENT, State.FAILED, State.UNKNOWN, State.DELIVERED, State.CLICKED}),
    # Queued or deferred when no receipt came within the time that the template sets.
    State.SENT: frozenset({State.QUEUED, State.DEFERRED, State.FAILED, State.DELIVERED, State.CLICKED}),
    State.UNKNOWN: frozenset({State.SENT, State.FAILED, State.DELIVERED, State.CLICKED}),
    State.FAILED: frozenset({State.QUEUED, State.DEFERRED, State.DELIVERED, State.CLICKED}),
    State.DELIVERED: frozenset({State.CLICKED}),
    State.CLICKED: frozenset(),
    State.REFUSED: frozenset(),
}

_WENT: Final = frozenset({State.SENT, State.DELIVERED, State.CLICKED})


class TransitionForbidden(ValueError):
    """A message cannot go from where it is to where somebody wants it: a fault of the program."""


def may_follow(before: State, after: State) -> bool:
    """Whether a message may go from one state to another."""
    return after in _FOLLOWS[before]


def moved(message: Message, state: State, now: int, reason: str = "", channel: str = "", until: int = NEVER) -> Message:
    """The message in another state, its trail one step longer. `channel`: by which, that of the trip if not said. Raises
    TransitionForbidden.
    """
    if not may_follow(message.state, state):
        raise TransitionForbidden(f"a message that is {message.state} cannot become {state}")
    by = channel or (message.trip.channel.value if message.trip else "")
    trail = _longer(message.trail, Step(state, now, reason, by))
    return replace(message, state=state, at=now, rev=message.rev + 1, reason=reason, trail=trail, until=until, why=None)


def on_trip(message: Message) -> Trip:
    """The trip of a message that has one. Raises TransitionForbidden."""
    if message.trip is None:
        raise TransitionForbidden(f"a message that is {message.state} goes no way yet")
    return message.trip


def is_over(message: Message) -> bool:
    """Whether the trip came to its end: what became of it stands in `tried`."""
    return message.trip is None or len(message.tried) > message.trip.attempt


def in_doubt(message: Message) -> bool:
    """Whether some call of the trip may have gone out without our knowing."""
    return message.trip is not None and message.trip.first_at != NEVER


def queued_at(message: Message) -> int:
    """When the newest trip was decided; NEVER before that. Returns to the queue do not count."""
    found = NEVER
    for step in reversed(message.trail):
        if step.state is State.QUEUED:
            found = step.at
        elif found:
            break
    return found


def claimed_at(message: Message) -> int:
    """When somebody began the last call; NEVER before that."""
    return next((step.at for step in reversed(message.trail) if step.state is State.CLAIMED), NEVER)


def went_out_at(message: Message, attempt: int, before: int) -> int | None:
    """When, not after `before`, the platform took on a trip of the message, or it turned out to have arrived by it; None: never."""
    if attempt < len(message.tried):
        over = message.tried[attempt]
        channel, went = over.channel, over.result in (Tried.SENT, Tried.DELIVERED)
    elif message.trip is not None and message.trip.attempt == attempt:
        channel, went = message.trip.channel, message.state in _WENT
    else:
        return None
    times = [step.at for step in message.trail if step.state in _WENT and step.channel == channel.value and step.at <= before]
    return min(times) if went and times else None


def ended(message: Message, result: Tried, at: int) -> Message:
    """The message with its trip among those that are over."""
    if message.trip is None or is_over(message):
        return message
    trip = message.trip
    return replace(message, tried=(*message.tried, Attempt(trip.channel, trip.account, result, at, trip.address)))


def arrived_before(message: Message) -> Attempt | None:
    """An earlier trip of which we know by now that it reached the person."""
    return next((one for one in message.tried if one.result is Tried.DELIVERED), None)


def way_of_arrival(message: Message) -> Attempt | None:
    """Which way a message that reached the person went, maybe not the one that it is on; None for others, and where nobody knows."""
    return arrived_before(message) if message.state in (State.DELIVERED, State.CLICKED) else None


def failed(message: Message, reason: str, now: int, result: Tried = Tried.FAILED) -> Message:
    """The trip has certainly come to nothing. If another one turned out well meanwhile, the message has."""
    after = ended(message, result, now)
    if (before := arrived_before(message)) is not None:
        return moved(after, State.DELIVERED, now, channel=before.channel.value)
    return moved(after, State.FAILED, now, reason)


def _longer(trail: Sequence[Step], step: Step) -> tuple[Step, ...]:
    """One more step. What repeats itself is kept short: back in the queue a claim is forgotten, and of a row of equals the ends stay."""
    kept = list(trail)
    if step.state is State.QUEUED and kept and kept[-1].state is State.CLAIMED:
        kept.pop()
    if len(kept) > 1 and kept[-1].state is kept[-2].state is step.state:
        kept.pop()
    return (*kept, step)
