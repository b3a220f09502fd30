"""Reading who is in a segment (or has a tag) and how many are, by key: whatever its size, no read costs more than what it shows."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from chalicelib.audiences.flows import Flow
from chalicelib.audiences.membership_records import (
    COUNT,
    HOUR_PREFIX,
    PERSON_PREFIX,
    SHARDS,
    MemberOfRecord,
    TallyRecord,
    hour_key,
    partition,
)
from chalicelib.errors import BadRequest
from chalicelib.paging import Page, decode_cursor, encode_cursor
from chalicelib.people import store

LAST_HOUR: Final = HOUR_PREFIX + "~"  # after every hour


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a segment or with a tag, and since when (ms)."""

    person: str
    since: int


def people_in(kind: str, name: str, limit: int, cursor: str | None = None) -> Page[Member]:
    """At most `limit` of them, shard by shard and in each by id. Raises BadRequest for a cursor of another list.

    Somebody who has been merged into somebody else meanwhile is left out.
    """
    shard, after = _place(kind, name, cursor) if cursor else (0, PERSON_PREFIX)
    listed = _listed(kind, name, shard, after, limit + 1)
    found: list[tuple[MemberOfRecord, int]] = []
    while len(found) < limit and (more := list(islice(listed, limit - len(found)))):
        alive = {one.id for one in store.persons((_id(record) for record, _ in more), consistent=False).values() if not one.into}
        found += [(record, shard) for record, shard in more if _id(record) in alive]
    following = encode_cursor(kind, name, str(found[-1][1]), found[-1][0].sk) if len(found) == limit and next(listed, None) else None
    return Page(tuple(Member(_id(record), int(record.since)) for record, _ in found), following)


def count_of(kind: str, name: str) -> int:
    """How many there are at this moment."""
    keys = [(partition(kind, name, shard), COUNT) for shard in range(SHARDS)]
    return sum(int(record.members or 0) for record in TallyRecord.batch_get(keys))


def flows_of(kind: str, name: str, since: int) -> dict[int, Flow]:
    """Who came and who went, by the beginning of the hour (ms), from the hour of `since` (ms) on."""
    found: dict[int, Flow] = {}
    for shard in range(SHARDS):
        for record in TallyRecord.query(partition(kind, name, shard), TallyRecord.sk.between(hour_key(since), LAST_HOUR)):
            hour = int(record.sk.removeprefix(HOUR_PREFIX))
            before = found.get(hour, Flow())
            found[hour] = Flow(before.entered + int(record.entered or 0), before.left + int(record.left or 0))
    return found


def _listed(kind: str, name: str, shard: int, after: str, at_once: int) -> Iterator[tuple[MemberOfRecord, int]]:
    """Every item from a place on, with its shard; read as far as somebody wants them, `at_once` in one read."""
    for at in range(shard, SHARDS):
        behind = MemberOfRecord.sk > (after if at == shard else PERSON_PREFIX)
        for record in MemberOfRecord.query(partition(kind, name, at), behind, page_size=at_once):
            yield record, at


def _place(kind: str, name: str, cursor: str) -> tuple[int, str]:
    of, named, shard, after = decode_cursor(cursor, 4)
    if (of, named) != (kind, name) or shard not in map(str, range(SHARDS)) or not after.startswith(PERSON_PREFIX):
        raise BadRequest("cursor is not one that this list gave")
    return int(shard), after


def _id(record: MemberOfRecord) -> str:
    return record.sk.removeprefix(PERSON_PREFIX)
