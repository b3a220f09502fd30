"""Who has a tag on the platform, by its own list: eight bytes of a hash for each fan, so that millions fit into memory and into few items.

pk `<appid>`, sk `seen#<round>#<subject>#<page>`: the hashes of one page of holders. They go by themselves two days after.
"""

import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta

HASH_BYTES: Final = 8
KEPT_SECONDS: Final = 2 * 86_400
_MAX_PER_ITEM: Final = 40_000  # 320 KB of the 400 that an item holds; pages of the platform have 10,000


class SeenRecord(StoredItem):
    """A page of holders."""

    Meta = meta("wechat")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    hashes = BinaryAttribute(legacy_encoding=False)
    expires = NumberAttribute()


@dataclass(frozen=True, slots=True)
class Seen:
    """Who was listed. A fan in 10^13 is taken for listed and is not: the next round, with the same hash, would not find it either."""

    hashes: "array[int]"

    def __contains__(self, openid: str) -> bool:
        wanted = _hash(openid)
        place = bisect_left(self.hashes, wanted)
        return place < len(self.hashes) and self.hashes[place] == wanted


def keep(appid: str, begun: int, subject: str, page: int, openids: Iterable[str]) -> None:
    """Notes a page of holders; noting it again changes nothing. `begun` is the round (ms)."""
    packed = b"".join(_hash(one).to_bytes(HASH_BYTES, "little") for one in openids)
    for part, start in enumerate(range(0, len(packed), _MAX_PER_ITEM * HASH_BYTES)):
        SeenRecord(
            pk=appid,
            sk=f"{_prefix(begun, subject)}{page:06d}#{part}",
            hashes=packed[start : start + _MAX_PER_ITEM * HASH_BYTES],
            expires=begun // 1000 + KEPT_SECONDS,
        ).save()


@lru_cache(maxsize=1)  # part after part asks for the same, and pages of a million are 8 MB
def load(appid: str, begun: int, subject: str) -> Seen:
    """Everybody who was listed in a round. To be asked for when all pages have been kept."""
    hashes = array("Q")
    for record in SeenRecord.query(appid, SeenRecord.sk.startswith(_prefix(begun, subject)), consistent_read=True):
        hashes.frombytes(record.hashes)
    if sys.byteorder == "big":
        hashes.byteswap()
    return Seen(array("Q", sorted(hashes)))


def _prefix(begun: int, subject: str) -> str:
    return f"seen#{begun:013d}#{subject}#"


def _hash(openid: str) -> int:
    return int.from_bytes(blake2b(openid.encode(), digest_size=HASH_BYTES).digest(), "little")
