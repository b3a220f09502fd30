"""The report of a journey: where everybody is, what its messages came to, and what happened because of it."""

from dataclasses import replace
from typing import Any, Final

import pytest

from chalicelib.dispatch.tallies import SheetRecord
from chalicelib.journeys.counts import counting
from chalicelib.journeys.engine.model import Enrolment
from chalicelib.journeys.runs import store
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Outcome, Result
from infra.mappings import PERFORM
from tests.support.aws import Stack
from tests.support.journeys import GRACE, Road, open_journeys
from tests.support.living import HOUR
from tests.support.ring import MINUTE

DAY: Final = 24 * HOUR
COUPON: Final[dict[str, Any]] = {
    "title": "未支付优惠券",
    "entry": {"event": "OrderPlaced", "key": "properties.order_id", "re_entry": {"policy": "always"}},
    "exit": [{"event": "OrderCancelled", "match": {"properties.order_id": "entry.key"}}],
    "goal": {"event": "OrderPaid", "match": {"properties.order_id": "entry.key"}, "within": ["1d", "3d"], "revenue": "properties.amount"},
    "start": "hold",
    "nodes": {
        "hold": {"wait": "2h", "next": "offer"},
        "offer": {"send": {"template": "points"}, "next": "rest"},
        "rest": {"wait": "5d", "next": "done"},
        "done": {"exit": "told"},
    },
}
FAN: Final = {"openid__wx1": "oMulan"}
WHO: Final = ("openid:wx1", "oMulan")
SENT: Final = Outcome(Result.SENT, provider_id="88")


