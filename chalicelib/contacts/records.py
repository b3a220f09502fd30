"""The items of the table `contacts`, and what this room reads of fans' items.

pk the identifier's key, sk `contact`: what is known of an identifier as an address. pk `P#<person id>`, sk `uses`: what the person was sent
lately. Both are read in one call. Popups lie in the same table, under the person, and are another room's.
"""

from typing import Final

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.contacts.model import FanState
from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.fans.contacts import Window
from chalicelib.people.records import person_partition

CONTACT: Final = "contact"
USES: Final = "uses"


class ContactRecord(StoredItem):
    """Either kind: `d` is a contact as JSON; `kinds` and `u` are uses as bytes. `ver` counts writes, each of which is conditional on it."""

    Meta = meta("contacts")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    ver = NumberAttribute()
    d = UnicodeAttribute(null=True)
    kinds = UnicodeAttribute(null=True)
    u = BinaryAttribute(null=True, legacy_encoding=False)
    expires = NumberAttribute(null=True)  # epoch seconds


class FanStateRecord(StoredItem):
    """What decides whether a fan can be reached; all of it is written by others."""

    Meta = meta("fans")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    following = BooleanAttribute(null=True)
    changed_at = NumberAttribute(null=True)
    opened_at = NumberAttribute(null=True)
    opened_by = UnicodeAttribute(null=True)
    open_until = NumberAttribute(null=True)
    left = NumberAttribute(null=True)


def contact_place(key: str) -> tuple[str, str]:
    """Where the contact of an identifier key lies."""
    return key, CONTACT


def uses_place(person: str) -> tuple[str, str]:
    """Where the uses of a person id lie."""
    return person_partition(person), USES


def state_of(record: FanStateRecord) -> FanState:
    """What a fan's item says."""
    window = Window(int(record.opened_at or 0), record.opened_by or "", int(record.open_until or 0), int(record.left or 0))
    return FanState(record.following, int(record.changed_at or 0), window)
