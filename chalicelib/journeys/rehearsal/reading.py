"""What is stored of a person, for a rehearsal: first what could let them in, and only then everything that happened to them."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Final

from chalicelib.contacts import facts
from chalicelib.events import store as events
from chalicelib.events.model import Event
from chalicelib.events.reserved import Journeyed
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.rehearsal.calendar import Calendar
from chalicelib.journeys.rehearsal.rehearsed import Play
from chalicelib.journeys.runs import store as enrolments
from chalicelib.journeys.runs.looking_back import MAX_IDENTIFIERS
from chalicelib.journeys.steps.told import ATTRIBUTES_EVENT, JOURNEY, SOURCE, TAGS_EVENT
from chalicelib.messages.policy.model import ContactFacts
from chalicelib.people import store as people
from chalicelib.people.everybody import Found
from chalicelib.people.model import Person

MOST_EVENTS: Final = 20_000  # of one person: a till, or a test
_OWN: Final = frozenset({TAGS_EVENT, ATTRIBUTES_EVENT, *(one.value for one in Journeyed)})


class TooMuch(Exception):
    """More is stored of somebody than a rehearsal looks at."""


def recorded(found: Found, play: Play, calendar: Calendar) -> list[Event]:
    """Everything that happened to a person before the end, but for what this very journey wrote; nothing at all of somebody who cannot
    have come to its door. Raises TooMuch.
    """
    keys = list(dict.fromkeys(key for key, _ in islice(people.members(found.person.id), MAX_IDENTIFIERS + 1)))
    if len(keys) > MAX_IDENTIFIERS:
        raise TooMuch(found.person.id)
    within = _bounded(event for key in keys for event in _stored(key, play.start, play.end))
    if not _may_enter(found, play.chart, calendar, within):
        return []
    before = _bounded(event for key in keys for event in _stored(key, 0, play.start))
    return [*before, *(one for one in within if not _is_own(play.chart, one))]


def contact_of(person: Person, now: int) -> ContactFacts:
    """How the person is reached at present."""
    return facts.of(person, now)


def messages_of(person: str, journey: str) -> frozenset[str]:
    """The messages that the journey has asked for, as far as it still knows."""
    found = enrolments.find(person, journey)
    return frozenset(one.message for run in found.runs for one in run.sent) if found else frozenset()


def _may_enter(found: Found, chart: Chart, calendar: Calendar, within: Iterable[Event]) -> bool:
    door = chart.door
    if door.date:
        name = door.date.partition(".")[0]
        return name in found.profile.operations or name in calendar.derived
    if door.cron:
        return bool(calendar.firings)
    return any(map(partial(_opens, chart, found.person.id), within))


def _opens(chart: Chart, person: str, event: Event) -> bool:
    return engine.arrival_of(chart, event, person) is not None


def _is_own(chart: Chart, event: Event) -> bool:
    """What the journey itself told and did to the person, when it happened."""
    return event.name in _OWN and event.source == SOURCE and event.properties.get(JOURNEY) == chart.name


def _bounded(found: Iterator[Event]) -> list[Event]:
    kept = list(islice(found, MOST_EVENTS + 1))
    if len(kept) > MOST_EVENTS:
        raise TooMuch(f"more than {MOST_EVENTS} events")
    return kept


def _stored(key: str, since: int, end: int) -> Iterator[Event]:
    low, high = events.low_bound(since), events.high_bound(end)
    after: str | None = None
    while True:
        page = events.events_of(key, low=low, high=high, after=after)
        yield from (row.event() for row in page.rows)
        if not page.more:
            return
        after = page.rows[-1].sort
