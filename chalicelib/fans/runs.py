"""How far a sync of all fans of an account has come. Pure. All times are epoch ms."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from chalicelib.fans.keys import SHARDS

_LISTING_SHARE: Final = 0.8  # of the work before reading: walking the list, the rest is comparing


class Phase(StrEnum):
    """Where a sync stands."""

    LISTING = "listing"  # page by page through the platform's list
    COMPARING = "comparing"  # whom we believe to follow, and the list did not hold
    READING = "reading"  # both are done; fans are still read
    DONE = "done"
    FAILED = "failed"  # the platform refuses for good; `error` says by which number


@dataclass(frozen=True, slots=True)
class Run:
    """A sync. `id` is when it began, which tells it from others of the account.

    `after` and `offset` are the place in the list: the page after that openid, and how many of the page are done; `shard` is the next to
    be compared; `listed` counts fans of the list, `total` is the platform's own count; `asked` counts messages with fans to read. `fence`
    counts the workers that took it, only the last may write; `until` is when a worker, or the message that brings one, may be taken for
    lost.
    """

    appid: str
    id: int
    after: str = ""
    offset: int = 0
    shard: int | None = None
    listed: int = 0
    total: int = 0
    asked: int = 0
    fence: int = 0
    until: int = 0
    ended_at: int | None = None
    error: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether list and comparison are not over."""
        return self.ended_at is None

    def is_lost(self, now: int) -> bool:
        """Whether it needs a new message: its worker died, or its message never came."""
        return self.is_open and self.until < now


@dataclass(frozen=True, slots=True)
class Reads:
    """What the messages of a sync add up to: how many are done, fans read, found to follow, found to have left."""

    messages: int = 0
    read: int = 0
    followed: int = 0
    left: int = 0


def phase_of(run: Run, reads: Reads) -> Phase:
    """Where a sync stands, given what its messages have done."""
    if run.error is not None:
        return Phase.FAILED
    if run.is_open:
        return Phase.LISTING if run.shard is None else Phase.COMPARING
    return Phase.DONE if reads.messages >= run.asked else Phase.READING


def share_of(run: Run, reads: Reads) -> float:
    """How much of the work is done, 0 to 1; an estimate until it is 1."""
    if run.is_open:
        walked = min(run.listed / run.total, 1.0) if run.total and run.shard is None else float(run.shard is not None)
        compared = (run.shard or 0) / SHARDS
        return round((_LISTING_SHARE * walked + (1 - _LISTING_SHARE) * compared) / 2, 3)
    return 1.0 if reads.messages >= run.asked else round(0.5 + reads.messages / run.asked / 2, 3)
