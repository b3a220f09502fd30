"""Two people turn out to be one while they are on journeys: nothing is lost, nothing is done twice, whoever is at work meanwhile."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from chalicelib.errors import Busy
from chalicelib.events.model import Event
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.model import Arm, Enrolment, Run, RunState, Why
from chalicelib.journeys.runs import joining, latest, store
from chalicelib.journeys.runs.viewing import view_of
from chalicelib.people.model import Person
from tests.integration.journeys.world import DAY, HOUR, NOW, SECOND, Town
from tests.support.crossing import at_every_call, crossed_at, died_at

PHONE, MING = "anonymous_id#phone", "user_id#ming"


@pytest.fixture
def town() -> Iterator[Town]:
    with Town().open() as made:
        yield made


def on_the_phone(town: Town, name: str, at: int = 0, **properties: str) -> Event:
    return town.event(name, at, properties, anonymous_id="phone")


def as_ming(town: Town, name: str, at: int = 0, **properties: str) -> Event:
    return town.event(name, at, properties, user_id="ming")


def login(town: Town, at: int = HOUR) -> Event:
    return town.event("LoggedIn", at, user_id="ming", anonymous_id="phone")


def as_it_is(enrolment: Enrolment, _: Person) -> Enrolment:
    return enrolment


def stopped(enrolment: Enrolment, _: Person) -> Enrolment:
    charts = joining.charts_for([enrolment], enrolment.journey)
    return engine.ended(charts, enrolment, lambda _: True, Why.STOPPED, NOW + HOUR)


def wakes(town: Town) -> None:
    """Time's up for Ming."""

    def woken(enrolment: Enrolment, person: Person) -> Enrolment:
        return engine.woken(joining.charts_for([enrolment], "welcome"), enrolment, town.now, view_of(person, town.now))

    joining.change(town.person(MING), "welcome", town.now, woken)


def test_nobody_of_that_name_changes_nothing(town: Town) -> None:
    assert joining.change("p_nobody", "welcome", NOW, as_it_is) is None


def test_the_runs_of_both_lie_with_the_one_that_they_are(town: Town) -> None:
    town.happens(on_the_phone(town, "OrderCreated", order_id="o1"), as_ming(town, "OrderCreated", 1, order_id="o2"))
    town.merges(login(town))
    (runs,) = town.everywhere("unpaid").values()
    assert {(run.key, run.node) for run in runs} == {("o1", "hold"), ("o2", "hold")}
    assert list(town.everywhere("unpaid")) == [town.person(MING)]


def test_of_two_threads_the_earlier_goes_on(town: Town) -> None:
    town.happens(on_the_phone(town, "SignedUp"), as_ming(town, "SignedUp", SECOND))
    town.merges(login(town))
    assert {(run.by, run.state, run.reason) for run in town.enrolment(MING, "welcome").runs} == {
        (PHONE, RunState.GOING, ""),
        (MING, RunState.ENDED, Why.MERGED),
    }


def test_what_lies_with_a_part_is_looked_at_when_its_time_comes(town: Town) -> None:
    town.happens(on_the_phone(town, "SignedUp"), as_ming(town, "PageViewed"))
    phone = town.person(PHONE)
    town.merges(login(town))
    arms = [one for one in town.effects() if isinstance(one, Arm)]
    assert town.person(MING) != phone or len(arms) == 1
    town.now = NOW + DAY + HOUR
    wakes(town)
    assert [node for _, node in town.sends()] == ["hello", "again"]


def test_an_exit_reaches_a_run_that_was_entered_as_somebody_else(town: Town) -> None:
    town.happens(on_the_phone(town, "SignedUp"), as_ming(town, "PageViewed"))
    town.merges_unseen(login(town))
    town.happens(as_ming(town, "Bought", HOUR + 1))
    assert town.run(MING, "welcome").reason == Why.EXITED


@pytest.mark.parametrize("more", ["phone", "ming"])
def test_an_exit_from_before_the_login_counts_once_it_is_known_whose_it_was(town: Town, more: str) -> None:
    town.happens(on_the_phone(town, "SignedUp"), as_ming(town, "Bought", SECOND))
    larger = {"anonymous_id": "phone", "device_id": "d"} if more == "phone" else {"user_id": "ming", "mobile": "13912345678"}
    town.linked(*(town.event("PageViewed", 2 + place, None, **larger) for place in range(2)))
    assert town.run(PHONE, "welcome").open
    town.merges(login(town))
    assert town.run(MING, "welcome").reason == Why.EXITED
    assert [node for _, node in town.sends()] == ["hello"]


def test_who_takes_in_a_part_minds_what_happened_to_the_other_before(town: Town) -> None:
    town.happens(on_the_phone(town, "SignedUp"), as_ming(town, "Bought", SECOND))
    town.linked(*(town.event("PageViewed", 2 + place, None, user_id="ming", mobile="13912345678") for place in range(2)))
    town.merges_unseen(login(town))
    town.now = NOW + DAY - HOUR  # its time comes before the stream of people tells of the login
    joining.change(town.person(MING), "welcome", town.now, as_it_is)
    assert town.run(MING, "welcome").reason == Why.EXITED


