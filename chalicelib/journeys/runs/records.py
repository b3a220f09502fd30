"""The items of the runs table: pk `P#<person id>`, sk a journey's name. They expire when nothing can depend on them any more."""

import zlib
from base64 import b64decode
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.journeys.engine.model import NEVER, Enrolment
from chalicelib.journeys.runs.packing import packed, unpacked
from chalicelib.people.records import person_partition

SHARDS: Final = "0123456789abcdef"  # of a journey's people: 16,000 of them may enter or leave it in a second
DEFLATED_FROM: Final = 640  # bytes; what is shorter stays readable, and with keys and index an item is one write unit of 1,024

Image = Mapping[str, Mapping[str, Any]]


class ByJourney(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # PynamoDB's hook has no types
    """The people of a journey, whose runs are still known."""

    class Meta:
        """The index as the template makes it."""

        index_name = "by_journey"
        projection = KeysOnlyProjection()

    listed = UnicodeAttribute(hash_key=True)
    pk = UnicodeAttribute(range_key=True)


class EnrolmentRecord(StoredItem):
    """An enrolment: `rev` how often it was written, the rest in `m` (JSON) or `z` (JSON, deflated). `listed` while it has runs."""

    Meta = meta("runs")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    rev = NumberAttribute()
    m = UnicodeAttribute(null=True)
    z = BinaryAttribute(null=True, legacy_encoding=False)
    listed = UnicodeAttribute(null=True)  # `<journey>#<shard>`
    expires = NumberAttribute(null=True)  # epoch seconds
    by_journey = ByJourney()


def record_of(enrolment: Enrolment) -> EnrolmentRecord:
    """The item of an enrolment."""
    record = EnrolmentRecord(person_partition(enrolment.person), enrolment.journey, rev=enrolment.rev)
    text = packed(enrolment).encode()
    if len(text) < DEFLATED_FROM:
        record.m = text.decode()
    else:
        record.z = zlib.compress(text)
    if enrolment.runs:
        record.listed = listing(enrolment.journey, shard_of(enrolment.person))
    if enrolment.expires != NEVER:
        record.expires = -(-enrolment.expires // 1000)  # not before
    return record


def enrolment_of(record: EnrolmentRecord) -> Enrolment:
    """The enrolment of an item."""
    text = zlib.decompress(record.z) if record.z else record.m or ""
    return unpacked(text, person_of(record.pk), record.sk, int(record.rev), int(record.expires or NEVER) * 1000)


def enrolment_of_image(image: Image) -> Enrolment:
    """The enrolment of a stream record's image. Lambda hands bytes over in base64."""
    record = EnrolmentRecord()
    typed = {
        name: {kind: b64decode(one) if kind == "B" and isinstance(one, str) else one for kind, one in value.items()}
        for name, value in image.items()
    }
    record.deserialize(typed)
    return enrolment_of(record)


def person_of(partition: str) -> str:
    """The person of a partition."""
    return partition.removeprefix(person_partition(""))


def shard_of(person: str) -> str:
    """Which part of a journey's people a person is in: one of `SHARDS`."""
    return blake2b(person.encode(), digest_size=1).hexdigest()[0]


def listing(journey: str, shard: str) -> str:
    """The index's key of a shard of a journey's people."""
    return f"{journey}#{shard}"
