"""Carries out one message of a channel's queue: claimed, sent, settled.

    match carry_out("7f3a...", 0, now, means):
        case Later(until):
            ...the queue shows it again then; it must not be taken off...
        case Done():
            ...it may be taken off...

May be called again at any time with the same message, by anybody, and may die between any two lines: each step is one conditional write.
Whoever dies with a claim is held for alive until the lease is over. Then the message is called for again where the platform takes the
second call for the first, and counts as UNKNOWN elsewhere.
"""

from dataclasses import dataclass, replace
from typing import Final

from chalicelib.channels.channel import Channel, Parcel
from chalicelib.dispatch import states, store
from chalicelib.dispatch.means import Means
from chalicelib.dispatch.model import Message, SourceKind, State
from chalicelib.dispatch.moves import on_trip
from chalicelib.dispatch.settling import WAITS_MS
from chalicelib.errors import Busy
from chalicelib.messages.policy.decisions import Reason
from chalicelib.providers.model import Outcome, Result
from chalicelib.settings import settings

SOON_MS: Final = 2_000  # somebody else has just changed it
PAUSED_MS: Final = 5 * 60_000  # how often a message of a paused broadcast or journey looks whether that goes on
CANCELLED: Final = "cancelled"
WORKER_DIED: Final = "worker_died"  # between the call and the record of it, or just before the call
WAITED_TOO_LONG: Final = "waited_too_long"
BUSY: Final = "busy"  # our own stores; the platform was not called
SPOILT: Final = "spoilt"  # something of it, or of its account, makes every worker stumble
NOT_CALLED: Final = Outcome(Result.RETRY, BUSY, called=False)
_MAY_BE_HELD: Final = (SourceKind.BROADCAST, SourceKind.JOURNEY)
KEY_EXPIRED: Final = "key_expired"  # it may have gone out, and the platform would not know a second call for the first any more


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is left to do for it here. `message` is None for one that nobody knows any more."""

    message: Message | None


@dataclass(frozen=True, slots=True)
class Later:
    """It is to be looked at again at `until` (epoch ms)."""

    until: int


@dataclass(frozen=True, slots=True)
class Ready:
    """Nothing speaks against calling the platform. `message` is to be stored as it stands once it is claimed."""

    message: Message
    parcel: Parcel
    key_lives_ms: int


def carry_out(message_id: str, attempt: int, now: int, means: Means) -> Done | Later:
    """Sends a message by its trip of that number, if that is still to be done. Raises Busy when others are in the way, and what stores
    raise.
    """
    message = store.find(message_id)
    ready = examined(message, attempt, now, means)
    if not isinstance(ready, Ready):
        return ready
    trip = on_trip(ready.message)
    if (until := means.admit(trip.channel, trip.account, now)) is not None:
        return Later(max(until, now + 1))
    return _called(ready, now, means)


def examined(message: Message | None, attempt: int, now: int, means: Means) -> Ready | Done | Later:
    """Whether the platform may be called now. What can not be any more is written down."""
    if message is None or message.trip is None or message.trip.attempt != attempt or message.state not in (State.QUEUED, State.CLAIMED):
        return Done(message)
    until = message.until if message.state is State.QUEUED else message.at + states.LEASE_MS
    if now < until:
        return Later(until)
    parcel = parcel_of(message)
    lives = means.channel(parcel.channel).key_lives_ms(parcel)
    if states.in_doubt(message) and now - message.trip.first_at >= lives:
        reason = WORKER_DIED if message.state is State.CLAIMED else KEY_EXPIRED
        return written(message, states.lost(message, now, lives, reason), now)
    return _objection(message, parcel, now, means) or Ready(message, parcel, lives)


def written(before: Message, after: Message, now: int) -> Done | Later:
    """Stores what became of a message without a call."""
    return Done(after) if store.replace(before, after) else Later(now + SOON_MS)


def _objection(message: Message, parcel: Parcel, now: int, means: Means) -> Done | Later | None:
    """What speaks against it by now: a decision may be minutes old, or days when the account was paused."""
    order = message.order
    if order.expires is not None and now >= order.expires:
        return written(message, states.stopped(message, Reason.EXPIRED, now), now)
    if now >= states.queued_at(message) + WAITS_MS:
        return written(message, states.stopped(message, WAITED_TOO_LONG, now), now)
    held = means.held(order.source) if order.source.kind in _MAY_BE_HELD else None
    if held == CANCELLED:
        return written(message, states.cancelled(message, CANCELLED, now), now)
    if held is not None:
        return Later(now + max(int(PAUSED_MS / settings().time_scale), SOON_MS))
    gone = means.still(parcel, now)
    return None if gone is None else written(message, states.stopped(message, gone, now), now)


def parcel_of(message: Message) -> Parcel:
    """The message as a channel carries it."""
    trip = on_trip(message)
    return Parcel(
        id=message.id,
        channel=trip.channel,
        account=trip.account,
        address=trip.address,
        body=trip.body,
        category=message.order.category,
        person=message.order.person,
        at=states.queued_at(message),
        provider_key=trip.provider_key,
    )


def settle(claimed: Message, outcome: Outcome, key_lives_ms: int, now: int, chance: float) -> Message:
    """Writes down what became of a call, whatever has happened to the message meanwhile. Raises Busy when others are in the way."""
    after = states.settled(claimed, outcome, key_lives_ms, now, chance)
    if store.replace(claimed, after):
        return after

    def late(found: Message) -> Message:
        if (found.state, found.at, found.trip) == (claimed.state, claimed.at, claimed.trip):  # only an earlier trip was heard of
            return states.settled(found, outcome, key_lives_ms, now, chance)
        return states.settled_late(found, claimed, outcome, now)

    found = store.change(claimed.id, late)
    return after if found is None else found


def _called(ready: Ready, now: int, means: Means) -> Done | Later:
    message, parcel = ready.message, ready.parcel
    channel = means.channel(parcel.channel)
    key = parcel.provider_key if states.in_doubt(message) or parcel.provider_key else channel.draw_key(parcel, now)
    if isinstance(key, Outcome):
        means.learned(parcel, key, now)
        return shown(settle(message, key, ready.key_lives_ms, now, means.chance()), now)
    mine = states.claimed(message, now, key)
    if not store.replace(message, mine):
        means.learned(parcel, NOT_CALLED, now)
        return Later(now + SOON_MS)
    sealed = replace(parcel, provider_key=key)
    outcome = _outcome(channel, sealed, now)
    after = settle(mine, outcome, ready.key_lives_ms, now, means.chance())
    means.learned(sealed, outcome, now)
    return shown(after, now)


def give_up(message_id: str, attempt: int, now: int) -> Message | None:
    """Ends the trip of a message that nobody can carry out: it has failed, or may have gone out. What is elsewhere by now stays as it is.
    Raises Busy, and what its own data raises.
    """

    def ended(found: Message) -> Message:
        here = found.trip is not None and found.trip.attempt == attempt and found.state in (State.QUEUED, State.CLAIMED)
        return states.stopped(found, SPOILT, now) if here else found

    return store.change(message_id, ended)


def shown(after: Message, now: int) -> Done | Later:
    """What the queue has to do with a message that was called for."""
    if after.state is State.QUEUED:
        return Later(max(after.until, now + 1))
    return Later(after.at + states.LEASE_MS) if after.state is State.CLAIMED else Done(after)


def _outcome(channel: Channel, parcel: Parcel, now: int) -> Outcome:
    """Busy is what our own stores say before the platform is called. Whatever else is raised leaves the claim: nobody knows how far it
    came.
    """
    try:
        return channel.send(parcel, now)
    except Busy:
        return NOT_CALLED
