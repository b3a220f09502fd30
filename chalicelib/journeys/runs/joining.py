"""Enrolments and who their people are by now: the one way to change an enrolment from outside.

    joining.change("p_7f3a...", "unpaid", now, lambda enrolment, person: engine.woken(charts, enrolment, now, view_of(person, now)))

A person may have become a part of another since somebody last looked. So whoever changes an enrolment changes the one of the person that it
is now, and takes in what still lies with the parts in the same transaction: nobody ever decides on half of what is known.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from chalicelib.errors import Busy
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.model import Enrolment, RunState
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import JourneyState
from chalicelib.journeys.runs import looking_back, store
from chalicelib.journeys.runs.parts import read
from chalicelib.journeys.runs.viewing import view_of
from chalicelib.people import store as people
from chalicelib.people.model import Person
from chalicelib.people.store import Transaction

TRIES: Final = 5  # of a change that others get in the way of
TOGETHER: Final = 20  # parts that one transaction takes in; what is left comes with the next one
EMPTIED_MS: Final = 2 * 86_400_000  # how long a part's empty enrolment stays, so that who read it before fails
CAUGHT_UP_MS: Final = 86_400_000  # what happened to a part before it was one counts this far back

Changed = Callable[[Enrolment, Person], Enrolment]
Seen = tuple[Person, Enrolment, list[Enrolment]]  # the person, their enrolment, what still lies with parts of them
Beside = Callable[[Enrolment], Transaction | None]  # what is written together with an enrolment, None for nothing

_HELD: Final = (JourneyState.PAUSED, JourneyState.STOPPED)


def change(
    person: str, journey: str, now: int, changed: Changed, beside: Beside | None = None, seen: Seen | None = None
) -> Enrolment | None:
    """Does something to the enrolment of the person that `person` is now; gives it back as it is stored then. None for an unknown person.

    `changed` gets it with an empty outbox, to which it adds, and gives the same object back where nothing is to be written. `seen` is what
    was read a moment ago: it saves the first reading. Raises Busy when too many are in the way, and whatever
    `changed` and `beside` raise.
    """
    for _ in range(TRIES):
        found, seen = seen or _look(person, journey), None
        if found is None:
            return None
        root, before, parts = found
        whole = _united(root, before, parts[:TOGETHER], now)
        after = whole if parts[TOGETHER:] else changed(whole, root)
        if after is before:
            return before
        if _stored(before, after, parts[:TOGETHER], now, beside) and not parts[TOGETHER:]:
            return store.written(before, after, *parts)
    raise Busy("the enrolment changes too fast; it is looked at again later")


def charts_for(enrolments: Iterable[Enrolment], journey: str) -> Mapping[int, Chart]:
    """All versions of a journey that runs may be at, looked up anew when a run is at one that this process has not heard of yet. What is
    older than those it knows has been forgotten, and of a journey that is gone nothing but open runs matters: nobody looks for that.
    """
    charts = book.current().charts(journey)
    newest = max(charts, default=0)
    over = (RunState.ENDED,) if charts else (RunState.ENDED, RunState.HELD_OUT)
    if any(run.state not in over and run.version > newest for one in enrolments for run in one.runs):
        book.look_again()
        charts = book.current().charts(journey)
    return charts


def held(journey: str) -> bool:
    """Whether nobody moves on in a journey at this time; exits and goals count all the same."""
    return book.current().state(journey) in _HELD


def caught_up(enrolment: Enrolment, person: Person, since: int, now: int) -> Enrolment:
    """The enrolment after all that is stored of the person's events since an instant (ms) and is looked out for."""
    charts = charts_for([enrolment], enrolment.journey)
    events = looking_back.found(person, charts, enrolment, since, looking_back.until(now))
    return engine.heard_all(charts, enrolment, events, now, view_of(person, now), held(enrolment.journey)) if events else enrolment


def _look(person: str, journey: str) -> Seen | None:
    root = people.roots([person]).get(person)
    return None if root is None else (root, *read(root, journey))


def _united(root: Person, mine: Enrolment, parts: Sequence[Enrolment], now: int) -> Enrolment:
    if not parts:
        return mine
    charts = charts_for([mine, *parts], mine.journey)
    for theirs in parts:
        mine = engine.united(mine, theirs, charts, now)
    return caught_up(mine, root, now - CAUGHT_UP_MS, now)


def _stored(before: Enrolment, after: Enrolment, parts: Sequence[Enrolment], now: int, beside: Beside | None) -> bool:
    together = beside(after) if beside else None
    if not parts and together is None:
        return store.replace(before, after)
    emptied = [(one, Enrolment(one.person, one.journey, expires=now + EMPTIED_MS)) for one in parts]
    return store.replace_all([(before, after), *emptied], together)
