"""Whose the events are that journeys look out for, and which of these people are on a journey or come to its door."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.journeys.engine.heard import Heard
from chalicelib.journeys.engine.model import Enrolment
from chalicelib.journeys.runs import joining, parts, store
from chalicelib.people import store as people
from chalicelib.people.model import Person


@dataclass(frozen=True, slots=True)
class Concern:
    """Events of a person that mean something to a journey, and what was stored when they were looked through."""

    person: Person
    journey: str
    heard: Sequence[Heard]
    seen: joining.Seen


def owners_of(heard: Iterable[Heard]) -> dict[str, Person]:
    """Who the identifiers belong to; those that nobody has (any more) are left out."""
    nodes = people.nodes(sorted({one.event.primary.key for one in heard}))
    roots = people.roots({str(node.person) for node in nodes.values()})
    return {key: roots[str(node.person)] for key, node in nodes.items() if str(node.person) in roots}


def come_to_others(heard: Sequence[Heard], owners: Mapping[str, Person]) -> list[Heard]:
    """Those whose identifier has come to somebody else meanwhile."""
    later = owners_of(heard)
    changed = {key for key, owner in later.items() if key not in owners or owners[key].id != owner.id}
    return [one for one in heard if one.event.primary.key in changed]


def concerned(heard: Iterable[Heard], owners: Mapping[str, Person]) -> Iterator[Concern]:
    """The events by person and journey, without those who are not on it and do not enter."""
    persons = {person.id: person for person in owners.values()}
    found: dict[tuple[str, str], list[Heard]] = {}
    for one in heard:
        if one.event.primary.key in owners:
            found.setdefault((owners[one.event.primary.key].id, one.journey), []).append(one)
    alone = store.find_many((person, journey) for person, journey in found if not persons[person].height)
    for (person, journey), told in found.items():
        seen = _seen(persons[person], journey, alone)
        if any(one.enters for one in told) or any(enrolment.runs for enrolment in (seen[1], *seen[2])):
            yield Concern(persons[person], journey, told, seen)


def _seen(person: Person, journey: str, alone: Mapping[tuple[str, str], Enrolment]) -> joining.Seen:
    if person.height:
        return (person, *parts.read(person, journey))
    return person, alone.get((person.id, journey)) or Enrolment(person.id, journey), []
