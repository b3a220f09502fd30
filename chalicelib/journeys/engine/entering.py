"""How an entry begins a run, and how "A, then not B" comes to one. Pure."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from chalicelib.events.model import Json
from chalicelib.journeys.engine.arrivals import Arrival, EntryRefusal, Refused, kept, refused
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.enrolling import changed, marked
from chalicelib.journeys.engine.model import NEVER, OUTSIDE, Arm, Enrolment, Run, RunState, Visit, Why
from chalicelib.journeys.engine.stepping import MOST_TRIES, NOT_READY, RETRY_MS, Moved, Views, begun, halted, over, scene_of
from chalicelib.journeys.nodes.choosing import lot
from chalicelib.journeys.nodes.node import NotReady

BECAUSE: Final = "because"  # in what the visit outside tells of a run that does not come in
Gate = Callable[[Chart, str], EntryRefusal | None]  # whether a journey takes in one more, the run of that id; why not


def anybody(_: Chart, __: str) -> EntryRefusal | None:
    """The gate of a journey that takes in as many as come."""
    return None


def entered(chart: Chart, enrolment: Enrolment, arrival: Arrival, now: int, view: Views, gate: Gate = anybody) -> Enrolment | EntryRefusal:
    """The enrolment with the run that the entry begins, or why it begins none. The same object when that was decided before.

    A person of the control group gets a run that goes nowhere. Of "A, then not B" the run begins outside. So it does for a minute when
    nobody can say yet who is in the segment.
    """
    if enrolment.run(arrival.run) or any(mark.run == arrival.run for mark in enrolment.marks):
        return enrolment
    arrival = replace(arrival, at=min(arrival.at, now), entry=kept(arrival.entry, chart.door.kept))  # a clock ahead: it has happened by now
    refusal = refused(chart, enrolment, arrival, now)
    if refusal:
        return refusal
    run = Run(
        arrival.run, chart.version, arrival.key, arrival.by, _seed(enrolment, arrival), arrival.at, OUTSIDE, arrival.at,
        entry=arrival.entry, depth=arrival.depth,
    )  # fmt: skip
    moved = _expecting(chart, run) if chart.door.then_not else _let_in(chart, run, arrival.at, now, view, gate)
    if isinstance(moved, EntryRefusal):
        return moved
    return changed(marked(enrolment, run, chart, now, arrival.body), [moved], {chart.version: chart}, now)


def came_in(chart: Chart, run: Run, at: int, now: int, view: Views, gate: Gate) -> Moved:
    """The run from the moment on at which nothing but the segment and the gate is in its way."""
    moved = _let_in(chart, run, at, now, view, gate)
    return turned_away(chart, run, at, {BECAUSE: moved.code.value, **moved.found}) if isinstance(moved, EntryRefusal) else moved


def turned_away(chart: Chart, run: Run, at: int, why: Json) -> Moved:
    """The run that never came to be."""
    return over(chart.name, run, Why.NOT_ENTERED, at, why, quiet=True)


def _let_in(chart: Chart, run: Run, at: int, now: int, view: Views, gate: Gate) -> Moved | EntryRefusal:
    scene = scene_of(chart, at, now, view)
    try:
        if chart.door.segment and not scene.view.is_in(chart.door.segment):
            return EntryRefusal(Refused.NOT_IN_SEGMENT, {"segment": chart.door.segment})
    except NotReady:
        return _asked_again(chart, run, at, now)
    if refusal := gate(chart, run.id):
        return refusal
    if lot("control", run.seed, chart.name) < chart.control:
        visits = (*run.visits[:-1], replace(run.visits[-1], until=at, outcome="next")) if run.visits else ()
        return replace(run, state=RunState.HELD_OUT, node="", entered_at=at, since=at, due=NEVER, tries=0, visits=visits), ()
    return begun(chart, run, scene)


def _expecting(chart: Chart, run: Run) -> Moved:
    """Outside, until what must not happen has not happened for long enough."""
    due = run.entered_at + (chart.door.then_not.within if chart.door.then_not else 0)
    return replace(run, due=due, visits=(Visit(OUTSIDE, run.entered_at),)), (Arm(run.id, due + chart.grace),)


def _asked_again(chart: Chart, run: Run, at: int, now: int) -> Moved:
    visits = run.visits or (Visit(OUTSIDE, run.since),)
    waiting = replace(run, since=at, due=now + RETRY_MS, tries=run.tries + 1, visits=visits)
    if waiting.tries > MOST_TRIES:
        return halted(waiting, NOT_READY), ()
    return waiting, (Arm(run.id, waiting.due + chart.grace),)


def _seed(enrolment: Enrolment, arrival: Arrival) -> str:
    """That of the runs before: who has become another person since draws the same lots."""
    return max(enrolment.runs, key=lambda run: (run.entered_at, run.id)).seed if enrolment.runs else arrival.seed
