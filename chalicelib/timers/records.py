"""The items of the timers table: pk `<whose>#<minute in ms>#<shard>`, sk `<instant in ms>#<subject>`."""

from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta


class TimerRecord(StoredItem):
    """Something to look at again at `at` (ms). Expires a week after its minute; nobody takes it out before."""

    Meta = meta("timers")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    at = NumberAttribute()
    subject = UnicodeAttribute()
    expires = NumberAttribute()


def cohort_key(name: str, minute: int, shard: int) -> str:
    """The partition key of the timers called `name` of a minute (ms of its beginning) in one shard."""
    return f"{name}#{minute}#{shard}"


def timer_key(cohort: str, at: int, subject: str) -> tuple[str, str]:
    """The keys of a timer. The instant is part of them: a subject may have two timers in one minute, and both have to go off."""
    return cohort, f"{at:013d}#{subject}"


def timer_item(key: tuple[str, str], at: int, subject: str, expires: int) -> dict[str, dict[str, Any]]:
    """A timer in DynamoDB's typed JSON. `expires` in epoch seconds."""
    record = TimerRecord(pk=key[0], sk=key[1], at=at, subject=subject, expires=expires)
    item: dict[str, dict[str, Any]] = record.serialize()
    return item
