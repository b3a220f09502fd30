"""What the outcome of a call makes of a message. Pure. All times are epoch ms.

Twice is worse than not at all: once a call of a trip may have gone out, only the platform's word that it did, a receipt or a look at the
platform settles it. A refusal of a later call proves nothing about the first.
"""

from dataclasses import replace
from typing import Final

from chalicelib.dispatch.model import NEVER, Message, State
from chalicelib.dispatch.moves import arrived_before, failed, moved, on_trip, queued_at
from chalicelib.messages.policy.model import Tried
from chalicelib.providers.model import Outcome, Reason, Result
from chalicelib.providers.retries import FIRST_PAUSE_MS, again_at

REPAIR_MS: Final = 5 * 60_000  # how often a message of a misconfigured account looks whether somebody has repaired it
WAITS_MS: Final = 10 * 86_400_000  # in its channel's queue at most, which forgets after 14 days
_TEMPLATES_FAULT: Final = (Reason.ACCOUNT_UNKNOWN, Reason.ACCOUNT_MISMATCH)  # nobody repairs these at the account


def settled(message: Message, outcome: Outcome, key_lives_ms: int, now: int, chance: float) -> Message:
    """What became of the call that this message was claimed for; or, of a queued one, of the key that it needs before.

    Certainly not sent, and not for good: queued again, not before its `until`. `chance` is from 0 to 1 and spreads those.
    """
    match outcome.kind:
        case Result.SENT:
            return _sent(message, outcome, now)
        case Result.UNKNOWN:
            trip = on_trip(message)
            again = again_at(outcome, trip.calls, trip.first_at, now, chance, key_lives_ms)
            return moved(message, State.UNKNOWN, now, outcome.reason) if again is None else _queued_again(message, again, outcome, now)
        case Result.RETRY | Result.LIMITED | Result.MISCONFIGURED if outcome.reason not in _TEMPLATES_FAULT:
            return _postponed(message, outcome, key_lives_ms, now, chance)
    return _failed(message, outcome.reason, now)


def settled_late(found: Message, mine: Message, outcome: Outcome, now: int) -> Message:
    """What became of a call, when the message has changed since it was claimed as `mine`: somebody took us for dead, or a receipt was
    faster. The very same object: nothing is to be written.
    """
    if found.trip is None or found.trip.attempt != on_trip(mine).attempt:
        return found
    if outcome.kind is Result.SENT:
        if found.state in (State.CLAIMED, State.QUEUED, State.UNKNOWN):
            return _sent(found, outcome, now)
        return _with_reference(found, outcome)
    sure = outcome.certainly_not_sent and not _doubted_before(mine)
    if found.state is State.UNKNOWN and sure:  # nothing went out, and whoever held it for possible has let it go: it is decided again
        again = outcome.kind in (Result.RETRY, Result.LIMITED, Result.MISCONFIGURED)
        return failed(found, outcome.reason, now, Tried.NOT_SENT if again else Tried.FAILED)
    return found


def looked_up(message: Message, outcome: Outcome, now: int) -> Message:
    """What the platform answers when it is asked about a message that nobody knows about."""
    if message.state is not State.UNKNOWN:
        return message
    if outcome.kind is Result.SENT:
        return _sent(message, outcome, now)
    if outcome.kind in (Result.REFUSED, Result.UNREACHABLE):
        return failed(message, outcome.reason, now)
    return message


def _sent(message: Message, outcome: Outcome, now: int) -> Message:
    return moved(_referred(message, outcome), State.SENT, now)


def _with_reference(message: Message, outcome: Outcome) -> Message:
    after = _referred(message, outcome)
    return message if after is message else replace(after, rev=message.rev + 1)


def _referred(message: Message, outcome: Outcome) -> Message:
    trip, reference = on_trip(message), outcome.provider_id
    if not reference or trip.reference:
        return message
    return replace(message, trip=replace(trip, reference=reference, by_key=outcome.by_key))


def _doubted_before(message: Message) -> bool:
    """Whether a call before the last one may have gone out."""
    since = on_trip(message).first_at
    return since != NEVER and (message.state is not State.CLAIMED or since != message.at)


def _failed(message: Message, reason: str, now: int) -> Message:
    return moved(message, State.UNKNOWN, now, reason) if _doubted_before(message) else failed(message, reason, now)


def _postponed(message: Message, outcome: Outcome, key_lives_ms: int, now: int, chance: float) -> Message:
    trip = on_trip(message)
    if outcome.kind is Result.MISCONFIGURED:
        again: int | None = now + REPAIR_MS
    else:
        again = again_at(outcome, trip.calls, queued_at(message), now, chance, key_lives_ms)
    if again is not None and _doubted_before(message):
        again = _while_key_lives(again, trip.first_at + key_lives_ms, now)
    ends = min(message.order.expires or now + WAITS_MS, queued_at(message) + WAITS_MS)
    if again is None or again >= ends or arrived_before(message) is not None:
        return _failed(message, outcome.reason, now)
    return _queued_again(message, again, outcome, now)


def _while_key_lives(again: int, end: int, now: int) -> int | None:
    """What may have gone out can be asked for by its key only: the later it gets, the sooner again."""
    soonest = now + FIRST_PAUSE_MS
    return None if soonest >= end else min(again, max(soonest, now + (end - now) // 2))


def _queued_again(message: Message, again: int, outcome: Outcome, now: int) -> Message:
    """Back in the queue. What certainly did not go out leaves no doubt; what was no failure of the call does not count as one."""
    trip = on_trip(message)
    if outcome.kind is not Result.UNKNOWN and not _doubted_before(message):
        trip = replace(trip, first_at=NEVER, group="")
    if outcome.kind in (Result.LIMITED, Result.MISCONFIGURED) and message.state is State.CLAIMED:
        trip = replace(trip, calls=trip.calls - 1)
    return moved(replace(message, trip=trip), State.QUEUED, now, outcome.reason, until=again)
