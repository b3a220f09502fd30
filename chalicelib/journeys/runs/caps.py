"""Who comes in where a journey is open, and how many altogether: places, counted exactly, for journeys that have a cap.

    gate = Gate(now)
    found = engine.entered(chart, enrolment, arrival, now, view, gate)      # asks it, last of all
    store.replace_all([(before, found)], gate.beside())                     # the places that it gave

A place is taken in the transaction that writes the run, so nobody who did not get in holds one, and nobody holds two; of "A, then not B"
that is when it comes in. A window has up to 16 counters, each with its share of the places: one alone would be in the way of everybody who
enters in the same moment.

pk `cap#<journey>`, sk `<window>#<counter>`, in the tallies table.
"""

from dataclasses import dataclass, field
from typing import Any, Final
from zlib import crc32

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.events.clock import rfc3339
from chalicelib.journeys.engine.arrivals import EntryRefusal, Refused
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import JourneyState
from chalicelib.pace import STEADY, Pace
from chalicelib.people.store import Transaction

COUNTERS: Final = 16
KEPT_MS: Final = 8 * 86_400_000  # how long the counters of a window outlive it, by the true clock
EVER: Final = 0  # the window of a cap without one
_CLOSED: Final = (JourneyState.DRAINING, JourneyState.STOPPED)  # while it is paused, nobody gets as far as this
_CHINA_MS: Final = 8 * 3_600_000  # ahead of UTC


class PlacesRecord(StoredItem):
    """A counter: `n` places of its share are taken."""

    Meta = meta("tallies")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    n = NumberAttribute()
    expires = NumberAttribute(null=True)  # epoch seconds


@dataclass(slots=True)
class Gate:
    """The gate of journeys at `now` (ms), for what is written together."""

    now: int
    _given: dict["_Counter", int] = field(default_factory=dict, init=False)

    def __call__(self, chart: Chart, run: str) -> EntryRefusal | None:
        """Takes in a run unless nobody is to come in any more, or there is no place left in the present window.

        Which counter it is depends on the run, unless its share is used up. Two who want the last one are told by the transaction: Stale.
        """
        if book.state(chart.name) in _CLOSED:
            return EntryRefusal(Refused.NOT_RUNNING)
        if not chart.door.most:
            return None
        start, end = window(chart.door.per, self.now, chart.pace)
        taken, first = _taken(chart.name, start), crc32(run.encode()) % COUNTERS
        for step in range(COUNTERS):
            number = (first + step) % COUNTERS
            counter = _Counter(chart.name, start, end, number, share(chart.door.most, number))
            if taken.get(number, 0) + self._given.get(counter, 0) < counter.places:
                self._given[counter] = self._given.get(counter, 0) + 1
                return None
        return EntryRefusal(Refused.CAP_REACHED, {"entries": chart.door.most, **({"until": rfc3339(end)} if end else {})})

    def beside(self, _: object = None) -> Transaction | None:
        """The places that it gave, to be written together with the runs; None where nobody counts. It has given none from then on: whoever
        begins anew, for others were in the way, asks again.
        """
        given, self._given = self._given, {}
        if not given:
            return None
        writing = Transaction()
        for counter, places in given.items():
            counter.take(places, writing)
        return writing


def window(per: int, now: int, pace: Pace = STEADY) -> tuple[int, int]:
    """When the window that an instant falls into began by the clock on the wall, and the instant (ms) at which it ends; (0, 0) for a cap
    that holds for ever. Days begin at midnight in China.
    """
    if per == EVER:
        return EVER, EVER
    wall, length = pace.told(now), round(per * pace.scale)
    start = wall - (wall + _CHINA_MS) % length
    return start, pace.instant(start + length)


def share(most: int, counter: int) -> int:
    """How many of the places a counter has; together they have them all."""
    return most // COUNTERS + (counter < most % COUNTERS)


def _taken(journey: str, start: int) -> dict[int, int]:
    found = PlacesRecord.query(_partition(journey), PlacesRecord.sk.startswith(f"{start:013d}#"), consistent_read=True)
    return {int(record.sk.partition("#")[2]): int(record.n) for record in found}


@dataclass(frozen=True, slots=True)
class _Counter:
    """One of a window, which ends at an instant (ms; EVER: never), with its share of the places. Versions may differ in both."""

    journey: str
    start: int
    end: int = field(compare=False)
    number: int
    places: int = field(compare=False)

    def take(self, places: int, writing: Transaction) -> None:
        """Takes some, unless others do at the same moment and there are too few for all."""
        actions: list[Any] = [PlacesRecord.n.add(places), PlacesRecord.v.set(SCHEMA_VERSION)]
        if self.end:
            actions.append(PlacesRecord.expires.set((self.end + KEPT_MS) // 1000))
        free = PlacesRecord.n.does_not_exist() | (PlacesRecord.n <= self.places - places)
        writing.update(PlacesRecord(pk=_partition(self.journey), sk=f"{self.start:013d}#{self.number}"), *actions, condition=free)


def _partition(journey: str) -> str:
    return f"cap#{journey}"
