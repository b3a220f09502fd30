"""The items of fans in DynamoDB. Other rooms keep attributes of their own on the same items, so nothing here ever writes a whole item."""

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.dynamo import StoredItem, meta
from chalicelib.fans.model import NEVER, Fan


class FanRecord(StoredItem):
    """What this room knows of a fan; see `Fan` for what the attributes mean."""

    Meta = meta("fans")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    following = BooleanAttribute(null=True)
    changed_at = NumberAttribute(null=True)
    unionid = UnicodeAttribute(null=True)
    read_at = NumberAttribute(null=True)
    listed_at = NumberAttribute(null=True)
    told = UnicodeAttribute(null=True)
    told_at = NumberAttribute(null=True)
    found_run = NumberAttribute(null=True)
    withdrawn_at = NumberAttribute(null=True)


def fan_of(record: FanRecord) -> Fan:
    """The fan of an item."""
    return Fan(
        appid=record.pk.partition("#")[0],
        openid=record.sk,
        following=record.following,
        changed_at=int(record.changed_at or NEVER),
        unionid=record.unionid or "",
        read_at=int(record.read_at or NEVER),
        listed_at=int(record.listed_at or NEVER),
        told=record.told or "",
        told_at=int(record.told_at or NEVER),
        found_run=int(record.found_run or 0),
        withdrawn_at=int(record.withdrawn_at or NEVER),
    )
