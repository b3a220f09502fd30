"""Events in DynamoDB: one partition per strongest identifier, in time order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.events.accept import Pending
from chalicelib.events.model import Event
from chalicelib.events.packing import TIME_DIGITS, pack, sort_key, unpack
from chalicelib.events.wire import MAX_TIME_MS
from chalicelib.events.writing import write_all

MAX_PAGE: Final = 200  # events of one read: 200 KB as a rule, 6 MB at worst
FIRST: Final = "0" * TIME_DIGITS
LAST: Final = "~"  # after every digit
_VERSION: Final = str(SCHEMA_VERSION)

Image = Mapping[str, Mapping[str, Any]]  # an item in DynamoDB's typed JSON, as streams carry it


class EventRecord(StoredItem):
    """The stored event. Nothing in it depends on when it was received, so a resend is the same item and makes no stream record."""

    Meta = meta("events")

    pk = UnicodeAttribute(hash_key=True)  # the strongest identifier's key
    sk = UnicodeAttribute(range_key=True)  # time and id
    k = UnicodeAttribute()  # kind
    n = UnicodeAttribute()  # name
    d = UnicodeAttribute()  # the rest, see packing.py
    v = NumberAttribute(default=SCHEMA_VERSION)
    expires = NumberAttribute(null=True)  # epoch seconds


@dataclass(frozen=True, slots=True)
class Row:
    """A stored event that is unpacked only if somebody looks at it."""

    partition: str
    sort: str
    kind: str
    name: str
    text: str

    def event(self) -> Event:
        """The event itself."""
        return unpack(self.partition, self.sort, self.kind, self.name, self.text)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one partition; `more` says whether others follow the last one."""

    rows: tuple[Row, ...]
    more: bool


def put(pendings: Iterable[Pending]) -> None:
    """Writes the events; of records with the same key the last one stays, as if they had come one by one."""
    items = {(one.event.primary, one.event.time, one.event.id): _typed(one.event, one.text) for one in pendings}
    write_all(EventRecord, list(items.values()))


def put_own(events: Iterable[Event]) -> None:
    """Writes events that Huiliu itself has found out, whose time is sure. Writing one again changes nothing."""
    items = {(event.primary, event.time, event.id): _typed(event, pack(event)) for event in events}
    write_all(EventRecord, list(items.values()))


def to_record(event: Event) -> EventRecord:
    """The item of an event."""
    record = EventRecord()
    record.deserialize(_typed(event, pack(event)))
    return record


def from_image(image: Image) -> Event:
    """The event of a stream record's image."""
    return unpack(image["pk"]["S"], image["sk"]["S"], image["k"]["S"], image["n"]["S"], image["d"]["S"])


def low_bound(time: int | None) -> str:
    """The sort key before every event at or after a time in ms."""
    return f"{min(max(time or 0, 0), MAX_TIME_MS):0{TIME_DIGITS}d}"


def high_bound(time: int | None) -> str:
    """The sort key after every event before a time in ms; after all when None."""
    return LAST if time is None else low_bound(time)


def events_of(
    key: str,
    newest_first: bool = False,
    low: str = FIRST,
    high: str = LAST,
    after: str | None = None,
    limit: int = MAX_PAGE,
    consistent: bool = False,
) -> Page:
    """At most `limit` events of a partition with sort keys from `low` to `high`, beginning after the sort key `after`.

    Some milliseconds behind what was written, unless it has to be `consistent`, which costs twice as much.
    """
    found = EventRecord.query(
        key,
        EventRecord.sk.between(low, high),
        consistent_read=consistent,
        scan_index_forward=not newest_first,
        limit=limit,
        last_evaluated_key={"pk": {"S": key}, "sk": {"S": after}} if after else None,
    )
    rows = tuple(Row(key, record.sk, record.k, record.n, record.d) for record in found)
    return Page(rows, more=found.last_evaluated_key is not None)


def _typed(event: Event, text: str) -> dict[str, dict[str, Any]]:
    return {
        "pk": {"S": event.primary.key},
        "sk": {"S": sort_key(event.time, event.id)},
        "k": {"S": event.kind.value},
        "n": {"S": event.name},
        "d": {"S": text},
        "v": {"N": _VERSION},
    }
