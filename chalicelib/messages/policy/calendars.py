"""The clock and the calendar on the wall of a place, which run as fast as the stage does. Pure. All times are epoch ms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from chalicelib.messages.policy import hours, periods
from chalicelib.messages.policy.hours import Hours
from chalicelib.messages.policy.periods import Period
from chalicelib.pace import STEADY, Pace


@dataclass(frozen=True, slots=True)
class Calendar:
    """What `hours` and `periods` say of a zone, asked and answered in instants of this stage."""

    zone: tzinfo
    pace: Pace = STEADY

    def shows(self, at: int) -> str:
        """What the clock shows, to the minute, for people."""
        return hours.wall_clock(self.pace.told(at), self.zone).isoformat(timespec="minutes")

    def covered(self, spans: Iterable[Hours], at: int) -> bool:
        """Whether one of the spans is now."""
        return hours.covered(spans, self.pace.told(at), self.zone)

    def over_at(self, spans: Sequence[Hours], now: int) -> int | None:
        """When none of the spans is any more, `now` itself if none is; None if that is never."""
        if not self.covered(spans, now):
            return now
        end = hours.over_at(spans, self.pace.told(now), self.zone)
        return None if end is None else self.pace.instant(end)

    def began_at(self, period: Period, at: int) -> int:
        """When the period began that a time falls into."""
        return self.pace.instant(periods.began_at(period, self.pace.told(at), self.zone))

    def ends_at(self, period: Period, at: int) -> int:
        """When the next one begins."""
        return self.pace.instant(periods.ends_at(period, self.pace.told(at), self.zone))
