"""A rejected record, and the item that it is stored as."""

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.events.accept import digest
from chalicelib.events.clock import DAY_MS
from chalicelib.events.model import Refusal, Source
from chalicelib.events.packing import readable
from chalicelib.events.wire import MAX_TIME_MS

LIFE_MS: Final = 30 * DAY_MS
SHARDS: Final = 8  # index keys per day: a broken release of an app has all its records refused at once
MAX_BODY_BYTES: Final = 300 * 1024  # of the JSON text before compression; DynamoDB takes 400 KB in an item
_CHANGES_ON_RESEND: Final = frozenset({"_flush_time", "sentAt"})  # keys of a record that only say when it was sent


class WireFormat(StrEnum):
    """How a record came in, and so how it is read again."""

    NATIVE = "native"
    SENSORS = "sensors"
    SEGMENT = "segment"
    IMPORT = "import"


class State(StrEnum):
    """What became of a rejected record."""

    OPEN = "open"
    REPLAYED = "replayed"  # kept since


@dataclass(frozen=True, slots=True)
class Rejection:
    """A rejected record. Times are epoch ms; `text` is the record's JSON, "" in lists; a `truncated` one is not complete."""

    id: str
    code: str
    detail: str
    source: Source
    protocol: WireFormat
    index: int
    received_at: int
    state: State
    replayed_at: int | None
    truncated: bool
    text: str
    partition: str
    sort: str


class ByDay(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # PynamoDB's hook has no types
    """Rejections in the order in which they came."""

    class Meta:
        """The index as the template makes it."""

        index_name = "by_day"
        projection = AllProjection()

    day = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)


class RejectionRecord(StoredItem):
    """The stored rejection. Its key is a hash of source, code and record, so that a record refused twice is one rejection."""

    Meta = meta("rejections")

    pk = UnicodeAttribute(hash_key=True)
    day = UnicodeAttribute()  # `2026-11-21#<shard>`
    at = UnicodeAttribute()  # `<received ms>#<pk>`
    code = UnicodeAttribute()
    detail = UnicodeAttribute()
    source = UnicodeAttribute()
    third_party = BooleanAttribute()
    protocol = UnicodeAttribute()
    place = NumberAttribute()  # in its request
    received = NumberAttribute()  # epoch ms
    body = BinaryAttribute(null=True, legacy_encoding=False)  # JSON text, compressed by zlib
    truncated = BooleanAttribute(default=False)
    state = UnicodeAttribute(default=State.OPEN.value)
    replayed = NumberAttribute(null=True)  # epoch ms
    v = NumberAttribute(default=SCHEMA_VERSION)
    expires = NumberAttribute()  # epoch seconds
    by_day = ByDay()


LISTED: Final = [name for name in RejectionRecord.get_attributes() if name != "body"]  # what a list needs


def to_record(refusal: Refusal, source: Source, protocol: WireFormat, received_at: int) -> RejectionRecord:
    """The item of a refused record."""
    text = readable(refusal.raw)
    key = digest(source.name, refusal.code, readable(_lasting(refusal.raw)))
    return RejectionRecord(
        key,
        day=partition(received_at, int(key[-1], 16) % SHARDS),
        at=f"{low_bound(received_at)}#{key}",
        code=refusal.code,
        detail=refusal.detail,
        source=source.name,
        third_party=source.third_party,
        protocol=protocol.value,
        place=refusal.index,
        received=received_at,
        body=zlib.compress(text[:MAX_BODY_BYTES].encode()),
        truncated=len(text) > MAX_BODY_BYTES,
        expires=(received_at + LIFE_MS) // 1000,
    )


def from_record(record: RejectionRecord) -> Rejection:
    """The rejection of an item, read whole or as a list reads it."""
    replayed: float | None = record.replayed
    body: bytes | None = record.body
    return Rejection(
        id=record.pk,
        code=record.code,
        detail=record.detail,
        source=Source(record.source, record.third_party),
        protocol=WireFormat(record.protocol),
        index=int(record.place),
        received_at=int(record.received),
        state=State(record.state),
        replayed_at=int(replayed) if replayed is not None else None,
        truncated=record.truncated,
        text=zlib.decompress(body).decode() if body else "",
        partition=record.day,
        sort=record.at,
    )


def partition(time: int, shard: int) -> str:
    """The index key of one eighth of the day that a time (ms) lies in."""
    return f"{datetime.fromtimestamp(time / 1000, UTC):%Y-%m-%d}#{shard}"


def low_bound(time: int) -> str:
    """The index sort key before everything received at or after a time in ms."""
    return f"{min(max(time, 0), MAX_TIME_MS):013d}"


def _lasting(raw: Any) -> Any:
    """The record without what changes when it is sent again."""
    return {key: value for key, value in raw.items() if key not in _CHANGES_ON_RESEND} if isinstance(raw, dict) else raw
