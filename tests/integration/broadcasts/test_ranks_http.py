"""A weekly ranking notice as operators make it: by what people bought within seven days, and by the app where WeChat cannot reach them."""

from typing import Any

import pytest

from chalicelib.audiences import planbook
from chalicelib.broadcasts import ranking
from chalicelib.dispatch.model import Trip
from chalicelib.entrypoints import fan_out
from chalicelib.messages.templates.model import ChannelName
from infra.mappings import FAN_OUT
from tests.support.aws import Stack
from tests.support.living import DAY, PASS, does, put_in_force
from tests.support.messages import CHANNELS, Office, open_office

PATH = "/v1/broadcasts"
WORDS = "第{{ data.rank }}名，共{{ data.ranked }}人，{{ data.value }}单"
PUSH = {"account": "app", "provider": "jpush", "title": "本周排名", "body": WORDS}
WECHAT = CHANNELS["template"] | {"data": {"thing1": WORDS}}
RANK = {"by": {"attribute": "bought"}}
WANTED = {"key": "week-47", "segment": "everybody", "template": "ranking", "rank": RANK}
HOUR = 3_600_000


@pytest.fixture
def office(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Three fans with 4, 2 and no orders this week, and two with the app alone, with 3 and 2."""
    made = open_office(stack, monkeypatch)
    made.clock.install(monkeypatch, fan_out)
    made.ring.pump.queue(FAN_OUT, fan_out.fan_out)
    put_in_force(
        made.ring,
        segments__everybody={"where": {"event": "SignedUp", "count": {"gte": 1}}},
        derived_attributes__bought={"count": {"event": "OrderPaid", "within": "7d"}},
        derived_attributes__spent={"average": {"event": "OrderPaid", "property": "amount", "within": "7d"}},
        scores__activity={"rules": [{"event": "OrderPaid", "add": 1.5, "within": "7d"}]},
    )
    made.template("ranking", channels={"template": WECHAT, "push": PUSH})
    people = ({"openid__wx1": "oMulan"}, {"openid__wx1": "oHao"}, {"openid__wx1": "oLi"}, {"push__app": "r1"}, {"push__app": "r2"})
    for who in people:
        made.person(**who)
    does(made.ring, "OrderPaid", 9, {"amount": 10}, openid__wx1="oLi")  # too long ago
    made.later(8 * DAY)
    for who, times in zip(people, (4, 2, 0, 3, 2), strict=True):
        if times:
            does(made.ring, "OrderPaid", times, {"amount": 10}, **who)
    for _ in range(2):
        made.later(PASS)
    assert planbook.stored().passed == planbook.newest().version
    return made


def ask(office: Office, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    answer = office.ring.operator.call(method, path, body)
    assert answer.status == status, answer.json
    return answer.json


def run(office: Office, **more: Any) -> str:
    """Makes one, and lets everything happen up to the channels' queues."""
    made = ask(office, "POST", PATH, WANTED | more, 201)
    office.flow()
    office.later(HOUR)
    return str(made["id"])


def trips(office: Office, channel: ChannelName) -> dict[str, Trip]:
    """What lies in a channel's queue, by address."""
    found = [office.trip(due.id) for due in office.waiting(channel)]
    return {trip.address: trip for trip in found}


def test_everybody_is_told_their_rank_by_wechat_or_else_by_the_app(office: Office) -> None:
    one = run(office)
    fans = {address: trip.body["data"]["thing1"]["value"] for address, trip in trips(office, ChannelName.TEMPLATE).items()}
    assert fans == {"oMulan": "第1名，共5人，4单", "oHao": "第3名，共5人，2单", "oLi": "第5名，共5人，0单"}
    assert {address: trip.body["text"] for address, trip in trips(office, ChannelName.PUSH).items()} == {
        "r1": "第2名，共5人，3单",
        "r2": "第3名，共5人，2单",
    }
    shown = ask(office, "GET", f"{PATH}/{one}")
    assert (shown["state"], shown["reason"], shown["progress"]["begun"]) == ("done", None, 5)
    assert shown["rank"] == {"by": {"attribute": "bought"}, "order": "desc", "missing": "out"}


def test_a_score_ranks_as_an_attribute_does(office: Office) -> None:
    run(office, rank={"by": {"score": "activity"}, "order": "asc"})
    found = {address: trip.body["data"]["thing1"]["value"] for address, trip in trips(office, ChannelName.TEMPLATE).items()}
    assert found["oMulan"] == "第5名，共5人，6单"
    assert found["oLi"] == "第1名，共5人，0单"


def test_whoever_has_no_value_counts_as_refused_and_why(office: Office) -> None:
    one = run(office, rank={"by": {"attribute": "spent"}})
    report = ask(office, "GET", f"{PATH}/{one}")["report"]
    assert (report["waiting"], report["refused"], report["reasons"]) == (4, 1, {"refused": {"rank_missing": 1}})
    assert "oLi" not in trips(office, ChannelName.TEMPLATE)


def test_whoever_is_the_last_without_a_value_is_told_so_by_a_text_that_allows_for_it(office: Office) -> None:
    words = "第{{ data.rank }}名，{{ data.value | default: '还没有订单' }}"
    office.template("ranking", channels={"template": WECHAT | {"data": {"thing1": words}}, "push": PUSH})
    run(office, rank={"by": {"attribute": "spent"}, "missing": "last"})
    found = {address: trip.body["data"]["thing1"]["value"] for address, trip in trips(office, ChannelName.TEMPLATE).items()}
    assert found["oLi"] == "第5名，还没有订单"


def test_a_preview_tells_who_is_left_out_of_the_ranking(office: Office) -> None:
    wanted = {"segment": "everybody", "template": "ranking", "rank": {"by": {"attribute": "spent"}}}
    shown = ask(office, "POST", f"{PATH}/preview", wanted)
    assert (shown["checked"], shown["channels"], shown["refusals"]) == (5, {"template": 2, "push": 2}, {"rank_missing": 1})
    shown = ask(office, "POST", f"{PATH}/preview", wanted | {"rank": {"by": {"attribute": "spent"}, "missing": "last"}})
    assert (shown["checked"], shown["channels"], shown["refusals"]) == (5, {"template": 3, "push": 2}, {})


def test_a_broadcast_with_too_many_values_says_why_it_was_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "MAX_VALUES", 3)
    one = run(office)
    shown = ask(office, "GET", f"{PATH}/{one}")
    assert (shown["state"], shown["phase"], shown["reason"]) == ("refused", "refused", "rank_values_too_many")
    assert (shown["report"]["messages"], shown["progress"]["begun"]) == (0, 0)


