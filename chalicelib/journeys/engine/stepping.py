"""One run goes on: from node to node until time passes, or to its end. Pure.

    moved = follow(chart, run, Go("offer"), scene)       # (the run as it is then, what follows from it)

Journey time does not lag: a stay begins when the one before it ended, however late the timer was that found out (see `instants.in_time`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from chalicelib.events.model import Json
from chalicelib.events.reserved import Journeyed
from chalicelib.journeys.engine.asked import messages_of
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.model import (
    NEVER,
    OUTSIDE,
    Arm,
    Do,
    Effect,
    Run,
    RunState,
    Send,
    Sent,
    Tell,
    Visit,
    Why,
    Withdraw,
    message_of,
)
from chalicelib.journeys.nodes.acting import SendMessage
from chalicelib.journeys.nodes.node import Go, NotReady, Scene, Stay, Step, View

MOST_VISITS: Final = 100
MOST_TRIES: Final = 60  # of a step whose facts are still being counted: an hour
RETRY_MS: Final = 60_000
NOT_READY: Final = "not_ready"

Moved = tuple[Run, tuple[Effect, ...]]
Views = Callable[[Chart], View]  # the person as conditions of one version see one


def scene_of(chart: Chart, at: int, now: int, view: Views) -> Scene:
    """What a step at an instant of the journey's own depends on."""
    return Scene(at, now, chart.pace, view(chart), chart.name)


def follow(chart: Chart, run: Run, step: Step, scene: Scene, why: Json | None = None) -> Moved:
    """The run after a step from its present node, and all further ones until time passes. `why` adds to what the first step tells."""
    effects: list[Effect] = []
    passed = 0
    while isinstance(step, Go):
        run, effect = _left(chart, run, step, scene.at, why)
        effects.extend(effect)
        passed, why = passed + 1, None
        if passed > len(chart.nodes) or len(run.visits) >= MOST_VISITS:
            return _with(effects, over(chart.name, run, Why.TOO_LONG, scene.at))
        run = replace(run, node=step.to, since=scene.at, due=NEVER, tries=0, visits=(*run.visits, Visit(step.to, scene.at)))
        run, step = arrived(chart, run, scene)
    if isinstance(step, Stay):
        return _with(effects, _stays(chart, run, step, why))
    return _with(effects, over(chart.name, run, step.reason, scene.at))


def begun(chart: Chart, run: Run, scene: Scene) -> Moved:
    """The run from its entry on. Outside, if it was there, it is no longer."""
    visits = (*run.visits[:-1], replace(run.visits[-1], until=scene.at, outcome="next")) if run.visits else ()
    told = Tell(run.id, Journeyed.ENTERED, scene.at, _told(chart.name, run))
    run = replace(
        run, node=chart.start, entered_at=scene.at, since=scene.at, due=NEVER, tries=0, visits=(*visits, Visit(chart.start, scene.at))
    )
    run, step = arrived(chart, run, scene)
    return _with([told], follow(chart, run, step, scene))


def arrived(chart: Chart, run: Run, scene: Scene) -> tuple[Run, Step]:
    """What the node says to a run that has come to it. What is not known yet is asked for again in a minute, for an hour."""
    try:
        return replace(run, tries=0) if run.tries else run, chart.nodes[run.node].arrive(run, scene)
    except NotReady:
        return replace(run, tries=run.tries + 1), Stay(scene.now + RETRY_MS, {NOT_READY: run.tries + 1})


def over(journey: str, run: Run, reason: str, at: int, why: Json | None = None, quiet: bool = False) -> Moved:
    """The run at its end, told unless it never began or is to be `quiet`. Messages stay as they are (see `recalled`)."""
    told = Tell(run.id, Journeyed.EXITED, at, _told(journey, run) | {"reason": str(reason), "node": run.node})
    visits = closed(run, at, "exit", why)
    ended = replace(run, state=RunState.ENDED, reason=str(reason), ended_at=at, due=NEVER, tries=0, visits=visits)
    return ended, () if quiet or run.node == OUTSIDE else (told,)


