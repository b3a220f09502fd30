"""What operators do to runs, and what becomes of steps that fail. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.enrolling import RECALLED, Charts, changed
from chalicelib.journeys.engine.entering import Gate, anybody, came_in
from chalicelib.journeys.engine.model import NEVER, OUTSIDE, Arm, Enrolment, Run, RunState, Visit, Why, message_of
from chalicelib.journeys.engine.stepping import Moved, Views, arrived, closed, follow, halted, over, recalled, scene_of
from chalicelib.journeys.nodes.acting import Do
from chalicelib.journeys.nodes.node import Stay

Wanted = Callable[[Run], bool]
_FOR_GOOD = frozenset({Why.EXITED, Why.STOPPED, Why.MERGED, Why.NOT_ENTERED})  # a run that ended so is not brought back


def ended(charts: Charts, enrolment: Enrolment, wanted: Wanted, why: str, now: int) -> Enrolment:
    """The enrolment with the open runs that are wanted ended, and their messages called back."""
    runs = [run for run in enrolment.runs if run.open and wanted(run)]
    moves = [recalled(over(enrolment.journey, run, why, max(now, run.since)), charts.get(run.version), enrolment.runs) for run in runs]
    return changed(enrolment, moves, charts, now)


def failed(enrolment: Enrolment, run_id: str, node: str, visit: int, reason: str, now: int) -> Enrolment:
    """The enrolment with a run back at the visit whose acts came to nothing, until it is tried again. The same object when it has ended
    for good since, stands still already, or knows of no such visit.
    """
    run = enrolment.run(run_id)
    if run is None or not _comes_back(enrolment, run) or visit >= len(run.visits) or run.visits[visit].node != node:
        return enrolment
    return changed(enrolment, [(halted(_back(run, visit), reason), ())], {}, now)


def retried(charts: Charts, enrolment: Enrolment, wanted: Wanted, now: int, view: Views, gate: Gate = anybody) -> Enrolment:
    """The enrolment with the steps tried again at which wanted runs stand still. Each is the same visit, so its message is the same."""
    moves = [
        _retried(charts[run.version], run, now, view, gate)
        for run in enrolment.runs
        if run.state is RunState.FAILED and run.version in charts and wanted(run)
    ]
    return changed(enrolment, moves, charts, now)


def moved(
    charts: Charts,
    enrolment: Enrolment,
    to: Chart,
    nodes: Mapping[str, str],
    wanted: Wanted,
    now: int,
    view: Views,
    gate: Gate = anybody,
) -> Enrolment:
    """The enrolment with wanted open runs at another version: at the node that `nodes` names for theirs, else at that of the same name,
    where the stay goes on. Where there is neither a run keeps its version.
    """
    known = {**charts, to.version: to}
    runs = [run for run in enrolment.runs if run.open and run.version != to.version and wanted(run)]
    moves = [_moved(run, to, nodes.get(run.node, run.node), now, view, gate) for run in runs]
    return changed(enrolment, [one for one in moves if one], known, now)


def _comes_back(enrolment: Enrolment, run: Run) -> bool:
    """Whether it is under way, or has only walked to its end meanwhile and no exit, nor another run, has taken its place."""
    if run.state is RunState.ENDED:
        called_back = any(RECALLED in one.why for one in run.visits[-1:] if one.why)
        return run.reason not in _FOR_GOOD and not called_back and not any(one.open and one.key == run.key for one in enrolment.runs)
    return run.state is RunState.GOING and run.node != OUTSIDE


def _back(run: Run, visit: int) -> Run:
    there, undone = run.visits[visit], run.visits[visit + 1 :]
    messages = {message_of(run.id, one.node, number) for number, one in enumerate(run.visits) if number >= visit}
    passed = {(one.node, one.until) for one in undone}
    return replace(
        run, node=there.node, since=there.since, ended_at=NEVER, visits=run.visits[: visit + 1],
        sent=tuple(one for one in run.sent if one.message not in messages),
        milestones=tuple(one for one in run.milestones if one not in passed),
    )  # fmt: skip


def _retried(chart: Chart, run: Run, now: int, view: Views, gate: Gate) -> Moved:
    again = replace(run, state=RunState.GOING, reason="", since=now)
    if run.node == OUTSIDE:
        return came_in(chart, again, now, now, view, gate)
    # What a node does to the person is told with the time of the visit: whatever of it was told already is told as the very same.
    since = run.visits[-1].since if isinstance(chart.nodes[run.node], Do) else now
    visit = Visit(run.node, since, why={"failed": run.reason})
    again, scene = replace(again, visits=(*run.visits[:-1], visit)), scene_of(chart, now, now, view)
    again, step = arrived(chart, again, scene)
    return follow(chart, again, step, scene)


def _moved(run: Run, to: Chart, node: str, now: int, view: Views, gate: Gate) -> Moved | None:
    if run.node == OUTSIDE:
        return _moved_outside(replace(run, version=to.version), to, now, view, gate)
    if node not in to.nodes:
        return None
    there = replace(run, version=to.version, node=node, tries=0, visits=_visits(run, to, node, now))
    if run.state is RunState.FAILED:
        return there, ()
    there = replace(there, since=there.visits[-1].since)
    there, step = arrived(to, there, scene_of(to, there.since, now, view))
    return follow(to, there, step, scene_of(to, there.since if isinstance(step, Stay) else max(now, there.since), now, view))


def _moved_outside(run: Run, to: Chart, now: int, view: Views, gate: Gate) -> Moved:
    """Still waiting for what must not happen, as long as the new version says; one without such a thing lets it in."""
    if run.tries or run.state is RunState.FAILED:
        return run, ()
    if to.door.then_not is None:
        return came_in(to, run, now, now, view, gate)
    due = run.visits[0].since + to.door.then_not.within
    return replace(run, due=due), (Arm(run.id, due + to.grace),)


def _visits(run: Run, to: Chart, node: str, now: int) -> tuple[Visit, ...]:
    last = run.visits[-1]
    if run.state is RunState.FAILED:
        return (*run.visits[:-1], replace(last, node=node))
    why = {"moved": [run.version, to.version]}
    if node == run.node:
        return (*run.visits[:-1], Visit(node, last.since, why=why))
    return (*closed(run, max(now, last.since), "moved", why), Visit(node, max(now, last.since)))
