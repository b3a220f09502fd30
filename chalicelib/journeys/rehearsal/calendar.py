"""Entries by the calendar in a rehearsal: the firings of a schedule, and the dates of a person."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Json
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.crons import next_fire
from chalicelib.journeys.engine.engine import Arrival
from chalicelib.journeys.engine.instants import next_date
from chalicelib.journeys.engine.model import run_id
from chalicelib.journeys.rehearsal.past import Past

MOST_FIRINGS: Final = 10_000
CRON: Final = "cron"
DATE: Final = "date"
_MINUTES_OF_HOUR: Final = 60


class TooOften(ValueError):
    """A schedule comes round more often in the span than a rehearsal goes through."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a journey lets people in by itself. `firings` are the instants of its schedule in the span; `derived` the attributes that rules
    give.
    """

    chart: Chart
    firings: tuple[int, ...] = ()
    derived: frozenset[str] = frozenset()

    @classmethod
    def of(cls, chart: Chart, start: int, end: int, derived: frozenset[str] = frozenset()) -> "Calendar":
        """The calendar of a journey from an instant up to, not including, another one. Raises TooOften."""
        firings: list[int] = []
        at = next_fire(chart.door.cron, chart.door.timezone, start - 1, chart.pace) if chart.door.cron else None
        while at is not None and at < end:
            firings.append(at)
            if len(firings) > MOST_FIRINGS:
                raise TooOften(f"the schedule comes round more than {MOST_FIRINGS} times in this span; ask for a shorter one")
            at = next_fire(chart.door.cron, chart.door.timezone, at, chart.pace)
        return cls(chart, tuple(firings), derived)

    def next(self, past: Past, by: str, after: int) -> Arrival | None:
        """The person's next entry later than an instant, as it looks at that instant; `by` is the key of their strongest identifier."""
        if self.chart.door.date:
            return self._arrival(DATE, self._date(past, after), past.person.id, by)
        place = bisect_right(self.firings, after)
        return self._arrival(CRON, self.firings[place] if place < len(self.firings) else None, past.person.id, by)

    def let_in(self, past: Past, coming: Arrival) -> Arrival | None:
        """Who was known by then and in the segment; of a date, if it still is theirs."""
        door = self.chart.door
        if not past.is_known(coming.at) or (door.date and self._date(past, coming.at - 1) != coming.at):
            return None
        if door.segment and not past.view(coming.at)(self.chart).is_in(door.segment):
            return None
        return coming

    def _date(self, past: Past, after: int) -> int | None:
        door = self.chart.door
        hour, minute = map(int, door.at.split(":"))
        value = past.view(after)(self.chart).attribute(door.date)
        return next_date(value, door.offset, hour * _MINUTES_OF_HOUR + minute, door.timezone, door.yearly, after, self.chart.pace)

    def _arrival(self, how: str, at: int | None, person: str, by: str) -> Arrival | None:
        if at is None or not by:
            return None
        entry: Json = {"name": how, "time": rfc3339(at), "properties": {}}
        return Arrival(run_id(self.chart.name, how, at, person), "", by, person, at, entry)
