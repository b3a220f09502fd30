"""How far a broadcast has gone through its segment. Pure.

A part goes through one shard of the list of members or, when there are few of them, through several. When all parts are finished there is
one more for each, the second round: it looks for people whom the first passed by, because two became one meanwhile and stand on the list
where it had been already. Where people are ranked, one for each comes before both: it counts what values they have (see `counting`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

SHARDS: Final = 16  # of a list of members
PARTS: Final = 2 * SHARDS  # both rounds, at most
COUNTS: Final = PARTS  # the number of the first part that counts
NUMBERS: Final = PARTS + SHARDS
PEOPLE: Final = 1_000  # for whom one more part is worth its worker; a worker is through with them in some ten seconds
LEASE_MS: Final = 150_000  # a worker stops after a minute and the page that it is at
LOST_MS: Final = 300_000  # a message that no worker has come with for so long is sent again


@dataclass(frozen=True, slots=True)
class Gone:
    """What became of the people gone through: `seen` are all listed, `begun` those who got a message, `excepted` those of a segment that is
    left out, `late` those who came into the segment after the beginning, `twice` those who had one under another id, or had it already,
    `failed` those of whom nothing could be made and who are among the dead letters.
    """

    seen: int = 0
    begun: int = 0
    excepted: int = 0
    late: int = 0
    twice: int = 0
    failed: int = 0

    def __add__(self, other: "Gone") -> "Gone":
        return Gone(
            self.seen + other.seen,
            self.begun + other.begun,
            self.excepted + other.excepted,
            self.late + other.late,
            self.twice + other.twice,
            self.failed + other.failed,
        )


@dataclass(frozen=True, slots=True)
class Part:
    """One part. Times are epoch ms, None for what has not happened.

    `of` is how many parts a round has, `shards` how many of the part's shards are behind it, `after` the last person gone through in the
    next, "" at its beginning. `pages` is how many pages that took, the last at `paged_at`; `recent` is how many messages each of the last
    of them brought. `counted` is the histogram of a part that counts, packed. `fence` counts the workers that took the part; only the last
    of them may write it. `until` is when the worker, or the message that is to bring one, may be taken for lost.
    """

    broadcast: str
    number: int
    of: int = SHARDS
    shards: int = 0
    after: str = ""
    pages: int = 0
    paged_at: int = 0
    recent: tuple[int, ...] = ()
    counted: bytes = b""
    gone: Gone = field(default_factory=Gone)
    fence: int = 0
    until: int = 0
    finished_at: int | None = None

    @property
    def shard(self) -> int:
        """The shard of the list that it is at; SHARDS or more when it has been through all of its own."""
        return self.number % SHARDS + self.shards * self.of

    @property
    def is_second(self) -> bool:
        """Whether it is of the second round."""
        return SHARDS <= self.number < PARTS

    @property
    def sheet(self) -> str:
        """Where the people of the next page are counted."""
        return self.sheet_of(self.pages)

    def sheet_of(self, page: int) -> str:
        """Where the people of a page are counted. The sheets of a part sort by page."""
        return f"{self.number:02d}-{page:06d}"

    def is_lost(self, now: int) -> bool:
        """Whether it needs a new message."""
        return self.finished_at is None and self.until < now


def numbers_for(expected: int, *, ranked: bool = False) -> list[int]:
    """The numbers of the parts for so many people: some 1,000 for each, and each has as many shards as the others. `ranked`: with those
    that count.
    """
    of = 1
    while of < SHARDS and of * PEOPLE < expected:
        of *= 2
    counts = range(COUNTS, COUNTS + of) if ranked else ()
    return [*range(of), *range(SHARDS, SHARDS + of), *counts]


def gone_through(parts: Sequence[Part]) -> Gone:
    """What all parts add up to."""
    return sum((one.gone for one in parts), Gone())


def is_complete(parts: Sequence[Part]) -> bool:
    """Whether everybody has been gone through."""
    return bool(parts) and all(one.finished_at is not None for one in parts)


def is_first_over(parts: Sequence[Part]) -> bool:
    """Whether the first round is."""
    return is_complete([one for one in parts if not one.is_second])


def due(parts: Sequence[Part]) -> list[Part]:
    """The parts to be worked on, finished ones among them: those of the second round when the first is over."""
    over = is_first_over(parts)
    return [one for one in parts if one.is_second is over]
