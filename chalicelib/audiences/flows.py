"""How many there were: counts of the past, worked out backwards from the count of this moment and from who came and went since. Pure."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise
from typing import Final

from chalicelib.durations import SECOND_MS, UNITS_MS

HOUR_MS: Final = UNITS_MS["h"]


class Unit(StrEnum):
    """How long a step of a history is."""

    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Flow:
    """How many came in and how many went out."""

    entered: int = 0
    left: int = 0

    @property
    def net(self) -> int:
        """By how many there were more afterwards."""
        return self.entered - self.left


@dataclass(frozen=True, slots=True)
class Point:
    """One step: when it begins (ms), how many there were at its end, and the flow within it."""

    at: int
    count: int
    flow: Flow


def history(live: int, flows: Mapping[int, Flow], bounds: Sequence[int]) -> list[Point]:
    """The steps between each two of `bounds` (ms, ascending), given the count of this moment and the flow of each hour since the first
    bound, by the hour's beginning (ms).
    """
    hours = sorted(flows)
    steps = [
        (start, _sum(flows[hour] for hour in hours[bisect_left(hours, start) : bisect_left(hours, end)])) for start, end in pairwise(bounds)
    ]
    count = live - _sum(flows[hour] for hour in hours[bisect_left(hours, bounds[-1]) :]).net
    points: list[Point] = []
    for start, flow in reversed(steps):
        points.append(Point(start, count, flow))
        count -= flow.net
    return points[::-1]


def bounds_of(start: int, end: int, unit: Unit, zone: tzinfo) -> list[int]:
    """Where the hours, or the days of a time zone, begin and end that have a part in `start` (ms) up to, not including, `end`."""
    found = [start - start % HOUR_MS if unit is Unit.HOUR else _midnight(start, zone, 0)]
    while found[-1] < end:
        found.append(found[-1] + HOUR_MS if unit is Unit.HOUR else _midnight(found[-1], zone, 1))
    return found


def _sum(flows: Iterable[Flow]) -> Flow:
    entered, left = 0, 0
    for flow in flows:
        entered, left = entered + flow.entered, left + flow.left
    return Flow(entered, left)


def _midnight(at: int, zone: tzinfo, later: int) -> int:
    """The beginning of the day of an instant, or of one some days `later`, on the calendar of the zone."""
    day = datetime.fromtimestamp(at / SECOND_MS, zone).date() + timedelta(days=later)
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) * SECOND_MS
