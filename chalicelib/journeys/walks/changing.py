"""What walks do with everybody whose runs in a journey are known: end them, move them to another version, try their steps again, or look
whether their time has come.
"""

from collections.abc import Callable, Sequence
from typing import Final

from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.model import Enrolment, Run, RunState, Why
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import JourneyState
from chalicelib.journeys.runs import admitting, joining, regrouping, store
from chalicelib.journeys.runs.caps import Gate
from chalicelib.journeys.runs.viewing import view_of
from chalicelib.journeys.steps import moving_on
from chalicelib.journeys.walks.walks import Walk, What
from chalicelib.people.model import Person

NODES: Final = "nodes"  # arguments of walks: which node becomes which
NODE: Final = "node"
REASON: Final = "reason"
FROM: Final = "from"
LEFT: Final = "left"  # as they are: there is no such node at the other version
GONE: Final = "gone"  # they have gone on by themselves, or become somebody else

Change = Callable[[Enrolment, Person, Gate], Enrolment]
_DONE: Final = {What.END: "ended", What.MOVE: "moved", What.RETRY: "retried", What.WAKE: "woken"}


def wanted(walk: Walk) -> Callable[[Run], bool]:
    """Which runs a walk is about."""
    arguments = walk.arguments
    match walk.what:
        case What.END:  # who enters after that does so because the journey runs again, or by a process that has not heard of it yet
            stopped = book.current().state(walk.journey) is JourneyState.STOPPED
            return lambda run: run.open and (stopped or run.entered_at <= walk.at)
        case What.MOVE:
            return lambda run: run.open and run.version == arguments[FROM]
        case What.RETRY:
            return lambda run: (
                run.state is RunState.FAILED
                and arguments.get(NODE) in (None, run.node)
                and arguments.get(REASON) in (None, run.reason)
                and run.since <= walk.at
            )
        case _:
            return lambda run: run.open or run.state is RunState.HELD_OUT


def concerned(walk: Walk, people: Sequence[str]) -> list[str]:
    """Those of a list who have such runs."""
    is_wanted = wanted(walk)
    found = store.find_many((person, walk.journey) for person in people)
    return [person for (person, _), one in found.items() if any(map(is_wanted, one.runs))]


def changer(walk: Walk, now: int) -> Callable[[str], str]:
    """What is done with one of them; what came of it, by one word."""
    if walk.what is not What.END and joining.held(walk.journey):
        return lambda _: LEFT  # nobody goes on; who resumes it begins another walk
    change, is_wanted = _change(walk, now), wanted(walk)

    def changed(person: str) -> str:
        is_other, gate = False, Gate(now)

        def once(enrolment: Enrolment, root: Person) -> Enrolment:
            nonlocal is_other
            after = change(enrolment, root, gate)
            is_other = after is not enrolment
            return after

        found = regrouping.change(person, walk.journey, now, once, gate.beside)
        if is_other:
            return _DONE[walk.what]
        return LEFT if found is not None and any(map(is_wanted, found.runs)) else GONE

    return changed


def _change(walk: Walk, now: int) -> Change:
    """How a walk changes an enrolment."""
    is_wanted = wanted(walk)

    def ended(enrolment: Enrolment, _: Person, __: Gate) -> Enrolment:
        return engine.ended(joining.charts_for([enrolment], walk.journey), enrolment, is_wanted, Why.STOPPED, now)

    def retried(enrolment: Enrolment, person: Person, gate: Gate) -> Enrolment:
        charts = joining.charts_for([enrolment], walk.journey)
        return engine.retried(charts, enrolment, is_wanted, now, view_of(person, now), gate)

    def moved(enrolment: Enrolment, person: Person, gate: Gate) -> Enrolment:
        charts, standing = joining.charts_for([enrolment], walk.journey), book.current().standing(walk.journey)
        to = standing.current if standing is not None else None
        if standing is None or to is None or to.version != walk.version:  # another was published meanwhile
            return enrolment
        after = engine.moved(charts, enrolment, to, walk.arguments[NODES], is_wanted, now, view_of(person, now), gate)
        return after if after is enrolment else admitting.looked_at_again(after, after.runs[0].id, standing, now)

    def woken(enrolment: Enrolment, person: Person, gate: Gate) -> Enrolment:
        return moving_on.looked_at(enrolment, person, now, gate)

    return {What.END: ended, What.MOVE: moved, What.RETRY: retried, What.WAKE: woken}[walk.what]
