"""What operators do to journeys: hold them, end them, take people to another version, have failed steps taken again."""

from typing import Any, Final

import pytest

from chalicelib.journeys.engine.model import RunState, Why
from chalicelib.journeys.in_force import book
from tests.support.aws import Stack
from tests.support.journeys import GRACE, Road, open_journeys
from tests.support.living import HOUR
from tests.support.ring import MINUTE

FAN: Final = {"openid__wx1": "oMulan"}
WHO: Final = ("openid:wx1", "oMulan")
PATH: Final = "/v1/journeys/coupon"
COUPON: Final[dict[str, Any]] = {
    "entry": {"event": "OrderPlaced", "key": "properties.order_id"},
    "exit": [{"event": "OrderPaid", "match": {"properties.order_id": "entry.properties.order_id"}}],
    "start": "hold",
    "nodes": {
        "hold": {"wait": "2h", "next": "offer"},
        "offer": {"send": {"template": "points"}, "next": "done"},
        "done": {"exit": "told"},
    },
}
LONGER: Final = COUPON | {"nodes": COUPON["nodes"] | {"hold": {"wait": "3h", "next": "offer"}}}


@pytest.fixture
def road(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Road:
    """Somebody whose order waits."""
    road = open_journeys(stack, monkeypatch)
    road.office.person(**FAN)
    road.publish("coupon", COUPON)
    road.does("OrderPlaced", {"order_id": "o1"}, **FAN)
    return road


def ask(road: Road, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    answer = road.office.ring.operator.call(method, PATH + path, body)
    assert answer.status == status, answer.json
    road.office.flow()
    return answer.json


def state(road: Road) -> tuple[RunState, str]:
    run = road.run(*WHO, "coupon")
    return run.state, run.reason


def walked(road: Road) -> dict[str, int]:
    """What the newest walk has done with how many people."""
    found: dict[str, int] = ask(road, "GET", "/status")["walks"][0]["people"]
    return found


def test_a_journey_that_is_paused_keeps_everybody_where_they_are(road: Road) -> None:
    assert ask(road, "POST", "/pause")["state"] == "paused"
    road.later(3 * HOUR)
    assert state(road) == (RunState.GOING, "")
    assert road.messages(*WHO, "coupon") == []
    road.does("OrderPlaced", {"order_id": "o2"}, **FAN)
    assert len(road.enrolment(*WHO, "coupon").runs) == 1


def test_resumed_it_takes_the_steps_whose_time_has_come(road: Road) -> None:
    ask(road, "POST", "/pause")
    road.later(3 * HOUR)
    assert ask(road, "POST", "/resume")["state"] == "running"
    road.later(MINUTE)
    assert len(road.messages(*WHO, "coupon")) == 1
    assert walked(road) == {"woken": 1}


def test_stopped_with_everybody_out_nobody_gets_anything_any_more(road: Road) -> None:
    assert ask(road, "POST", "/stop", {"inside": "exit"})["state"] == "stopped"
    road.later(MINUTE)
    assert state(road) == (RunState.ENDED, Why.STOPPED)
    road.later(3 * HOUR)
    assert road.messages(*WHO, "coupon") == []
    assert walked(road) == {"ended": 1}


def test_stopped_with_everybody_finishing_they_come_to_their_end(road: Road) -> None:
    assert ask(road, "POST", "/stop", {"inside": "finish"})["state"] == "draining"
    road.does("OrderPlaced", {"order_id": "o2"}, **FAN)
    road.later(2 * HOUR + GRACE)
    assert (state(road), len(road.enrolment(*WHO, "coupon").runs)) == ((RunState.ENDED, "told"), 1)


def test_archiving_ends_everybody_inside(road: Road) -> None:
    answer = road.office.ring.operator.call("POST", f"{PATH}/archive")
    assert answer.status == 200, answer.json
    road.office.flow()
    road.later(MINUTE)
    assert state(road) == (RunState.ENDED, Why.STOPPED)
    assert ask(road, "GET", "/status")["version"] is None


def test_people_are_moved_to_the_version_in_force_where_their_stay_goes_on(road: Road) -> None:
    road.publish("coupon", LONGER)
    road.later(HOUR)
    assert ask(road, "POST", "/move", {"from": 1})["versions"] == [1, 2]
    road.later(HOUR + MINUTE)
    assert (road.run(*WHO, "coupon").version, road.messages(*WHO, "coupon")) == (2, [])
    road.later(HOUR)
    assert len(road.messages(*WHO, "coupon")) == 1
    assert walked(road) == {"moved": 1}


def test_a_step_that_failed_is_taken_again(road: Road) -> None:
    road.office.ring.operator.call("POST", "/v1/templates/points/archive")
    book.forget()
    road.later(2 * HOUR + GRACE)
    failed, reason = state(road)
    assert failed is RunState.FAILED
    road.office.template()
    ask(road, "POST", "/retry", {"node": "hold"})
    assert state(road)[0] is RunState.FAILED
    ask(road, "POST", "/retry", {"node": "offer", "reason": reason})
    assert state(road) == (RunState.ENDED, "told")
    assert len(road.messages(*WHO, "coupon")) == 1
    assert walked(road) == {"retried": 1}
