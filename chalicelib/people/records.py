"""The items of the people table. A partition belongs to one person (`P#id`) or to one identifier (`I#namespace#value`)."""

from typing import Final

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta

PERSON: Final = "person"
PROFILE: Final = "profile"
SIGNALS: Final = "signals"
STANDING: Final = "standing"
NODE: Final = "node"
EDGE_PREFIX: Final = "edge#"
MEMBER_PREFIX: Final = "member#"
MERGED_PREFIX: Final = "merged#"
LISTING_PREFIX: Final = "me"  # what member# and merged# begin with
BLOCK_PREFIX: Final = "applied#"
PLAN_PREFIX: Final = "plan#"


def person_partition(person: str) -> str:
    """The partition of a person id."""
    return f"P#{person}"


def node_partition(key: str) -> str:
    """The partition of an identifier key."""
    return f"I#{key}"


class PersonRecord(StoredItem):
    """The hot item, kept under a kilobyte: one write unit per fold. `d` is compact JSON, `ring` and `known` packed bytes."""

    Meta = meta("people")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=PERSON)
    v = NumberAttribute(default=SCHEMA_VERSION)
    ver = NumberAttribute()
    d = UnicodeAttribute()
    ring = BinaryAttribute(null=True, legacy_encoding=False)
    known = BinaryAttribute(null=True, legacy_encoding=False)
    into = UnicodeAttribute(null=True)
    dirty = BooleanAttribute(null=True)
    lock = UnicodeAttribute(null=True)


class ProfileRecord(StoredItem):
    """The attributes of a person as operations; written only when one changes. `gen` is the person's generation."""

    Meta = meta("people")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=PROFILE)
    v = NumberAttribute(default=SCHEMA_VERSION)
    ver = NumberAttribute()
    gen = NumberAttribute(default=0)
    d = UnicodeAttribute()


class LedgerRecord(StoredItem):
    """What is kept of a person's signals, but for the newest hits; written once in many events. `d` is deflated JSON."""

    Meta = meta("people")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=SIGNALS)
    v = NumberAttribute(default=SCHEMA_VERSION)
    ver = NumberAttribute()
    d = BinaryAttribute(legacy_encoding=False)


class StandingRecord(StoredItem):
    """Where rules have put a person; written only when that changes. The stream of these writes tells the world."""

    Meta = meta("people")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=STANDING)
    v = NumberAttribute(default=SCHEMA_VERSION)
    ver = NumberAttribute()
    d = UnicodeAttribute()


class NodeRecord(StoredItem):
    """An identifier: the person it was attached to (follow redirects from there), since when, and by whose word."""

    Meta = meta("people")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=NODE)
    v = NumberAttribute(default=SCHEMA_VERSION)
    person = UnicodeAttribute()
    since = NumberAttribute()
    source = UnicodeAttribute()
    verified = BooleanAttribute(default=False)
    withdrawn = NumberAttribute(default=0)


class EdgeRecord(StoredItem):
    """One piece of evidence, stored under both of its ends. `reason` tells why it was refused when last weighed."""

    Meta = meta("people")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    first = NumberAttribute()
    last = NumberAttribute()
    verified = BooleanAttribute()
    source = UnicodeAttribute()
    rules = NumberAttribute(default=0)
    reason = UnicodeAttribute(null=True)


class MemberRecord(StoredItem):
    """Under a person: an identifier attached to it (`member#key`), or a person merged into it (`merged#id`)."""

    Meta = meta("people")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)


class BlockRecord(StoredItem):
    """Fingerprints of applied events that no longer fit the ring; `applied#<ms of the spill>#<n>`."""

    Meta = meta("people")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    marks = BinaryAttribute(legacy_encoding=False)
    expires = NumberAttribute()


class PlanRecord(StoredItem):
    """What a settle that has begun is going to do, so that anybody can finish it; `until` in ms is when anybody may."""

    Meta = meta("people")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=PLAN_PREFIX)
    v = NumberAttribute(default=SCHEMA_VERSION)
    attempt = NumberAttribute(default=1)
    until = NumberAttribute(default=0)
    d = UnicodeAttribute()
