"""What time does to runs: stays end, and what was asked too early is asked again. Pure."""

from typing import Final

from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.enrolling import Charts, changed
from chalicelib.journeys.engine.entering import Gate, anybody, came_in
from chalicelib.journeys.engine.instants import in_time
from chalicelib.journeys.engine.model import NEVER, OUTSIDE, Enrolment, Run, RunState
from chalicelib.journeys.engine.stepping import RETRY_MS, Moved, Views, arrived, follow, scene_of
from chalicelib.journeys.nodes.node import Go, NotReady, Scene, Stay, Step

TO: Final = "to"  # in what a visit tells that is over, but not gone on from


def woken(charts: Charts, enrolment: Enrolment, now: int, view: Views, gate: Gate = anybody) -> Enrolment:
    """The enrolment with every stay ended that is over, and the grace after it: one stay of each run. Too early: the same object."""
    moves = [
        _woken(charts[run.version], run, now, view, gate)
        for run in enrolment.runs
        if run.version in charts and _is_due(charts[run.version], run, now)
    ]
    return changed(enrolment, moves, charts, now)


def next_due(enrolment: Enrolment) -> int:
    """When the next stay ends by itself, NEVER if none does."""
    return min((run.due for run in enrolment.runs if _waits(run)), default=NEVER)


def next_look(charts: Charts, enrolment: Enrolment) -> int:
    """From when on `woken` changes something, NEVER if it never does."""
    looks = (run.due + charts[run.version].grace for run in enrolment.runs if _waits(run) and run.version in charts)
    return min(looks, default=NEVER)


def _waits(run: Run) -> bool:
    return run.state is RunState.GOING and run.due != NEVER


def _is_due(chart: Chart, run: Run, now: int) -> bool:
    return _waits(run) and run.due + chart.grace <= now


def _woken(chart: Chart, run: Run, now: int, view: Views, gate: Gate) -> Moved:
    at = in_time(run.since if run.tries else run.due, now)  # a step that is tried again takes no time of the journey
    if run.node == OUTSIDE:
        return came_in(chart, run, at, now, view, gate)
    scene = scene_of(chart, at, now, view)
    run, step = arrived(chart, run, scene) if run.tries else (run, _ended(chart, run, scene))
    return follow(chart, run, step, scene)


def _ended(chart: Chart, run: Run, scene: Scene) -> Step:
    """What comes after the stay: what was noted while nobody was to go on, else what the node says."""
    last = run.visits[-1]
    if last.until and last.why:
        return Go(str(last.why[TO]), last.outcome)
    try:
        return chart.nodes[run.node].wake(run, scene)
    except NotReady:
        return Stay(scene.now + RETRY_MS)
