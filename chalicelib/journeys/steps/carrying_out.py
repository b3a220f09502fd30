"""The messages and acts of nodes that runs have passed. One that cannot be carried out is its own run's trouble: that stays at the node.

Between a step and this an exit may have come, or a step before it may have failed, in another write even. So just before anything is done,
the runs are read once more: what comes after a step that failed is left out, for it is tried again with that one; messages of a run that
was ended meanwhile are put down as refused. What comes just after that is withdrawn by the exit's own outbox.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from chalicelib.dispatch.model import Order
from chalicelib.errors import Busy
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.messages import Passing, order_of
from chalicelib.journeys.engine.model import Do, Enrolment, Run, Send, message_of
from chalicelib.journeys.in_force import book
from chalicelib.journeys.nodes import acting as nodes
from chalicelib.journeys.runs import latest
from chalicelib.journeys.steps import acting, guard, ordering
from chalicelib.journeys.steps.acting import Doing
from chalicelib.journeys.steps.failing import StepFailed, fail
from chalicelib.people.absorb import POISON

FAULT: Final = "step_fault"  # something of the data, or of the code on it, that nobody has foreseen


@dataclass(frozen=True, slots=True)
class Step:
    """A node was passed at which something is done: what, in which write, and which effect of that it was."""

    enrolment: Enrolment
    effect: Send | Do
    number: int = 0

    @property
    def run(self) -> Run | None:
        """The run that passed it."""
        return self.enrolment.run(self.effect.run)

    @property
    def message(self) -> str:
        """The id of the message that it is; "" for acts."""
        effect = self.effect
        return message_of(effect.run, effect.node, effect.visit) if isinstance(effect, Send) else ""


def carry_out(steps: Sequence[Step], now: int) -> None:
    """Acts one after the other; then messages together, for what has to be known of their people is read together. Raises Busy."""
    for turn in _turns(steps):
        for step, wanted in _due([one for one in turn if isinstance(one.effect, Do)], now):
            with _failing(step, now):
                _act(step, wanted, now)
        _send(_due([one for one in turn if isinstance(one.effect, Send)], now), now)


def chart_of(journey: str, version: int) -> Chart:
    """A version, looked up anew when this process has not heard of it. Raises LookupError."""
    found = book.current().chart(journey, version)
    if found is None:
        book.look_again()
        found = book.current().chart(journey, version)
    if found is None:
        raise LookupError(f"the journey {journey} has no version {version} any more")
    return found


def _turns(steps: Sequence[Step]) -> list[list[Step]]:
    """The first steps of all runs, then their second ones, and so on: should one fail, those behind it are not taken."""
    turns: list[list[Step]] = []
    taken: Counter[str] = Counter()
    for one in steps:
        if taken[one.effect.run] == len(turns):
            turns.append([])
        turns[taken[one.effect.run]].append(one)
        taken[one.effect.run] += 1
    return turns


def _due(steps: Sequence[Step], now: int) -> Iterator[tuple[Step, bool]]:
    """Those that are still to be taken, and whether messages of theirs are wanted."""
    found = latest.find([(one.enrolment, one.effect.run) for one in steps])
    for step, run in zip(steps, found, strict=True):
        if run is None or run.has_come_to(step.effect.node, step.effect.visit):
            guard.passed(step.enrolment.journey, now)
            yield step, run is None or run.wants(step.message)


@contextmanager
def _failing(step: Step, now: int) -> Iterator[None]:
    """What goes wrong within puts the run back to the node. Not what is only busy, nor the platform's faults."""
    try:
        yield
    except Busy:
        raise
    except StepFailed as why:
        fail(step.enrolment, step.effect, why, now)
    except POISON as error:
        fail(step.enrolment, step.effect, StepFailed(FAULT, f"{type(error).__name__}: {error}"), now)


def _passing(step: Step) -> Passing:
    """Raises LookupError for what is no step of the journey."""
    effect, run = step.effect, step.run
    if run is None:
        raise LookupError(f"the run {effect.run} is not in the write that its step belongs to")
    return Passing(chart_of(step.enrolment.journey, run.version), run, effect.node, effect.visit, effect.at)


def _act(step: Step, wanted: bool, now: int) -> None:
    passing = _passing(step)
    node = passing.chart.nodes[passing.node]
    if isinstance(node, nodes.Do):
        acting.carry_out(Doing(passing, step.enrolment.person, step.number), node.acts, now, unwanted=not wanted)


def _order(step: Step) -> list[Order]:
    passing = _passing(step)
    node = passing.chart.nodes[passing.node]
    if not isinstance(node, nodes.SendMessage):
        return []
    return [order_of(passing, node.message, ordering.template_of(node.message.template), step.enrolment.person)]


def _send(steps: Iterator[tuple[Step, bool]], now: int) -> None:
    """All at once, which takes fewer reads; one by one when something is wrong with one of them."""
    orders: list[tuple[Step, Order]] = []
    unwanted: set[str] = set()
    for step, wanted in steps:
        unwanted |= set() if wanted else {step.message}
        with _failing(step, now):
            orders += [(step, order) for order in _order(step)]
    try:
        ordering.put([order for _, order in orders], unwanted, now)
    except Busy:
        raise
    except POISON:
        for step, order in orders:
            with _failing(step, now):
                ordering.put([order], unwanted, now)
