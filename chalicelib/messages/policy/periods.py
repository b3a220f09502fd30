"""Days, weeks and months of a calendar. Pure."""

from datetime import date, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from chalicelib.messages.policy.hours import instant, wall_clock

_PAST_ANY_MONTH: Final = timedelta(days=31)
_WEEK: Final = timedelta(days=7)


class Period(StrEnum):
    """A piece of the calendar. Weeks begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def began_at(period: Period, at: int, zone: tzinfo) -> int:
    """When (ms) the period began that a time falls into."""
    return instant(_first(period, wall_clock(at, zone).date()), 0, zone)


def ends_at(period: Period, at: int, zone: tzinfo) -> int:
    """When (ms) the next one begins."""
    first = _first(period, wall_clock(at, zone).date())
    match period:
        case Period.DAY:
            following = first + timedelta(days=1)
        case Period.WEEK:
            following = first + _WEEK
        case Period.MONTH:
            following = (first + _PAST_ANY_MONTH).replace(day=1)
    return instant(following, 0, zone)


def _first(period: Period, day: date) -> date:
    match period:
        case Period.DAY:
            return day
        case Period.WEEK:
            return day - timedelta(days=day.weekday())
        case Period.MONTH:
            return day.replace(day=1)
