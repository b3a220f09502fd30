"""Steps that cannot be carried out: the run stays at its node until somebody has it tried again, and the journey's guard is told."""

from chalicelib.dispatch import store as messages
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.model import Do, Effect, Enrolment, Run, Send, message_of
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
    """Puts the run back to the node that could not be carried out, unless it was before: then a message of it, or of what came after it,
    was put down. May be done twice; the guard and the counts are told once. Raises Busy.
    """
    if not isinstance(step, Send | Do) or _was_carried_out(enrolment.run(step.run), step):
        return
    put_back = False

    def failed(found: Enrolment, person: Person) -> Enrolment:
        nonlocal put_back
        after = engine.failed(found, step.run, step.node, step.visit, why.reason, now)
        put_back = after is not found
        # It may have come to its end meanwhile, and what would have ended it before that was nothing to it any more.
        return joining.caught_up(after, person, now - joining.CAUGHT_UP_MS, now) if put_back else after

    joining.change(enrolment.person, enrolment.journey, now, failed)
    if not put_back:
        return
    logger.warning(
        "a step of a journey failed", journey=enrolment.journey, node=step.node, run=step.run, reason=why.reason, detail=str(why)
    )
    count_refusals([why.reason])
    guard.failed(enrolment.journey, now)


def _was_carried_out(run: Run | None, step: Send | Do) -> bool:
    """Whether messages show it: those that the run had asked for by then, on that visit or a later one."""
    visits = enumerate(run.visits if run is not None else ())
    later = {message_of(step.run, one.node, number) for number, one in visits if number >= step.visit}
    asked = {one.message for one in run.sent} if run is not None else set()
    return bool(messages.find_many(later & asked))
