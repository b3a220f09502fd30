"""The admin API: setting things up, moving time, seeing what happened."""

from typing import Any

import pytest

from infra.local_wechat.happenings import Took
from infra.local_wechat.routes import Route
from infra.local_wechat.wire import Request
from tests.unit.local_wechat.calling import MINI, SECRET, SERVICE, Platform, code


def test_an_account_is_made_once_and_changed_afterwards(platform: Platform) -> None:
    made = platform.admin("accounts", appid="wxnew", kind="subscription", mode="plain")
    assert (made["kind"], made["mode"], len(made["secret"])) == ("subscription", "plain", 32)
    changed = platform.admin("accounts", appid="wxnew", allowed_ips=["10.0.0.1"])
    assert changed == {**made, "allowed_ips": ["10.0.0.1"]}
    assert made["original_id"].startswith("gh_")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"appid": ""},
        {"appid": "wxnew", "kind": "shop"},
        {"appid": SERVICE, "kind": "mini_program"},
        {"appid": SERVICE, "mode": "secret"},
        {"appid": SERVICE, "colour": "red"},
        {"appid": SERVICE, "certified": "yes"},
        {"appid": SERVICE, "allowed_ips": "10.0.0.1"},
    ],
)
def test_an_account_that_makes_no_sense_is_refused(platform: Platform, given: Any) -> None:
    before = platform.said("GET", "/_sim/accounts")
    assert platform.asked("POST", "/_sim/accounts", given).status == 400
    assert platform.said("GET", "/_sim/accounts") == before


def test_a_new_address_for_pushes_wants_to_be_verified(platform: Platform) -> None:
    platform.admin("accounts", appid=SERVICE, callback_url="http://shop.example/wechat", token="t")
    platform.admin("accounts", appid=SERVICE, certified=True)
    platform.admin("accounts", appid=SERVICE, token="u", verify=False)
    assert [(one.took, one.appid) for one in platform.heard] == [(Took.URL_SET, SERVICE)]


def test_a_person_is_made_once_by_name(platform: Platform) -> None:
    made = platform.admin("persons", name="木兰", mobile="13800000000")
    assert platform.admin("persons", name="木兰", language="en") == {**made, "language": "en"}
    assert made["id"] in {one["id"] for one in platform.said("GET", "/_sim/persons")["persons"]}


def test_a_crowd_follows_at_once(platform: Platform) -> None:
    made = platform.admin("crowd", appid=SERVICE, count=10_500)["openids"]
    assert len(set(made)) == 10_500
    first = platform.get("/cgi-bin/user/get")
    assert (first["total"], first["count"]) == (10_501, 10_000)
    assert platform.asked("POST", "/_sim/crowd", {"appid": SERVICE, "count": 0}).status == 400
    assert platform.heard == []


def test_what_is_between_two_is_set_without_an_event(platform: Platform) -> None:
    told = platform.admin("relations", appid=MINI, person=platform.mulan.person, remark="r", tags=[7])
    assert (told["remark"], told["tags"], told["unionid"]) == ("r", [7], platform.world.unionid(platform.mulan))
    assert platform.said("GET", "/_sim/relations", appid=MINI, person=platform.mulan.person) == told
    assert platform.heard == []


@pytest.mark.parametrize("given", [{"appid": "wx0", "person": "p1"}, {"appid": SERVICE, "person": "p99"}, {"appid": SERVICE}])
def test_what_is_not_there_is_said_to_be_missing(platform: Platform, given: Any) -> None:
    answer = platform.asked("POST", "/_sim/relations", given)
    assert answer.status == 400
    assert b"error" in answer.body


def test_the_world_moves_on_and_says_so(platform: Platform) -> None:
    before = platform.said("GET", "/_sim/clock")["world"]
    platform.admin("clock", advance_seconds=1.5)
    assert platform.said("GET", "/_sim/clock")["world"] == before + 1500
    assert [(one.took, one.fields) for one in platform.heard] == [(Took.CLOCK_MOVED, {"milliseconds": 1500})]


@pytest.mark.parametrize("given", [{}, {"advance_seconds": -1}, {"advance_seconds": "1"}, {"advance_to": "year"}])
def test_time_does_not_go_back(platform: Platform, given: Any) -> None:
    assert platform.asked("POST", "/_sim/clock", given).status == 400


