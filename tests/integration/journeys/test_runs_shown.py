"""Runs over HTTP: page by page, one person's with all that happened, and why somebody is (not) in a journey."""

from typing import Any, Final

import pytest

from tests.support.aws import Stack
from tests.support.journeys import GRACE, Road, open_journeys
from tests.support.living import HOUR
from tests.support.ring import MINUTE

COUPON: Final[dict[str, Any]] = {
    "entry": {"event": "OrderPlaced", "where": {"amount": {"gte": 10}}, "key": "properties.order_id"},
    "exit": [{"event": "OrderPaid", "match": {"properties.order_id": "entry.key"}}],
    "goal": {"event": "OrderPaid", "match": {"properties.order_id": "entry.key"}, "within": ["3d"], "revenue": "properties.amount"},
    "start": "hold",
    "nodes": {
        "hold": {"wait": "2h", "next": "offer"},
        "offer": {"send": {"template": "points"}, "next": "rest"},
        "rest": {"wait": "5d", "next": "done"},
        "done": {"exit": "told"},
    },
}
WHO: Final = ("openid:wx1", "oMulan")
OTHER: Final = ("anonymous_id", "pad")


@pytest.fixture
def road(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Road:
    """Two orders of one person, and one of another."""
    road = open_journeys(stack, monkeypatch)
    road.office.person(openid__wx1="oMulan")
    road.publish("coupon", COUPON)
    for order, who in (("o1", WHO), ("o2", WHO), ("o3", OTHER)):
        road.tells("OrderPlaced", {"order_id": order, "amount": 20}, *who)
    road.office.flow()
    return road


def get(road: Road, path: str) -> Any:
    reply = road.office.ring.operator.get(path)
    assert reply.status == 200, reply.json
    return reply.json


def listed(road: Road, query: str = "") -> list[Any]:
    items: list[Any] = get(road, f"/v1/journeys/coupon/runs{query}")["items"]
    return items


def test_runs_are_listed_by_where_they_are(road: Road) -> None:
    assert sorted(one["key"] for one in listed(road)) == ["o1", "o2", "o3"]
    road.does("OrderPaid", {"order_id": "o1", "amount": 20}, openid__wx1="oMulan")
    assert [(one["key"], one["reason"], one["node"]) for one in listed(road, "?state=ended")] == [("o1", "exited", None)]
    assert sorted((one["key"], one["node"]) for one in listed(road, "?state=going&node=hold")) == [("o2", "hold"), ("o3", "hold")]
    assert (listed(road, "?node=rest"), listed(road, "?version=2"), len(listed(road, "?version=1"))) == ([], [], 3)
    assert listed(road, "?state=going")[0]["by"] in ({"openid:wx1": "oMulan"}, {"anonymous_id": "pad"})


def test_pages_hold_everybody_once(road: Road) -> None:
    found, cursor = [], ""
    while True:
        page = get(road, f"/v1/journeys/coupon/runs?limit=1{cursor}")
        found += [one["key"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert sorted(found) == ["o1", "o2", "o3"]


@pytest.mark.parametrize("query", ["?state=asleep", "?version=0", "?cursor=nonsense", "?cursor=WyJ6IiwicCJd"])
def test_what_cannot_be_listed_is_refused(road: Road, query: str) -> None:
    assert road.office.ring.operator.get(f"/v1/journeys/coupon/runs{query}").status == 400


def test_of_what_never_was_nothing_is_listed(road: Road) -> None:
    assert road.office.ring.operator.get("/v1/journeys/nothing/runs").status == 404
    assert road.office.ring.operator.get("/v1/journeys/coupon/runs/p_nobody").status == 404
    assert road.office.ring.operator.get("/v1/people/user_id/nobody/journeys").status == 404


def test_a_persons_runs_are_told_with_all_that_happened(road: Road) -> None:
    road.later(2 * HOUR + GRACE)
    road.does("OrderPaid", {"order_id": "o1", "amount": 20}, openid__wx1="oMulan")
    person = road.office.ring.person(*WHO)["person_id"]
    found = get(road, f"/v1/journeys/coupon/runs/{person}")
    assert found == get(road, "/v1/people/openid:wx1/oMulan/journeys")
    (run,) = [one for one in found["runs"] if one["key"] == "o1"]
    assert [(one["node"], one["outcome"]) for one in run["visits"]] == [("hold", "next"), ("offer", "next"), ("rest", "exit")]
    assert run["visits"][-1]["why"]["event"] == "OrderPaid"
    assert (run["entry"]["properties"], run["goal"]["revenue"]) == ({"order_id": "o1", "amount": 20}, 20)
    assert run["goal"]["message"] == run["messages"][0]["message"]
    assert get(road, f"/v1/messages/{run['messages'][0]['message']}")["person_id"] == person


def test_webhooks_and_notices_to_the_staff_are_told_with_the_messages_of_a_run(road: Road) -> None:
    road.office.template("crm", channels={"webhook": {"account": "crm", "type": "lead", "data": {"kind": "hot"}}})
    road.office.person(user_id="anna")
    staff = {"template": "points", "to": [{"user_id": "anna"}, {"user_id": "nobody"}]}
    told = {name: COUPON["nodes"][name] for name in ("offer", "rest", "done")}
    nodes = {"tell": {"do": [{"webhook": "crm"}, {"notify": staff}], "next": "offer"}, **told}
    road.publish("stuck", {"entry": {"event": "Stuck"}, "start": "tell", "nodes": nodes})
    road.does("Stuck", openid__wx1="oMulan")
    (run,) = [one for one in get(road, "/v1/people/openid:wx1/oMulan/journeys")["runs"] if one["journey"] == "stuck"]
    assert [one["node"] for one in run["messages"]] == ["tell", "tell", "offer"], "nobody is told nothing"
    found = [get(road, f"/v1/messages/{one['message']}") for one in run["messages"]]
    assert [one["template"] for one in found] == ["crm", "points", "points"]


def test_runs_are_found_by_an_id_that_the_person_had_before_a_merge(road: Road) -> None:
    before = road.office.ring.person(*OTHER)["person_id"]
    road.does("LoggedIn", {}, anonymous_id="pad", user_id="li")
    road.does("LoggedIn", {}, openid__wx1="oMulan", user_id="li")
    found = get(road, f"/v1/journeys/coupon/runs/{before}")
    assert sorted(one["key"] for one in found["runs"]) == ["o1", "o2", "o3"]
    assert found["person"] == road.office.ring.person("user_id", "li")["person_id"]


def explained(road: Road, who: tuple[str, str] = WHO) -> Any:
    return get(road, f"/v1/people/{who[0]}/{who[1]}/explain?journey=coupon")


def test_why_somebody_is_in_a_journey_is_told(road: Road) -> None:
    found = explained(road)
    assert (found["inside"], found["state"], found["version"], found["would"]) == (True, "running", 1, "going")
    assert [one["state"] for one in found["runs"]] == ["going", "going"]
    assert found["entry"]["event"] == "OrderPlaced"
    assert [(one["fits"], one["run"] is not None) for one in found["heard"]] == [(True, True), (True, True)]


def test_why_somebody_is_not_in_it_is_told_too(road: Road) -> None:
    road.later(MINUTE)
    road.does("OrderPlaced", {"order_id": "o4", "amount": 1}, user_id="shy")
    found = explained(road, ("user_id", "shy"))
    assert (found["inside"], found["runs"], found["would"]) == (False, [], "going")
    assert [(one["fits"], one["run"]) for one in found["heard"]] == [(False, None)]
    once = {"event": "OrderPlaced", "re_entry": {"policy": "never"}}
    road.publish("coupon", {"entry": once, "start": "hold", "nodes": COUPON["nodes"]})
    road.does("OrderPlaced", {"order_id": "o5"}, user_id="shy")
    found = explained(road, ("user_id", "shy"))
    assert (found["would"], found["refusal"], list(found["found"])) == (None, "once", ["entered"])
    road.office.ring.operator.call("POST", "/v1/journeys/coupon/pause")
    assert explained(road)["refusal"] == "not_running"


@pytest.mark.parametrize("on", ["enter", "leave"])
def test_where_a_segment_lets_people_in_it_is_told_who_is_in_it(road: Road, on: str) -> None:
    road.office.publish("segments", "buyers", {"where": {"event": "OrderPaid"}})
    road.later(2 * MINUTE)
    road.publish("coupon", {"entry": {"segment": "buyers", "on": on}, "start": "hold", "nodes": COUPON["nodes"]})
    assert explained(road)["found"] == {"segment": "buyers", "on": on, "holds": False}
    road.does("OrderPaid", {"order_id": "o1", "amount": 20}, openid__wx1="oMulan")
    assert explained(road)["found"]["holds"]


def test_one_thing_is_explained_at_a_time_and_nothing_that_is_not_there(road: Road) -> None:
    path = "/v1/people/openid:wx1/oMulan/explain"
    assert road.office.ring.operator.get(f"{path}?journey=nothing").status == 404
    assert road.office.ring.operator.get(f"{path}?journey=coupon&segment=asleep").status == 400
    assert road.office.ring.operator.get(f"{path}?journey=coupon&message=m_1").status == 400
