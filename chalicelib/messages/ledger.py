"""The ledger of messages: each is claimed before the platform is called, so that it goes out once however often it is delivered.

    claim = claim("7f3a...", now)
    if claim.mine:                                  # nobody else has sent it, or will
        ...call the platform...
        settle("7f3a...", claim.entry, State.SENT)

Whoever dies in between leaves a claim that nobody takes over: after the lease the message counts as UNKNOWN. Only what the platform itself
sends once (`keyed`: template messages, for ten minutes) is claimed anew.
"""

from dataclasses import dataclass, replace
from typing import Final

from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.update import Action

from chalicelib.errors import Busy
from chalicelib.messages.ledger_records import KEPT_MS, MESSAGE, LedgerRecord
from chalicelib.messages.model import Entry, SendReason, State

LEASE_MS: Final = 90_000  # no lambda that sends lives for longer
KEYED_MS: Final = 9 * 60_000  # the platform remembers its keys for ten minutes
_LOST: Final = "ConditionalCheckFailedException"


@dataclass(frozen=True, slots=True)
class Claim:
    """What is known of a message, and whether the caller is the one to send it."""

    entry: Entry
    mine: bool


def claim(message_id: str, now: int, *, keyed: bool = False, about: str = "") -> Claim:
    """Claims a message. Raises Busy while another worker has it."""
    fresh = Entry(State.SENDING, now, now)
    record = LedgerRecord(message_id, about=about or None, expires=(now + KEPT_MS) // 1000)
    record.state, record.since, record.first = fresh.state.value, now, now
    try:
        record.save(condition=LedgerRecord.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code != _LOST:
            raise
        return _again(message_id, now, keyed=keyed)
    return Claim(fresh, mine=True)


def find(message_id: str) -> Entry:
    """What is known of a message. Raises DoesNotExist of its record."""
    record = LedgerRecord.get(message_id, MESSAGE, consistent_read=True)
    return Entry(State(record.state), int(record.since), int(record.first), bool(record.counted), record.reason or "")


def settle(message_id: str, before: Entry, state: State, reason: str = "", *, counted: bool = False) -> Entry:
    """Writes down what became of a message that was claimed as `before`. What somebody else took for lost stays so if it was not sent."""
    after = replace(before, state=state, reason=reason, counted=counted)
    if not _moved(message_id, before, after) and after.settled:
        LedgerRecord(message_id, MESSAGE).update(_actions(after))
    return after


def _again(message_id: str, now: int, *, keyed: bool) -> Claim:
    entry = find(message_id)
    if entry.settled:
        return Claim(entry, mine=False)
    if entry.state is State.SENDING and now - entry.since < LEASE_MS:
        raise Busy("another worker is sending the message; it is looked at again later")
    safe = entry.state is State.WAITING or (keyed and now - entry.first < KEYED_MS)
    after = replace(entry, state=State.SENDING, since=now) if safe else replace(entry, state=State.UNKNOWN, reason=SendReason.WORKER_DIED)
    if not _moved(message_id, entry, after):
        raise Busy("another worker has just taken the message; it is looked at again later")
    return Claim(after, mine=safe)


def _moved(message_id: str, before: Entry, after: Entry) -> bool:
    """Whether the message still was as it was read, and now is as it should be."""
    same = (LedgerRecord.state == before.state.value) & (LedgerRecord.since == before.since)
    try:
        LedgerRecord(message_id, MESSAGE).update(_actions(after), condition=same)
    except UpdateError as error:
        if error.cause_response_code != _LOST:
            raise
        return False
    return True


def _actions(entry: Entry) -> list[Action]:
    told = LedgerRecord.reason.set(entry.reason) if entry.reason else LedgerRecord.reason.remove()
    return [
        LedgerRecord.state.set(entry.state.value),
        LedgerRecord.since.set(entry.since),
        LedgerRecord.counted.set(entry.counted),
        told,
    ]