def test_what_the_platforms_pages_disagree_about_can_be_chosen(platform: Platform) -> None:
    assert platform.admin("choices", custom_text_bytes=10)["custom_text_bytes"] == 10
    assert code(platform.text("12345678901")) == 45002
    assert platform.asked("POST", "/_sim/choices", {"unknown": 1}).status == 400


def test_a_new_beginning_forgets_everything(platform: Platform) -> None:
    platform.text()
    platform.admin("reset", seed=5)
    assert platform.said("GET", "/_sim/state")["accounts"] == {}
    assert platform.said("GET", "/outbox") == {"messages": []}
    assert platform.world.seed == 5
    assert platform.heard[-1].took is Took.RESET


def test_everything_can_be_seen_as_json(platform: Platform) -> None:
    platform.text()
    platform.admin("grants", appid=MINI, person=platform.mulan.person, kind="login")
    state = platform.said("GET", "/_sim/state")
    assert state["accounts"][SERVICE]["secret"] == SECRET
    assert state["relations"][f"{SERVICE}/{platform.mulan.person}"]["openid"] == platform.mulan.openid


def test_the_report_holds_what_tests_look_for(platform: Platform) -> None:
    platform.template("thing1")
    data = {"thing1": {"value": "a"}}
    platform.post(
        "/cgi-bin/message/template/send", {"touser": platform.mulan.openid, "template_id": "T1", "data": data, "client_msg_id": "k"}
    )
    platform.text()
    platform.text("")
    told = platform.said("GET", "/_sim/report")
    assert (told["messages"], told["most_messages_to_one"], told["keyed_sends"], told["refusals"]) == (2, 2, 1, {"44004": 1})
    assert told["calls"]["/cgi-bin/message/custom/send"] == 2
    assert (told["messages_by_hour"], told["sent_again"]) == ({"08": 2}, 0)
    platform.text()
    assert platform.said("GET", "/_sim/report")["sent_again"] == 1


def test_the_outbox_is_chosen_from_by_what_one_looks_for(platform: Platform) -> None:
    platform.template("thing1")
    other = platform.fan("other")
    for fan in (platform.mulan, other):
        body = {"touser": fan.openid, "template_id": "T1", "data": {"thing1": {"value": "a"}}}
        platform.post("/cgi-bin/message/template/send", body)
    platform.text()

    def count(**query: str) -> int:
        return len(platform.said("GET", "/outbox", **query)["messages"])

    assert (count(), count(openid=other.openid), count(template_id="T1"), count(api="custom/send"), count(msgtype="text")) == (
        3,
        1,
        2,
        1,
        1,
    )
    assert count(after=str(platform.world.outbox[0].order)) == 2


def test_the_outbox_is_a_page_for_people_and_shows_no_markup_of_theirs(platform: Platform) -> None:
    platform.text("<script>alert(1)</script>")
    page = platform.ask(Request("GET", "/outbox", {}, {"accept": "text/html,*/*"}))
    assert page.content_type.startswith("text/html")
    assert b"<script>" not in page.body
    assert b"&lt;script&gt;" in page.body


def test_the_admin_api_knows_its_methods(platform: Platform) -> None:
    assert platform.asked("GET", "/_sim/reset").status == 405
    assert platform.asked("GET", "/_sim/nothing").status == 404
    assert platform.asked("POST", "/_sim/persons", b"[").status == 400
    assert platform.asked("GET", "/outbox", after="yesterday").status == 400


def test_a_route_that_ends_in_a_slash_takes_all_below() -> None:
    route = Route("GET", "/a/", lambda _world, _request: None)  # type: ignore[arg-type, return-value]
    assert [route.takes("GET", path) for path in ("/a/", "/a/b", "/a", "/b")] == [True, True, False, False]


def test_the_first_page_takes_nothing_but_itself() -> None:
    route = Route("GET", "/", lambda _world, _request: None)  # type: ignore[arg-type, return-value]
    assert [route.takes("GET", path) for path in ("/", "/cgi-bin/nothing")] == [True, False]
