"""The platform's time, read in two ways: that of the world, which can be moved on, and that of the wire, which others compare with theirs.

Windows, quotas, expiries and all that must pass sooner in a test go by `world()`. What is signed or told (`timestamp`, `CreateTime`,
`subscribe_time`) goes by `wire()`: whoever receives it holds it against a clock of his own.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

SECOND_MS: Final = 1000
MINUTE_MS: Final = 60 * SECOND_MS
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS
_CHINA: Final = timedelta(hours=8)  # days and months of quotas are China's; it has no summer time


def wall_clock() -> int:
    """Epoch ms of this machine."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Clock:
    """`reading` gives epoch ms. `scale` shortens the customer-service windows, and makes the calendar of what fans get run so fast, from
    `anchor` (epoch ms; 0: from now) on: as the product's settings of those names do.
    """

    reading: Callable[[], int] = wall_clock
    scale: float = 1.0
    anchor: int = 0
    _ahead: int = field(default=0)

    def __post_init__(self) -> None:
        """Begins now where nobody says when."""
        if self.scale != 1 and not self.anchor:
            self.anchor = self.reading()

    def world(self) -> int:
        """Epoch ms by which the platform counts; ahead of the wire by all that was advanced."""
        return self.reading() + self._ahead

    def wire(self) -> int:
        """Epoch ms for what is signed or told."""
        return self.reading()

    def wire_seconds(self) -> int:
        """The wire's time in seconds since 1970."""
        return self.wire() // SECOND_MS

    def advance(self, milliseconds: int) -> None:
        """Moves the world on; the wire stays where it is."""
        self._ahead += milliseconds

    def scaled(self, milliseconds: int) -> int:
        """How long a period of the platform lasts here; never nothing."""
        return max(1, round(milliseconds / self.scale))

    def calendar(self, now: int) -> int:
        """What the clock on the wall shows (epoch ms) at an instant: hours for advertising, days and months of messages go by it."""
        return now if self.scale == 1 else self.anchor + round((now - self.anchor) * self.scale)


@dataclass(slots=True)
class VirtualClock(Clock):
    """A clock that stands still until it is advanced, then world and wire move together: for tests in one process."""

    now: int = 1_735_689_600_000  # epoch ms; 2025-01-01 08:00 in China

    def world(self) -> int:
        """Epoch ms."""
        return self.now

    def wire(self) -> int:
        """Epoch ms, the same."""
        return self.now

    def advance(self, milliseconds: int) -> None:
        """Moves on."""
        self.now += milliseconds


def china_day(now: int) -> str:
    """China's day of an epoch ms, as 2025-01-31."""
    return (datetime.fromtimestamp(now / SECOND_MS, UTC) + _CHINA).strftime("%Y-%m-%d")


def next_china_day(now: int) -> int:
    """Epoch ms of China's next midnight, when quotas begin anew."""
    day = datetime.fromtimestamp(now / SECOND_MS, UTC) + _CHINA
    following = day.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return round((following - _CHINA).timestamp()) * SECOND_MS


def next_china_month(now: int) -> int:
    """Epoch ms of the first midnight of China's next month."""
    month, after = china_month(now), now
    while china_month(after) == month:
        after = next_china_day(after)
    return after


def china_month(now: int) -> str:
    """China's month of an epoch ms, as 2025-01."""
    return china_day(now)[:7]