def test_who_was_on_a_journey_as_somebody_else_does_not_enter_beside_that(town: Town) -> None:
    town.happens(on_the_phone(town, "SignedUp"), as_ming(town, "PageViewed"))
    town.merges_unseen(login(town))
    town.happens(as_ming(town, "SignedUp", HOUR + 1))
    assert len(town.enrolment(MING, "welcome").runs) == 1
    assert len(town.sends()) == 1


def test_a_run_is_found_wherever_it_lies(town: Town) -> None:
    town.happens(on_the_phone(town, "SignedUp"), as_ming(town, "PageViewed"))
    person, run = town.person(PHONE), town.run(PHONE, "welcome")
    swallowed = town.merges_unseen(login(town))
    town.happens(as_ming(town, "Bought", HOUR + 1))
    for _ in range(2):
        found = latest.elsewhere(person, "welcome", run)
        assert found is not None
        assert found.run.reason == Why.EXITED
        town.follows(swallowed)
    assert latest.elsewhere(person, "welcome", replace(run, id="another")) is None
    assert latest.elsewhere("p_unknown", "welcome", run) is not None


def test_uniting_again_changes_nothing(town: Town) -> None:
    town.happens(on_the_phone(town, "SignedUp"), as_ming(town, "SignedUp", SECOND))
    town.merges(login(town))
    before = town.enrolment(MING, "welcome")
    town.merges(login(town))
    assert joining.change(town.person(PHONE), "welcome", town.now, as_it_is) == before


def test_many_who_became_one_bring_all_that_they_had(town: Town) -> None:
    tills = [f"till{number}" for number in range(25)]
    for place, till in enumerate(tills):
        town.happens(town.event("OrderCreated", place, {"order_id": till}, anonymous_id=till))
    for till in tills:
        town.merges_unseen(town.event("LoggedIn", HOUR, user_id="ming", anonymous_id=till))
    found = joining.change(town.person(MING), "unpaid", town.now, as_it_is)
    assert found is not None
    assert sorted(run.key for run in found.runs) == sorted(tills)
    assert list(town.everywhere("unpaid")) == [town.person(MING)]


def test_who_became_a_part_of_a_part_is_not_forgotten(town: Town) -> None:
    town.happens(town.event("OrderCreated", 0, {"order_id": "o1"}, anonymous_id="a"), town.event("PageViewed", 0, anonymous_id="b"))
    town.merges_unseen(town.event("LoggedIn", 1, anonymous_id="a", device_id="d1"))
    town.merges_unseen(town.event("LoggedIn", 2, anonymous_id="b", device_id="d1"))
    town.linked(*(town.event("PageViewed", 3 + place, user_id="ming", mobile="13912345678") for place in range(3)))
    town.merges_unseen(town.event("LoggedIn", 9, user_id="ming", device_id="d1"))
    town.happens(town.event("OrderPaid", 10, {"order_id": "o1"}, user_id="ming"))
    assert town.run(MING, "unpaid").reason == Why.EXITED


def test_what_changes_too_fast_is_left_for_later(town: Town) -> None:
    town.happens(as_ming(town, "SignedUp"))

    def others_too(enrolment: Enrolment, person: Person) -> Enrolment:
        found = store.find(person.id, "welcome")
        assert found is not None
        assert store.replace(found, found)
        return engine.ended(joining.charts_for([enrolment], "welcome"), enrolment, lambda _: True, Why.STOPPED, NOW)

    with pytest.raises(Busy):
        joining.change(town.person(MING), "welcome", NOW, others_too)


# ---- races: the login is known at any moment of somebody else's work ----


def _before_login(town: Town) -> None:
    town.happens(on_the_phone(town, "SignedUp"), as_ming(town, "PageViewed"))


def crossed_by_login(town: Town, number: int, work: Callable[[], object], *, late: bool) -> bool:
    """The login is known before call `number` of the work. If the stream of people is `late`, it tells of it afterwards."""
    swallowed: list[str] = []

    def logs_in() -> None:
        swallowed.extend(town.merges_unseen(login(town, town.now - NOW)))
        if not late:
            town.follows(swallowed)

    crossed = crossed_at(number, work, logs_in)
    if not crossed:
        logs_in()
    town.follows(swallowed)
    return crossed


@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize("key", [{"user_id": "ming"}, {"anonymous_id": "phone"}])
def test_a_login_while_an_exit_is_heard_of_never_hides_the_run(key: dict[str, str], late: bool) -> None:
    def once(number: int) -> bool:
        with Town().open() as town:
            _before_login(town)
            bought = town.event("Bought", 2 * HOUR, None, **key)
            town.linked(bought)
            crossed = crossed_by_login(town, number, lambda: town.heard(bought), late=late)
            assert town.run(MING, "welcome").reason == Why.EXITED, number
            return crossed

    assert at_every_call(once) > 3


