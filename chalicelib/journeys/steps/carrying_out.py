"""The messages and acts of nodes that runs have passed. One that cannot be carried out is its own run's trouble: that stays at the node.

Between a step and this an exit may have come. So before messages are asked for, the enrolments are read once more, and what belongs to a
run that was ended meanwhile is put down as refused. What comes just after that is withdrawn by the exit's own outbox.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from chalicelib.dispatch.model import Order
from chalicelib.errors import Busy
from chalicelib.journeys.engine.acts import CallWebhook, NotifyStaff
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.enrolling import RECALLED
from chalicelib.journeys.engine.messages import Passing, order_of
from chalicelib.journeys.engine.model import Do, Enrolment, Run, RunState, Send, Why, message_of
from chalicelib.journeys.in_force import book
from chalicelib.journeys.nodes import acting as nodes
from chalicelib.journeys.runs import parts, store
from chalicelib.journeys.steps import acting, guard, ordering
from chalicelib.journeys.steps.acting import Doing
from chalicelib.journeys.steps.failing import StepFailed, fail
from chalicelib.people.absorb import POISON

FAULT: Final = "step_fault"  # something of the data, or of the code on it, that nobody has foreseen
_ENDED_FROM_OUTSIDE: Final = (Why.EXITED, Why.STOPPED)


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


def carry_out(steps: Sequence[Step], now: int) -> None:
    """Messages together, for what has to be known of their people is read together; acts one after the other. Raises Busy."""
    failed: set[str] = set()  # runs that stand at a node again: what came after it has not been
    orders: list[tuple[Step, Order]] = []
    for one in steps:
        if one.effect.run in failed:
            continue
        guard.passed(one.enrolment.journey, now)
        with _failing(one, failed, now):
            orders += [(one, order) for order in _done(one, now)]
    if orders:
        _put(orders, failed, now)


def chart_of(journey: str, version: int) -> Chart:
    """A version, looked up anew when this process has not heard of it. Raises LookupError."""
    found = book.current().chart(journey, version)
    if found is None:
        book.forget()
        found = book.current().chart(journey, version)
    if found is None:
        raise LookupError(f"the journey {journey} has no version {version} any more")
    return found


@contextmanager
def _failing(step: Step, failed: set[str], now: int) -> Iterator[None]:
    """What goes wrong within puts the run back to the node. Not what is only busy, nor the platform's faults."""
    try:
        yield
    except Busy:
        raise
    except StepFailed as why:
        _fail(step, failed, why, now)
    except POISON as error:
        _fail(step, failed, StepFailed(FAULT, f"{type(error).__name__}: {error}"), now)


def _fail(step: Step, failed: set[str], why: StepFailed, now: int) -> None:
    failed.add(step.effect.run)
    fail(step.enrolment, step.effect, why, now)


def _done(step: Step, now: int) -> list[Order]:
    """Does the acts of a node; the order of one that sends. Raises StepFailed, LookupError for what is no step of the journey."""
    effect, run = step.effect, step.run
    if run is None:
        raise LookupError(f"the run {effect.run} is not in the write that its step belongs to")
    passing = Passing(chart_of(step.enrolment.journey, run.version), run, effect.node, effect.visit, effect.at)
    node = passing.chart.nodes[effect.node]
    if isinstance(node, nodes.SendMessage):
        return [order_of(passing, node.message, ordering.template_of(node.message.template), step.enrolment.person)]
    if isinstance(node, nodes.Do):
        unwanted = any(isinstance(one, CallWebhook | NotifyStaff) for one in node.acts) and _is_called_back(step)
        acting.carry_out(Doing(passing, step.enrolment.person, step.number), node.acts, now, unwanted=unwanted)
    return []


def _put(orders: Sequence[tuple[Step, Order]], failed: set[str], now: int) -> None:
    """All at once, which takes fewer reads; one by one when something is wrong with one of them."""
    unwanted = _unwanted([step for step, _ in orders])
    try:
        ordering.put([order for _, order in orders], unwanted, now)
    except Busy:
        raise
    except POISON:
        for step, order in orders:
            with _failing(step, failed, now):
                ordering.put([order], unwanted, now)


def _unwanted(steps: Sequence[Step]) -> set[str]:
    """The messages of runs that an exit or an operator has ended by now, or called back after their end."""
    found = store.find_many((one.enrolment.person, one.enrolment.journey) for one in steps)
    ended = [one.effect for one in steps if _calls_back(_newest(one, found))]
    return {message_of(one.run, one.node, one.visit) for one in ended}


def _is_called_back(step: Step) -> bool:
    """Whether what the step asks for is wanted no more."""
    return bool(_unwanted([step]))


def _newest(step: Step, found: Mapping[tuple[str, str], Enrolment]) -> Run | None:
    """The run as it is now. It may have gone with its person, who has become another's part, or with the identifier that entered."""
    here, run = found.get((step.enrolment.person, step.enrolment.journey)), step.run
    if run is None:
        return None
    return (here.run(run.id) if here is not None else None) or parts.newest(step.enrolment.person, step.enrolment.journey, run)


def _calls_back(run: Run | None) -> bool:
    if run is None or run.state is not RunState.ENDED:
        return False
    return run.reason in _ENDED_FROM_OUTSIDE or any(RECALLED in one.why for one in run.visits[-1:] if one.why)
