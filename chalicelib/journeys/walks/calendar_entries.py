"""Coming in by the calendar: once for each firing of a schedule, and each date, whoever the person has become by then."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from chalicelib.broadcasts.ranking import NOT_RANKED
from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Json
from chalicelib.journeys.engine.engine import Arrival, EntryRefusal, Refused
from chalicelib.journeys.engine.model import run_id
from chalicelib.journeys.in_force import book
from chalicelib.journeys.runs import admitting, joining, parts
from chalicelib.journeys.walks import ranks
from chalicelib.journeys.walks.walks import Part, Walk, What
from chalicelib.people import store as people
from chalicelib.people.model import Person
from chalicelib.people.reading import strongest_of

ON_TIME_MS: Final = 15 * 60_000  # by the true clock: who comes in by then has done so at the instant itself
OLDEST_MS: Final = 86_400_000  # what is later than that lets nobody in any more
ENTERED: Final = "entered"
UNKNOWN: Final = "unknown"  # there is no such person, or nothing to call them by
CRON: Final = "cron"  # what entries and ids of runs say they are


def after_counting(walk: Walk, now: int) -> Walk:
    """The walk that lets in those who were counted."""
    return Walk(walk.journey, What.ENTER, walk.at, now, walk.version, arguments=walk.arguments)


def themselves(listed: Sequence[str]) -> list[str]:
    """Those of a list who are not a part of somebody else: that one is listed too, or will be."""
    return [key for key, person in people.roots(listed).items() if person.id == key]


def candidates(part: Part, listed: Sequence[str]) -> list[str]:
    """Whom the people of a list are by now; the second round is for those who have become one with somebody meanwhile."""
    roots = people.roots(listed).values()
    return sorted({person.id for person in roots if person.height or not part.is_second})


def enter(walk: Walk, persons: Sequence[str], now: int) -> Callable[[str], str]:
    """How each of some people comes in for a firing; what came of it. Their ranks are looked up together."""
    standing = book.current().standing(walk.journey)
    chart = standing.current if standing is not None and standing.open else None
    if chart is None or not chart.door.cron or now - walk.at >= OLDEST_MS:
        return lambda _: Refused.NOT_RUNNING.value
    table = ranks.table_of(walk.journey, walk.at, chart.door.rank) if chart.door.rank else None
    known: dict[str, Json | None] = ranks.standings(table, persons, now) if table is not None else {one: {} for one in persons}

    def entered(person: str) -> str:
        properties = known[person]
        return NOT_RANKED if properties is None else _entered(walk, person, properties, now)

    return entered


def arrival_of(journey: str, how: str, at: int, person: str, now: int, properties: Json | None = None) -> Arrival | None:
    """Somebody at the door by the calendar, at the instant `at` unless that is long past; None for somebody without any identifier."""
    found = strongest_of(person)
    if found is None:
        return None
    entry: Json = {"name": how, "time": rfc3339(at), "properties": properties or {}}
    return Arrival(run_id(journey, how, at, person), "", found.key, person, at if now - at <= ON_TIME_MS else now, entry)


def let_in(journey: str, how: str, at: int, person: Person, now: int, properties: Json | None = None) -> str:
    """Lets a person in once for an instant of the calendar; what came of it, by one word. Who has swallowed somebody that came in for the
    same instant is in.
    """
    arrival = arrival_of(journey, how, at, person.id, now, properties)
    if arrival is None:
        return UNKNOWN
    if person.height:
        theirs = {run_id(journey, how, at, one) for one in parts.parts_of(person)}
        before = joining.change(person.id, journey, now, lambda enrolment, _: enrolment)
        if before is not None and any(mark.run in theirs for mark in before.marks):
            return ENTERED
    found = admitting.admit(person.id, journey, replace(arrival, seed=person.id), now)
    if isinstance(found, EntryRefusal):
        return found.code.value
    return UNKNOWN if found is None else ENTERED


def _entered(walk: Walk, key: str, properties: Json, now: int) -> str:
    person = people.roots([key]).get(key)
    return UNKNOWN if person is None else let_in(walk.journey, CRON, walk.at, person, now, properties)
