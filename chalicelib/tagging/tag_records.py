"""Which tags of an account are ours, in DynamoDB.

pk `<appid>`, sk `tag#<source>`: the platform's number of the tag that stands for a segment or tag, in the table of accounts.
"""

from dataclasses import dataclass
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError

from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.tagging.sources import Source

TAG_PREFIX: Final = "tag#"
NO_NUMBER: Final = 0  # of a tag that is being made, and may be there or not; the platform's own have the lowest numbers
_REFUSED: Final = "ConditionalCheckFailedException"


class TagRecord(StoredItem):
    """A tag: `id` of the platform, its name there, when it was made (ms), and for how many fans there was no room for it."""

    Meta = meta("wechat")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    id = NumberAttribute()
    name = UnicodeAttribute()
    at = NumberAttribute()
    refused = NumberAttribute(default=0)


@dataclass(frozen=True, slots=True)
class AccountTag:
    """A tag of the account that is kept like a segment or tag. `at`: when it was made (ms), `refused`: how many fans had no room for it."""

    source: Source
    id: int
    name: str
    at: int
    refused: int = 0


def tags_of(appid: str) -> list[AccountTag]:
    """All tags of the account that are ours. Strongly consistent."""
    found = TagRecord.query(appid, TagRecord.sk.startswith(TAG_PREFIX), consistent_read=True)
    return [
        AccountTag(Source.parse(one.sk.removeprefix(TAG_PREFIX)), int(one.id), one.name, int(one.at), int(one.refused)) for one in found
    ]


def save(appid: str, tag: AccountTag) -> None:
    """Notes a tag that is there on the platform."""
    TagRecord(pk=appid, sk=TAG_PREFIX + tag.source.key, id=tag.id, name=tag.name, at=tag.at, refused=tag.refused).save()


def drop(appid: str, tag: AccountTag) -> None:
    """Forgets a tag, unless it has been made anew meanwhile."""
    record = TagRecord(pk=appid, sk=TAG_PREFIX + tag.source.key)
    # An update first and then a delete: a delete under a condition would raise when there is nothing left to delete.
    if _changed(record, tag.id, [TagRecord.refused.set(0)]):
        record.delete()


def count_refused(appid: str, tag: AccountTag, step: int) -> None:
    """Notes that more fans, or fewer, have no room for a tag."""
    _changed(TagRecord(pk=appid, sk=TAG_PREFIX + tag.source.key), tag.id, [TagRecord.refused.add(step)])


def _changed(record: TagRecord, number: int, actions: list[object]) -> bool:
    try:
        record.update(actions=actions, condition=TagRecord.id == number)  # type: ignore[arg-type]
    except UpdateError as error:
        if error.cause_response_code != _REFUSED:
            raise
        return False
    return True
