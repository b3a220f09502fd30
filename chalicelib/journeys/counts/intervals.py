"""How sure one can be of a share, and of the difference of two. Pure.

Of few people a share says little: 3 of 4 may be anything from 30 to 95 percent. Wilson's interval says so, and holds at none and at all of
them, where the textbook's has no width. Newcombe's of the difference is made of both (method 10 of "Interval estimation for the difference
between independent proportions", Statistics in Medicine 17, 1998).
"""

from dataclasses import dataclass
from math import sqrt
from typing import Final

Z: Final = 1.959963984540054  # of 95 percent, both sides


@dataclass(frozen=True, slots=True)
class Interval:
    """Where something lies 95 times of 100."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def rate(self) -> float | None:
        """The share, None of nobody."""
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> Interval | None:
        """Wilson's; None of nobody."""
        if not self.whole:
            return None
        rate, spread = self.part / self.whole, Z * Z / self.whole
        middle = rate + spread / 2
        half = sqrt(rate * (1 - rate) * spread + spread * spread / 4)
        return Interval(max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread)))


def difference(one: Share, other: Share) -> tuple[float, Interval] | None:
    """How much greater the first share is, and Newcombe's interval of that; None where one of them is of nobody."""
    mine, theirs = one.interval, other.interval
    if mine is None or theirs is None:
        return None
    p, q = one.part / one.whole, other.part / other.whole
    low = sqrt((p - mine.low) ** 2 + (theirs.high - q) ** 2)
    high = sqrt((mine.high - p) ** 2 + (q - theirs.low) ** 2)
    return p - q, Interval(max(-1.0, p - q - low), min(1.0, p - q + high))
