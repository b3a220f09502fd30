"""Where the runs of a journey lie when their persons have become parts of another one, or have parted."""

from collections.abc import Iterator

from chalicelib.journeys.engine.model import Enrolment, Run
from chalicelib.journeys.runs import store
from chalicelib.people import store as people
from chalicelib.people.model import Person
from chalicelib.people.records import MERGED_PREFIX, MemberRecord, person_partition


def parts_of(person: Person) -> list[str]:
    """All persons that have become parts of a person, each before its own parts."""
    return [one for level in _levels(person) for one in level]


def read(person: Person, journey: str) -> tuple[Enrolment, list[Enrolment]]:
    """The enrolment of a person, and those that still lie with parts of it and hold anything.

    What lies with a part only ever moves towards the person, so who reads the parts first misses nothing that moves meanwhile.
    """
    parts: list[Enrolment] = []
    for level in reversed(_levels(person)):
        found = store.find_many((one, journey) for one in level)
        parts.extend(one for one in found.values() if one.runs or one.marks)
    return store.find(person.id, journey) or Enrolment(person.id, journey), parts


def newest(person: str, journey: str, run: Run) -> Run | None:
    """A run as it is now, wherever it lies: with the person that `person` is now, a part of it, or whose the identifier is that entered."""
    for one in _candidates(person, run):
        mine, parts = read(one, journey)
        found = next((known for enrolment in (mine, *parts) if (known := enrolment.run(run.id))), None)
        if found is not None:
            return found
    return None


def _candidates(person: str, run: Run) -> Iterator[Person]:
    root = people.roots([person]).get(person)
    if root is not None:
        yield root
    for node in people.nodes([run.by]).values():
        owner = people.roots([str(node.person)]).get(str(node.person))
        if owner is not None and (root is None or owner.id != root.id):
            yield owner


def _levels(person: Person) -> list[list[str]]:
    """The parts of a person, and their parts, and so on: a query for each of them, none for somebody who is all by themselves."""
    levels: list[list[str]] = []
    waiting = [person.id] if person.height else []
    while waiting:
        listed = [
            record.sk.removeprefix(MERGED_PREFIX)
            for one in waiting
            for record in MemberRecord.query(person_partition(one), MemberRecord.sk.startswith(MERGED_PREFIX), consistent_read=True)
        ]
        if listed:
            levels.append(listed)
        waiting = listed
    return levels
