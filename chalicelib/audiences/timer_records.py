"""The items of the timers table: pk `<minute in ms>#<shard>`, sk `<instant in ms>#<person id>`."""

from hashlib import blake2b
from typing import Any, Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta

MINUTE_MS: Final = 60_000
# Of one minute. A partition takes 1,000 writes a second, and a shard is sent by one lambda at some 700 messages a second. Imported orders
# that know only their day make tens of thousands of timers in one minute. Each shard in use costs an execution a minute.
SHARDS: Final = 4


class TimerRecord(StoredItem):
    """A person to look at again at `at` (ms). Expires a week after its minute; nobody takes it out before."""

    Meta = meta("timers")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    at = NumberAttribute()
    person = UnicodeAttribute()
    expires = NumberAttribute()


def shard_of(person_id: str) -> int:
    """The shard of a person's timers."""
    return blake2b(person_id.encode(), digest_size=1).digest()[0] % SHARDS


def cohort_key(minute: int, shard: int) -> str:
    """The partition key of the timers of a minute (ms of its beginning) in one shard."""
    return f"{minute}#{shard}"


def timer_key(minute: int, shard: int, at: int, person_id: str) -> tuple[str, str]:
    """The keys of a timer. The instant is part of them: a person may have two timers in one minute, and both have to go off."""
    return cohort_key(minute, shard), f"{at:013d}#{person_id}"


def timer_item(key: tuple[str, str], at: int, person_id: str, expires: int) -> dict[str, dict[str, Any]]:
    """A timer in DynamoDB's typed JSON. `expires` in epoch seconds."""
    record = TimerRecord(pk=key[0], sk=key[1], at=at, person=person_id, expires=expires)
    item: dict[str, dict[str, Any]] = record.serialize()
    return item
