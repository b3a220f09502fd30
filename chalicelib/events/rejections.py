"""Rejected records in DynamoDB: put aside, listed newest first, read, and marked when they have been replayed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.errors import BadRequest, NotFound
from chalicelib.events.clock import DAY_MS
from chalicelib.events.merge import Gathered, Position, gather, merged, position
from chalicelib.events.model import Refusal, Source
from chalicelib.events.rejection_records import (
    LIFE_MS,
    LISTED,
    SHARDS,
    Rejection,
    RejectionRecord,
    State,
    WireFormat,
    from_record,
    low_bound,
    partition,
    to_record,
)
from chalicelib.events.writing import write_all

DEFAULT_WINDOW_MS: Final = 7 * DAY_MS  # of a list that does not say where it begins
_ID: Final = re.compile(r"[0-9a-f]{32}")
_PARTITION: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}#[0-9]")
_SORT: Final = re.compile(r"([0-9]{13})#[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rejections to list: received from `start` up to, not including, `end` (ms), of one code and source if named."""

    start: int
    end: int
    code: str | None = None
    source: str | None = None

    def shows(self, one: Rejection) -> bool:
        """Whether the rejection is of that code and source."""
        return self.code in {None, one.code} and self.source in {None, one.source.name}


def wanted(start: int | None, end: int | None, now: int, code: str | None = None, source: str | None = None) -> Wanted:
    """What to list when the bounds may be left out: a week, and at most the time for which rejections are kept."""
    last = now + 1 if end is None else min(end, now + 1)
    first = last - DEFAULT_WINDOW_MS if start is None else start
    return Wanted(max(first, now - LIFE_MS), last, code, source)


def put(refusals: Sequence[Refusal], source: Source, protocol: WireFormat, received_at: int) -> None:
    """Keeps the refused records. One that was refused before stays as it is, with its state and the time of its first receipt."""
    records = {record.pk: record for record in (to_record(one, source, protocol, received_at) for one in refusals)}
    if not records:
        return
    known = {record.pk for record in RejectionRecord.batch_get(list(records), consistent_read=True, attributes_to_get=["pk"])}
    write_all(RejectionRecord, [record.serialize() for key, record in records.items() if key not in known])


def get(rejection_id: str) -> Rejection:
    """One rejection with its record. Raises NotFound."""
    missing = NotFound("no such rejection; they are kept for 30 days")
    if not _ID.fullmatch(rejection_id):
        raise missing
    try:
        return from_record(RejectionRecord.get(rejection_id, consistent_read=True))
    except RejectionRecord.DoesNotExist as error:
        raise missing from error


def listed(wanted: Wanted, limit: int, cursor: str | None) -> Gathered[Rejection]:
    """A page of rejections, newest first. An empty day costs eight small reads. Raises BadRequest for a cursor of another list."""
    since = position(cursor) if cursor else None
    last = min(wanted.end - 1, _received(since)) if since else wanted.end - 1
    return gather(_rows(wanted, last, limit), since, newest_first=True, shows=wanted.shows, limit=limit)


def mark_replayed(rejection_id: str, now: int) -> None:
    """Notes that the record is kept; safe to repeat."""
    record = RejectionRecord(rejection_id)
    record.update(actions=[RejectionRecord.state.set(State.REPLAYED.value), RejectionRecord.replayed.set(now)])


def _received(place: Position) -> int:
    """The receive time in the sort key of a place. Raises BadRequest for a place in another list."""
    found = _SORT.fullmatch(place.sort)
    if not found or not _PARTITION.fullmatch(place.partition):
        raise BadRequest("cursor is not one that this list gave")
    return int(found[1])


def _rows(wanted: Wanted, last: int, expected: int) -> Iterator[Rejection]:
    """Everything received from the wanted start to `last` (ms, included), day after day."""
    if last < wanted.start:
        return
    low, high = low_bound(wanted.start), f"{low_bound(last)}~"

    def fetch(key: str, after: str | None, size: int) -> tuple[list[Rejection], bool]:
        return _page(key, low, high, after, size)

    for day in range(last // DAY_MS, wanted.start // DAY_MS - 1, -1):
        shards = [partition(day * DAY_MS, shard) for shard in range(SHARDS)]
        yield from merged(shards, fetch, newest_first=True, expected=expected)


def _page(key: str, low: str, high: str, after: str | None, size: int) -> tuple[list[Rejection], bool]:
    found = RejectionRecord.by_day.query(
        key,
        RejectionRecord.at.between(low, high),
        scan_index_forward=False,
        limit=size,
        last_evaluated_key={"day": {"S": key}, "at": {"S": after}, "pk": {"S": after.partition("#")[2]}} if after else None,
        attributes_to_get=LISTED,
    )
    return [from_record(record) for record in found], found.last_evaluated_key is not None
