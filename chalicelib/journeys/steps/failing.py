"""Steps that cannot be carried out: the run stays at its node until somebody has it tried again, and the journey's guard is told."""

from chalicelib.dispatch import store as messages
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.model import Do, Effect, Enrolment, Send, message_of
from chalicelib.journeys.runs import joining
from chalicelib.journeys.steps import guard
from chalicelib.people.model import Person
from chalicelib.telemetry import count_refusals, logger


class StepFailed(Exception):
    """A step cannot be carried out, now or when it is tried again, before somebody mends what it names. `reason` is a stable code."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def fail(enrolment: Enrolment, step: Effect, why: StepFailed, now: int) -> None:
    """Puts the run back to the node that could not be carried out; a message that was put down before stands. May be done twice.

    Raises Busy.
    """
    if not isinstance(step, Send | Do):
        return
    if isinstance(step, Send) and messages.find(message_of(step.run, step.node, step.visit)) is not None:
        return

    def failed(found: Enrolment, person: Person) -> Enrolment:
        after = engine.failed(found, step.run, step.node, step.visit, why.reason, now)
        # It may have come to its end meanwhile, and what would have ended it before that was nothing to it any more.
        return after if after is found else joining.caught_up(after, person, now - joining.CAUGHT_UP_MS, now)

    joining.change(enrolment.person, enrolment.journey, now, failed)
    logger.warning(
        "a step of a journey failed", journey=enrolment.journey, node=step.node, run=step.run, reason=why.reason, detail=str(why)
    )
    count_refusals([why.reason])
    guard.failed(enrolment.journey, now)
