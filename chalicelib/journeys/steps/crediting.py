"""Which message a goal is credited to: the newest that went out before it, among those that a run has asked for.

The run itself knows what it has asked for, not what became of it; so that is looked up here, when the goal is told.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from chalicelib.dispatch import store, tallies
from chalicelib.dispatch.model import NEVER, Message, State
from chalicelib.dispatch.tally_sheets import Credit
from chalicelib.journeys.counts import counting
from chalicelib.journeys.engine.enrolling import goal_window
from chalicelib.journeys.engine.model import Credited, Enrolment, Run, Why

_OUT: Final = frozenset({State.SENT, State.DELIVERED, State.CLICKED})


def settle(enrolment: Enrolment, effect: Credited) -> None:
    """Credits the goals of the runs that an effect is about, and takes back what is credited wrongly because of what it is instead of.
    May be done twice.
    """
    runs = [run for run in enrolment.runs if _is_about(effect, run)]
    found = store.find_many(one for one in (effect.message, effect.instead, *(sent.message for run in runs for sent in run.sent)) if one)
    goals = (run for run in runs if run.reached and run.reason != Why.MERGED)
    wanted = {message.id: message for run in goals if (message := credited(run, found, _window(enrolment, run)))}
    if effect.instead:
        for message in found.values():
            if message.id not in wanted:
                tallies.take_back(message, Credit.CONVERTED)
    for message in wanted.values():
        tallies.credit(message, Credit.CONVERTED)


def credited(run: Run, found: Mapping[str, Message], window: int) -> Message | None:
    """The message that the run's goal is credited to. Pure. `found` are its messages by id, those that are known; `window` (ms) is how long
    after a message the goal counts.
    """
    reached = run.reached
    if reached is None or not reached.message:
        return None
    known: Iterable[Message | None] = (
        found.get(one.message) for one in sorted(run.sent, key=lambda sent: -sent.at) if one.at <= reached.at <= one.at + window
    )
    return next((one for one in known if one and went_out(one, reached.at)), None)


def went_out(message: Message, at: int) -> bool:
    """Whether a platform has taken the message on, by a call that began at an instant (ms) or before it. Pure."""
    return message.state in _OUT and _called(message) <= at


def _called(message: Message) -> int:
    claimed = (step.at for step in message.trail if step.state is State.CLAIMED)
    taken_on = (step.at for step in message.trail if step.state in _OUT)
    return max(claimed, default=NEVER) or min(taken_on, default=message.at)


def _is_about(effect: Credited, run: Run) -> bool:
    """Also a run that goes on in place of the one of the effect, and has what that one sent."""
    return run.id == effect.run or any(one.message in (effect.message, effect.instead) for one in run.sent)


def _window(enrolment: Enrolment, run: Run) -> int:
    chart = counting.chart(enrolment.journey, run.version)
    return goal_window(chart) if chart else 0
