"""An entry is dealt with while its identifier goes to somebody else: its run must not stay behind and go on by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from pynamodb.connection.base import Connection

from chalicelib.entrypoints import score
from chalicelib.events.model import Event, Kind
from chalicelib.identifiers import identifier
from chalicelib.journeys.events import hearing
from chalicelib.journeys.runs import regrouping
from chalicelib.journeys.steps import moving_on
from chalicelib.people import store as people
from chalicelib.people.records import PERSON
from tests.integration.journeys.world import HOUR, NOW, SECOND, Town
from tests.support.crossing import at_every_call, crossed_at, died_at

PHONE, MING = "anonymous_id#phone", "user_id#ming"


@pytest.fixture
def town() -> Iterator[Town]:
    with Town().open() as made:
        yield made


def ordered(town: Town) -> tuple[str, Event]:
    """Ming has a phone, and orders on it; nobody has heard of that yet. The person, and the order."""
    town.linked(town.event("PageViewed", 0, user_id="ming", anonymous_id="phone"))
    order = town.event("OrderCreated", SECOND, {"order_id": "o1"}, anonymous_id="phone")
    town.linked(order)
    return town.person(MING), order


def gone() -> Event:
    phone = identifier("anonymous_id", "phone")
    return Event("u1", Kind.UNLINK, "Unbound", NOW + SECOND, (identifier("user_id", "ming"),), "shop", unlink=(phone,))


def leaves(town: Town, person: str) -> None:
    """The phone is somebody else's, and runs have followed it."""
    town.linked(gone())
    regrouping.parted([person, town.person(MING), town.person(PHONE)], town.now)


def comes_right(town: Town, person: str) -> None:
    """Paid on the phone after an hour; after two, everybody is looked at who has a timer."""
    town.happens(town.event("OrderPaid", HOUR, {"order_id": "o1"}, anonymous_id="phone"))
    for one in dict.fromkeys((person, town.person(PHONE), town.person(MING))):
        moving_on.look_at(one, "unpaid", NOW + 2 * HOUR + 10 * SECOND)
    assert town.sends() == []
    assert list(town.everywhere("unpaid")) == [town.person(PHONE)]


@contextmanager
def told_at_once(town: Town) -> Iterator[None]:
    """Every image of a person is heard the moment that it is written, once: no stream is as quick."""
    call, seen = Connection._make_api_call, len(town.dynamo.changes)

    def told(connection: Connection, *arguments: Any, **named: Any) -> Any:
        nonlocal seen
        answer = call(connection, *arguments, **named)
        new, seen = town.dynamo.changes[seen:], len(town.dynamo.changes)
        for table, (pk, sk), before, after in new:
            if table.endswith("-people") and sk == PERSON and before and after:
                look = score._Look(score._Place("", pk, sk), people.person_of_image(before), people.person_of_image(after))
                regrouping.parted([look.after.id] if score._links_otherwise(look) else [], town.now)
        return answer

    with patch.object(Connection, "_make_api_call", told):
        yield


def test_the_runs_of_who_leaves_follow_however_early_it_is_heard(town: Town) -> None:
    person, order = ordered(town)
    town.heard(order)
    with told_at_once(town):
        town.linked(gone())
    assert list(town.everywhere("unpaid")) == [town.person(PHONE)]
    assert town.person(PHONE) != town.person(MING)
    comes_right(town, person)


def test_an_entry_that_is_dealt_with_meanwhile_makes_one_run_which_paying_ends() -> None:
    def once(number: int) -> bool:
        with Town().open() as town:
            person, order = ordered(town)
            crossed = crossed_at(number, lambda: town.heard(order), lambda: leaves(town, person))
            if crossed:
                comes_right(town, person)
            return crossed

    assert at_every_call(once) > 3


def test_so_does_one_whose_worker_died_and_that_comes_again_when_the_identifier_has_left() -> None:
    def once(number: int) -> bool:
        with Town().open() as town:
            person, order = ordered(town)
            if not died_at(number, lambda: hearing.hear([order], town.now)):
                return False
            leaves(town, person)
            town.heard(order)
            comes_right(town, person)
            return True

    assert at_every_call(once) > 3


def test_a_run_left_behind_follows_when_its_time_comes(town: Town) -> None:
    person, order = ordered(town)
    town.heard(order)
    town.linked(gone())  # and nobody has told the journeys
    assert town.person(PHONE) != person or town.person(MING) != person
    comes_right(town, person)
