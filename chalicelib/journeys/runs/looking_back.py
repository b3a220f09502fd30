"""What happened to a person lately, as it was stored: so a journey knows what its lambda has not been told yet, or was told too early.

The streams of different identifiers know no order among each other: somebody's payment may be heard of before the order that it pays, or
seconds after the time was up. Events are stored before anybody hears of them; whoever is about to act looks here first.
"""

from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Final

from chalicelib.events import store as events
from chalicelib.events.clock import TOLERANCE_MS
from chalicelib.events.model import Event
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.heard import ordered
from chalicelib.journeys.engine.listening import began
from chalicelib.journeys.engine.model import Enrolment
from chalicelib.people import store as people
from chalicelib.people.model import Person

MAX_IDENTIFIERS: Final = 200  # of one person; a shared till must not stop the others
MAX_ROWS: Final = 2_000  # of one identifier: what somebody does oftener is no person's doing


def until(now: int) -> int:
    """Up to when events are looked for: clocks may be ahead, and what such a one wrote has happened."""
    return now + TOLERANCE_MS + 1


def found(person: Person, charts: Mapping[int, Chart], enrolment: Enrolment, since: int, end: int) -> list[Event]:
    """The events of a person from `since` (ms) up to, not including, `end` that the enrolment's runs look out for, in order of time.

    What happened before the earliest of them began is nothing to any. Those that are over count too: they may come to their goal yet, and
    an exit calls back what they have not sent yet.
    """
    names = frozenset[str]().union(*(charts[run.version].names for run in enrolment.runs if run.version in charts))
    begun = min((began(run) for run in enrolment.runs), default=end)
    return among(person.id, names, max(since, begun), end)


def among(person: str, names: Collection[str], since: int, end: int) -> list[Event]:
    """The events of those names from `since` (ms) up to, not including, `end`, whichever of the person's identifiers they are under."""
    if not names or since >= end:
        return []
    keys = dict.fromkeys(key for key, _ in islice(people.members(person), MAX_IDENTIFIERS))
    return ordered(event for key in keys for event in _stored(key, names, since, end))


def _stored(key: str, names: Collection[str], since: int, end: int) -> Iterator[Event]:
    low, high = events.low_bound(since), events.high_bound(end)
    after: str | None = None
    for _ in range(MAX_ROWS // events.MAX_PAGE):
        page = events.events_of(key, low=low, high=high, after=after, consistent=True)
        yield from (row.event() for row in page.rows if row.name in names)
        if not page.more:
            return
        after = page.rows[-1].sort
