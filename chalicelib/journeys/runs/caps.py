"""How many people a journey lets in altogether: places, counted exactly, for journeys that have a cap.

    found = place(chart, "3fa9...", now)       # an EntryRefusal, or what to write together with the run

A place is taken in the transaction that writes the run, so nobody who did not get in holds one, and nobody holds two. A window has up to
16 counters, each with its share of the places: one alone would be in the way of everybody who enters in the same moment.

pk `cap#<journey>`, sk `<window>#<counter>`, in the tallies table.
"""

from typing import Any, Final
from zlib import crc32

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.events.clock import rfc3339
from chalicelib.journeys.engine.arrivals import EntryRefusal, Refused
from chalicelib.journeys.engine.chart import Chart
from chalicelib.pace import STEADY, Pace
from chalicelib.people.store import Transaction

COUNTERS: Final = 16
KEPT_MS: Final = 8 * 86_400_000  # how long the counters of a window outlive it, by the true clock
EVER: Final = 0  # the window of a cap without one
_CHINA_MS: Final = 8 * 3_600_000  # ahead of UTC


class PlacesRecord(StoredItem):
    """A counter: `n` places of its share are taken."""

    Meta = meta("tallies")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    n = NumberAttribute()
    expires = NumberAttribute(null=True)  # epoch seconds


def place(chart: Chart, run: str, now: int) -> Transaction | EntryRefusal:
    """A place in the window of `now` (ms) for a run, to be written together with it; a refusal when there is none left.

    Which counter it is depends on the run, unless its share is used up. Two who want the last one are told by the transaction: Stale.
    """
    start, end = window(chart.door.per, now, chart.pace)
    taken = _taken(chart.name, start)
    first = crc32(run.encode()) % COUNTERS
    for step in range(COUNTERS):
        counter = (first + step) % COUNTERS
        if taken.get(counter, 0) < share(chart.door.most, counter):
            return _taking(chart, start, end, counter)
    until = {"until": rfc3339(end)} if end else {}
    return EntryRefusal(Refused.CAP_REACHED, {"entries": chart.door.most, **until})


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


def _taking(chart: Chart, start: int, end: int, counter: int) -> Transaction:
    record = PlacesRecord(pk=_partition(chart.name), sk=f"{start:013d}#{counter}")
    actions: list[Any] = [PlacesRecord.n.add(1), PlacesRecord.v.set(SCHEMA_VERSION)]
    if end:
        actions.append(PlacesRecord.expires.set((end + KEPT_MS) // 1000))
    free = PlacesRecord.n.does_not_exist() | (PlacesRecord.n < share(chart.door.most, counter))
    writing = Transaction()
    writing.update(record, *actions, condition=free)
    return writing


def _partition(journey: str) -> str:
    return f"cap#{journey}"
