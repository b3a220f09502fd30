"""The items of the table `broadcasts`.

pk broadcast id, sk `broadcast`: what was asked and where it is; sk `part#<number>`: how far one part has come; sk `count#<number>`: the
same of a part that counts, with its histogram; sk `ranks`: the histogram of all.
pk `list`, sk `<created at>#<id>`: all of them by age, each with its template.
"""

import json
from typing import Any, Final

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.broadcasts.model import NEVER, Broadcast, Hold, Phase, Wanted
from chalicelib.broadcasts.parts import COUNTS, SHARDS, Gone, Part
from chalicelib.broadcasts.ranking import By, Direction, Missing, Ranking
from chalicelib.definitions.records import whole
from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.messages.templates.model import Category, ChannelName

BROADCAST: Final = "broadcast"
PART_PREFIX: Final = "part#"
COUNT_PREFIX: Final = "count#"
RANKS: Final = "ranks"
LIST: Final = "list"
_COUNTS: Final = ("seen", "begun", "excepted", "late", "twice", "failed")


class BroadcastRecord(StoredItem):
    """A broadcast. `d` is what was asked, as JSON; times are epoch ms."""

    Meta = meta("broadcasts")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=BROADCAST)
    v = NumberAttribute(default=SCHEMA_VERSION)
    d = UnicodeAttribute()
    created_at = NumberAttribute()
    created_by = UnicodeAttribute()
    phase = UnicodeAttribute()
    hold = UnicodeAttribute(null=True)
    started_at = NumberAttribute(default=NEVER)
    finished_at = NumberAttribute(default=NEVER)
    expected = NumberAttribute(default=0)
    reason = UnicodeAttribute(null=True)
    rev = NumberAttribute()


class ListedRecord(StoredItem):
    """That there is a broadcast, of which template, and when it is to begin (epoch ms)."""

    Meta = meta("broadcasts")
    pk = UnicodeAttribute(hash_key=True, default=LIST)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    broadcast = UnicodeAttribute()
    template = UnicodeAttribute()
    at = NumberAttribute(default=NEVER)


class PartRecord(StoredItem):
    """A part. `holder` is the message whose worker has it, `recent` numbers with commas; the rest as in `parts.Part`."""

    Meta = meta("broadcasts")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    of = NumberAttribute(default=SHARDS)
    shards = NumberAttribute(default=0)
    after = UnicodeAttribute(null=True)
    pages = NumberAttribute(default=0)
    paged_at = NumberAttribute(default=NEVER)
    recent = UnicodeAttribute(null=True)
    counted = BinaryAttribute(legacy_encoding=False, null=True)
    seen = NumberAttribute(default=0)
    begun = NumberAttribute(default=0)
    excepted = NumberAttribute(default=0)
    late = NumberAttribute(default=0)
    twice = NumberAttribute(default=0)
    failed = NumberAttribute(default=0)
    fence = NumberAttribute(default=0)
    holder = UnicodeAttribute(null=True)
    until = NumberAttribute(default=0)
    finished = NumberAttribute(null=True)


class RanksRecord(StoredItem):
    """How many people had which value when everybody was counted: `z` is the histogram, packed."""

    Meta = meta("broadcasts")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=RANKS)
    v = NumberAttribute(default=SCHEMA_VERSION)
    z = BinaryAttribute(legacy_encoding=False)


def list_key(created_at: int, broadcast: str = "") -> str:
    """Where a broadcast stands in the list."""
    return f"{created_at:013d}#{broadcast}"


def part_key(number: int) -> str:
    """The sort key of a part."""
    return f"{COUNT_PREFIX if number >= COUNTS else PART_PREFIX}{number:02d}"


def record_of(one: Broadcast) -> BroadcastRecord:
    """The item of a broadcast."""
    return BroadcastRecord(
        pk=one.id,
        d=_packed(one.wanted),
        created_at=one.created_at,
        created_by=one.created_by,
        phase=one.phase.value,
        hold=one.hold.value if one.hold else None,
        started_at=one.started_at,
        finished_at=one.finished_at,
        expected=one.expected,
        reason=one.reason or None,
        rev=one.rev,
    )


def broadcast_of(record: BroadcastRecord) -> Broadcast:
    """The broadcast of an item."""
    return Broadcast(
        id=record.pk,
        wanted=_unpacked(json.loads(record.d)),
        created_at=int(record.created_at),
        created_by=record.created_by,
        phase=Phase(record.phase),
        hold=Hold(record.hold) if record.hold else None,
        started_at=int(record.started_at),
        finished_at=int(record.finished_at),
        expected=int(record.expected),
        reason=record.reason or "",
        rev=int(record.rev),
    )


def part_of(record: PartRecord) -> Part:
    """The part of an item."""
    return Part(
        broadcast=record.pk,
        number=int(record.sk.rpartition("#")[2]),
        of=int(record.of),
        shards=int(record.shards),
        after=record.after or "",
        pages=int(record.pages),
        paged_at=int(record.paged_at),
        recent=tuple(int(one) for one in record.recent.split(",")) if record.recent else (),
        counted=record.counted or b"",
        gone=Gone(**{name: int(getattr(record, name)) for name in _COUNTS}),
        fence=int(record.fence),
        until=int(record.until),
        finished_at=whole(record.finished),
    )


def _packed(one: Wanted) -> str:
    """What is left out is as it is where nothing was asked."""
    found: dict[str, Any] = {
        "segment": one.segment,
        "template": one.template,
        "version": one.version,
        "category": one.category.value,
        "except": list(one.excepted),
        "at": one.at,
        "channels": [name.value for name in one.channels],
        "strict": one.strict,
        "split": one.split,
        "data": one.data,
        "lasts_ms": one.lasts_ms,
    }
    if one.rank is not None:
        found["rank"] = [one.rank.by.value, one.rank.name, one.rank.direction.value, one.rank.missing.value]
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _unpacked(found: dict[str, Any]) -> Wanted:
    return Wanted(
        segment=found["segment"],
        template=found["template"],
        version=found["version"],
        category=Category(found["category"]),
        excepted=tuple(found["except"]),
        at=found["at"],
        channels=tuple(ChannelName(name) for name in found["channels"]),
        strict=found["strict"],
        split=found["split"],
        data=found["data"],
        lasts_ms=found["lasts_ms"],
        rank=_ranking(found["rank"]) if "rank" in found else None,
    )


def _ranking(found: list[str]) -> Ranking:
    by, name, direction, missing = found
    return Ranking(By(by), name, Direction(direction), Missing(missing))
