"""The one way into a journey: whoever asks, and however often, a person gets one run or one reason."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.journeys.engine.engine import Arrival, EntryRefusal, Refused
from chalicelib.journeys.engine.model import Enrolment, Why, run_id
from chalicelib.journeys.in_force.charts import JourneyState
from chalicelib.journeys.runs import admitting
from tests.integration.journeys.world import HOUR, NOW, SECOND, UNPAID, WELCOME, Town
from tests.support.crossing import at_every_call, crossed_at, died_at

MING = "user_id#ming"
INVITED: dict[str, Any] = {**WELCOME, "entry": {"api": True}}
FEW: dict[str, Any] = {**INVITED, "entry": {"api": True, "cap": {"entries": 1}}}


def a_town(**documents: dict[str, Any]) -> Town:
    return Town({"invited": INVITED, "few": FEW, "unpaid": UNPAID, **documents})


@pytest.fixture
def town() -> Iterator[Town]:
    with a_town().open() as made:
        made.linked(made.event("PageViewed", user_id="ming"), made.event("PageViewed", user_id="mei"))
        yield made


def arrival(key: str = "k1", journey: str = "invited", at: int = 0) -> Arrival:
    return Arrival(run_id(journey, "api", key), "", MING, "", NOW + at, {"name": "", "time": "", "properties": {}})


def asks(town: Town, one: Arrival, journey: str = "invited", key: str = MING) -> Enrolment | EntryRefusal | None:
    return admitting.admit(town.person(key), journey, one, town.now)


def test_somebody_who_is_asked_in_enters(town: Town) -> None:
    found = asks(town, arrival())
    assert isinstance(found, Enrolment)
    assert found == town.enrolment(MING, "invited")
    assert (town.run(MING, "invited").node, town.run(MING, "invited").seed) == ("hold", town.person(MING))


def test_asking_twice_is_one_run(town: Town) -> None:
    assert asks(town, arrival()) == asks(town, arrival())
    assert len(town.sends()) == 1


def test_whoever_is_inside_is_refused(town: Town) -> None:
    asks(town, arrival())
    refused = asks(town, arrival("k2"))
    assert isinstance(refused, EntryRefusal)
    assert refused.code is Refused.INSIDE


@pytest.mark.parametrize("state", [JourneyState.PAUSED, JourneyState.DRAINING, JourneyState.STOPPED])
def test_a_journey_that_is_not_running_lets_nobody_in(town: Town, state: JourneyState) -> None:
    town.state = state
    assert asks(town, arrival()) == EntryRefusal(Refused.NOT_RUNNING)


def test_who_entered_before_is_told_so_although_the_journey_is_paused_by_now(town: Town) -> None:
    first = asks(town, arrival())
    town.state = JourneyState.PAUSED
    assert asks(town, arrival()) == first


def test_nobody_enters_a_journey_that_is_not_there(town: Town) -> None:
    assert asks(town, arrival(), journey="none") is None
    assert admitting.admit("p_nobody", "invited", arrival(), NOW) is None


def test_what_happened_while_the_entry_was_under_way_counts(town: Town) -> None:
    town.stored(town.event("Bought", SECOND, user_id="ming"))
    asks(town, arrival())
    assert town.run(MING, "invited").reason == Why.EXITED


def test_whoever_dies_on_the_way_in_is_let_in_by_the_next_try() -> None:
    def once(number: int) -> bool:
        with a_town().open() as town:
            town.linked(town.event("PageViewed", user_id="ming"))
            town.stored(town.event("Bought", SECOND, user_id="ming"))
            died = died_at(number, lambda: asks(town, arrival(journey="few"), "few"))
            asks(town, arrival(journey="few"), "few")
            assert town.run(MING, "few").reason == Why.EXITED
            assert len(town.steps()) == 1
            return died

    assert at_every_call(once) > 5


def test_a_journey_with_a_cap_is_full_when_all_places_are_taken(town: Town) -> None:
    assert isinstance(asks(town, arrival(journey="few"), "few"), Enrolment)
    refused = asks(town, replace(arrival("k2", journey="few"), by="user_id#mei"), "few", key="user_id#mei")
    assert isinstance(refused, EntryRefusal)
    assert refused.code is Refused.CAP_REACHED
    assert town.enrolment("user_id#mei", "few").runs == ()


def test_of_two_who_want_the_last_place_one_gets_it() -> None:
    def once(number: int) -> bool:
        with a_town().open() as town:
            town.linked(town.event("PageViewed", user_id="ming"), town.event("PageViewed", user_id="mei"))
            asked: list[Any] = []

            def ming() -> None:
                asked.append(asks(town, arrival(journey="few"), "few"))

            def mei() -> None:
                asked.append(asks(town, replace(arrival("k2", journey="few"), by="user_id#mei"), "few", key="user_id#mei"))

            crossed = crossed_at(number, ming, mei)
            assert len(town.everywhere("few")) == 1, number
            assert sum(isinstance(one, EntryRefusal) for one in asked) == int(crossed), number
            return crossed

    assert at_every_call(once) > 5


def test_a_batch_of_orders_takes_a_place_for_each() -> None:
    capped = {**UNPAID, "entry": {**UNPAID["entry"], "cap": {"entries": 32}}}
    with a_town(unpaid=capped).open() as town:
        town.happens(*(town.event("OrderCreated", place, {"order_id": f"o{place}"}, user_id="ming") for place in range(5)))
        town.now = NOW + HOUR
        assert len(town.enrolment(MING, "unpaid").runs) == 5
        assert sum(int(item["n"]["N"]) for item in _places(town).values()) == 5


def _places(town: Town) -> dict[tuple[str, str], Any]:
    from chalicelib.journeys.runs.caps import PlacesRecord

    return {key: item for key, item in town.dynamo.tables.get(PlacesRecord.Meta.table_name, {}).items() if key[0].startswith("cap#")}