@pytest.mark.parametrize(
    ("more", "places"),
    [
        ({"rank": {"by": {"attribute": "nothing"}}}, [("rank/by/attribute", "attribute_unknown")]),
        ({"rank": {"by": {"score": "bought"}}}, [("rank/by/score", "score_unknown")]),
        ({"data": {"rank": 1, "x": 2}}, [("data/rank", "rank_reserved")]),
    ],
)
def test_a_ranking_that_cannot_be_made_is_refused_with_the_place(office: Office, more: Any, places: list[tuple[str, str]]) -> None:
    answer = ask(office, "POST", PATH, WANTED | more, 422)
    assert [(one["path"], one["code"]) for one in answer["errors"]] == places


@pytest.mark.parametrize("rank", [{}, {"by": {}}, {"by": {"score": "activity", "attribute": "bought"}}, {**RANK, "order": "best"}])
def test_a_ranking_by_nothing_or_by_two_things_is_refused(office: Office, rank: Any) -> None:
    assert ask(office, "POST", PATH, WANTED | {"rank": rank}, 422)["errors"]


def test_the_same_key_with_another_ranking_is_another_request(office: Office) -> None:
    ask(office, "POST", PATH, WANTED, 201)
    assert ask(office, "POST", PATH, WANTED | {"rank": RANK | {"order": "asc"}}, 409)["code"] == "key_reused"
