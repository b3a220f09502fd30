"""Menus: what may stand in them, and which of them a fan sees."""

from typing import Any

import pytest

from infra.local_wechat.menus import menu_of
from tests.unit.local_wechat.calling import Platform, code

MENU = "/cgi-bin/menu/"
CLICK = {"type": "click", "name": "新品", "key": "NEW"}


def view(url: str = "https://shop.example/", **more: Any) -> dict[str, Any]:
    return {"type": "view", "name": "商城", "url": url, **more}


def create(platform: Platform, *buttons: Any) -> int:
    return code(platform.post(f"{MENU}create", {"button": list(buttons)}))


def conditional(platform: Platform, tag: object, name: str = "a") -> Any:
    button = {"type": "click", "name": name, "key": name}
    return platform.post(f"{MENU}addconditional", {"button": [button], "matchrule": {"tag_id": tag}})


def tagged(platform: Platform, name: str) -> int:
    tag = int(platform.post("/cgi-bin/tags/create", {"tag": {"name": name}})["tag"]["id"])
    platform.post("/cgi-bin/tags/members/batchtagging", {"openid_list": [platform.mulan.openid], "tagid": tag})
    return tag


def seen(platform: Platform) -> list[str]:
    buttons = platform.post(f"{MENU}trymatch", {"user_id": platform.mulan.openid})["menu"]["button"]
    return [str(button["name"]) for button in buttons]


@pytest.mark.parametrize(
    ("button", "number"),
    [
        (CLICK, 0),
        (view(), 0),
        ({"type": "miniprogram", "name": "小程序", "url": "https://a.example", "appid": "wx1", "pagepath": "pages/a"}, 0),
        ({"type": "article_id", "name": "文章", "article_id": "A1"}, 0),
        ({"type": "media_id", "name": "图片", "media_id": "M1"}, 0),
        ({"name": "更多", "sub_button": [CLICK]}, 0),
        ({**CLICK, "name": ""}, 40018),
        ({**CLICK, "name": "a" * 17}, 40018),
        ({**CLICK, "name": "新" * 6}, 40018),
        ({**CLICK, "type": "tap"}, 40017),
        ({"name": "空"}, 40017),
        ({**CLICK, "key": ""}, 40019),
        ({**CLICK, "key": "k" * 129}, 40019),
        (view(""), 40020),
        (view("shop.example"), 40020),
        (view("https://shop.example/" + "a" * 1024), 40020),
        ({"type": "miniprogram", "name": "小程序", "url": "https://a.example", "pagepath": "pages/a"}, 40035),
        ({"name": "更多", "sub_button": [CLICK] * 6}, 40023),
        ({"name": "更多", "sub_button": [{**CLICK, "name": "a" * 61}]}, 40025),
        ({"name": "更多", "sub_button": "none"}, 40023),
        ("button", 40016),
    ],
)
def test_a_button_must_be_as_the_platform_wants_it(platform: Platform, button: Any, number: int) -> None:
    assert create(platform, button) == number


def test_a_menu_has_one_to_three_buttons(platform: Platform) -> None:
    assert [create(platform), create(platform, *[CLICK] * 3), create(platform, *[CLICK] * 4)] == [40016, 0, 40016]


def test_a_menu_leads_to_three_domains_at_most(platform: Platform) -> None:
    inside = [view(f"https://{name}.example/") for name in "abcd"]
    assert create(platform, {"name": "更多", "sub_button": inside[:3]}) == 0
    assert create(platform, {"name": "更多", "sub_button": inside}) == 65316


def test_without_a_menu_there_is_nothing_to_get_and_nothing_to_add_to(platform: Platform) -> None:
    assert code(platform.get(f"{MENU}get")) == 46003
    assert code(conditional(platform, tagged(platform, "vip"))) == 65303


@pytest.mark.parametrize(
    ("rule", "number"),
    [
        (None, 65304),
        ({}, 65304),
        ({"tag_id": ""}, 65304),
        ({"tag_id": 999}, 45159),
        ({"tag_id": "x"}, 40035),
        ({"sex": "1", "tag_id": 999}, 65320),
        ({"language": "zh_CN"}, 65320),
    ],
)
def test_a_menu_for_some_is_matched_by_tag_and_by_nothing_personal(platform: Platform, rule: Any, number: int) -> None:
    create(platform, CLICK)
    assert code(platform.post(f"{MENU}addconditional", {"button": [CLICK], "matchrule": rule})) == number


def test_of_several_menus_for_a_fans_tag_the_newest_is_seen(platform: Platform) -> None:
    create(platform, CLICK)
    tag = tagged(platform, "vip")
    conditional(platform, tag, "old")
    newest = conditional(platform, str(tag), "new")["menuid"]
    assert seen(platform) == ["new"]
    assert menu_of(platform.account, platform.mulan)[1] == int(newest)
    assert code(platform.post(f"{MENU}delconditional", {"menuid": newest})) == 0
    assert seen(platform) == ["old"]
    assert code(platform.post(f"{MENU}delconditional", {"menuid": newest})) == 65301


def test_of_several_tags_the_one_set_last_decides(platform: Platform) -> None:
    create(platform, CLICK)
    first, last = tagged(platform, "first"), tagged(platform, "last")
    conditional(platform, last, "of the last")
    conditional(platform, first, "of the first")
    assert seen(platform) == ["of the last"]


def test_who_has_no_tag_sees_everybodys_menu(platform: Platform) -> None:
    create(platform, CLICK)
    assert seen(platform) == ["新品"]
    assert menu_of(platform.account, None)[1] == 0
    assert code(platform.post(f"{MENU}trymatch", {"user_id": "oNobody"})) == 40003


def test_all_menus_are_told_and_deleted_together(platform: Platform) -> None:
    create(platform, CLICK)
    made = conditional(platform, tagged(platform, "vip"))["menuid"]
    told = platform.get(f"{MENU}get")
    assert told["menu"]["button"][0]["name"] == "新品"
    assert [str(one["menuid"]) for one in told["conditionalmenu"]] == [made]
    assert platform.get("/cgi-bin/get_current_selfmenu_info")["is_menu_open"] == 1
    assert code(platform.get(f"{MENU}delete")) == 0
    assert code(platform.get(f"{MENU}get")) == 46003
    assert platform.account.conditional_menus == []
