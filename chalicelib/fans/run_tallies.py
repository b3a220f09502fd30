"""What became of the messages of a sync, an item each in the table `wechat`: pk APPID, sk `sync#<run>#<hash>`."""

from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.dynamo import StoredItem, meta
from chalicelib.fans.reading import Tally
from chalicelib.fans.runs import Reads, Run

KEPT_MS: Final = 30 * 86_400_000


class ReadsRecord(StoredItem):
    """What became of one message of a sync."""

    Meta = meta("wechat")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    read = NumberAttribute()
    followed = NumberAttribute()
    left = NumberAttribute()
    expires = NumberAttribute()  # epoch seconds


def count(appid: str, run: int, message: str, tally: Tally, now: int) -> None:
    """Notes what became of a message of a sync; the last word on it stays."""
    expires = (now + KEPT_MS) // 1000
    ReadsRecord(appid, f"{_part(run)}{message}", read=tally.read, followed=tally.followed, left=tally.left, expires=expires).save()


def reads(run: Run) -> Reads:
    """What the messages of a sync add up to; a read for some 10,000 of them."""
    total = Reads()
    for one in ReadsRecord.query(run.appid, ReadsRecord.sk.startswith(_part(run.id))):
        counted = Reads(1, int(one.read), int(one.followed), int(one.left))
        total = _sum(total, counted)
    return total


def _sum(one: Reads, other: Reads) -> Reads:
    return Reads(one.messages + other.messages, one.read + other.read, one.followed + other.followed, one.left + other.left)


def _part(run: int) -> str:
    return f"sync#{run:013d}#"
