"""Where a message is, and what happens to it: a function for each thing that may. Pure. All times are epoch ms.

    message = accepted(order, now)
    message = queued(message, trip, now)
    message = claimed(message, now)
    message = settled(message, outcome, key_lives_ms, now, chance)
    message = received(message, receipt, now)

Each gives the message after it, `rev` one higher, or the very same object where nothing is to be written. What a platform says of a message
(receipts, clicks, outcomes) may come twice, late, and in any order: it never takes back what is known already.
"""

from dataclasses import replace
from typing import Final

from chalicelib.dispatch.hearing import clicked, received
from chalicelib.dispatch.model import NEVER, Message, Order, State, Step, Trip
from chalicelib.dispatch.moves import TransitionForbidden, claimed_at, ended, failed, in_doubt, may_follow, moved, on_trip, queued_at
from chalicelib.dispatch.settling import looked_up, settled, settled_late
from chalicelib.events.model import Json
from chalicelib.messages.policy.model import Tried

__all__ = [
    "LEASE_MS",
    "TransitionForbidden",
    "accepted",
    "came_back",
    "cancelled",
    "claimed",
    "claimed_at",
    "clicked",
    "deferred",
    "gathered",
    "gave_up",
    "in_doubt",
    "looked_up",
    "lost",
    "may_follow",
    "never_called",
    "queued",
    "queued_at",
    "received",
    "refused",
    "settled",
    "settled_late",
    "stopped",
]

LEASE_MS: Final = 90_000  # no lambda that sends lives for longer


def accepted(order: Order, now: int) -> Message:
    """A message that was asked for."""
    return Message(order, State.ACCEPTED, now, trail=(Step(State.ACCEPTED, now),))


def refused(message: Message, reason: str, why: Json | None, now: int) -> Message:
    """Decided: not at all. `why` is the decision as people are shown it."""
    return replace(moved(message, State.REFUSED, now, reason), why=why)


def deferred(message: Message, until: int, reason: str, why: Json | None, now: int) -> Message:
    """Decided: not before `until`. If it was taken on, then by a way of which no receipt came in time."""
    return replace(moved(_without_receipt(message), State.DEFERRED, now, reason, until=until), why=why)


def queued(message: Message, trip: Trip, now: int, reason: str = "") -> Message:
    """Decided: this way. The trip gets its number here. If the message was taken on, then by a way of which no receipt came in time."""
    over = _without_receipt(message)
    last = over.trip
    ticket = replace(trip, attempt=len(over.tried), earlier=(last.number or last.earlier) if last else "")
    return moved(replace(over, trip=ticket), State.QUEUED, now, reason)


def gave_up(message: Message, reason: str, why: Json | None, now: int) -> Message:
    """Decided, when a way had failed and the message waited for another: there is none any more."""
    return replace(moved(message, State.FAILED, now, reason), why=why)


def claimed(message: Message, now: int, provider_key: str = "", group: str = "") -> Message:
    """Somebody is about to call the platform. `provider_key`: drawn for this call; `group`: it goes with others."""
    trip = on_trip(message)
    key, together = provider_key or trip.provider_key, group or trip.group
    ticket = replace(trip, calls=trip.calls + 1, first_at=trip.first_at or now, provider_key=key, group=together)
    return moved(replace(message, trip=ticket), State.CLAIMED, now)


def gathered(message: Message, group: str, reason: str, now: int) -> Message:
    """Still queued, and by now of a group that others may join: for which nobody has called yet."""
    trip = on_trip(message)
    return moved(replace(message, trip=replace(trip, group=group)), State.QUEUED, now, reason)


def lost(message: Message, now: int, key_lives_ms: int, reason: str) -> Message:
    """What may have gone out without our knowing: claimed anew while the platform knows the key of the first call (so that it takes the
    second for the first), else nobody knows what became of it.
    """
    if now - on_trip(message).first_at < key_lives_ms:
        return claimed(message, now)
    return moved(message, State.UNKNOWN, now, reason)


def never_called(message: Message, now: int) -> Message:
    """Claimed for a group for which the platform was never called, and never will be: queued again, without a doubt."""
    trip = on_trip(message)
    free = replace(trip, first_at=NEVER, group="", calls=trip.calls - 1)
    return moved(replace(message, trip=free), State.QUEUED, now, until=now)


def stopped(message: Message, reason: str, now: int) -> Message:
    """A message that must not go this way any more. If a call of it may have gone out, nobody knows what became of it."""
    return moved(message, State.UNKNOWN, now, reason) if in_doubt(message) else failed(message, reason, now)


def cancelled(message: Message, reason: str, now: int) -> Message:
    """A queued message that nobody wants any more, by whatever way."""
    if in_doubt(message):
        return moved(message, State.UNKNOWN, now, reason)
    return moved(ended(message, Tried.NOT_SENT, now), State.REFUSED, now, reason)


def came_back(message: Message) -> bool:
    """Whether a queued message was in its channel's queue before (and is there still: the queue hides it until it is due)."""
    return len(message.trail) > 1 and message.trail[-1].state is message.trail[-2].state is State.QUEUED


def _without_receipt(message: Message) -> Message:
    return ended(message, Tried.SENT, message.at) if message.state is State.SENT else message
