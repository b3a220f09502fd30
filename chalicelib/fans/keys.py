"""Where a fan's item lies in the table `fans`: pk `APPID#<shard>`, sk the openid. Pure.

All fans of an account under one key would be one partition, which takes 1,000 writes a second; a sync of all fans writes more.
"""

from hashlib import sha256
from typing import Final

SHARDS: Final = 64
_MASK: Final = SHARDS - 1


def shard_of(openid: str) -> int:
    """The shard that a fan lies in, always the same."""
    return sha256(openid.encode("utf-8", "surrogatepass")).digest()[0] & _MASK


def partition(appid: str, shard: int) -> str:
    """The partition key of one shard of an account's fans."""
    return f"{appid}#{shard:02x}"


def key_of(appid: str, openid: str) -> tuple[str, str]:
    """Partition and sort key of a fan's item."""
    return partition(appid, shard_of(openid)), openid
