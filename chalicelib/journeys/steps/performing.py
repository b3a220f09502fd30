"""What steps of journeys have decided is carried out, as the stream of the runs table tells of each write.

    perform(enrolments, now)      # the images of a batch, in their order

All of it may be done twice: messages have the ids of their steps, acts are events with the ids of theirs, a timer that rings twice finds
nothing to do the second time. Whoever fails in between does all of it again.
"""

from collections.abc import Sequence

from chalicelib.dispatch import withdrawing
from chalicelib.events.reserved import Journeyed
from chalicelib.events.store import put_own
from chalicelib.journeys.counts import counting
from chalicelib.journeys.engine.model import Arm, Credited, Do, Enrolment, Send, Tell, Withdraw
from chalicelib.journeys.runs import latest
from chalicelib.journeys.steps import crediting, told
from chalicelib.journeys.steps.acting import whom
from chalicelib.journeys.steps.carrying_out import Step, carry_out
from chalicelib.journeys.steps.ordering import EXITED
from chalicelib.journeys.steps.timing import TIMERS, look_at
from chalicelib.people.absorb import POISON


def perform(enrolments: Sequence[Enrolment], now: int) -> None:
    """Carries out the outboxes of enrolments at `now` (ms). What is wrong with one part of it keeps none of the others from being done.

    Raises Busy, what stores raise, and then the first that was wrong.
    """
    wrong: list[Exception] = []
    for part in (_arm, counting.note, _step, _settle, _tell):
        try:
            part(enrolments, now)
        except POISON as error:
            wrong.append(error)
    if wrong:
        raise wrong[0]


def _arm(enrolments: Sequence[Enrolment], now: int) -> None:
    dues = [look_at(one.person, one.journey, effect.at) for one in enrolments for effect in one.outbox if isinstance(effect, Arm)]
    if dues:
        TIMERS.arm(dict.fromkeys(dues), now)


def _step(enrolments: Sequence[Enrolment], now: int) -> None:
    effects = ((one, number, effect) for one in enrolments for number, effect in enumerate(one.outbox))
    carry_out([Step(one, effect, number) for one, number, effect in effects if isinstance(effect, Send | Do)], now)


def _settle(enrolments: Sequence[Enrolment], now: int) -> None:
    for one, effect in [(each, effect) for each in enrolments for effect in each.outbox]:
        match effect:
            case Withdraw(_, wanted):
                withdrawing.withdraw(wanted, EXITED, now)
            case Credited():
                crediting.settle(one, effect)


def _tell(enrolments: Sequence[Enrolment], _: int) -> None:
    """An end that was taken back, because a step before it failed, is not told: the run has yet to come to it."""
    tells = [(one, effect) for one in enrolments for effect in one.outbox if isinstance(effect, Tell)]
    ends = [(one, tell) for one, tell in tells if tell.name == Journeyed.EXITED]
    found = latest.find([(one, tell.run) for one, tell in ends])
    undone = {(tell.run, tell.at) for (_, tell), run in zip(ends, found, strict=True) if run is not None and not run.has_ended(tell.at)}
    wanted = [(one, tell) for one, tell in tells if tell.name != Journeyed.EXITED or (tell.run, tell.at) not in undone]
    if wanted:
        put_own([told.told(one, one.run(tell.run), tell, whom(one.run(tell.run), one.person)) for one, tell in wanted])
