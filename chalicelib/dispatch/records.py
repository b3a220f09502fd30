"""The items of the messages table that dispatch keeps: pk a message's id, sk `send`. They expire."""

import zlib
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Final

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.dispatch.model import Message
from chalicelib.dispatch.packing import packed, unpacked
from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta

SEND: Final = "send"
KEPT_MS: Final = 90 * 86_400_000  # after its last change
DEFLATED_FROM: Final = 640  # bytes; what is shorter stays readable, and with keys and index an item is one write unit of 1,024

Image = Mapping[str, Mapping[str, Any]]


class ByReference(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # PynamoDB's hook has no types
    """Messages by the platforms' own numbers."""

    class Meta:
        """The index as the template makes it."""

        index_name = "by_ref"
        projection = KeysOnlyProjection()

    ref = UnicodeAttribute(hash_key=True)


class MessageRecord(StoredItem):
    """A message: `s` its state, `at` since when (ms), `rev` how often it was written, the rest in `m` (JSON) or `z` (JSON, deflated)."""

    Meta = meta("messages")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=SEND)
    v = NumberAttribute(default=SCHEMA_VERSION)
    rev = NumberAttribute()
    s = UnicodeAttribute()
    at = NumberAttribute()
    m = UnicodeAttribute(null=True)
    z = BinaryAttribute(null=True, legacy_encoding=False)
    ref = UnicodeAttribute(null=True)  # `<channel>#<account>#<number>`
    expires = NumberAttribute()  # epoch seconds
    by_reference = ByReference()


def record_of(message: Message) -> MessageRecord:
    """The item of a message."""
    record = MessageRecord(message.id, rev=message.rev, s=message.state.value, at=message.at)
    record.expires = (max(message.at, message.until) + KEPT_MS) // 1000
    text = packed(message).encode()
    if len(text) < DEFLATED_FROM:
        record.m = text.decode()
    else:
        record.z = zlib.compress(text)
    if message.trip is not None:
        record.ref = message.trip.number or message.trip.earlier or None
    return record


def message_of(record: MessageRecord) -> Message:
    """The message of an item."""
    text = zlib.decompress(record.z) if record.z else record.m or ""
    return unpacked(text, record.pk, record.s, int(record.at), int(record.rev))


def message_of_image(image: Image) -> Message:
    """The message of a stream record's image. Lambda hands bytes over in base64."""
    record = MessageRecord()
    typed = {
        name: {kind: b64decode(one) if kind == "B" and isinstance(one, str) else one for kind, one in value.items()}
        for name, value in image.items()
    }
    record.deserialize(typed)
    return message_of(record)
