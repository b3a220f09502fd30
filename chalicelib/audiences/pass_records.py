"""Passes in DynamoDB: an item a segment, in the definitions table. Every change is conditional, so that doing it twice is doing it once.

pk `pass#<plan version>`, sk `segment#<number>`.
"""

from dataclasses import replace
from enum import StrEnum
from typing import Any, Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.audiences.pass_progress import SEGMENTS, Place, Segment, Tally
from chalicelib.definitions.model import LostRace
from chalicelib.definitions.records import whole, written_together
from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta

LEASE_MS: Final = 150_000  # a worker stops after a minute and the person that it is at
LOST_MS: Final = 300_000  # a message that no worker has come with for so long is sent again
_REFUSED: Final = "ConditionalCheckFailedException"


class LeaseLost(Exception):
    """Another worker has taken the segment over, and goes on with it."""


class Taken(StrEnum):
    """Why a segment is not to be worked on."""

    HELD = "held"  # by a worker whose own message comes again should it die
    OVER = "over"
    UNKNOWN = "unknown"  # there is no such pass


class SegmentRecord(StoredItem):
    """A segment. Times are epoch ms; `cursor_pk` and `cursor_sk` are the last place; `holder` is the message whose worker has it."""

    Meta = meta("definitions")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    begun = NumberAttribute()
    cursor_pk = UnicodeAttribute(null=True)
    cursor_sk = UnicodeAttribute(null=True)
    items = NumberAttribute(default=0)
    seen = NumberAttribute(default=0)
    recounted = NumberAttribute(default=0)
    failed = NumberAttribute(default=0)
    expected = NumberAttribute(default=0)
    fence = NumberAttribute(default=0)
    holder = UnicodeAttribute(null=True)
    until = NumberAttribute(default=0)
    finished = NumberAttribute(null=True)


def segments_of(plan: int) -> list[Segment]:
    """The segments of a plan's pass, none if it has not begun. Strongly consistent."""
    found = SegmentRecord.query(_partition(plan), SegmentRecord.sk.startswith("segment#"), consistent_read=True)
    return [_segment(record) for record in found]


def begin(plan: int, now: int, until: int) -> None:
    """Makes the segments of a pass unless somebody else has. `until`: when their messages may be taken for lost."""
    try:
        with written_together() as writing:
            for number in range(SEGMENTS):
                record = SegmentRecord(*_key(plan, number), begun=now, until=until)
                writing.save(record, condition=SegmentRecord.pk.does_not_exist())
    except LostRace:
        return


def wake(segment: Segment, until: int) -> bool:
    """Notes that a new message is sent for a segment; False when somebody else has sent one, or a worker came."""
    unchanged = (SegmentRecord.until == segment.until) & (SegmentRecord.fence == segment.fence)
    return _changed(segment, [SegmentRecord.until.set(until)], unchanged) is not None


def take(plan: int, number: int, message: str, now: int) -> Segment | Taken:
    """Claims a segment for a message until LEASE_MS from now. The same message may take it again: it comes again when its worker died."""
    free = SegmentRecord.holder.does_not_exist() | (SegmentRecord.holder == message) | (SegmentRecord.until < now)
    actions = [SegmentRecord.fence.add(1), SegmentRecord.holder.set(message), SegmentRecord.until.set(now + LEASE_MS)]
    segment = Segment(plan, number, begun_at=0)
    there = SegmentRecord.pk.exists() & SegmentRecord.finished.does_not_exist()
    return _changed(segment, actions, there & free) or _not_to_take(plan, number)


def expect(segment: Segment, items: int) -> Segment:
    """Notes about how many items the segment has. Raises LeaseLost."""
    return _written(segment, [SegmentRecord.expected.set(items)])


def save(segment: Segment, cursor: Place, tally: Tally, now: int) -> Segment:
    """Notes how far the segment has come, and renews the lease. Raises LeaseLost."""
    return _written(segment, [*_moved(replace(segment, cursor=cursor, tally=tally)), SegmentRecord.until.set(now + LEASE_MS)])


def release(segment: Segment, now: int) -> None:
    """Gives the lease up: a message is about to be sent. Raises LeaseLost."""
    _written(segment, [SegmentRecord.holder.remove(), SegmentRecord.until.set(now + LOST_MS)])


def finish(segment: Segment, tally: Tally, now: int) -> None:
    """Notes that the segment was looked at to its end. Raises LeaseLost."""
    _written(segment, [*_moved(replace(segment, tally=tally)), SegmentRecord.finished.set(now), SegmentRecord.holder.remove()])


def _moved(segment: Segment) -> list[Action]:
    tally = segment.tally
    actions: list[Action] = [
        SegmentRecord.items.set(tally.items),
        SegmentRecord.seen.set(tally.seen),
        SegmentRecord.recounted.set(tally.recounted),
        SegmentRecord.failed.set(tally.failed),
    ]
    if segment.cursor is not None:
        pk, sk = segment.cursor
        actions += [SegmentRecord.cursor_pk.set(pk), SegmentRecord.cursor_sk.set(sk)]
    return actions


def _written(segment: Segment, actions: list[Action]) -> Segment:
    after = _changed(segment, actions, SegmentRecord.fence == segment.fence)
    if after is None:
        raise LeaseLost(f"segment {segment.number} of pass {segment.plan} was taken by another worker")
    return after


def _changed(segment: Segment, actions: list[Any], condition: Condition) -> Segment | None:
    """The segment after a change, None when the condition did not hold."""
    record = SegmentRecord(*_key(segment.plan, segment.number))
    try:
        record.update(actions=actions, condition=condition)
    except UpdateError as error:
        if error.cause_response_code != _REFUSED:
            raise
        return None
    return _segment(record)


def _not_to_take(plan: int, number: int) -> Taken:
    try:
        record = SegmentRecord.get(*_key(plan, number), consistent_read=True)
    except DoesNotExist:
        return Taken.UNKNOWN
    return Taken.HELD if whole(record.finished) is None else Taken.OVER


def _segment(record: SegmentRecord) -> Segment:
    return Segment(
        plan=int(record.pk.removeprefix("pass#")),
        number=int(record.sk.removeprefix("segment#")),
        begun_at=int(record.begun),
        cursor=(record.cursor_pk, record.cursor_sk) if record.cursor_pk else None,
        tally=Tally(int(record.items), int(record.seen), int(record.recounted), int(record.failed)),
        expected=int(record.expected),
        fence=int(record.fence),
        until=int(record.until),
        finished_at=whole(record.finished),
    )


def _partition(plan: int) -> str:
    return f"pass#{plan:08d}"


def _key(plan: int, number: int) -> Place:
    return _partition(plan), f"segment#{number:02d}"
