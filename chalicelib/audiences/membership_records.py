"""The items of the audiences table: who is in a segment or has a tag, and how many are.

pk `<kind>#<name>#<shard>` (`segment#vip#3`: sixteen of each, so that no partition takes all the writes), sk `person#<id>`: one of them;
sk `count`: how many of this shard; sk `hour#<ms>`: how many were entered and taken out in the hour that begins then.
"""

from hashlib import blake2b
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta

SHARDS: Final = 16  # a partition takes some 150 of these changes a second; a pass over everybody makes 2,000
PERSON_PREFIX: Final = "person#"
COUNT: Final = "count"
HOUR_PREFIX: Final = "hour#"
HOUR_MS: Final = 3_600_000


class MemberOfRecord(StoredItem):
    """A person in a segment or with a tag; `since` in ms, `value` of a tag that has values."""

    Meta = meta("audiences")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    since = NumberAttribute()
    value = UnicodeAttribute(null=True)


class TallyRecord(StoredItem):
    """Numbers of one shard: `members` in `count`, `entered` and `left` in `hour#<ms>`."""

    Meta = meta("audiences")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    members = NumberAttribute(null=True)
    entered = NumberAttribute(null=True)
    left = NumberAttribute(null=True)


def shard_of(person_id: str) -> int:
    """The shard that lists a person, always the same."""
    return blake2b(person_id.encode(), digest_size=1).digest()[0] % SHARDS


def partition(kind: str, name: str, shard: int) -> str:
    """The partition key of one shard."""
    return f"{kind}#{name}#{shard}"


def hour_key(at: int) -> str:
    """The sort key of the hour that an instant (ms) falls into."""
    return f"{HOUR_PREFIX}{at - at % HOUR_MS:013d}"
