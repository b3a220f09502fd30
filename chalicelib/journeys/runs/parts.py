"""Where the runs of a journey lie when their persons have become parts of another one, or have parted."""

from chalicelib.journeys.engine.model import Enrolment
from chalicelib.journeys.runs import store
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


def _levels(person: Person) -> list[list[str]]:
    """The parts of a person, and their parts, and so on: a query for each who may have any, none for somebody who is all by themselves."""
    levels: list[list[str]] = []
    waiting = [person.id]
    for _ in range(person.height):
        waiting = [
            record.sk.removeprefix(MERGED_PREFIX)
            for one in waiting
            for record in MemberRecord.query(person_partition(one), MemberRecord.sk.startswith(MERGED_PREFIX), consistent_read=True)
        ]
        if waiting:
            levels.append(waiting)
    return levels
