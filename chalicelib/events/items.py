"""Catalogue items (goods, articles) that clients describe: the newest description of each, by the clock of its sender."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError

from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.errors import NotFound
from chalicelib.events.accept import digest
from chalicelib.events.limits import is_item_key
from chalicelib.events.model import ItemChange, Json
from chalicelib.events.packing import encode

_CONDITION_FAILED: Final = "ConditionalCheckFailedException"


class ItemRecord(StoredItem):
    """The stored item. A deleted one stays, so that an older description that arrives late does not bring it back."""

    Meta = meta("items")

    pk = UnicodeAttribute(hash_key=True)  # type
    sk = UnicodeAttribute(range_key=True)  # id
    t = NumberAttribute()  # time of the change, epoch ms
    h = UnicodeAttribute()  # hash of the change: of two at the same time the greater wins, whichever comes first
    d = UnicodeAttribute()  # properties as JSON text
    deleted = BooleanAttribute(default=False)
    source = UnicodeAttribute()
    v = NumberAttribute(default=SCHEMA_VERSION)


@dataclass(frozen=True, slots=True)
class Item:
    """A catalogue item as it was last described; `time` is epoch ms."""

    item_type: str
    item_id: str
    properties: Json
    time: int
    source: str


def put(changes: Sequence[ItemChange], source: str) -> None:
    """Applies the changes, in any order and any number of times with the same end."""
    for change in changes:
        _put(change, source)


def get(item_type: str, item_id: str) -> Item:
    """One item. Raises NotFound when it was never described or has been deleted."""
    if not (is_item_key(item_type) and is_item_key(item_id)):
        raise NotFound("no such item")
    try:
        record = ItemRecord.get(item_type, item_id)
    except ItemRecord.DoesNotExist as missing:
        raise NotFound("no such item") from missing
    if record.deleted:
        raise NotFound("the item was deleted")
    return Item(item_type, item_id, json.loads(record.d), int(record.t), record.source)


def _put(change: ItemChange, source: str) -> None:
    text = encode(change.properties)
    mark = digest(str(change.deleted), text)
    record = ItemRecord(change.item_type, change.item_id, t=change.time, h=mark, d=text, deleted=change.deleted, source=source)
    older = (ItemRecord.t < change.time) | ((ItemRecord.t == change.time) & (ItemRecord.h < mark))
    try:
        record.save(ItemRecord.pk.does_not_exist() | older)
    except PutError as error:
        if error.cause_response_code != _CONDITION_FAILED:  # else a newer one is there
            raise
