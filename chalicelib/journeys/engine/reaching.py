"""What a journey is for: the earliest goal event of a run, what it brought, and the message that led there. Pure."""

from dataclasses import replace

from chalicelib.events.model import Event
from chalicelib.events.reserved import Journeyed
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.enrolling import goal_window
from chalicelib.journeys.engine.model import Credited, Effect, Reached, Run, RunState, Sent, Tell
from chalicelib.journeys.engine.scope import mark_of, means
from chalicelib.journeys.engine.stepping import Moved
from chalicelib.signals.comparing import number_of
from chalicelib.signals.paths import value_at


def reached(chart: Chart, run: Run, event: Event, at: int) -> Moved | None:
    """The run with an earlier goal event than it had, if it counts."""
    goal, known = chart.goal, run.reached
    if goal is None or not run.inside or at < run.entered_at or not means(chart, goal.expected, run, event):
        return None
    mark, message = mark_of(event), _latest(run, at, goal_window(chart))
    if (known and (known.at, known.mark) <= (at, mark)) or not (message or at - run.entered_at <= goal_window(chart)):
        return None
    revenue = number_of(value_at(event, goal.revenue)) if goal.revenue else None
    found = Reached(at, revenue or 0, mark, message.message if message else "")
    return replace(run, reached=found), _news(chart, run, found)


def _latest(run: Run, at: int, window: int) -> Sent | None:
    """The newest message that may have led there."""
    return next((one for one in sorted(run.sent, key=lambda sent: -sent.at) if one.at <= at <= one.at + window), None)


def _news(chart: Chart, run: Run, found: Reached) -> tuple[Effect, ...]:
    """A message is credited once, and the goal told the first time; of who is only watched, nothing is told."""
    before = run.reached.message if run.reached else ""
    credit = (Credited(run.id, found.message, before),) if found.message != before else ()
    if run.reached or run.state is RunState.HELD_OUT:
        return credit
    known = {
        "journey": chart.name,
        "version": run.version,
        "run": run.id,
        "revenue": found.revenue,
        "message": found.message,
        "key": run.key,
        "depth": run.depth,
    }
    return (
        *credit,
        Tell(run.id, Journeyed.GOAL_REACHED, found.at, {name: value for name, value in known.items() if value or name == "revenue"}),
    )
