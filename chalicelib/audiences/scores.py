"""Points: what a score's rules make of the signals of a person. Pure, exact, and the same in any order of events.

Points are counted in millionths, as whole numbers, so that no order of adding gives another sum. Where points end with a window or fade,
they come from the newest 101 hits.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Final

from chalicelib.audiences.evaluating import scaled
from chalicelib.audiences.judgement import Scale
from chalicelib.audiences.parts import Band, EventRule
from chalicelib.pace import STEADY, Pace
from chalicelib.signals.fold import day_of, summand
from chalicelib.signals.model import KEEPS, MILLION, NOTHING, Demand, Hit, State

NEWEST: Final = KEEPS[-1]

Found = tuple[int, int | None]  # (points in millionths, the next instant in ms at which they change without a new event)


@dataclass(frozen=True, slots=True)
class PointRule:
    """A rule of a score that counts events, ready to be applied: points in millionths, times in ms, 0 for what it does without.

    `add` are the points of one hit, or of each unit of the property if `per`; `cap` those that one day brings at most; `within` the window;
    `pace` says which day that is; `every` is the time after which the points of a hit are multiplied by `keep`, again and again.
    """

    number: int
    add: int
    per: bool = False
    cap: int = 0
    zone: str = ""
    within: int = 0
    every: int = 0
    keep: float = 0
    pace: Pace = STEADY

    def points(self, states: Mapping[int, State], now: int) -> Found:
        """The points of a person whose signals are in these states, at `now`."""
        state = states.get(self.number, NOTHING)
        if self.within or self.every:
            return self._of_hits([hit for hit in state.hits[:NEWEST] if not self.within or hit[0] > now - self.within], now)
        if self.cap:
            return sum(_signed(min(abs(self.add) * count, self.cap), self.add) for _, count in state.days), None
        return (_product(self.add, state.sum) if self.per else self.add * state.total), None

    def _of_hits(self, hits: Sequence[Hit], now: int) -> Found:
        found, changes = 0, [time + self.within for time, _ in hits[-1:] if self.within]
        if not self.every:
            return sum(points for _, points in self._worth(hits)), min(changes, default=None)
        for time, worth in self._worth(hits):
            times = (now - time) // self.every if time < now else 0
            points = round(worth * self.keep**times) if times else worth
            if points:
                found += points
                changes.append(time + (times + 1) * self.every)
        return found, min(changes, default=None)

    def _worth(self, hits: Sequence[Hit]) -> Iterator[tuple[int, int]]:
        """(time, points when it happens) of each hit; where a day is capped, its earlier hits count first."""
        if not self.cap:
            yield from ((time, _product(self.add, summand(value)) if self.per else self.add) for time, value in hits)
            return
        for _, day in groupby(reversed(hits), key=lambda hit: day_of(hit[0], self.zone, self.pace)):
            left = self.cap
            for time, _ in day:
                points = min(abs(self.add), left)
                left -= points
                yield time, _signed(points, self.add)


@dataclass(frozen=True, slots=True)
class Bands:
    """The bands of a score from low to high: each with the most points (millionths) that are still in it, None for the last one."""

    steps: tuple[tuple[str, int | None], ...] = ()

    def of(self, points: int) -> str:
        """The band of so many millionths of points; "" for a score without bands."""
        return next((name for name, upto in self.steps if upto is None or points <= upto), "")

    @property
    def scale(self) -> Scale:
        """The bands as steps; everybody starts in the band of no points."""
        return Scale({name: place for place, (name, _) in enumerate(self.steps)}, self.of(0))


def point_demand(rule: EventRule) -> Demand:
    """What the rule needs to be kept of a person's events."""
    windowed = rule.within is not None or rule.decay is not None
    capped = rule.max_per_day is not None and not windowed
    return Demand(
        event=rule.event,
        where=rule.filter,
        keep=NEWEST if windowed else 0,
        value=rule.per or "",
        per_day=-(-millionths(rule.max_per_day or 0) // abs(millionths(rule.add))) if capped else 0,
        zone=rule.timezone if capped else "",
    )


def point_rule(rule: EventRule, number: int, scale: float = 1, pace: Pace = STEADY) -> PointRule:
    """The rule, ready to be applied to the signal of that number. Durations are divided by `scale`."""
    return PointRule(
        number=number,
        add=millionths(rule.add),
        per=rule.per is not None,
        cap=millionths(rule.max_per_day or 0),
        zone=rule.timezone,
        within=scaled(rule.within, scale) if rule.within else 0,
        every=scaled(rule.decay.every, scale) if rule.decay else 0,
        keep=rule.decay.keep if rule.decay else 0,
        pace=pace,
    )


def bands_of(bands: Sequence[Band]) -> Bands:
    """The bands of a document."""
    return Bands(tuple((band.name, None if band.upto is None else millionths(band.upto)) for band in bands))


def millionths(points: int | float) -> int:
    """Points as a document writes them, in millionths."""
    return int(Decimal(str(points)) * MILLION)


def _product(add: int, amount: int) -> int:
    """Millionths times millionths, to the nearest one."""
    return (add * amount + MILLION // 2) // MILLION


def _signed(points: int, like: int) -> int:
    return -points if like < 0 else points
