"""The items of the table `rates`: one per channel and account, pk `sms#main`, sk `bucket`. Each write is conditional on the one before."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError

from chalicelib.channels.breaker import Guard
from chalicelib.channels.buckets import Bucket
from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.messages.templates.model import ChannelName

SORT: Final = "bucket"
_KEPT_MS: Final = 35 * 86_400_000  # without a call for so long, an account is as new
_LOST: Final = "ConditionalCheckFailedException"


class RateRecord(StoredItem):
    """An account's bucket and guard. `rev` counts writes; `expires` is in seconds."""

    Meta = meta("rates")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    rev = NumberAttribute()
    empty_us = NumberAttribute(default=0)
    day = NumberAttribute(default=0)
    used = NumberAttribute(default=0)
    silences = UnicodeAttribute(null=True)  # epoch ms, with commas between
    shut_until = NumberAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    probe_until = NumberAttribute(null=True)
    expires = NumberAttribute(null=True)


@dataclass(frozen=True, slots=True)
class Seen:
    """A bucket as it was read, and how often it had been written."""

    bucket: Bucket = field(default_factory=Bucket)
    rev: int = 0


def key_of(channel: ChannelName, account: str) -> str:
    """The partition key of an account."""
    return f"{channel.value}#{account}"


def read(pk: str) -> Seen:
    """What is stored now; a full bucket where there is nothing."""
    try:
        return _seen(RateRecord.get(pk, SORT, consistent_read=True))
    except RateRecord.DoesNotExist:
        return Seen()


def replace(pk: str, before: Seen, bucket: Bucket, now: int) -> bool:
    """Puts a bucket in place of the one that was read. False when somebody else did."""
    guard = bucket.guard
    record = RateRecord(
        pk,
        SORT,
        rev=before.rev + 1,
        empty_us=bucket.empty_us,
        day=bucket.day,
        used=bucket.used,
        silences=",".join(map(str, guard.silences)) or None,
        shut_until=guard.shut_until or None,
        reason=guard.reason or None,
        probe_until=guard.probe_until or None,
        expires=(max(now, guard.shut_until) + _KEPT_MS) // 1000,
    )
    try:
        record.save(RateRecord.rev == before.rev if before.rev else RateRecord.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code != _LOST:
            raise
        return False
    return True


def every() -> Iterator[tuple[str, Bucket]]:
    """The buckets of all accounts, by key: some dozens."""
    for record in RateRecord.scan(RateRecord.sk == SORT):
        yield record.pk, _seen(record).bucket


def _seen(record: RateRecord) -> Seen:
    guard = Guard(
        tuple(int(at) for at in (record.silences or "").split(",") if at),
        int(record.shut_until or 0),
        record.reason or "",
        int(record.probe_until or 0),
    )
    return Seen(Bucket(int(record.empty_us), int(record.day), int(record.used), guard), int(record.rev))
