"""An identifier leaves a person who is on journeys: a run stays with whoever the identifier belongs to that entered it."""

from collections.abc import Iterator

import pytest

from chalicelib.events.model import Event, Kind
from chalicelib.identifiers import identifier
from chalicelib.journeys.engine.model import Arm, Enrolment, Why
from chalicelib.journeys.runs import regrouping
from chalicelib.people.model import Person
from tests.integration.journeys.world import DAY, HOUR, NOW, SECOND, Town
from tests.support.crossing import at_every_call, crossed_at, died_at

PHONE, MING = "anonymous_id#phone", "user_id#ming"


@pytest.fixture
def town() -> Iterator[Town]:
    with Town().open() as made:
        yield made


def both(town: Town, name: str, at: int = 0, **properties: str) -> Event:
    """Something that Ming does on the phone, told under the one identifier as the other shows up too."""
    return town.event(name, at, properties, user_id="ming", anonymous_id="phone")


def on_the_phone(town: Town, name: str, at: int, **properties: str) -> Event:
    return town.event(name, at, properties, anonymous_id="phone")


def leaves(town: Town, at: int) -> None:
    """The phone is not Ming's any more."""
    gone = Event(
        "u1", Kind.UNLINK, "Unbound", NOW + at, (identifier("user_id", "ming"),), "shop", unlink=(identifier("anonymous_id", "phone"),)
    )
    town.linked(gone)


def follow(town: Town, *persons: str) -> None:
    regrouping.parted(persons, town.now)


def on_two_journeys(town: Town) -> str:
    """Ming ordered by name and signed up on the phone; the person."""
    town.happens(both(town, "PageViewed"))
    town.happens(town.event("OrderCreated", SECOND, {"order_id": "o1"}, user_id="ming"), on_the_phone(town, "SignedUp", SECOND))
    assert town.person(MING) == town.person(PHONE)
    return town.person(MING)


def test_a_run_goes_with_the_identifier_that_entered(town: Town) -> None:
    person = on_two_journeys(town)
    leaves(town, HOUR)
    follow(town, person, town.person(MING), town.person(PHONE))
    assert town.person(MING) != town.person(PHONE)
    assert list(town.everywhere("unpaid")) == [town.person(MING)]
    assert list(town.everywhere("welcome")) == [town.person(PHONE)]


def test_a_run_that_went_along_is_looked_at_when_its_time_comes(town: Town) -> None:
    person = on_two_journeys(town)
    leaves(town, HOUR)
    known = len(town.effects())
    follow(town, person, town.person(MING), town.person(PHONE))
    assert {one.at for one in town.effects()[known:] if isinstance(one, Arm)} == {NOW + SECOND + DAY + 5 * SECOND}


def test_what_happened_before_the_run_came_along_counts(town: Town) -> None:
    person = on_two_journeys(town)
    leaves(town, HOUR)
    town.happens(on_the_phone(town, "Bought", 2 * HOUR))
    follow(town, person, town.person(MING), town.person(PHONE))
    assert town.run(PHONE, "welcome").reason == Why.EXITED


def test_an_identifier_that_nobody_holds_any_more_leaves_its_runs_where_they_are(town: Town) -> None:
    person = on_two_journeys(town)
    follow(town, person, "p_unknown")
    assert list(town.everywhere("welcome")) == [person]


def test_parting_again_changes_nothing(town: Town) -> None:
    person = on_two_journeys(town)
    leaves(town, HOUR)
    everybody = (person, town.person(MING), town.person(PHONE))
    follow(town, *everybody)
    before = [town.everywhere(name) for name in ("unpaid", "welcome")]
    follow(town, *everybody, *everybody)
    assert [town.everywhere(name) for name in ("unpaid", "welcome")] == before


def test_whoever_entered_meanwhile_goes_on_as_one_thread(town: Town) -> None:
    person = on_two_journeys(town)
    leaves(town, HOUR)
    town.happens(on_the_phone(town, "SignedUp", 2 * HOUR))
    follow(town, person, town.person(MING), town.person(PHONE))
    runs = town.enrolment(PHONE, "welcome").runs
    assert [(run.entered_at, run.open) for run in sorted(runs, key=lambda run: run.entered_at)] == [
        (NOW + SECOND, True),
        (NOW + 2 * HOUR, False),
    ]


def test_whoever_dies_while_runs_move_leaves_them_with_one_person() -> None:
    def once(number: int) -> bool:
        with Town().open() as town:
            person = on_two_journeys(town)
            leaves(town, HOUR)
            persons = (person, town.person(MING), town.person(PHONE))
            died = died_at(number, lambda: follow(town, *persons))
            assert sum(len(runs) for runs in town.everywhere("welcome").values()) == 1, number
            follow(town, *persons)
            assert list(town.everywhere("welcome")) == [town.person(PHONE)], number
            return died

    assert at_every_call(once) > 5


def test_an_exit_that_is_heard_of_while_its_run_moves_ends_the_run() -> None:
    def once(number: int) -> bool:
        with Town().open() as town:
            person = on_two_journeys(town)
            leaves(town, HOUR)
            bought = on_the_phone(town, "Bought", 2 * HOUR)
            town.linked(bought)
            persons = (person, town.person(MING), town.person(PHONE))
            crossed = crossed_at(number, lambda: follow(town, *persons), lambda: town.heard(bought))
            if not crossed:
                town.heard(bought)
            assert town.run(PHONE, "welcome").reason == Why.EXITED, number
            return crossed

    assert at_every_call(once) > 5


def test_an_unbinding_while_somebody_enters_leaves_one_run_with_whose_the_identifier_is() -> None:
    def once(number: int) -> bool:
        with Town().open() as town:
            town.happens(both(town, "PageViewed"))
            sign_up = on_the_phone(town, "SignedUp", SECOND)
            town.linked(sign_up)
            person = town.person(MING)

            def unbinds() -> None:
                leaves(town, HOUR)
                follow(town, person, town.person(MING), town.person(PHONE))

            crossed = crossed_at(number, lambda: town.heard(sign_up), unbinds)
            if not crossed:
                unbinds()
            assert list(town.everywhere("welcome")) == [town.person(PHONE)], number
            assert len(town.enrolment(PHONE, "welcome").runs) == 1
            return crossed

    assert at_every_call(once) > 5


def test_an_entry_that_comes_again_after_its_identifier_left_is_one_run_when_its_time_comes(town: Town) -> None:
    sign_up = on_the_phone(town, "SignedUp", SECOND)
    town.happens(both(town, "PageViewed"), sign_up)
    leaves(town, HOUR)
    town.heard(sign_up)
    assert set(town.everywhere("welcome")) == {town.person(MING), town.person(PHONE)}
    looked_at: list[str] = []

    def look(enrolment: Enrolment, person: Person) -> Enrolment:
        looked_at.extend(run.by for run in enrolment.runs)
        return enrolment

    regrouping.change(town.person(MING), "welcome", town.now, look)
    assert looked_at == []
    assert list(town.everywhere("welcome")) == [town.person(PHONE)]
    assert len(town.enrolment(PHONE, "welcome").runs) == 1


def test_where_there_are_no_journeys_nobody_is_looked_up() -> None:
    with Town(journeys={}).open() as town:
        town.linked(both(town, "PageViewed"))
        person = town.person(MING)
        assert not died_at(0, lambda: regrouping.joined([person], NOW))
        assert not died_at(0, lambda: regrouping.parted([person], NOW))
