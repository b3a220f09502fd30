"""When something was taken out of what an account wants: from then on changes of it are not heard of, until it is wanted again.

pk `<appid>`, sk `gap`. Written in one transaction with the definition that takes it out; tags are given to everybody anew after that.
"""

from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from chalicelib.definitions.kinds import Change, Write, Writing
from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta

GAP: Final = "gap"


class GapRecord(StoredItem):
    """`mark` tells one change of definitions from all others."""

    Meta = meta("wechat")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=GAP)
    v = NumberAttribute(default=SCHEMA_VERSION)
    mark = UnicodeAttribute()


def noting(appid: str, change: Change) -> Write:
    """What a change of definitions has to write that takes something out."""
    mark = f"{change.kind}/{change.name}/{change.version or 0}/{change.at}"

    def write(writing: Writing) -> None:
        writing.save(GapRecord(pk=appid, mark=mark))

    return write


def last(appid: str) -> str:
    """The mark of the last such change, "" where there was none. Strongly consistent."""
    try:
        return str(GapRecord.get(appid, GAP, consistent_read=True).mark)
    except DoesNotExist:
        return ""
