"""The items of inboxes, in the table `contacts`: pk `P#<person id>`, sk `popup#<message id>`."""

import json
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.channels.popups import NEVER, Popup
from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta

PERSON_PREFIX: Final = "P#"
PREFIX: Final = "popup#"
SECOND_MS: Final = 1000
KEPT_MS: Final = 86_400_000  # beyond its end, for what a device that was offline tells of it


class PopupRecord(StoredItem):
    """A popup; `d` is its body as JSON. It goes away a day after its end."""

    Meta = meta("contacts")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    account = UnicodeAttribute()
    at = NumberAttribute()
    until = NumberAttribute()
    d = UnicodeAttribute()
    shown_at = NumberAttribute(null=True)
    done_at = NumberAttribute(null=True)
    expires = NumberAttribute()


def key_of(person: str, message: str) -> tuple[str, str]:
    """The keys of a popup."""
    return f"{PERSON_PREFIX}{person}", f"{PREFIX}{message}"


def record_of(popup: Popup) -> PopupRecord:
    """The item."""
    return PopupRecord(
        *key_of(popup.person, popup.id),
        account=popup.account,
        at=popup.at,
        until=popup.until,
        d=json.dumps(popup.body, ensure_ascii=False, separators=(",", ":")),
        shown_at=popup.shown_at or None,
        done_at=popup.done_at or None,
        expires=(popup.until + KEPT_MS) // SECOND_MS,
    )


def popup_of(record: PopupRecord) -> Popup:
    """The popup of an item."""
    return Popup(
        id=record.sk.removeprefix(PREFIX),
        person=record.pk.removeprefix(PERSON_PREFIX),
        account=record.account,
        at=int(record.at),
        until=int(record.until),
        body=json.loads(record.d),
        shown_at=int(record.shown_at or NEVER),
        done_at=int(record.done_at or NEVER),
    )
