"""The time that a record was given when its own clock could not be used, so that the record comes to the same time when sent again.

Only records with such a time write a receipt. The others cost one read for every four minutes of client time that a process
comes across (see `clock.py` for why the answer may be kept).
"""

from collections.abc import Iterable, Sequence
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError

from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.events.accept import Pending
from chalicelib.events.clock import DAY_MS, Basis, has_begun, marks_slot, slot

RECEIPT_LIFE_MS: Final = 30 * DAY_MS  # a record sent again later than that counts anew if its clock could not be used
MAX_REMEMBERED: Final = 20_000  # slots in memory: 55 days for one source
_CONDITION_FAILED: Final = "ConditionalCheckFailedException"

_unmarked: set[str] = set()  # slots of which it is known for good that nothing was moved out of them


class ReceiptRecord(StoredItem):
    """A receipt under the record's hash, or the mark of a slot under `slot#<source>#<number>`."""

    Meta = meta("receipts")

    pk = UnicodeAttribute(hash_key=True)
    t = NumberAttribute(null=True)  # the time chosen, epoch ms; none on a mark
    v = NumberAttribute(default=SCHEMA_VERSION)
    expires = NumberAttribute()  # epoch seconds


def settled(pendings: Sequence[Pending], received_at: int) -> list[Pending]:
    """The events with the times that their first receipts were given. Safe to repeat after a crash anywhere."""
    _mark_slots(pendings, received_at)
    marked = _marked_slots(pendings, received_at)
    return [_settled(one, received_at) if _needs_receipt(one, marked) else one for one in pendings]


def forget() -> None:
    """Empties what this process remembers."""
    _unmarked.clear()


def _needs_receipt(pending: Pending, marked: set[str]) -> bool:
    return pending.basis is Basis.RECEIPT or (pending.basis is Basis.RECORD and _slot_key(pending) in marked)


def _settled(pending: Pending, received_at: int) -> Pending:
    record = ReceiptRecord(pending.receipt, t=pending.event.time, expires=_expiry(received_at))
    try:
        record.save(ReceiptRecord.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code != _CONDITION_FAILED:
            raise
        return pending.at(int(ReceiptRecord.get(pending.receipt, consistent_read=True).t))
    return pending


def _mark_slots(pendings: Iterable[Pending], received_at: int) -> None:
    moved = {_slot_key(one) for one in pendings if one.raw_time is not None and marks_slot(one.raw_time, one.event.time, received_at)}
    for key in sorted(moved):
        ReceiptRecord(key, expires=_expiry(received_at)).save()


def _marked_slots(pendings: Iterable[Pending], received_at: int) -> set[str]:
    """The slots that records were moved out of, among those in which a record keeps its own time."""
    young = [one for one in pendings if one.basis is Basis.RECORD and one.event.time > received_at - RECEIPT_LIFE_MS]
    asked = {_slot_key(one): slot(one.event.time) for one in young}
    unknown = [key for key in asked if key not in _unmarked]
    marked = {record.pk for record in ReceiptRecord.batch_get(unknown)} if unknown else set()
    _remember(key for key in unknown if key not in marked and has_begun(asked[key], received_at))
    return marked


def _remember(keys: Iterable[str]) -> None:
    if len(_unmarked) > MAX_REMEMBERED:
        _unmarked.clear()
    _unmarked.update(keys)


def _slot_key(pending: Pending) -> str:
    return f"slot#{pending.event.source}#{slot(pending.raw_time or 0)}"


def _expiry(received_at: int) -> int:
    return (received_at + RECEIPT_LIFE_MS) // 1000
