"""Hours of the day in a time zone: whether it is quiet now, and when it is over. Pure.

The clock on the wall decides. An hour that a zone repeats in autumn is quiet twice; one that it skips in spring is never there, and quiet
hours that would end within it end at the latest when the skipped time is over.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

DAYS_OF_WEEK: Final = 7
EVERY_DAY: Final = frozenset(range(DAYS_OF_WEEK))
MINUTES_OF_DAY: Final = 1440
_MINUTES_OF_HOUR: Final = 60
_LOOKED_AHEAD: Final = DAYS_OF_WEEK + 2  # days: a whole week, and the rest of the last day
_MONDAY: Final = datetime(2024, 1, 1, tzinfo=UTC)  # any


@dataclass(frozen=True, slots=True)
class Hours:
    """From one minute of the day up to another; over midnight when the end is not after the start.

    `days` (0 is Monday) are those on which it starts. `end` may be MINUTES_OF_DAY, the midnight after the day.
    """

    start: int
    end: int
    days: frozenset[int] = EVERY_DAY

    def covers(self, wall: datetime) -> bool:
        """Whether it is now by this clock."""
        minute = wall.hour * _MINUTES_OF_HOUR + wall.minute
        begun = wall.weekday() in self.days and minute >= self.start
        if self.start < self.end:
            return begun and minute < self.end
        return begun or ((wall.weekday() - 1) % DAYS_OF_WEEK in self.days and minute < self.end)

    @property
    def others(self) -> "Hours":
        """All that these hours are not, if they are the same every day."""
        return Hours(self.end, self.start)


def wall_clock(at: int, zone: tzinfo) -> datetime:
    """The time (ms) as a clock in the zone shows it."""
    return datetime.fromtimestamp(at / 1000, zone)


def instant(day: date, minute: int, zone: tzinfo, fold: int = 0) -> int:
    """The time in ms at which clocks in the zone show this; minute 1440 is the midnight after the day."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=minute // MINUTES_OF_DAY)
    hour, minutes = divmod(minute % MINUTES_OF_DAY, _MINUTES_OF_HOUR)
    return int(midnight.replace(hour=hour, minute=minutes, fold=fold).timestamp() * 1000)


def covered(spans: Iterable[Hours], at: int, zone: tzinfo) -> bool:
    """Whether one of the spans is now."""
    wall = wall_clock(at, zone)
    return any(one.covers(wall) for one in spans)


def over_at(spans: Sequence[Hours], now: int, zone: tzinfo) -> int | None:
    """When (ms) none of the spans is any more, `now` itself if none is; None if that is never."""
    if not covered(spans, now, zone):
        return now
    today = wall_clock(now, zone).date()
    days = (today + timedelta(days=ahead) for ahead in range(_LOOKED_AHEAD))
    ends = sorted({instant(day, span.end, zone, fold) for day in days for span in spans for fold in (0, 1)})
    return next((end for end in ends if end > now and not covered(spans, end, zone)), None)


def always(spans: Sequence[Hours]) -> bool:
    """Whether the spans leave no minute of the week."""
    monday = int(_MONDAY.timestamp() * 1000)
    return bool(spans) and over_at(spans, monday, UTC) is None
