"""What is stored of a person and may not have been heard of yet."""

from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import patch

import pytest

from chalicelib.events.model import Event
from chalicelib.journeys.engine.model import RunState
from chalicelib.journeys.in_force import book
from chalicelib.journeys.runs import looking_back
from chalicelib.journeys.runs.joining import charts_for
from chalicelib.people import store as people
from tests.integration.journeys.world import HOUR, NOW, SECOND, Town

MING = "user_id#ming"


@pytest.fixture
def town() -> Iterator[Town]:
    with Town().open() as made:
        yield made


def lately(town: Town, since: int, journey: str = "welcome") -> list[str]:
    """The events, by what they are about."""
    person = people.persons([town.person(MING)])[town.person(MING)]
    enrolment = town.enrolment(MING, journey)
    charts = charts_for([enrolment], journey)
    found = looking_back.found(person, charts, enrolment, NOW + since, looking_back.until(town.now))
    return [str(event.properties["n"]) for event in found]


def bought(town: Town, at: int, number: int, **identifiers: str) -> Event:
    return town.event("Bought", at, {"n": number}, **(identifiers or {"user_id": "ming"}))


def test_events_of_all_identifiers_are_found_in_the_order_in_which_they_happened(town: Town) -> None:
    town.happens(town.event("SignedUp", 0, user_id="ming", device_id="d"))
    town.stored(bought(town, 3 * SECOND, 3), bought(town, SECOND, 1), bought(town, 2 * SECOND, 2, device_id="d"))
    assert lately(town, 0) == ["1", "2", "3"]


def test_what_no_run_looks_out_for_is_left_out(town: Town) -> None:
    town.happens(town.event("SignedUp", user_id="ming"))
    town.stored(town.event("PageViewed", SECOND, {"n": 1}, user_id="ming"))
    assert lately(town, 0) == []


def test_what_happened_before_the_entry_is_left_out(town: Town) -> None:
    town.happens(town.event("SignedUp", SECOND, user_id="ming"))
    town.stored(bought(town, 0, 1), bought(town, 2 * SECOND, 2))
    assert lately(town, 0) == ["2"]


def test_a_clock_that_is_ahead_hides_nothing(town: Town) -> None:
    town.happens(town.event("SignedUp", user_id="ming"))
    town.stored(bought(town, 4 * 60 * SECOND, 1))
    assert lately(town, 0) == ["1"]


def test_only_so_far_back_is_looked(town: Town) -> None:
    town.happens(town.event("SignedUp", user_id="ming"))
    town.stored(bought(town, SECOND, 1), bought(town, HOUR, 2))
    town.now = NOW + HOUR
    assert lately(town, HOUR - SECOND) == ["2"]


def test_a_run_that_is_over_may_come_to_its_goal_yet(town: Town) -> None:
    town.happens(town.event("SignedUp", user_id="ming"), town.event("Bought", SECOND, {"n": 0}, user_id="ming"))
    assert not town.run(MING, "welcome").open
    town.stored(bought(town, 2 * SECOND, 1))
    assert lately(town, 2 * SECOND) == ["1"]


def test_whoever_is_on_no_journey_is_not_looked_after(town: Town) -> None:
    town.linked(bought(town, 0, 1))
    assert lately(town, 0) == []


def test_more_than_a_page_is_found(town: Town) -> None:
    town.happens(town.event("SignedUp", user_id="ming"))
    town.stored(*(bought(town, 1 + number, number) for number in range(450)))
    assert lately(town, 0) == [str(number) for number in range(450)]


def test_who_was_held_out_by_a_version_that_is_forgotten_has_nobody_look_for_it(town: Town) -> None:
    town.happens(town.event("SignedUp", user_id="ming"))
    enrolment = town.enrolment(MING, "welcome")
    (run,) = enrolment.runs
    with patch.object(book, "look_again") as looked:
        charts_for([replace(enrolment, runs=(replace(run, version=0, state=RunState.HELD_OUT),))], "welcome")
        looked.assert_not_called()
        charts_for([replace(enrolment, runs=(replace(run, version=2),))], "welcome")
        looked.assert_called_once()
