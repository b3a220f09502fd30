"""Tags and their limits."""

from typing import Any

import pytest

from infra.local_wechat.relations import unfollowed
from tests.unit.local_wechat.calling import Platform, code

TAGS = "/cgi-bin/tags/"
GIVE = "/cgi-bin/tags/members/batchtagging"
TAKE = "/cgi-bin/tags/members/batchuntagging"


def made(platform: Platform, name: str = "vip") -> int:
    return int(platform.post(f"{TAGS}create", {"tag": {"name": name}})["tag"]["id"])


def give(platform: Platform, tag: object, *openids: str) -> int:
    return code(platform.post(GIVE, {"openid_list": list(openids), "tagid": tag}))


def test_a_tag_is_made_listed_renamed_and_deleted(platform: Platform) -> None:
    tag = made(platform, "会员")
    assert give(platform, tag, platform.mulan.openid) == 0
    assert {"id": tag, "name": "会员", "count": 1} in platform.get(f"{TAGS}get")["tags"]
    assert code(platform.post(f"{TAGS}update", {"tag": {"id": tag, "name": "金卡"}})) == 0
    assert platform.post(f"{TAGS}getidlist", {"openid": platform.mulan.openid}) == {"tagid_list": [tag]}
    assert code(platform.post(f"{TAGS}delete", {"tag": {"id": tag}})) == 0
    assert platform.mulan.tags == []


@pytest.mark.parametrize(
    ("name", "number"),
    [("", 45157), ("  ", 45157), (7, 45157), ("星标组", 45157), ("a" * 30, 0), ("a" * 31, 45158), ("裙" * 10, 0), ("裙" * 11, 45158)],
)
def test_a_tags_name_has_at_most_thirty_bytes(platform: Platform, name: object, number: int) -> None:
    assert code(platform.post(f"{TAGS}create", {"tag": {"name": name}})) == number


def test_a_tags_name_may_be_measured_in_characters_as_other_pages_say(platform: Platform) -> None:
    platform.world.choices.tag_names_in_bytes = False
    assert code(platform.post(f"{TAGS}create", {"tag": {"name": "裙" * 30}})) == 0


def test_a_name_is_given_once(platform: Platform) -> None:
    made(platform)
    assert code(platform.post(f"{TAGS}create", {"tag": {"name": "vip"}})) == 45157


def test_an_account_has_a_hundred_tags_at_most(platform: Platform) -> None:
    for number in range(100):
        made(platform, f"tag {number}")
    assert code(platform.post(f"{TAGS}create", {"tag": {"name": "one more"}})) == 45056


@pytest.mark.parametrize("protected", [0, 1, 2])
def test_the_platforms_own_tags_stay(platform: Platform, protected: int) -> None:
    assert code(platform.post(f"{TAGS}update", {"tag": {"id": protected, "name": "a"}})) == 45058
    assert code(platform.post(f"{TAGS}delete", {"tag": {"id": protected}})) == 45058


@pytest.mark.parametrize("tag", [999, "x", None])
def test_a_tag_that_there_is_not_is_refused(platform: Platform, tag: Any) -> None:
    assert give(platform, tag, platform.mulan.openid) == 45159
    assert code(platform.post(f"{TAGS}delete", {"tag": {"id": tag}})) == 45159
    assert code(platform.post("/cgi-bin/user/tag/get", {"tagid": tag})) == 45159


def test_a_tag_of_very_many_cannot_be_deleted(platform: Platform) -> None:
    tag = made(platform)
    give(platform, tag, platform.mulan.openid)
    platform.world.choices.tag_deletable_fans = 0
    assert code(platform.post(f"{TAGS}delete", {"tag": {"id": tag}})) == 45057


def test_fifty_fans_get_a_tag_at_once_and_fifty_one_do_not(platform: Platform) -> None:
    tag = made(platform)
    fans = [platform.fan(f"fan {number}").openid for number in range(51)]
    assert give(platform, tag, *fans) == 40032
    assert give(platform, tag, *fans[:50]) == 0
    assert platform.post("/cgi-bin/user/tag/get", {"tagid": tag, "next_openid": ""})["count"] == 50


def test_one_who_cannot_be_tagged_keeps_all_from_it(platform: Platform) -> None:
    tag = made(platform)
    gone = platform.fan("gone")
    unfollowed(gone)
    assert give(platform, tag, platform.mulan.openid, gone.openid) == 50005
    assert give(platform, tag, platform.mulan.openid, "oNobody") == 40003
    assert give(platform, tag) == 40031
    assert platform.mulan.tags == []


def test_a_fan_has_twenty_tags_at_most(platform: Platform) -> None:
    tags = [made(platform, f"tag {number}") for number in range(21)]
    assert [give(platform, tag, platform.mulan.openid) for tag in tags] == [0] * 20 + [45059]
    assert give(platform, tags[0], platform.mulan.openid) == 0


def test_a_tag_is_taken_from_those_who_have_it_and_others_do_not_mind(platform: Platform) -> None:
    tag = made(platform)
    other = platform.fan("other")
    give(platform, tag, platform.mulan.openid)
    body = {"openid_list": [platform.mulan.openid, other.openid], "tagid": tag}
    assert [code(platform.post(TAKE, body)), code(platform.post(TAKE, body))] == [0, 0]
    assert platform.mulan.tags == []
