"""The lists that walks go over are read to their ends, page by page, and everybody on them is met."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest

from chalicelib.audiences.membership import Audience
from chalicelib.audiences.membership_records import PERSON_PREFIX, MemberOfRecord, partition
from chalicelib.audiences.membership_records import shard_of as segment_shard_of
from chalicelib.identifiers import identifier
from chalicelib.journeys.engine.model import Enrolment, Run
from chalicelib.journeys.runs import store
from chalicelib.journeys.walks import walk_lists, walk_store
from chalicelib.journeys.walks.walk_lists import SEGMENT, page_of
from chalicelib.journeys.walks.walks import SHARDS, Part, Walk, What
from tests.integration.journeys.world import NOW, Town
from tests.support.aws import memory_stack

PEOPLE: Final = [f"p_{number:02d}" for number in range(40)]


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(walk_lists, "PAGE", 2)
    monkeypatch.setattr(walk_lists, "SCANNED", 3)
    with memory_stack(only=["runs", "people", "events", "audiences", "definitions", "timers"]):
        yield


def met(walk: Walk) -> list[str]:
    """Everybody on a walk's list, in the order of the ids."""
    found: list[str] = []
    for shard in SHARDS:
        part = Part(shard, begun_at=NOW)
        while True:
            page = page_of(walk, part)
            found += page.people
            part = replace(part, after=page.after)
            if not page.after:
                break
    return sorted(found)


def joins(person: str, since: int = NOW) -> None:
    """Somebody stands on the list of a segment's people."""
    key = partition(Audience.SEGMENT, "vip", segment_shard_of(person))
    MemberOfRecord(key, PERSON_PREFIX + person, since=since).save()


def test_everybody_in_a_segment() -> None:
    for person in PEOPLE:
        joins(person)
    assert met(Walk("daily", What.ENTER, NOW, NOW, arguments={SEGMENT: "vip"})) == PEOPLE


def test_nobody_who_joined_after_the_beginning() -> None:
    for number, person in enumerate(PEOPLE):
        joins(person, NOW + number % 2)
    assert met(Walk("daily", What.ENTER, NOW, NOW, arguments={SEGMENT: "vip"})) == PEOPLE[::2]


def test_everybody_inside_a_journey_and_nobody_of_another() -> None:
    for number, person in enumerate(PEOPLE):
        name = "daily" if number % 4 else "other"
        run = Run("r", 1, "", "user_id#a", person, NOW, "hold", NOW)
        assert store.replace(Enrolment(person, name), Enrolment(person, name, runs=(run,)))
    walk_store.put(Walk("daily", What.END, NOW, NOW))
    assert met(Walk("daily", What.END, NOW, NOW)) == [one for number, one in enumerate(PEOPLE) if number % 4]


def test_everybody_there_is_but_who_has_become_somebody_else() -> None:
    town = Town()
    for number in range(9):
        town.linked(town.event("SignedUp", 0, {"n": number}, mobile=f"1390000000{number}"))
    town.linked(town.event("SignedUp", 0, None, user_id="ming"))
    town.merges_unseen(town.event("Login", 0, None, user_id="ming", mobile="13900000000"))
    expected = sorted({town.person(identifier("mobile", f"1390000000{number}").key) for number in range(9)})
    assert met(Walk("daily", What.DATES, NOW, NOW)) == expected
    assert len(expected) == 9
