"""Mass messages: seldom, and four a month to one fan."""

from typing import Any

import pytest

from infra.local_wechat.happenings import Took
from tests.unit.local_wechat.calling import SERVICE, SUBSCRIPTION, Platform, code

ALL = "/cgi-bin/message/mass/sendall"
LIST = "/cgi-bin/message/mass/send"
TEXT = {"msgtype": "text", "text": {"content": "618"}}


def to_all(platform: Platform, appid: str = SERVICE, **more: Any) -> Any:
    return platform.post(ALL, {"filter": {"is_to_all": True}, **TEXT, **more}, appid)


def to_list(platform: Platform, *openids: str, **more: Any) -> Any:
    return platform.post(LIST, {"touser": list(openids), **TEXT, **more})


def test_everybody_gets_it_once_a_day(platform: Platform) -> None:
    platform.fan("other")
    told = to_all(platform)
    assert len(platform.world.outbox) == 2
    assert [one.fields["job"].msg_id for one in platform.heard if one.took is Took.MASS] == [told["msg_id"]]
    assert code(to_all(platform)) == 45028
    platform.admin("clock", advance_to="day")
    assert code(to_all(platform)) == 0


def test_a_subscription_account_may_once_a_day_to_whomever(platform: Platform) -> None:
    platform.fan("mulan", SUBSCRIPTION)
    platform.world.accounts[SUBSCRIPTION].tags = {100: None}  # type: ignore[dict-item]
    body = {"filter": {"is_to_all": False, "tag_id": 100}, **TEXT}
    assert [code(platform.post(ALL, body, SUBSCRIPTION)), code(to_all(platform, SUBSCRIPTION))] == [0, 45028]


def test_a_fan_gets_four_a_month_and_nobody_is_told_of_the_fifth(platform: Platform) -> None:
    other = platform.fan("other").openid
    for _ in range(5):
        assert code(to_list(platform, platform.mulan.openid, other)) == 0
    decisions = [one.decision for one in platform.world.outbox if one.openid == other]
    assert decisions == ["accepted"] * 4 + ["failed:freq limit"]
    platform.admin("presets/month_end")
    to_list(platform, platform.mulan.openid, other)
    assert platform.world.outbox[-1].decision == "accepted"


def test_months_pass_as_fast_as_the_stack_beside_it_says(platform: Platform) -> None:
    other = platform.fan("other").openid
    platform.world.clock.scale = 31 * 24  # a month is an hour
    platform.world.clock.anchor = platform.world.clock.world()
    for _ in range(5):
        to_list(platform, platform.mulan.openid, other)
    assert platform.world.outbox[-1].decision == "failed:freq limit"
    platform.world.clock.advance(3_600_000)
    to_list(platform, platform.mulan.openid, other)
    assert platform.world.outbox[-1].decision == "accepted"


def test_a_key_is_taken_on_once_and_leads_to_the_first_job(platform: Platform) -> None:
    openids = platform.mulan.openid, platform.fan("other").openid
    first = to_list(platform, *openids, clientmsgid="k1")
    again = to_list(platform, *openids, clientmsgid="k1")
    assert (code(again), again["msg_id"]) == (45065, first["msg_id"])
    assert code(to_list(platform, *openids, clientmsgid="k" * 65)) == 45067


@pytest.mark.parametrize(
    ("body", "number"),
    [
        ({"filter": {"is_to_all": False, "tag_id": 7}, **TEXT}, 45159),
        ({"filter": {"is_to_all": True}, "msgtype": "sticker"}, 40008),
        ({"filter": {"is_to_all": True}, "msgtype": "text", "text": {}}, 44004),
        ({"filter": {"is_to_all": True}, "msgtype": "text", "text": {"content": ""}}, 44004),
    ],
)
def test_a_mass_message_must_be_one(platform: Platform, body: Any, number: int) -> None:
    assert code(platform.post(ALL, body)) == number
    assert platform.world.outbox == []


def test_a_list_has_two_fans_or_more(platform: Platform) -> None:
    assert code(to_list(platform, platform.mulan.openid)) == 40031
    assert code(to_list(platform, platform.mulan.openid, "oNobody")) == 40003
    assert code(platform.post(LIST, {}, SUBSCRIPTION)) == 48001


def test_a_job_can_be_looked_up_and_taken_back(platform: Platform) -> None:
    number = to_all(platform)["msg_id"]
    path = "/cgi-bin/message/mass/"
    assert platform.post(f"{path}get", {"msg_id": number})["msg_status"] == "SEND_SUCCESS"
    assert code(platform.post(f"{path}delete", {"msg_id": number})) == 0
    assert platform.post(f"{path}get", {"msg_id": number})["msg_status"] == "DELETE"
    assert code(platform.post(f"{path}get", {"msg_id": 7})) == 40035


def test_speed_has_five_steps(platform: Platform) -> None:
    path = "/cgi-bin/message/mass/speed/"
    assert [code(platform.post(f"{path}set", {"speed": chosen})) for chosen in (4, 5, "1")] == [0, 45083, 45083]
    assert platform.get(f"{path}get") == {"speed": 4, "realspeed": 10}


def test_a_preview_goes_to_one_person(platform: Platform) -> None:
    assert code(platform.post("/cgi-bin/message/mass/preview", {"touser": platform.mulan.openid, **TEXT})) == 0
    assert len(platform.world.outbox) == 1
