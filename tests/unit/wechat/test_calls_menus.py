"""Menus and codes: what is asked of the platform, and what is made of its answers."""

import pytest

from chalicelib.wechat.calls import codes, menus
from chalicelib.wechat.calls.codes import Code
from chalicelib.wechat.calls.menus import Conditional, Menus
from chalicelib.wechat.errors import TryAgain
from tests.unit.wechat.platform import Asked

BUTTON = {"type": "click", "name": "新品", "key": "NEW"}
UNPAID = {"type": "view", "name": "待付款", "url": "https://shop.example.com/cart"}
CODE = {"ticket": "gQH47joAAAAAAAAAASxodHRw==", "expire_seconds": 604800, "url": "http://weixin.qq.com/q/kZgfwMTm72WWPkovabbI"}


def test_the_menu_for_all_is_set_and_deleted() -> None:
    client = Asked()
    menus.create(client, [BUTTON])
    menus.delete(client)
    assert client.asked == [(menus.CREATE, {}, {"button": [BUTTON]}), (menus.DELETE, {}, None)]


def test_no_menu_is_an_answer_and_no_error() -> None:
    assert menus.get(Asked({"errcode": menus.NO_MENU, "errmsg": "menu no exist"})) is None


def test_menus_are_read_with_the_tags_that_show_them() -> None:
    found = menus.get(
        Asked(
            {
                "menu": {"button": [BUTTON], "menuid": 208396938},
                "conditionalmenu": [
                    {"button": [UNPAID], "matchrule": {"tag_id": "128"}, "menuid": 208396993},
                    {"button": [UNPAID], "matchrule": {"tag_id": 129}, "menuid": "7"},
                    {"button": [BUTTON], "matchrule": {"country": "中国"}, "menuid": 8},
                ],
            }
        )
    )
    conditional = (Conditional("208396993", (UNPAID,), 128), Conditional("7", (UNPAID,), 129), Conditional("8", (BUTTON,), None))
    assert found == Menus((BUTTON,), conditional)


@pytest.mark.parametrize("number", ["208379533", 208379533])
def test_a_personalised_menu_matches_on_a_tag_alone(number: str | int) -> None:
    client = Asked({"menuid": number})
    assert menus.add_conditional(client, [UNPAID], 128) == "208379533"
    assert client.body == {"button": [UNPAID], "matchrule": {"tag_id": "128"}}
    menus.delete_conditional(client, "208379533")
    assert client.last == (menus.DELETE_CONDITIONAL, {}, {"menuid": "208379533"})


def test_a_personalised_menu_is_never_added_twice() -> None:
    assert not menus.ADD_CONDITIONAL.repeatable
    with pytest.raises(TryAgain):
        menus.add_conditional(Asked({}), [UNPAID], 128)


@pytest.mark.parametrize("answer", [{"menu": {"button": [BUTTON]}}, {"button": [BUTTON]}])
def test_the_platform_tells_which_menu_a_fan_sees(answer: dict[str, object]) -> None:
    client = Asked(answer)
    assert menus.try_match(client, "oFan1") == (BUTTON,)
    assert client.body == {"user_id": "oFan1"}
    assert menus.try_match(Asked({"errcode": menus.NO_MENU}), "oFan1") == ()


def test_a_temporary_code_lives_as_long_as_the_platform_says() -> None:
    client = Asked(dict(CODE))
    assert codes.create(client, "expo-618", 86_400 * 400) == Code(str(CODE["ticket"]), str(CODE["url"]), 604_800)
    scene = {"scene": {"scene_str": "expo-618"}}
    assert client.last == (codes.CREATE, {}, {"action_name": "QR_STR_SCENE", "action_info": scene, "expire_seconds": codes.MAX_SECONDS})


def test_a_permanent_code_has_no_end_and_is_never_made_twice() -> None:
    client = Asked({"ticket": CODE["ticket"], "url": CODE["url"]})
    assert codes.create(client, "shop-7", None) == Code(str(CODE["ticket"]), str(CODE["url"]), None)
    api, _, body = client.last
    assert body == {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "shop-7"}}}
    assert (api.path, api.repeatable, codes.CREATE.repeatable) == (codes.CREATE.path, False, True)


def test_a_code_without_a_ticket_is_no_answer() -> None:
    with pytest.raises(TryAgain):
        codes.create(Asked({"url": CODE["url"]}), "expo", 60)


def test_the_address_of_a_picture_escapes_its_ticket() -> None:
    assert codes.image_url("gQ+/=&a").endswith("/cgi-bin/showqrcode?ticket=gQ%2B%2F%3D%26a")
