"""What an account is told of its fans."""

from typing import Any

import pytest

from infra.local_wechat import api_users
from infra.local_wechat.relations import followed, unfollowed
from tests.unit.local_wechat.calling import MINI, SERVICE, SUBSCRIPTION, Platform, code

INFO = "/cgi-bin/user/info"
BATCH = "/cgi-bin/user/info/batchget"


def test_a_fan_is_told_without_name_and_picture(platform: Platform) -> None:
    told = platform.get(INFO, openid=platform.mulan.openid)
    assert told.keys() == {
        *("subscribe", "openid", "language", "subscribe_time", "unionid", "remark", "groupid", "tagid_list"),
        *("subscribe_scene", "qr_scene", "qr_scene_str"),
    }
    assert told["subscribe_scene"] == "ADD_SCENE_SEARCH"
    assert told["subscribe_time"] == platform.clock.wire_seconds()


def test_whoever_does_not_follow_is_told_by_openid_and_unionid_only(platform: Platform) -> None:
    unfollowed(platform.mulan)
    told = platform.get(INFO, openid=platform.mulan.openid)
    assert told == {"subscribe": 0, "openid": platform.mulan.openid, "unionid": platform.world.unionid(platform.mulan)}
    platform.world.choices.unionid_when_gone = False
    assert platform.get(INFO, openid=platform.mulan.openid).keys() == {"subscribe", "openid"}


def test_openids_are_of_one_account_and_unionids_of_all_of_one_owner(platform: Platform) -> None:
    here, there = platform.mulan, platform.world.relation(MINI, platform.mulan.person)
    assert here.openid != there.openid
    assert platform.world.unionid(here) == platform.world.unionid(there)
    platform.world.accounts[SUBSCRIPTION].open_platform = ""
    assert platform.world.unionid(platform.world.relation(SUBSCRIPTION, here.person)) == ""


def test_openids_look_like_those_of_the_platform(platform: Platform) -> None:
    assert len(platform.mulan.openid) == 28
    assert platform.mulan.openid.startswith("o")


def test_an_openid_of_another_account_is_nobody(platform: Platform) -> None:
    other = platform.fan("mulan", SUBSCRIPTION)
    assert code(platform.get(INFO, openid=other.openid)) == 40003
    assert code(platform.get(INFO)) == 41009


def test_a_hundred_fans_are_told_at_once_unless_one_is_wrong(platform: Platform) -> None:
    fans = [platform.fan(f"fan {number}") for number in range(100)]
    asked: list[Any] = [{"openid": fan.openid, "lang": "zh_CN"} for fan in fans]
    told = platform.post(BATCH, {"user_list": asked})["user_info_list"]
    assert [one["openid"] for one in told] == [fan.openid for fan in fans]
    assert code(platform.post(BATCH, {"user_list": [*asked, asked[0]]})) == 40032
    assert code(platform.post(BATCH, {"user_list": [*asked[1:], {"openid": "oNobody"}]})) == 40003


@pytest.mark.parametrize(("body", "number"), [({}, 40031), ({"user_list": []}, 40031), ({"user_list": ["o"]}, 40031)])
def test_a_list_of_fans_must_be_one(platform: Platform, body: Any, number: int) -> None:
    assert code(platform.post(BATCH, body)) == number


def test_all_fans_are_told_page_by_page_with_an_empty_page_at_the_end(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_users, "PAGE", 2)
    everybody = {platform.mulan.openid, *(platform.fan(f"fan {number}").openid for number in range(3))}
    unfollowed(platform.fan("gone"))
    first = platform.get("/cgi-bin/user/get")
    second = platform.get("/cgi-bin/user/get", next_openid=first["next_openid"])
    third = platform.get("/cgi-bin/user/get", next_openid=second["next_openid"])
    assert (first["total"], first["count"], second["count"]) == (4, 2, 2)
    assert {*first["data"]["openid"], *second["data"]["openid"]} == everybody
    assert third == {"total": 4, "count": 0, "next_openid": ""}


def test_a_page_begins_after_one_who_has_gone_meanwhile(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_users, "PAGE", 2)
    for number in range(3):
        platform.fan(f"fan {number}")
    first = platform.get("/cgi-bin/user/get")
    unfollowed(platform.world.openids[first["next_openid"]])
    assert platform.get("/cgi-bin/user/get", next_openid=first["next_openid"])["count"] == 2


def test_a_remark_has_fewer_than_thirty_letters(platform: Platform) -> None:
    def remark(text: str) -> Any:
        return platform.post("/cgi-bin/user/info/updateremark", {"openid": platform.mulan.openid, "remark": text})

    assert code(remark("V" * 30)) == 40035
    assert code(remark("老客户")) == 0
    assert platform.get(INFO, openid=platform.mulan.openid)["remark"] == "老客户"


def test_a_fan_who_comes_back_has_lost_tags_and_remark(platform: Platform) -> None:
    platform.mulan.tags, platform.mulan.remark = [100], "老客户"
    unfollowed(platform.mulan)
    followed(platform.world, platform.mulan)
    assert (platform.mulan.tags, platform.mulan.remark) == ([], "")
    platform.world.choices.refollow_forgets = False
    platform.mulan.tags = [100]
    followed(platform.world, platform.mulan)
    assert platform.mulan.tags == [100]


def test_the_blacklist_is_kept_twenty_fans_at_a_time(platform: Platform) -> None:
    path = "/cgi-bin/tags/members/"
    one = {"openid_list": [platform.mulan.openid]}
    assert code(platform.post(f"{path}batchblacklist", one)) == 0
    assert platform.post(f"{path}getblacklist", {"begin_openid": ""})["data"]["openid"] == one["openid_list"]
    assert code(platform.text()) == 43019
    assert code(platform.post(f"{path}batchunblacklist", one)) == 0
    assert code(platform.text()) == 0
    assert code(platform.post(f"{path}batchblacklist", {"openid_list": one["openid_list"] * 21})) == 40032


def test_users_are_not_told_to_mini_programs(platform: Platform) -> None:
    assert code(platform.get("/cgi-bin/user/get", MINI)) == 48001
    assert code(platform.get("/cgi-bin/user/get", SERVICE)) == 0
