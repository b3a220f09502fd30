"""What events do to journeys as the merge lambda hears of them: once, in their order, whoever dies and whatever comes again or late."""

from collections.abc import Iterator
from itertools import permutations
from random import Random
from typing import Any

import pytest

from chalicelib.events.model import Event
from chalicelib.journeys.engine import arrivals
from chalicelib.journeys.engine.model import Arm, RunState, Why
from chalicelib.journeys.events import hearing, reacting
from chalicelib.journeys.in_force.charts import JourneyState
from chalicelib.journeys.runs import looking_back, store
from tests.integration.journeys.world import DAY, HOUR, NOW, SECOND, WELCOME, Town
from tests.support.crossing import at_every_call, crossed_at, died_at

MING = "user_id#ming"


@pytest.fixture
def town() -> Iterator[Town]:
    with Town().open() as made:
        yield made


def ordered(town: Town, at: int = 0, order: str = "o1", user_id: str = "ming") -> Event:
    return town.event("OrderCreated", at, {"order_id": order}, user_id=user_id)


def paid(town: Town, at: int = 0, order: str = "o1", user_id: str = "ming") -> Event:
    return town.event("OrderPaid", at, {"order_id": order}, user_id=user_id)


def random_text(length: int) -> str:
    """Nothing that could be deflated much."""
    return Random(1).randbytes(length // 2).hex()


def test_an_event_at_the_door_lets_somebody_in(town: Town) -> None:
    town.happens(ordered(town))
    run = town.run(MING, "unpaid")
    assert (run.node, run.key, run.by, run.entered_at, run.seed) == ("hold", "o1", MING, NOW, town.person(MING))


def test_an_event_that_no_journey_looks_out_for_costs_nothing(town: Town) -> None:
    seen = town.event("PageViewed", user_id="ming")
    town.linked(seen)
    assert not died_at(0, lambda: town.heard(seen))  # not one call


def test_an_exit_event_of_somebody_who_is_on_no_journey_writes_nothing(town: Town) -> None:
    town.happens(paid(town))
    assert store.find(town.person(MING), "unpaid") is None


def test_an_exit_acts_at_the_event(town: Town) -> None:
    town.happens(ordered(town))
    town.happens(paid(town, HOUR))
    run = town.run(MING, "unpaid")
    assert (run.state, run.reason, run.ended_at) == (RunState.ENDED, Why.EXITED, NOW + HOUR)


def test_each_key_has_its_own_run(town: Town) -> None:
    town.happens(ordered(town), ordered(town, 1, "o2"), paid(town, 2, "o1"))
    assert {run.key: run.state for run in town.enrolment(MING, "unpaid").runs} == {"o1": RunState.ENDED, "o2": RunState.GOING}


def test_two_events_of_one_batch_act_in_the_order_in_which_they_happened(town: Town) -> None:
    town.happens(paid(town, 5), ordered(town, 4))
    assert town.run(MING, "unpaid").reason == Why.EXITED
    assert town.sends() == []


@pytest.mark.parametrize("names", list(permutations(["SignedUp", "Bought"])))
@pytest.mark.parametrize("cap", [{}, {"cap": {"entries": 32}}])
def test_events_of_one_millisecond_count_in_whatever_order_they_came(names: tuple[str, ...], cap: dict[str, Any]) -> None:
    document = {**WELCOME, "entry": {**WELCOME["entry"], **cap}}
    with Town({"welcome": document}).open() as town:
        town.happens(*(town.event(name, user_id="ming") for name in names))
        assert town.run(MING, "welcome").reason == Why.EXITED


def test_a_batch_that_comes_again_changes_nothing(town: Town) -> None:
    batch = [ordered(town), town.event("SignedUp", 1, user_id="ming"), paid(town, 2)]
    town.happens(*batch)
    before = [town.enrolment(MING, name) for name in ("unpaid", "welcome")]
    town.happens(*batch)
    town.heard(*reversed(batch))
    assert [town.enrolment(MING, name) for name in ("unpaid", "welcome")] == before


def test_an_exit_that_was_heard_of_before_the_entry_ends_the_run(town: Town) -> None:
    order, payment = ordered(town), paid(town, SECOND)
    town.linked(order, payment)
    town.heard(payment)
    town.heard(order)
    assert town.run(MING, "unpaid").reason == Why.EXITED


def test_who_paid_while_the_order_was_under_way_for_long_is_told_nothing(town: Town) -> None:
    sign_up, bought = town.event("SignedUp", user_id="ming"), town.event("Bought", 10 * SECOND, user_id="ming")
    town.linked(sign_up, bought)
    town.heard(bought)
    town.now = NOW + 60 * SECOND
    town.heard(sign_up)
    assert town.run(MING, "welcome").reason == Why.EXITED
    assert town.enrolment(MING, "welcome").rev == 1


def test_every_order_of_delivery_ends_alike(town: Town) -> None:
    batch = [ordered(town, 0, "o1"), ordered(town, 1, "o2"), paid(town, 2, "o2"), paid(town, 3, "o1")]
    found = set()
    for number, order in enumerate(permutations(batch)):
        with Town().open() as other:
            other.linked(*batch)
            for event in order:
                other.heard(event)
            found.add(tuple(sorted((run.key, run.reason, run.ended_at) for run in other.enrolment(MING, "unpaid").runs)))
        assert number < 24
    assert found == {(("o1", Why.EXITED, NOW + 3), ("o2", Why.EXITED, NOW + 2))}


def test_whoever_dies_at_any_call_leaves_what_the_next_delivery_completes() -> None:
    def once(number: int) -> bool:
        with Town().open() as town:
            batch = [ordered(town), town.event("SignedUp", 1, user_id="ming"), ordered(town, 2, "o2"), paid(town, 3)]
            town.linked(*batch)
            died = died_at(number, lambda: town.heard(*batch))
            town.heard(*batch)
            assert {run.key: run.reason for run in town.enrolment(MING, "unpaid").runs} == {"o1": Why.EXITED, "o2": ""}
            assert town.run(MING, "welcome").node == "hold"
            assert [node for _, node in town.sends()] == ["hello"]
            return died

    assert at_every_call(once) > 5


@pytest.mark.parametrize("entry_first", [True, False])
def test_an_entry_and_its_exit_on_two_workers_at_once_never_miss_each_other(entry_first: bool) -> None:
    def once(number: int) -> bool:
        with Town().open() as town:
            order, payment = ordered(town), paid(town, 1)
            town.linked(order, payment)
            first, second = (order, payment) if entry_first else (payment, order)
            crossed = crossed_at(number, lambda: town.heard(first), lambda: town.heard(second))
            if not crossed:
                town.heard(second)
            assert town.run(MING, "unpaid").reason == Why.EXITED, number
            return crossed

    assert at_every_call(once) > 3


def test_an_exit_that_is_stored_while_its_entry_is_written_ends_the_run() -> None:
    def once(number: int) -> bool:
        with Town().open() as town:
            order, payment = ordered(town), paid(town, 1)
            town.linked(order)

            def pays() -> None:
                town.happens(payment)

            crossed = crossed_at(number, lambda: town.heard(order), pays)
            if not crossed:
                pays()
            assert town.run(MING, "unpaid").reason == Why.EXITED, number
            return crossed

    assert at_every_call(once) > 1


def test_two_entries_on_two_workers_are_one_thread() -> None:
    def once(number: int) -> bool:
        with Town().open() as town:
            one, two = town.event("SignedUp", user_id="ming"), town.event("SignedUp", 1, user_id="ming")
            town.linked(one, two)
            crossed = crossed_at(number, lambda: town.heard(one), lambda: town.heard(two))
            assert sum(run.open for run in town.enrolment(MING, "welcome").runs) == 1
            assert len(town.sends()) == 1
            return crossed

    assert at_every_call(once) > 1


@pytest.mark.parametrize("state", [JourneyState.PAUSED, JourneyState.DRAINING, JourneyState.STOPPED])
def test_nobody_enters_a_journey_that_is_not_running_and_exits_are_obeyed(state: JourneyState) -> None:
    town = Town()
    with town.open():
        town.happens(ordered(town))
    town.state = state
    with town.open():
        town.happens(ordered(town, 1, "o2"), paid(town, 2))
        assert town.run(MING, "unpaid").reason == Why.EXITED


def test_whoever_enters_a_version_that_is_just_out_is_looked_at_once_more_when_all_know_of_it() -> None:
    town = Town(since=NOW - 5 * SECOND)
    with town.open():
        town.happens(ordered(town))
        assert {one.at for one in town.effects() if isinstance(one, Arm)} == {NOW + 30 * SECOND, NOW + 2 * HOUR + 5 * SECOND}


def test_what_goes_wrong_with_one_journey_is_given_back_and_stops_no_other(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    follow = reacting._follow

    def broken(concern: Any, now: int) -> object:
        if concern.journey == "unpaid":
            raise ValueError("a fault")
        return follow(concern, now)

    monkeypatch.setattr(reacting, "_follow", broken)
    order, sign_up = ordered(town), town.event("SignedUp", 1, user_id="ming")
    town.linked(order, sign_up)
    assert hearing.hear([order, sign_up], NOW) == [(order, "unpaid: ValueError: a fault")]
    assert town.run(MING, "welcome").node == "hold"


def test_an_entry_that_is_too_large_to_keep_is_refused_and_counted(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    monkeypatch.setattr(reacting, "count_refusals", counted.extend)
    town.happens(town.event("OrderCreated", 0, {"order_id": "o1", "text": "满" * 70_000}, user_id="ming"))
    assert (town.enrolment(MING, "unpaid").runs, counted) == ((), ["journey_too_large"])


def test_who_has_more_on_the_way_than_an_item_holds_is_given_back_and_stops_no_other(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "MOST_BYTES", 10_000_000)
    large = town.event("OrderCreated", 0, {"order_id": "o1", "text": random_text(1_000_000)}, user_id="ming")
    other = ordered(town, 1, user_id="mei")
    town.linked(town.event("PageViewed", user_id="ming"), other)
    ((event, reason),) = hearing.hear([large, other], NOW)
    assert event == large
    assert reason.startswith("unpaid: Unstorable")
    assert town.run("user_id#mei", "unpaid").node == "hold"


def test_an_event_told_more_than_a_day_late_enters_nobody_and_is_counted(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    monkeypatch.setattr(reacting, "count_refusals", counted.extend)
    town.now = NOW + DAY + 1
    town.happens(ordered(town))
    assert town.enrolment(MING, "unpaid").runs == ()
    assert counted == ["journey_too_old"]


def test_an_event_without_the_key_that_tells_runs_apart_is_counted(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    monkeypatch.setattr(reacting, "count_refusals", counted.extend)
    town.happens(town.event("OrderCreated", user_id="ming"))
    assert counted == ["journey_key_missing"]


def test_an_event_of_long_ago_lets_nobody_in_and_reads_nobodys_history(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def among(person: str, names: object, since: int, end: int) -> list[Event]:
        asked.append(since)
        return []

    monkeypatch.setattr(looking_back, "among", among)
    town.now = NOW
    town.happens(ordered(town, -2 * DAY))
    assert (town.everywhere("unpaid"), asked) == ({}, [])
