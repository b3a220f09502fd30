"""Schedules: when a cron expression comes round, by the clock on the wall. Pure.

    next_fire("0 9 ? * MON *", "Asia/Shanghai", now, pace)      # Mondays at nine; six fields as AWS writes them
    next_fire("0 9 * * 1", "Asia/Shanghai", now, pace)          # the same; five fields as cron does

Six fields: minutes, hours, day of the month, month, day of the week (1 is Sunday), year; `?` in one of the two days. Five fields with a
`?` are these without the year. In five without it, which are cron's own, 0 and 7 are Sunday. `L` is the last day, `6L` the last Friday of
a month, `6#1` its first. `W` is not known.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from cronsim import CronSim, CronSimError

from chalicelib.journeys.engine.instants import DAYS_OF_WEEK
from chalicelib.pace import Pace
from chalicelib.zones import zone as zone_of

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2199  # as AWS has it
_PLAIN: Final = 5
_WITH_YEAR: Final = 6
_DAY, _WEEKDAY = 2, 4
_YEARS: Final = re.compile(r"(\*|\d{4})(?:-(\d{4}))?(?:/(\d{1,3}))?", re.ASCII)
_NUMBER_OF_DAY: Final = re.compile(r"(?<![\d#/])(\d+)", re.ASCII)  # not the 1 of 6#1, nor the step of 2/3
_EVERY_DAYS: Final = re.compile(r"(?<![-\w])(\w+)/", re.ASCII)  # 2/3: from the second day of the week on every third one
_LAST_DAY: Final = 6  # of the week as cron counts
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


class CronInvalid(ValueError):
    """An expression that is no schedule."""


@dataclass(frozen=True, slots=True)
class _Schedule:
    expression: str  # five fields
    years: frozenset[int]


def checked(expression: str) -> None:
    """Raises CronInvalid for what is no schedule, or never comes round."""
    if next_fire(expression, "UTC", 0, Pace()) is None:
        raise CronInvalid(f"{expression!r} never comes round")


def next_fire(expression: str, zone: str, after: int, pace: Pace) -> int | None:
    """The first instant (ms) later than `after` at which the schedule comes round; None when it does so no more. Raises CronInvalid."""
    schedule, where = _schedule(expression), zone_of(zone)
    told = pace.told(after)
    start = (_EPOCH + told * _MILLISECOND).astimezone(where)
    while True:
        year = next((year for year in sorted(schedule.years) if year >= start.year), None)
        if year is None:
            return None
        if year > start.year:
            start = datetime(year, 1, 1, tzinfo=where) - timedelta(seconds=1)
        found = next(CronSim(schedule.expression, start), None)
        if found is None:
            return None
        if found.year in schedule.years:
            return max(after + 1, pace.instant((found.astimezone(UTC) - _EPOCH) // _MILLISECOND))
        start = found


@lru_cache(maxsize=1024)
def _schedule(expression: str) -> _Schedule:
    fields = expression.upper().split()
    if len(fields) == _PLAIN and "?" in fields:
        fields = [*fields, "*"]
    try:
        if len(fields) == _PLAIN:
            CronSim(expression, _EPOCH)
            return _Schedule(" ".join(fields), frozenset(range(FIRST_YEAR, LAST_YEAR + 1)))
        if len(fields) != _WITH_YEAR:
            raise CronInvalid(
                "a schedule has six fields: minutes, hours, day of the month, month, day of the week, year; or the first five"
            )
        plain = " ".join(_translated(fields))
        CronSim(plain, _EPOCH)
        return _Schedule(plain, _years(fields[-1]))
    except CronSimError as error:
        raise CronInvalid(f"{expression!r} is no schedule: {error}") from error


def _translated(fields: list[str]) -> list[str]:
    """Five fields that mean what AWS means by six."""
    days = fields[_DAY], fields[_WEEKDAY]
    if days.count("?") > 1 or ("?" not in days and "*" not in days):
        raise CronInvalid("name either the day of the month or the day of the week; the other one is ?")
    weekday = _NUMBER_OF_DAY.sub(_counted_from_none, "7" if fields[_WEEKDAY] == "L" else fields[_WEEKDAY])
    weekday = _EVERY_DAYS.sub(rf"\1-{_LAST_DAY}/", weekday)  # to cron the week goes on to 7, which is Sunday again
    return [*fields[:_DAY], fields[_DAY].replace("?", "*"), fields[_DAY + 1], weekday.replace("?", "*")]


def _counted_from_none(found: re.Match[str]) -> str:
    """A day of the week as cron numbers it."""
    if not 1 <= int(found[1]) <= DAYS_OF_WEEK:
        raise CronInvalid("days of the week have the numbers from 1 for Sunday to 7")
    return str(int(found[1]) - 1)


def _years(field: str) -> frozenset[int]:
    years: set[int] = set()
    for part in field.split(","):
        found = _YEARS.fullmatch(part)
        if found is None:
            raise CronInvalid(f"{field!r} names no years; use *, 2027, 2027-2029 or 2027/2")
        first = FIRST_YEAR if found[1] == "*" else int(found[1])
        last = int(found[2] or (LAST_YEAR if found[1] == "*" or found[3] else found[1]))
        years.update(range(first, min(last, LAST_YEAR) + 1, max(int(found[3] or 1), 1)))
    return frozenset(year for year in years if year >= FIRST_YEAR)
