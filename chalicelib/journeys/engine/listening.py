"""What an event does to runs: it ends them, is the goal of them, or what they wait for; in this order, by the event's own time. Pure.

An event counts for a run when it happened after the entry, whenever it arrives. It counts for a stay when it happened during it: after the
stay is over, the time-out counts. It ends a run whatever has become of that since. What is heard twice counts once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Event, Json, Kind
from chalicelib.journeys.engine.chart import Chart, Expected
from chalicelib.journeys.engine.enrolling import MARKED_MS, RECALLED, Charts, changed
from chalicelib.journeys.engine.entering import Gate, anybody, turned_away
from chalicelib.journeys.engine.model import NEVER, OUTSIDE, Enrolment, Run, RunState, Why
from chalicelib.journeys.engine.reaching import reached
from chalicelib.journeys.engine.scope import entry_of, mark_of, means
from chalicelib.journeys.engine.stepping import Moved, Views, follow, over, recalled, scene_of
from chalicelib.journeys.engine.waking import TO, woken
from chalicelib.journeys.nodes.node import Go

MARK: Final = "mark"  # in what a visit tells: of the event that ended it
_HAPPENED: Final = frozenset({Kind.TRACK, Kind.DERIVED})
_CALLED_BACK: Final = frozenset({Why.EXITED, Why.STOPPED, Why.MERGED})  # runs that ended so have no messages left that could go


def heard(charts: Charts, enrolment: Enrolment, event: Event, now: int, view: Views, held: bool = False) -> Enrolment:
    """The enrolment after an event. While the journey is `held` nobody goes on by it: what ends a wait is noted for `woken`."""
    if event.kind not in _HAPPENED:
        return enrolment
    moves: list[Moved] = []
    for run in enrolment.runs:
        chart = charts.get(run.version)
        moved = _reaction(chart, run, event, now, view, held, enrolment.runs) if chart else None
        if moved:
            moves.append(moved)
    return changed(enrolment, moves, charts, now)


def heard_all(charts: Charts, enrolment: Enrolment, events: Iterable[Event], now: int, view: Views, held: bool = False) -> Enrolment:
    """The enrolment after events in the order of their times, those of one instant in every order: until none of them changes anything."""
    ordered = sorted(events, key=lambda event: event.time)
    while True:
        before = enrolment
        for event in ordered:
            enrolment = heard(charts, enrolment, event, now, view, held)
        if enrolment is before:
            return enrolment


def caught_up(charts: Charts, enrolment: Enrolment, events: Iterable[Event], now: int, view: Views, gate: Gate = anybody) -> Enrolment:
    """The enrolment after events and the time that has passed since: what happened after one stay was over counts for the next."""
    known = tuple(events)
    while True:
        before = enrolment
        enrolment = woken(charts, heard_all(charts, enrolment, known, now, view), now, view, gate)
        if enrolment is before:
            return enrolment


def began(run: Run) -> int:
    """From when on events end it: of "A, then not B", from A on."""
    return run.visits[0].since if run.visits and run.visits[0].node == OUTSIDE else run.entered_at


def _reaction(chart: Chart, run: Run, event: Event, now: int, view: Views, held: bool, runs: Sequence[Run]) -> Moved | None:
    at = min(event.time, max(now, run.since))  # a clock that is ahead: it has happened by now; one that is behind: it is no earlier
    if at < began(run) or run.reason == Why.MERGED:
        return None
    rule = _rule(chart, run, event, at)
    if rule and run.node == OUTSIDE and run.open:
        return turned_away(chart, run, at, {"where": rule.place} | _shown(event, at))
    moved = _exited(chart, run, rule, event, at, runs) if rule else None
    after = moved[0] if moved else run
    moved = _also(moved, reached(chart, after, event, at))
    return moved if rule else _also(moved, _waited(chart, moved[0] if moved else run, event, at, now, view, held))


def _rule(chart: Chart, run: Run, event: Event, at: int) -> Expected | None:
    """The rule by which the event ends the run, or would have ended it."""
    rules = (*_undoing(chart, run, at), *chart.exits)
    return next((one for one in rules if means(chart, one, run, event)), None)


def _exited(chart: Chart, run: Run, rule: Expected, event: Event, at: int, runs: Sequence[Run]) -> Moved | None:
    """The run at its end, with its messages called back. Of one that has come to an end by itself, only those: they may not be out yet."""
    why = {"where": rule.place} | _shown(event, at)
    if run.open:
        return recalled(over(chart.name, run, Why.EXITED, max(at, run.since), why), chart, runs)
    last = run.visits[-1] if run.visits else None
    if last is None or run.reason in _CALLED_BACK or (last.why and RECALLED in last.why) or at > run.ended_at + MARKED_MS:
        return None
    visits = (*run.visits[:-1], replace(last, why={**(last.why or {}), RECALLED: why}))
    moved = recalled((replace(run, visits=visits), ()), chart, runs)
    return moved if moved[1] else None


def _undoing(chart: Chart, run: Run, at: int) -> Iterable[Expected]:
    """B of "A, then not B": it keeps a run from being entered, and ends one that was because it was heard of too late."""
    other = chart.door.then_not
    return (other.expected,) if other and run.visits and run.visits[0].node == OUTSIDE and at <= began(run) + other.within else ()


def _waited(chart: Chart, run: Run, event: Event, at: int, now: int, view: Views, held: bool) -> Moved | None:
    """The run gone on, if this is what it waits for."""
    if run.state is not RunState.GOING or run.node == OUTSIDE or not _during(run, at):
        return None
    node, scene = chart.nodes[run.node], scene_of(chart, at, now, view)
    step = node.hear(run, event, scene) if node.waits else None
    if step is None or _is_used(run, event) or entry_of(chart.name, event) == run.id:
        return None
    if held and isinstance(step, Go):
        return _noted(run, step, event, at), ()
    return follow(chart, run, step, scene, _shown(event, at))


def _during(run: Run, at: int) -> bool:
    """Whether an instant lies in the present stay. Of one that is over and not gone on from: before what ended it."""
    return run.since <= at and (at < run.visits[-1].until if run.visits[-1].until else run.due == NEVER or at <= run.due)


def _is_used(run: Run, event: Event) -> bool:
    """Whether the event has ended a wait of this run before. It ends one, not two that are alike."""
    mark = mark_of(event)
    return any(visit.why and visit.why.get(MARK) == mark for visit in run.visits)


def _noted(run: Run, step: Go, event: Event, at: int) -> Run:
    """The run whose stay is over, and which goes on when somebody wakes it."""
    last = run.visits[-1]
    why = {**(step.why or {}), **_shown(event, at), TO: step.to}
    return replace(run, due=at, visits=(*run.visits[:-1], replace(last, until=at, outcome=step.outcome, why=why)))


def _shown(event: Event, at: int) -> Json:
    return {"event": event.name, "at": rfc3339(at), MARK: mark_of(event)}


def _also(moved: Moved | None, more: Moved | None) -> Moved | None:
    return (more[0], (*moved[1], *more[1])) if moved and more else more or moved
