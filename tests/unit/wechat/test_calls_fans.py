"""Fans and tags: what is asked of the platform, and what is made of its answers."""

import pytest

from chalicelib.wechat.calls import tags, users
from chalicelib.wechat.calls.tags import PlatformTag
from chalicelib.wechat.calls.users import Fan, Page
from chalicelib.wechat.errors import TryAgain
from chalicelib.wechat.wire import Method
from tests.unit.wechat.platform import Asked, openids

TOLD = {
    "subscribe": 1,
    "openid": "oFan1",
    "language": "zh_CN",
    "subscribe_time": 1_795_305_600,
    "unionid": "uOne",
    "remark": "老顾客",
    "groupid": 0,
    "tagid_list": [128, 2],
    "subscribe_scene": "ADD_SCENE_QR_CODE",
    "qr_scene": 98765,
    "qr_scene_str": "",
}
FAN = Fan("oFan1", True, "uOne", 1_795_305_600_000, "ADD_SCENE_QR_CODE", "98765", "zh_CN", "老顾客", (128, 2))


def test_a_fans_profile_is_read_whole() -> None:
    client = Asked(dict(TOLD))
    assert users.info(client, "oFan1") == FAN
    assert client.last == (users.INFO, {"openid": "oFan1", "lang": "zh_CN"}, None)


def test_a_code_with_a_text_is_told_as_that_text() -> None:
    assert users.info(Asked({**TOLD, "qr_scene": 0, "qr_scene_str": "utm_source=expo"}), "oFan1").qr_scene == "utm_source=expo"
    assert users.info(Asked({**TOLD, "qr_scene": 0}), "oFan1").qr_scene == ""


def test_of_somebody_who_does_not_follow_only_the_openid_is_told() -> None:
    assert users.info(Asked({"subscribe": 0, "openid": "oFan1"}), "oFan1") == Fan("oFan1", False)
    assert users.info(Asked({"subscribe": 0, "openid": "oFan1", "unionid": "uOne"}), "oFan1") == Fan("oFan1", False, "uOne")


def test_fields_of_another_type_than_they_should_have_do_no_harm() -> None:
    odd = {"subscribe": "1", "unionid": None, "subscribe_time": True, "tagid_list": ["x", 5, None], "remark": 7, "qr_scene": None}
    assert users.info(Asked(odd), "oFan1") == Fan("oFan1", False, tags=(5,))


def test_many_profiles_come_with_one_call() -> None:
    client = Asked({"user_info_list": [dict(TOLD), {"subscribe": 0, "openid": "oFan2"}]})
    assert users.batch_info(client, ["oFan1", "oFan2"]) == [FAN, Fan("oFan2", False)]
    assert client.body == {"user_list": [{"openid": "oFan1", "lang": "zh_CN"}, {"openid": "oFan2", "lang": "zh_CN"}]}


def test_a_profile_that_does_not_say_whose_it_is_is_no_answer() -> None:
    with pytest.raises(TryAgain):
        users.batch_info(Asked({"user_info_list": [{"subscribe": 1}]}), ["oFan1"])


@pytest.mark.parametrize(
    ("answer", "page"),
    [
        ({"total": 3, "count": 2, "data": {"openid": ["a", "b"]}, "next_openid": "b"}, Page(("a", "b"), "b", 3)),
        ({"total": 2, "count": 2, "data": {"openid": ["a", "b"]}, "next_openid": ""}, Page(("a", "b"), "", 2)),
        ({"total": 2, "count": 0, "next_openid": "b"}, Page((), "", 2)),
        ({"total": 0, "count": 0, "data": {"openid": []}, "next_openid": ""}, Page((), "", 0)),
        ({}, Page((), "", 0)),
    ],
)
def test_a_list_of_fans_ends_with_an_empty_page_or_without_a_next_one(answer: dict[str, object], page: Page) -> None:
    assert users.page(Asked(answer)) == page


def test_a_page_is_asked_for_by_the_last_openid_before_it() -> None:
    client = Asked()
    users.page(client)
    assert client.last == (users.LIST, {}, None)
    users.page(client, "oFan9")
    assert client.last == (users.LIST, {"next_openid": "oFan9"}, None)


def test_a_remark_goes_to_one_fan() -> None:
    client = Asked()
    users.set_remark(client, "oFan1", "老顾客")
    assert client.last == (users.REMARK, {}, {"openid": "oFan1", "remark": "老顾客"})


def test_tags_are_listed_the_platforms_own_too() -> None:
    client = Asked({"tags": [{"id": 2, "name": "星标组", "count": 0}, {"id": 128, "name": "未付款", "count": 12}]})
    assert tags.all(client) == [PlatformTag(2, "星标组", 0), PlatformTag(128, "未付款", 12)]
    assert tags.all(Asked({})) == []


def test_a_new_tag_has_a_number() -> None:
    client = Asked({"tag": {"id": 134, "name": "vip"}})
    assert tags.create(client, "vip") == 134
    assert client.body == {"tag": {"name": "vip"}}
    with pytest.raises(TryAgain):
        tags.create(Asked({}), "vip")


def test_tags_are_renamed_deleted_given_and_taken() -> None:
    client = Asked()
    tags.rename(client, 134, "VIP")
    tags.delete(client, 134)
    tags.tag(client, 134, openids(2))
    tags.untag(client, 134, openids(1))
    assert [(api.path.removeprefix("/cgi-bin/tags"), body) for api, _, body in client.asked] == [
        ("/update", {"tag": {"id": 134, "name": "VIP"}}),
        ("/delete", {"tag": {"id": 134}}),
        ("/members/batchtagging", {"openid_list": ["oFan0", "oFan1"], "tagid": 134}),
        ("/members/batchuntagging", {"openid_list": ["oFan0"], "tagid": 134}),
    ]


def test_who_has_a_tag_and_which_tags_somebody_has() -> None:
    client = Asked({"count": 1, "data": {"openid": ["oFan1"]}, "next_openid": "oFan1"}, {"tagid_list": [134, 2]})
    assert tags.holders(client, 134, "oFan0") == Page(("oFan1",), "oFan1")
    assert client.body == {"tagid": 134, "next_openid": "oFan0"}
    assert tags.of_fan(client, "oFan1") == (134, 2)


def test_every_one_of_these_calls_may_be_made_twice() -> None:
    apis = [users.INFO, users.BATCH_INFO, users.LIST, users.REMARK, tags.GET, tags.CREATE, tags.TAG, tags.UNTAG, tags.HOLDERS, tags.OF_FAN]
    assert all(api.repeatable for api in apis)
    assert {api.path for api in apis if api.method is Method.GET} == {users.INFO.path, users.LIST.path, tags.GET.path}
