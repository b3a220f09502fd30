"""When marketing may go out. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from chalicelib.zones import DEFAULT_TIMEZONE, zone

_SECOND_MS: Final = 1000


@dataclass(frozen=True, slots=True)
class Hours:
    """From `begin` until before `end`, each day, by the clock of a zone (IANA name)."""

    begin: time
    end: time
    timezone: str = DEFAULT_TIMEZONE

    def opens_at(self, now: int) -> int:
        """Epoch ms of the next moment in the hours, `now` itself when it is one. A begin that the clock skips counts from after the gap."""
        there = datetime.fromtimestamp(now / _SECOND_MS, zone(self.timezone))
        if self.begin <= there.time() < self.end:
            return now
        day = there.date() + timedelta(days=0 if there.time() < self.begin else 1)
        opening = datetime.combine(day, self.begin, zone(self.timezone))
        return max(now, round(opening.timestamp()) * _SECOND_MS)

    def open(self, now: int) -> bool:
        """Whether marketing may go out at this moment."""
        return self.opens_at(now) == now


RECOMMENDED: Final = Hours(time(9), time(20))  # what every carrier and provider takes
TENCENT: Final = Hours(time(8), time(22))  # FailedOperation.MarketingSendTimeConstraint outside of it
HUAWEI: Final = Hours(time(8), time(21))
QINIU: Final = Hours(time(8), time(20))
