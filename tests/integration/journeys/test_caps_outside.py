"""Who waits outside, for "A, then not B": a place is taken when they come in, and nobody comes in where nobody is to any more."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from chalicelib.journeys.engine.model import OUTSIDE, RunState, Tell, Why
from chalicelib.journeys.in_force.charts import JourneyState
from chalicelib.journeys.runs.caps import PlacesRecord
from chalicelib.journeys.steps.moving_on import look_at
from tests.integration.journeys.world import HOUR, NOW, SECOND, Town
from tests.support.aws import Stack
from tests.support.crossing import at_every_call, crossed_at, died_at
from tests.support.journeys import GRACE, open_journeys

MING, MEI = "user_id#ming", "user_id#mei"
LATER: Final = NOW + HOUR + 10 * SECOND  # the hour is over, and the grace after it
NODES: Final[dict[str, Any]] = {
    "hello": {"send": {"template": "hello"}, "next": "hold"},
    "hold": {"wait": "1d", "next": "done"},
    "done": {"exit": "told"},
}


def carts(places: int) -> dict[str, Any]:
    """Whoever leaves a cart for an hour, as many as there are places."""
    ordered = {"event": "Ordered", "match": {"properties.cart": "entry.key"}, "within": "1h"}
    entry = {"event": "CartFilled", "key": "properties.cart", "then_not": ordered, "cap": {"entries": places}}
    return {"entry": entry, "start": "hello", "nodes": NODES}


def a_town(places: int = 1) -> Town:
    return Town({"carts": carts(places)})


@pytest.fixture
def town() -> Iterator[Town]:
    with a_town().open() as made:
        yield made


def fills(town: Town, who: str, cart: str = "c") -> None:
    town.happens(town.event("CartFilled", 0, {"cart": cart}, user_id=who.partition("#")[2]))


def look(town: Town, *whom: str) -> None:
    town.now = max(town.now, LATER)
    for who in whom:
        look_at(town.person(who), "carts", town.now)


def taken(town: Town) -> int:
    """The places that anybody holds."""
    counters = town.dynamo.tables.get(PlacesRecord.Meta.table_name, {})
    return sum(int(item["n"]["N"]) for key, item in counters.items() if key[0] == "cap#carts")


def inside(town: Town) -> int:
    return sum(run.inside for runs in town.everywhere("carts").values() for run in runs)


def test_who_waits_takes_no_place_and_who_comes_in_takes_one(town: Town) -> None:
    fills(town, MING)
    fills(town, MEI)
    assert taken(town) == 0
    town.happens(town.event("Ordered", SECOND, {"cart": "c"}, user_id="ming"))
    look(town, MING, MEI)
    assert (town.run(MING, "carts").inside, town.run(MEI, "carts").inside, taken(town)) == (False, True, 1)


def test_who_comes_when_all_places_are_taken_is_turned_away_and_nobody_is_told(town: Town) -> None:
    fills(town, MING)
    fills(town, MEI)
    look(town, MING, MEI)
    late = town.run(MEI, "carts")
    assert (late.state, late.reason, late.inside, taken(town)) == (RunState.ENDED, Why.NOT_ENTERED, False, 1)
    assert late.visits[0].why == {"because": "cap_reached", "entries": 1}
    assert len({one.run for one in town.effects() if isinstance(one, Tell)}) == 1


def test_carts_of_one_person_that_come_in_together_take_a_place_each() -> None:
    with a_town(2).open() as town:
        for cart in ("c1", "c2", "c3"):
            fills(town, MING, cart)
        look(town, MING)
        assert (inside(town), taken(town)) == (2, 2)
        look(town, MING)
        assert (inside(town), taken(town)) == (2, 2)


def test_of_two_who_come_in_at_one_moment_one_gets_the_last_place() -> None:
    def once(number: int) -> bool:
        with a_town().open() as town:
            fills(town, MING)
            fills(town, MEI)
            crossed = crossed_at(number, lambda: look(town, MING), lambda: look(town, MEI))
            look(town, MING, MEI)
            assert (inside(town), taken(town)) == (1, 1), number
            return crossed

    assert at_every_call(once) > 3


def test_whoever_dies_on_the_way_in_holds_no_place_too_many() -> None:
    def once(number: int) -> bool:
        with a_town().open() as town:
            fills(town, MING)
            died = died_at(number, lambda: look(town, MING))
            look(town, MING)
            assert (inside(town), taken(town)) == (1, 1), number
            return died

    assert at_every_call(once) > 3


@pytest.mark.parametrize("state", [JourneyState.DRAINING, JourneyState.RUNNING])
def test_who_waits_outside_does_not_come_in_while_those_inside_go_on(town: Town, state: JourneyState) -> None:
    fills(town, MING)
    town.state = state
    look(town, MING)
    run = town.run(MING, "carts")
    assert run.inside is (state is JourneyState.RUNNING)
    assert run.inside or (run.visits[0].why, taken(town)) == ({"because": "not_running"}, 0)


def test_who_waits_outside_of_a_journey_that_is_paused_goes_on_waiting(town: Town) -> None:
    fills(town, MING)
    town.state = JourneyState.PAUSED
    look(town, MING)
    assert town.run(MING, "carts").node == OUTSIDE
    town.state = JourneyState.RUNNING
    look(town, MING)
    assert town.run(MING, "carts").inside


def test_of_carts_that_are_left_for_an_hour_only_so_many_bring_a_coupon(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    road = open_journeys(stack, monkeypatch)
    nodes = {"offer": {"send": {"template": "points"}, "next": "done"}, "done": {"exit": "told"}}
    road.publish("carts", carts(2) | {"start": "offer", "nodes": nodes})
    for fan in ("oMing", "oMei", "oTao", "oLi"):
        road.office.person(openid__wx1=fan)
        road.does("CartFilled", {"cart": fan}, openid__wx1=fan)
    road.does("Ordered", {"cart": "oMing"}, openid__wx1="oMing")
    road.later(HOUR + GRACE)
    runs = {fan: road.run("openid:wx1", fan, "carts") for fan in ("oMing", "oMei", "oTao", "oLi")}
    assert sorted(run.reason for run in runs.values()) == ["not_entered", "not_entered", "told", "told"]
    assert not runs["oMing"].inside
    assert sum(len(road.messages("openid:wx1", fan, "carts")) for fan in runs) == 2