def recalled(moved: Moved, chart: Chart | None, runs: Iterable[Run] = ()) -> Moved:
    """With the run's messages called back, those of its acts too: what is not out yet does not go any more. So it is with messages of
    those of the `runs` in whose place it goes on.
    """
    run, effects = moved
    messages = tuple(dict.fromkeys(one for each in (run, *_parts_of(run, tuple(runs))) for one in messages_of(each, chart)))
    return (run, (Withdraw(run.id, messages), *effects)) if messages else moved


def _parts_of(run: Run, runs: Sequence[Run]) -> Iterator[Run]:
    for one in runs:
        if one.merged_into == run.id:
            yield one
            yield from _parts_of(one, runs)


def halted(run: Run, reason: str) -> Run:
    """The run as it stays until somebody has its present step tried again."""
    last = replace(run.visits[-1], until=NEVER, outcome="failed", why={"reason": reason})
    return replace(run, state=RunState.FAILED, reason=reason, due=NEVER, tries=0, visits=(*run.visits[:-1], last))


def closed(run: Run, at: int, outcome: str, why: Json | None) -> tuple[Visit, ...]:
    """The visits with the present one over. One that was over before anybody acted on it keeps its time."""
    if not run.visits:
        return ()
    last = run.visits[-1]
    return (*run.visits[:-1], replace(last, until=last.until or at, outcome=outcome, why={**(last.why or {}), **(why or {})} or None))


def _left(chart: Chart, run: Run, step: Go, at: int, more: Json | None) -> Moved:
    """The run as it leaves its node, with what the node does."""
    acts = step.acts and not _taken(run)
    why = {**(step.why or {}), **(more or {}), **({"taken": True} if step.acts and not acts else {})}
    left = replace(run, state=RunState.GOING, reason="", visits=closed(run, at, step.outcome, why or None))
    if step.milestone:
        left = replace(left, milestones=(*run.milestones, (run.node, at)))
    if step.acts and not acts:
        return _spent(left), ()
    return _acted(chart, left, at) if acts else (left, ())


def _acted(chart: Chart, run: Run, at: int) -> Moved:
    visit = len(run.visits) - 1
    if not isinstance(chart.nodes[run.node], SendMessage):
        return run, (Do(run.id, run.node, visit, at),)
    message = Sent(run.node, at, message_of(run.id, run.node, visit))
    known = any(one.message == message.message for one in run.sent)  # tried again: the same message
    return run if known else replace(run, sent=(*run.sent, message)), (Send(run.id, run.node, visit, at),)


def _taken(run: Run) -> bool:
    """Whether a run that was united with this one has taken the step already."""
    return any(node == run.node for node, _ in run.taken)


def _spent(run: Run) -> Run:
    """Each of those steps stands for one of this run's."""
    place = next(place for place, (node, _) in enumerate(run.taken) if node == run.node)
    return replace(run, taken=run.taken[:place] + run.taken[place + 1 :])


def _stays(chart: Chart, run: Run, step: Stay, why: Json | None) -> Moved:
    if run.tries > MOST_TRIES:
        return halted(run, NOT_READY), ()
    last = run.visits[-1]
    visits = (*run.visits[:-1], replace(last, why={**(last.why or {}), **(step.why or {}), **(why or {})} or None))
    return replace(run, state=RunState.GOING, reason="", due=step.due, visits=visits), (Arm(run.id, step.due + chart.grace),)


def _told(journey: str, run: Run) -> Json:
    some = {"key": run.key, "depth": run.depth}
    return {"journey": journey, "version": run.version, "run": run.id} | {name: value for name, value in some.items() if value}


def _with(effects: list[Effect], moved: Moved) -> Moved:
    run, more = moved
    return run, (*effects, *more)