@pytest.mark.parametrize("key", [{"user_id": "ming"}, {"anonymous_id": "phone"}])
def test_an_exit_that_is_heard_of_while_a_part_is_taken_in_ends_the_run(key: dict[str, str]) -> None:
    def once(number: int) -> bool:
        with Town().open() as town:
            town.happens(on_the_phone(town, "SignedUp"), as_ming(town, "OrderCreated", order_id="o1"))
            swallowed = town.merges_unseen(login(town))
            done = [town.event("Bought", 2 * HOUR, None, **key), town.event("OrderPaid", 2 * HOUR, {"order_id": "o1"}, **key)]
            town.linked(*done)
            crossed = crossed_at(number, lambda: town.heard(*done), lambda: town.follows(swallowed))
            assert (town.run(MING, "welcome").reason, town.run(MING, "unpaid").reason) == (Why.EXITED, Why.EXITED), number
            return crossed

    assert at_every_call(once) > 5


def test_an_operator_who_stops_a_run_while_it_is_taken_in_does_not_miss_it() -> None:
    def once(number: int) -> bool:
        with Town().open() as town:
            town.happens(on_the_phone(town, "SignedUp"), as_ming(town, "OrderCreated", order_id="o1"))
            swallowed = town.merges_unseen(login(town))

            def stops() -> None:
                joining.change(town.person(MING), "welcome", town.now, stopped)
                joining.change(town.person(MING), "unpaid", town.now, stopped)

            crossed = crossed_at(number, stops, lambda: town.follows(swallowed))
            assert (town.run(MING, "welcome").reason, town.run(MING, "unpaid").reason) == (Why.STOPPED, Why.STOPPED), number
            return crossed

    assert at_every_call(once) > 5


@pytest.mark.parametrize("late", [True, False])
def test_a_login_while_somebody_enters_leaves_one_thread(late: bool) -> None:
    def once(number: int) -> bool:
        with Town().open() as town:
            _before_login(town)
            again = as_ming(town, "SignedUp", SECOND)
            town.linked(again)
            crossed = crossed_by_login(town, number, lambda: town.heard(again), late=late)
            assert [run.by for run in town.enrolment(MING, "welcome").runs if run.open] == [PHONE], number
            assert list(town.everywhere("welcome")) == [town.person(MING)], number
            return crossed

    assert at_every_call(once) > 1


@pytest.mark.parametrize("late", [True, False])
def test_who_entered_as_a_part_of_somebody_else_is_found_by_what_happens_next(late: bool) -> None:
    def once(number: int) -> bool:
        with Town().open() as town:
            town.happens(as_ming(town, "PageViewed"), on_the_phone(town, "PageViewed"))
            order = on_the_phone(town, "OrderCreated", SECOND, order_id="o1")
            town.linked(order)
            crossed = crossed_by_login(town, number, lambda: town.heard(order), late=late)
            town.happens(as_ming(town, "OrderPaid", HOUR, order_id="o1"))
            assert town.run(MING, "unpaid").reason == Why.EXITED, number
            return crossed

    assert at_every_call(once) > 5


def test_a_login_while_time_is_up_takes_no_step_twice() -> None:
    def once(number: int) -> bool:
        with Town().open() as town:
            town.happens(as_ming(town, "SignedUp"), on_the_phone(town, "SignedUp", SECOND))
            town.now = NOW + DAY + HOUR
            crossed = crossed_by_login(town, number, lambda: wakes(town), late=True)
            wakes(town)
            assert {run.reason for run in town.enrolment(MING, "welcome").runs} <= {"told", Why.MERGED}, number
            assert len(town.steps()) == len(set(town.sends())), number
            return crossed

    assert at_every_call(once) > 1


def test_two_who_unite_at_once_unite_once() -> None:
    def once(number: int) -> bool:
        with Town().open() as town:
            town.happens(on_the_phone(town, "SignedUp"), as_ming(town, "SignedUp", SECOND))
            town.merges_unseen(login(town))

            def unites() -> None:
                joining.change(town.person(MING), "welcome", town.now, as_it_is)

            crossed = crossed_at(number, unites, unites)
            assert _threads(town) == [(PHONE, True), (MING, False)], number
            return crossed

    assert at_every_call(once) > 1


def test_whoever_dies_while_uniting_leaves_all_or_nothing() -> None:
    def once(number: int) -> bool:
        with Town().open() as town:
            town.happens(on_the_phone(town, "SignedUp"), as_ming(town, "SignedUp", SECOND))
            town.merges_unseen(login(town))
            died = died_at(number, lambda: joining.change(town.person(MING), "welcome", town.now, as_it_is))
            assert sum(len(runs) for runs in town.everywhere("welcome").values()) == 2, number
            joining.change(town.person(MING), "welcome", town.now, as_it_is)
            assert _threads(town) == [(PHONE, True), (MING, False)], number
            return died

    assert at_every_call(once) > 1


def _threads(town: Town) -> list[tuple[str, bool]]:
    runs: list[Run] = [run for runs in town.everywhere("welcome").values() for run in runs]
    return [(run.by, run.open) for run in sorted(runs, key=lambda run: run.entered_at)]
