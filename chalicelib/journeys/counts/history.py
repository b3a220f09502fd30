"""Runs as they are looked at: one person's, whoever holds them at this moment, and those of a whole journey, page by page."""

from collections.abc import Callable, Iterator
from functools import reduce
from typing import Final

from chalicelib.errors import BadRequest
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.model import Enrolment, Run
from chalicelib.journeys.runs import joining, parts, store
from chalicelib.journeys.runs.records import SHARDS
from chalicelib.paging import Page, decode_cursor, encode_cursor
from chalicelib.people.model import Person

AT_ONCE: Final = 100  # people that are read together
MOST_LOOKED_AT: Final = 1_000  # people of one page, whose runs may all be other ones than those that are wanted


def in_journey(person: Person, journey: str, now: int) -> Enrolment:
    """A person's runs in a journey, with those that still lie with persons who became parts of this one."""
    mine, theirs = parts.read(person, journey)
    charts = joining.charts_for([mine, *theirs], journey)
    return reduce(lambda whole, part: engine.united(whole, part, charts, now), theirs, mine)


def of_person(person: Person, now: int) -> list[Enrolment]:
    """A person's runs in all journeys, by the journeys' names."""
    holders = [person.id, *parts.parts_of(person)]
    journeys = sorted({one.journey for holder in holders for one in store.of_person(holder) if one.runs})
    return [in_journey(person, journey, now) for journey in journeys]


def page(journey: str, wanted: Callable[[Run], bool], limit: int, cursor: str | None) -> Page[tuple[str, Run]]:
    """Runs that are wanted, each with its person, in no order that means anything. A page ends with a person: it may hold some more than
    `limit`, or fewer, even none, with more to come. Raises BadRequest for a strange cursor.
    """
    found: list[tuple[str, Run]] = []
    for looked_at, (place, one) in enumerate(_everybody(journey, *_place(cursor)), 1):
        found += [(one.person, run) for run in one.runs if wanted(run)]
        if len(found) >= limit or looked_at >= MOST_LOOKED_AT:
            return Page(tuple(found), place)
    return Page(tuple(found), None)


def _everybody(journey: str, first: str, after: str) -> Iterator[tuple[str, Enrolment]]:
    """The enrolments of a journey from a place on, each with the cursor behind it."""
    for shard in SHARDS[SHARDS.index(first) :]:
        while people := store.listed(journey, shard, after, AT_ONCE):
            known = store.find_many((person, journey) for person in people)
            for person in people:
                if (person, journey) in known:
                    yield encode_cursor(shard, person), known[person, journey]
            after = people[-1]
        after = ""


def _place(cursor: str | None) -> tuple[str, str]:
    if cursor is None:
        return SHARDS[0], ""
    shard, after = decode_cursor(cursor, 2)
    if len(shard) != 1 or shard not in SHARDS:
        raise BadRequest("cursor is not one that this list gave")
    return shard, after