@pytest.fixture
def road(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Road:
    """Somebody whom the coupon may reach."""
    road = open_journeys(stack, monkeypatch)
    road.office.person(**FAN)
    road.publish("coupon", COUPON)
    return road


def places(road: Road, *orders: str) -> None:
    for order in orders:
        road.tells("OrderPlaced", {"order_id": order}, *WHO)
    road.office.flow()


def report(road: Road, query: str = "") -> Any:
    reply = road.office.ring.operator.get(f"/v1/journeys/coupon/report{query}")
    assert reply.status == 200, reply.json
    return reply.json


def node(road: Road, name: str, version: str = "1") -> Any:
    return report(road)["versions"][version]["nodes"][name]


def test_everybody_is_counted_where_they_are_at_this_moment(road: Road) -> None:
    places(road, "o1", "o2", "o3")
    assert (node(road, "hold")["in"], node(road, "hold")["waiting"]) == (3, 3)
    road.does("OrderCancelled", {"order_id": "o1"}, **FAN)
    road.later(2 * HOUR + GRACE)
    hold, rest = node(road, "hold"), node(road, "rest")
    assert (hold["in"], hold["waiting"], hold["out"], hold["ways"], hold["ended"]) == (3, 0, 3, {"next": 2}, {"exited": 1})
    assert (rest["in"], rest["waiting"], rest["kind"]) == (2, 2, "wait")
    assert report(road)["runs"]["ended"] == {"exited": 1}
    assert (report(road)["runs"]["entries"], report(road)["runs"]["going"]) == (3, 2)


def test_the_goal_counts_within_each_window_after_the_entry_and_after_the_message(road: Road) -> None:
    places(road, "o1", "o2")
    road.later(2 * HOUR + GRACE)
    road.office.call(ChannelName.TEMPLATE, SENT)
    road.does("OrderPaid", {"order_id": "o1", "amount": 19.9}, **FAN)
    road.later(2 * DAY)
    road.does("OrderPaid", {"order_id": "o2", "amount": 0.1}, **FAN)
    goal = report(road)["goal"]
    assert [(goal[name]["runs"]["reached"], goal[name]["runs"]["revenue"]) for name in ("1d", "3d")] == [(1, 19.9), (2, 20.0)]
    assert (goal["3d"]["runs"]["of"], goal["3d"]["runs"]["rate"], goal["3d"]["difference"]) == (2, 1.0, None)
    assert goal["3d"]["treated"]["of"] == 1, "one person"
    offer = node(road, "offer")
    assert [(offer["goals"][name]["of"], offer["goals"][name]["reached"]) for name in ("1d", "3d")] == [(2, 1), (2, 2)]
    assert (offer["credited"], offer["messages"]["converted"]) == (2, 2)


def test_a_message_that_has_not_gone_out_is_not_what_brought_somebody_to_the_goal(road: Road) -> None:
    places(road, "o1")
    road.later(2 * HOUR + GRACE)
    road.does("OrderPaid", {"order_id": "o1", "amount": 19.9}, **FAN)
    offer = node(road, "offer")
    assert (offer["credited"], offer["messages"]["converted"]) == (1, 0)


def test_what_became_of_the_messages_stands_at_their_node(road: Road) -> None:
    places(road, "o1")
    road.later(2 * HOUR + GRACE)
    assert (node(road, "offer")["messages"]["messages"], node(road, "offer")["messages"]["waiting"]) == (1, 1)
    road.office.call(ChannelName.TEMPLATE, SENT)
    assert node(road, "offer")["messages"]["sent"] == 1
    assert node(road, "hold")["messages"] is None
    of_template = road.office.ring.operator.get("/v1/templates/points/report").json
    assert (of_template["journeys"], of_template["report"]["sent"]) == (1, 1)


def test_who_is_only_watched_is_held_against_those_whom_it_was_for(road: Road) -> None:
    road.publish("coupon", COUPON | {"control": 0.5})
    for number in range(12):
        order = {"order_id": f"o{number}"}
        road.tells("OrderPlaced", order, "openid:wx1", f"o{number}")
        if number % 3 == 0:
            road.pass_by(1)
            road.tells("OrderPaid", order | {"amount": 1}, "openid:wx1", f"o{number}")
    road.office.flow()
    found = report(road)
    week = found["goal"]["1d"]
    assert week["treated"]["of"] + week["control"]["of"] == 12 == found["runs"]["entries"]
    assert week["control"]["of"] == found["runs"]["held_out"] > 0
    assert week["treated"]["reached"] + week["control"]["reached"] == 4
    assert week["difference"]["points"] == pytest.approx(week["treated"]["rate"] - week["control"]["rate"], abs=1e-5)
    assert week["difference"]["low"] < week["difference"]["points"] < week["difference"]["high"]
    assert not week["difference"]["sure"]


def test_each_version_is_counted_by_itself_and_all_together(road: Road) -> None:
    places(road, "o1")
    road.publish("coupon", COUPON | {"goal": COUPON["goal"] | {"within": ["3d"]}})
    places(road, "o2")
    for order in ("o1", "o2"):
        road.does("OrderPaid", {"order_id": order}, **FAN)
    found = report(road)
    assert {version: one["runs"]["entries"] for version, one in found["versions"].items()} == {"1": 1, "2": 1}
    assert {name: one["runs"]["reached"] for name, one in found["goal"].items()} == {"1d": 1, "3d": 2}


def test_a_report_is_of_runs_that_entered_within_a_span(road: Road) -> None:
    places(road, "o1")
    road.later(DAY)
    places(road, "o2")
    now = road.clock.now
    assert report(road, f"?from={now - HOUR}")["runs"]["entries"] == 1
    assert report(road, f"?to={now - HOUR}")["runs"]["entries"] == 1
    assert report(road, f"?from={now - 2 * DAY}&to={now + MINUTE}")["runs"]["entries"] == 2
    assert road.office.ring.operator.get(f"/v1/journeys/coupon/report?from={now}&to={now - 1}").status == 400


def test_a_journey_that_nobody_has_entered_has_a_report_and_one_that_never_was_has_none(road: Road) -> None:
    assert (report(road)["runs"]["entries"], report(road)["versions"]) == (0, {})
    assert road.office.ring.operator.get("/v1/journeys/nothing/report").status == 404


@pytest.fixture
def images(road: Road) -> list[Enrolment]:
    """Every image of an enrolment, as it is written."""
    found: list[Enrolment] = []

    def hear(event: dict[str, Any], _: Any) -> dict[str, Any]:
        changes = [record["dynamodb"] for record in event["Records"]]
        found.extend(store.of_image(change["NewImage"]) for change in changes if change["Keys"]["pk"]["S"].startswith("P#"))
        return {"batchItemFailures": []}

    road.office.ring.pump.stream(replace(PERFORM, function="images"), hear)
    return found


def test_what_is_told_again_or_the_other_way_round_changes_no_count(road: Road, images: list[Enrolment]) -> None:
    places(road, "o1", "o2", "o3")
    road.does("OrderCancelled", {"order_id": "o1"}, **FAN)
    road.later(2 * HOUR + GRACE)
    road.does("OrderPaid", {"order_id": "o2", "amount": 5}, **FAN)
    before, told = report(road), list(images)
    for one in reversed(told):
        counting.note([one], road.clock.now)
    counting.note(told[::2], road.clock.now)
    assert report(road) == before
    for record in SheetRecord.query("journey#coupon"):
        record.delete()
    counting.note(told[::-1], road.clock.now)
    assert report(road)["versions"] == before["versions"]


def test_two_who_become_one_are_counted_as_one_from_then_on(road: Road) -> None:
    road.publish("coupon", {**COUPON, "entry": {"event": "OrderPlaced"}, "goal": {"event": "OrderPaid", "within": ["1d"]}, "exit": []})
    road.does("OrderPlaced", {"order_id": "o1"}, **FAN)
    road.does("OrderPlaced", {"order_id": "o2"}, user_id="mulan")
    assert report(road)["runs"]["going"] == 2
    road.does("LoggedIn", {}, **FAN, user_id="mulan")
    found = report(road)
    assert (found["runs"]["going"], found["runs"]["merged"], found["runs"]["entries"]) == (1, 1, 2)
    hold = found["versions"]["2"]["nodes"]["hold"]
    assert (hold["in"], hold["waiting"], hold["ended"]) == (2, 1, {"merged": 1})
    assert found["goal"]["1d"]["treated"]["of"] == 1
