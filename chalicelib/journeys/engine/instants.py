"""When a time of day, a day of the week or a date comes, by the clock on the wall. Pure. All instants are epoch ms.

Lengths that are added to dates are days and hours of that clock, however fast it runs (see `pace`). A time of day that a night of
changing clocks leaves out counts as so much later; one that comes twice, the first time.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final

from chalicelib.pace import Pace
from chalicelib.signals.comparing import number_of
from chalicelib.zones import zone as zone_of

LAG_MS: Final = 15 * 60_000  # how late a timer may be before the journey's own time gives in to the clock
DAYS_OF_WEEK: Final = 7
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_MINUTES_OF_HOUR: Final = 60
_SECONDS_END: Final = 10_000_000_000  # a number from here on is ms: as seconds it would be the year 2286, as ms it is April 1970
_YEARS_END: Final = 10_000_000  # a text that is a smaller number is no time: 1990, 2000.12
_DATE: Final = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})(\d{2})(\d{2})", re.ASCII)
_LEAP_DAY: Final = (2, 29)


def in_time(at: int, now: int) -> int:
    """The journey's own instant when what was due at an instant is done `now`: that instant, unless it is too long ago."""
    return at if now - at <= LAG_MS else now


def next_time_of_day(after: int, minute: int, days: tuple[int, ...], zone: str, pace: Pace) -> int:
    """The first instant later than `after` at which it is so many minutes past midnight, on one of the days (0 is Monday; none: any)."""
    where = zone_of(zone)
    told = pace.told(after)
    today = _local(told, where).date()
    for ahead in range(DAYS_OF_WEEK + 1):
        day = today + timedelta(days=ahead)
        if (not days or day.weekday() in days) and (wall := _wall(datetime.combine(day, _clock(minute)), where)) > told:
            return max(after + 1, pace.instant(wall))
    raise ValueError(f"none of the days {days} is a day of the week")


def date_of(value: Any, zone: str) -> datetime | date | None:
    """The date, or the time of it in the zone and without an offset, that a value tells; None when it tells none.

    A text is a date (`2026-12-01`, `2026/12/1`, `20261201`) or an ISO time, which is the zone's own if it lacks an offset; a number is
    epoch ms or seconds.
    """
    text = value.strip() if isinstance(value, str) else ""
    try:
        if text:
            return _date(text) or _time(text, zone)
        number = number_of(value)
        return (
            None if number is None else _local(round(number if abs(number) >= _SECONDS_END else number * 1000), zone_of(zone), naive=True)
        )
    except (ValueError, OverflowError):  # the 31st of February; the year 300000
        return None


def date_due(value: Any, offset: int, minute: int | None, zone: str, pace: Pace) -> int | None:
    """When a date that a value tells comes, so many ms later (of the wall's clock; fewer than none: before), at the time of that day if
    one is named. None when it tells no date.
    """
    found = date_of(value, zone)
    return None if found is None else _instant(found, offset, minute, zone, pace)


def next_date(value: Any, offset: int, minute: int | None, zone: str, yearly: bool, after: int, pace: Pace) -> int | None:
    """As `date_due`, and later than `after`; yearly, in the first year in which it is. The 29th of February is the 28th in other years."""
    found = date_of(value, zone)
    if found is None:
        return None
    if not yearly:
        due = _instant(found, offset, minute, zone, pace)
        return due if due is not None and due > after else None
    year = (_local(pace.told(after), zone_of(zone)) - timedelta(milliseconds=offset)).year
    tries = (_instant(_in_year(found, one), offset, minute, zone, pace) for one in range(max(year - 1, 1), year + 3))
    return next((due for due in tries if due is not None and due > after), None)


def _instant(found: datetime | date, offset: int, minute: int | None, zone: str, pace: Pace) -> int | None:
    start = found if isinstance(found, datetime) else datetime.combine(found, time())
    try:
        moved = start + timedelta(milliseconds=offset)
        local = moved if minute is None else datetime.combine(moved.date(), _clock(minute))
        return pace.instant(_wall(local, zone_of(zone)))
    except OverflowError:  # three days before the first of January of the year 1
        return None


def _in_year(found: datetime | date, year: int) -> datetime | date:
    if (found.month, found.day) == _LEAP_DAY:
        found = found.replace(day=28) if not _is_leap(year) else found
    return found.replace(year=year)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _date(text: str) -> date | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = found.group(1, 3, 4) if found[2] else found.group(5, 6, 7)
    return date(int(year), int(month), int(day))


def _time(text: str, zone: str) -> datetime | None:
    """The time in the zone. A number as text is one; else ISO, with any offset. Raises ValueError."""
    number = number_of(text)
    if number is not None:
        if abs(number) < _YEARS_END:
            return None
        found = date_of(number, zone)
        return found if isinstance(found, datetime) else None
    time_of = datetime.fromisoformat(text)
    return time_of if time_of.tzinfo is None else time_of.astimezone(zone_of(zone)).replace(tzinfo=None)


def _clock(minute: int) -> time:
    return time(*divmod(minute, _MINUTES_OF_HOUR))


def _local(wall: int, where: tzinfo, naive: bool = False) -> datetime:
    local = (_EPOCH + wall * _MILLISECOND).astimezone(where)
    return local.replace(tzinfo=None) if naive else local


def _wall(local: datetime, where: tzinfo) -> int:
    return (local.replace(tzinfo=where, fold=0) - _EPOCH) // _MILLISECOND
