"""Why a person is (not) in a journey: the runs there are, whether an entry would begin one now, what they did lately that might have."""

from typing import Final

from chalicelib.durations import UNITS_MS
from chalicelib.entrypoints.journey_runs_shown import EntryHeard, JourneyExplained, shown, state_of
from chalicelib.errors import NotFound
from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Event, Json
from chalicelib.journeys.counts import history
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.engine import Arrival, EntryRefusal, Refused
from chalicelib.journeys.engine.model import Enrolment, run_id
from chalicelib.journeys.engine.scope import entry_of
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import Standing
from chalicelib.journeys.nodes.node import NotReady
from chalicelib.journeys.runs import caps, looking_back
from chalicelib.journeys.runs.viewing import view_of
from chalicelib.people.model import Person
from chalicelib.people.reading import strongest_of

MOST_HEARD: Final = 20
HEARD_MS: Final = 7 * UNITS_MS["d"]  # how far back events are looked at


def explained(person: Person, name: str, now: int) -> JourneyExplained:
    """A person and a journey at `now` (ms). Raises NotFound for one that is not in force, and that nobody is inside of."""
    standing = book.current().standing(name)
    if standing is None:
        raise NotFound(f"no journey {name} is in force")
    enrolment, chart = history.in_journey(person, name, now), standing.current
    outcome = _outcome(standing, enrolment, person, now)
    refusal = outcome if isinstance(outcome, EntryRefusal) else None
    runs = sorted(enrolment.runs, key=lambda run: (-run.entered_at, run.id))
    return JourneyExplained(
        journey=name,
        state=standing.state,
        version=standing.version or None,
        inside=any(run.open and run.inside for run in runs),
        would=None if isinstance(outcome, EntryRefusal) else outcome,
        refusal=refusal.code if refusal else None,
        found=_held(chart, person, now) | (refusal.found if refusal else {}),
        entry=chart.document.get("entry") if chart else None,
        heard=_heard(chart, enrolment, person, now) if chart and chart.door.expected else None,
        runs=[shown(name, person.id, run) for run in runs],
    )


def _outcome(standing: Standing, enrolment: Enrolment, person: Person, now: int) -> EntryRefusal | str:
    """Where an entry would lead, which is tried and not written."""
    chart = standing.current
    if chart is None or not standing.open:
        return EntryRefusal(Refused.NOT_RUNNING)
    by = strongest_of(person.id)
    wanted = Arrival(run_id(standing.name, "explained", now, person.id), "", by.key if by else "", person.id, now)
    found = engine.entered(chart, enrolment, wanted, now, view_of(person, now), caps.Gate(now))
    if isinstance(found, EntryRefusal):
        return found
    run = found.run(wanted.run)
    return state_of(run) if run else ""


def _held(chart: Chart | None, person: Person, now: int) -> Json:
    """Where a segment that is entered or left is the door: whether the person is in it by now, None while nobody can say."""
    expected = chart.door.expected if chart else None
    if chart is None or expected is None or not expected.segment:
        return {}
    try:
        holds = view_of(person, now)(chart).is_in(expected.segment)
    except NotReady:
        holds = None
    return {"segment": expected.segment, "on": "enter" if expected.entered else "leave", "holds": holds}


def _heard(chart: Chart, enrolment: Enrolment, person: Person, now: int) -> list[EntryHeard]:
    expected = chart.door.expected
    if expected is None:
        return []
    events = looking_back.among(person.id, {expected.event}, now - HEARD_MS, looking_back.until(now))
    return [_one(chart, enrolment, event, person) for event in reversed(events[-MOST_HEARD:])]


def _one(chart: Chart, enrolment: Enrolment, event: Event, person: Person) -> EntryHeard:
    arrival = engine.arrival_of(chart, event, person.id)
    run = entry_of(chart.name, event)
    known = any(one.run == run for one in enrolment.marks) or enrolment.run(run) is not None
    fits = arrival is not None and not isinstance(arrival, EntryRefusal)
    return EntryHeard(at=rfc3339(event.time), fits=fits, run=run if known else None)
