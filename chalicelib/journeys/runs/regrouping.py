"""Persons who became parts of others, or whose identifiers went to somebody else: their runs follow at once, from the stream of people.

Nobody depends on it. Whoever changes an enrolment takes in the parts' ones; whoever's time is up is looked at with `change`, which brings
runs home first: an entry that was under way while its identifier left lies with the wrong person, and no stream tells of that.
"""

from collections.abc import Callable, Iterable
from functools import partial

from chalicelib.errors import Busy
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.model import Enrolment, Run
from chalicelib.journeys.in_force import book
from chalicelib.journeys.runs import joining, store
from chalicelib.journeys.runs.joining import CAUGHT_UP_MS, TRIES, caught_up, charts_for
from chalicelib.people import store as people
from chalicelib.people.model import Person


def joined(swallowed: Iterable[str], now: int) -> None:
    """Takes in what lies with persons who became parts of others, and holds against the others' runs what happened to the parts before
    that was known. Raises Busy.
    """
    parts = list(_worth_a_look(swallowed))
    roots = people.roots(parts) if parts else {}
    for person in dict.fromkeys(root.id for root in roots.values()):
        brought = _lying(part for part in parts if part in roots and roots[part].id == person)
        for journey in sorted(brought | _lying([person])):
            # Whoever takes in a part looks at what happened to it: here, or whoever was quicker.
            joining.change(person, journey, now, _as_it_is if journey in brought else partial(_caught_up, now=now))


def _lying(persons: Iterable[str]) -> set[str]:
    """The journeys of which something is stored under persons."""
    return {one.journey for person in persons for one in store.of_person(person) if one.runs or one.marks}


def _as_it_is(enrolment: Enrolment, _: Person) -> Enrolment:
    return enrolment


def _caught_up(enrolment: Enrolment, person: Person, now: int) -> Enrolment:
    return caught_up(enrolment, person, now - CAUGHT_UP_MS, now)


def parted(persons: Iterable[str], now: int) -> None:
    """Moves runs whose identifier has left a person to whoever it belongs to now. Raises Busy."""
    for person in _worth_a_look(persons):
        for enrolment in store.of_person(person):
            for owner in _strangers(person, enrolment.runs):
                _moved(person, owner, enrolment.journey, now)


def change(person: str, journey: str, now: int, changed: joining.Changed, beside: joining.Beside | None = None) -> Enrolment | None:
    """As `joining.change`, once all runs that are under way are those of the person: others are moved to whose they are, before."""
    for _ in range(TRIES):
        owners: list[str] = []
        found = joining.change(person, journey, now, _unless_strangers(changed, owners), beside)
        if found is None or not owners:
            return found
        for owner in owners:
            _moved(found.person, owner, journey, now)
    raise Busy("whose the runs are changes too fast; they are looked at again later")


def _unless_strangers(changed: joining.Changed, found: list[str]) -> joining.Changed:
    """Changes nothing while somebody else's run is among them, and tells whose."""

    def checked(enrolment: Enrolment, person: Person) -> Enrolment:
        found[:] = _strangers(person.id, [run for run in enrolment.runs if run.open])
        return enrolment if found else changed(enrolment, person)

    return checked


def _worth_a_look(persons: Iterable[str]) -> Iterable[str]:
    """Nobody, while there are no journeys: then it costs nothing."""
    looked_at = dict.fromkeys(persons)
    return looked_at if looked_at and book.current().names() else ()


def _strangers(person: str, runs: Iterable[Run]) -> list[str]:
    """Who else the runs of a person belong to by now."""
    return [owner for owner in dict.fromkeys(_owners(runs, person).values()) if owner != person]


def _owners(runs: Iterable[Run], person: str) -> dict[str, str]:
    """Who the identifiers that entered belong to by now; those that nobody has any more are left out."""
    listed = {key: str(node.person) for key, node in people.nodes(sorted({run.by for run in runs})).items()}
    elsewhere = {one for one in listed.values() if one != person}
    roots = people.roots(elsewhere) if elsewhere else {}
    return {key: roots[one].id if one in roots else one for key, one in listed.items() if one == person or one in roots}


def _moved(person: str, owner: str, journey: str, now: int) -> None:
    for _ in range(TRIES):
        both = people.roots([person, owner])
        if person not in both or owner not in both or both[person].into or both[person].id == both[owner].id:
            return  # one of them is a part of the other, or of somebody else, by now: whoever looks at them next takes it in
        mine, theirs = (store.find(both[one].id, journey) or Enrolment(both[one].id, journey) for one in (person, owner))
        charts = charts_for([mine, theirs], journey)
        left, got = engine.parted(mine, theirs, _belong_to(theirs.person, mine.runs), charts, now)
        if left is mine and got is theirs:
            return
        got = _caught_up(got, both[owner], now)
        if store.replace_all([(mine, left), (theirs, got)]):
            return
    raise Busy("the enrolments change too fast; they are looked at again later")


def _belong_to(person: str, runs: Iterable[Run]) -> Callable[[Run], bool]:
    owners = _owners(runs, person)
    return lambda run: owners.get(run.by) == person
