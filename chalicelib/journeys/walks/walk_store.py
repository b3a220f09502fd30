"""Walks in the table `runs`: pk `W#<journey>`, sk the walk's id: what is done; pk `W#<journey>#<id>`, sk a part's name: how far that is.

Whoever moves a part says from which page on. So two workers at one part never count the same page twice, and there is nothing that a dead
one could hold.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, PutError, UpdateError

from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.journeys.walks.walks import NEVER, Part, Walk, What

PREFIX: Final = "W#"
_WITHOUT_HISTOGRAMS: Final = ("pk", "sk", "begun_at", "after", "pages", "counts", "holder", "moved_at", "finished_at", "reason")
_REFUSED: Final = "ConditionalCheckFailedException"


class Overtaken(Exception):
    """Another worker has moved the part, and goes on with it."""


class WalkRecord(StoredItem):
    """A walk: `d` are its arguments as JSON. `expires` in epoch seconds."""

    Meta = meta("runs")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    what = UnicodeAttribute()
    at = NumberAttribute()
    begun_at = NumberAttribute()
    version = NumberAttribute(default=0)
    by = UnicodeAttribute(null=True)
    d = UnicodeAttribute()
    sent_at = NumberAttribute(default=NEVER)
    finished_at = NumberAttribute(default=NEVER)
    reason = UnicodeAttribute(null=True)
    expires = NumberAttribute()


class PartRecord(StoredItem):
    """A part of a walk: `counts` as JSON."""

    Meta = meta("runs")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    begun_at = NumberAttribute(default=NEVER)
    after = UnicodeAttribute(null=True)
    pages = NumberAttribute(default=0)
    counts = UnicodeAttribute(null=True)
    histogram = BinaryAttribute(legacy_encoding=False, null=True)
    holder = UnicodeAttribute(null=True)
    moved_at = NumberAttribute(default=NEVER)
    finished_at = NumberAttribute(default=NEVER)
    reason = UnicodeAttribute(null=True)
    expires = NumberAttribute()


def put(walk: Walk) -> Walk:
    """Keeps a walk, unless there is one of its id; gives back what is stored then."""
    record = WalkRecord(
        pk=PREFIX + walk.journey, sk=walk.id, what=walk.what.value, at=walk.at, begun_at=walk.begun_at, version=walk.version,
        by=walk.by or None, d=json.dumps(walk.arguments, ensure_ascii=False), expires=walk.expires // 1000,
    )  # fmt: skip
    try:
        record.save(condition=WalkRecord.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code != _REFUSED:
            raise
        return find(walk.journey, walk.id) or walk
    return walk


def find(journey: str, walk: str) -> Walk | None:
    """A walk as it stands, None where there is none. Strongly consistent."""
    try:
        return _walk_of(WalkRecord.get(PREFIX + journey, walk, consistent_read=True))
    except DoesNotExist:
        return None


def newest(journey: str, limit: int) -> list[Walk]:
    """The walks over a journey, newest first. Strongly consistent."""
    found = WalkRecord.query(PREFIX + journey, scan_index_forward=False, limit=limit, consistent_read=True)
    return [_walk_of(record) for record in found]


def sent(walk: Walk, now: int) -> None:
    """Notes that all parts have their messages."""
    _change(walk, [WalkRecord.sent_at.set(now)])


def finish(walk: Walk, now: int, reason: str = "") -> None:
    """Notes that everybody was met, or why nobody is."""
    _change(walk, [WalkRecord.finished_at.set(now), *([WalkRecord.reason.set(reason)] if reason else [])])


def part_of(walk: Walk, name: str) -> Part:
    """How far a part is. Strongly consistent."""
    try:
        return _part_of(PartRecord.get(_parts(walk), name, consistent_read=True))
    except DoesNotExist:
        return Part(name)


def parts_of(walk: Walk, *, histograms: bool = True) -> list[Part]:
    """How far all parts are. Strongly consistent. Histograms have up to 100 KB each."""
    wanted = None if histograms else list(_WITHOUT_HISTOGRAMS)
    found = {record.sk: _part_of(record) for record in PartRecord.query(_parts(walk), consistent_read=True, attributes_to_get=wanted)}
    return [found.get(name, Part(name)) for name in walk.parts]


def save(walk: Walk, before: Part, after: Part) -> None:
    """Moves a part on from where it was. Raises Overtaken when another worker has moved it."""
    record = PartRecord(
        pk=_parts(walk), sk=after.name, begun_at=after.begun_at, after=after.after or None, pages=after.pages,
        counts=json.dumps(dict(after.counts)),
        histogram=after.histogram or None, holder=after.holder, moved_at=after.moved_at, finished_at=after.finished_at,
        reason=after.reason or None, expires=walk.expires // 1000,
    )  # fmt: skip
    unmoved = PartRecord.pages == before.pages if before.pages else PartRecord.pages.does_not_exist()
    try:
        record.save(condition=unmoved)
    except PutError as error:
        if error.cause_response_code != _REFUSED:
            raise
        stored = part_of(walk, after.name)
        if (stored.pages, stored.holder) != (after.pages, after.holder):  # else it was this very write, told twice
            raise Overtaken(f"part {after.name} of {walk.id} over {walk.journey} was moved by another worker") from error


def _change(walk: Walk, actions: Iterable[Any]) -> None:
    """Changes a walk that is still kept."""
    try:
        WalkRecord(PREFIX + walk.journey, walk.id).update(list(actions), condition=WalkRecord.pk.exists())
    except UpdateError as error:
        if error.cause_response_code != _REFUSED:
            raise


def _parts(walk: Walk) -> str:
    return f"{PREFIX}{walk.journey}#{walk.id}"


def _walk_of(record: WalkRecord) -> Walk:
    return Walk(
        journey=record.pk.removeprefix(PREFIX), what=What(record.what), at=int(record.at), begun_at=int(record.begun_at),
        version=int(record.version), by=record.by or "", arguments=json.loads(record.d), sent_at=int(record.sent_at),
        finished_at=int(record.finished_at), reason=record.reason or "",
    )  # fmt: skip


def _part_of(record: PartRecord) -> Part:
    return Part(
        name=record.sk, begun_at=int(record.begun_at), after=record.after or "", pages=int(record.pages),
        counts=json.loads(record.counts or "{}"),
        histogram=record.histogram or b"", holder=record.holder or "", moved_at=int(record.moved_at),
        finished_at=int(record.finished_at), reason=record.reason or "",
    )  # fmt: skip
