"""What each action of a fan makes the platform push, remember and allow."""

from typing import Any

import pytest

from infra.local_wechat.driver import SimulatorRefused
from tests.unit.local_wechat.stage import MINI, SERVICE, Stage

HOUR = 3600
MENU = {
    "button": [
        {"type": "click", "name": "New", "key": "NEW"},
        {
            "name": "Shop",
            "sub_button": [
                {"type": "view", "name": "Home", "url": "https://shop.example/home"},
                {"type": "miniprogram", "name": "Mini", "url": "https://shop.example/", "appid": MINI, "pagepath": "pages/index"},
                {"type": "scancode_waitmsg", "name": "Scan", "key": "SCAN"},
                {"type": "pic_weixin", "name": "Pictures", "key": "PIC"},
                {"type": "location_select", "name": "Place", "key": "PLACE"},
            ],
        },
    ]
}


def followed(**account: Any) -> Stage:
    stage = Stage(**account)
    stage.act("follow")
    stage.receiver.requests.clear()
    return stage


def window(stage: Stage, appid: str = SERVICE) -> tuple[int, int] | None:
    """How many messages are left, and for how many seconds."""
    found = stage.driver.relation(stage.mulan, appid)["window"]
    return (found["left"], (found["deadline"] - stage.clock.now) // 1000) if found else None


def code(stage: Stage, scene: dict[str, Any], **more: Any) -> str:
    """A code of the account."""
    name = "QR_STR_SCENE" if "scene_str" in scene else "QR_SCENE"
    asked = {"action_name": name, "action_info": {"scene": scene}, "expire_seconds": 600, **more}
    return str(stage.call("/cgi-bin/qrcode/create", asked)["ticket"])


@pytest.mark.parametrize("via", ["search", "card", "article"])
def test_a_follow_has_an_empty_key_and_opens_three_messages_for_a_minute(via: str) -> None:
    stage = Stage()
    stage.act("follow", via=via)
    (tree,) = stage.receiver.trees
    assert (tree["Event"], tree["EventKey"], "Ticket" in tree) == ("subscribe", "", False)
    assert window(stage) == (3, 60)
    assert stage.driver.relation(stage.mulan, SERVICE)["subscribed"]


@pytest.mark.parametrize("scene", [{"scene_id": 618}, {"scene_str": "utm_source=expo&code=618"}])
def test_a_scan_by_who_does_not_follow_is_a_follow_with_the_code(scene: dict[str, Any]) -> None:
    stage = Stage()
    ticket = code(stage, scene)
    held = str(next(iter(scene.values())))
    stage.act("scan", ticket=ticket)
    (tree,) = stage.receiver.trees
    assert (tree["Event"], tree["EventKey"], tree["Ticket"]) == ("subscribe", f"qrscene_{held}", ticket)
    relation = stage.driver.relation(stage.mulan, SERVICE)
    assert (relation["subscribe_scene"], str(relation["qr_scene_str"] or relation["qr_scene"])) == ("ADD_SCENE_QR_CODE", held)


def test_a_scan_by_a_follower_has_the_bare_scene() -> None:
    stage = followed()
    ticket = code(stage, {"scene_str": "qrscene_618"}, expire_seconds=2 * HOUR)
    stage.driver.advance(HOUR)
    stage.act("scan", scene="qrscene_618")
    (tree,) = stage.receiver.trees
    assert (tree["Event"], tree["EventKey"], tree["Ticket"]) == ("SCAN", "qrscene_618", ticket)
    assert window(stage) == (3, 60)


def test_a_scan_without_a_follow_tells_nobody() -> None:
    stage = Stage()
    code(stage, {"scene_id": 618})
    assert stage.act("scan", scene="618", follow=False).pushes == []
    assert window(stage) is None


def test_a_code_that_has_expired_or_is_of_another_account_cannot_be_scanned() -> None:
    stage = Stage()
    ticket = code(stage, {"scene_id": 618})
    assert [one["ticket"] for one in stage.driver.codes(SERVICE)] == [ticket]
    stage.driver.advance(601)
    assert stage.driver.codes(SERVICE) == []
    with pytest.raises(SimulatorRefused, match="no such code"):
        stage.act("scan", ticket=ticket)
    with pytest.raises(SimulatorRefused, match="no such code"):
        stage.act("scan", scene="619")


def test_who_leaves_cannot_be_written_to() -> None:
    stage = followed()
    stage.act("text", content="hi")
    stage.act("unfollow")
    assert stage.receiver.trees[-1]["Event"] == "unsubscribe"
    assert window(stage) is None
    openid = stage.driver.relation(stage.mulan, SERVICE)["openid"]
    answer = stage.call("/cgi-bin/message/custom/send", {"touser": openid, "msgtype": "text", "text": {"content": "come back"}})
    assert answer["errcode"] in {43004, 45015}


@pytest.mark.parametrize("forgets", [True, False])
def test_who_comes_back_is_the_same_and_has_lost_the_tags_if_so_chosen(forgets: bool) -> None:
    stage = followed()
    stage.driver.choices(refollow_forgets=forgets)
    before = stage.driver.relation(stage.mulan, SERVICE, tags=[100], remark="VIP")
    stage.act("unfollow")
    stage.act("follow")
    after = stage.driver.relation(stage.mulan, SERVICE)
    assert after["openid"] == before["openid"]
    assert (after["tags"], after["remark"]) == (([], "") if forgets else ([100], "VIP"))


def test_nobody_can_leave_or_write_before_they_follow_or_follow_twice() -> None:
    stage = Stage()
    for action in ("unfollow", "text", "menu", "report_location"):
        with pytest.raises(SimulatorRefused, match="does not follow"):
            stage.act(action, content="hi")
    stage.act("follow")
    with pytest.raises(SimulatorRefused, match="already"):
        stage.act("follow")


@pytest.mark.parametrize(
    ("action", "fields", "kind", "told"),
    [
        ("text", {"content": "裙装 🙂"}, "text", {"Content": "裙装 🙂"}),
        ("image", {"media_id": "m1"}, "image", {"MediaId": "m1"}),
        ("voice", {"recognition": "有没有"}, "voice", {"Recognition": "有没有", "Format": "amr"}),
        ("video", {}, "video", {}),
        ("video", {"short": True}, "shortvideo", {}),
        ("location", {"latitude": "30.5", "longitude": "114.3", "label": "武汉"}, "location", {"Location_X": "30.5", "Label": "武汉"}),
        ("link", {"title": "t", "url": "https://shop.example/"}, "link", {"Title": "t", "Url": "https://shop.example/"}),
    ],
)
def test_what_a_fan_says_has_a_number_and_opens_five_messages_for_two_days(
    action: str, fields: dict[str, Any], kind: str, told: dict[str, str]
) -> None:
    stage = followed()
    stage.act(action, **fields)
    (tree,) = stage.receiver.trees
    assert tree["MsgType"] == kind
    assert tree.items() >= told.items()
    assert int(tree["MsgId"]) > 2**53
    assert window(stage) == (5, 48 * HOUR)


def test_two_messages_have_two_numbers() -> None:
    stage = followed()
    for _ in range(2):
        stage.act("text", content="hi")
    first, second = [one["MsgId"] for one in stage.receiver.trees]
    assert first != second


def test_a_choice_is_a_text_with_its_number_and_opens_only_what_a_tap_opens() -> None:
    stage = followed()
    stage.driver.advance(HOUR)
    stage.act("choose", id="101", content="satisfied")
    (tree,) = stage.receiver.trees
    assert (tree["MsgType"], tree["Content"], tree["bizmsgmenuid"]) == ("text", "satisfied", "101")
    assert window(stage) == (3, 60)


def test_where_a_fan_is_opens_nothing() -> None:
    stage = followed()
    stage.driver.advance(HOUR)
    stage.act("report_location", latitude="30.5")
    (tree,) = stage.receiver.trees
    assert (tree["Event"], tree["Latitude"]) == ("LOCATION", "30.5")
    assert stage.driver.relation(stage.mulan, SERVICE)["window"]["deadline"] < stage.clock.now


def with_menu() -> Stage:
    stage = followed()
    assert stage.call("/cgi-bin/menu/create", MENU)["errcode"] == 0
    stage.driver.advance(HOUR)
    return stage


@pytest.mark.parametrize(
    ("name", "events", "opens"),
    [
        ("New", ["CLICK"], (3, 60)),
        ("Home", ["VIEW"], None),
        ("Mini", ["view_miniprogram"], None),
        ("Scan", ["scancode_waitmsg"], (3, 60)),
        ("Pictures", ["pic_weixin", "image", "image"], (5, 48 * HOUR)),
        ("Place", ["location_select", "location"], (5, 48 * HOUR)),
    ],
)
def test_a_button_does_what_its_type_says(name: str, events: list[str], opens: tuple[int, int] | None) -> None:
    stage = with_menu()
    stage.act("menu", name=name, count=2)
    assert [one.get("Event", one["MsgType"]) for one in stage.receiver.trees] == events
    found = stage.driver.relation(stage.mulan, SERVICE)["window"]
    is_open = found is not None and found["deadline"] > stage.clock.now
    assert (window(stage) if is_open else None) == opens


def test_buttons_say_what_they_hold() -> None:
    stage = with_menu()
    for name in ("New", "Home", "Mini", "Scan", "Pictures", "Place"):
        stage.act("menu", name=name, result="618", label="人民广场")
    told = {one["Event"]: one for one in stage.receiver.trees if "Event" in one}
    assert [told[name]["EventKey"] for name in ("CLICK", "VIEW", "view_miniprogram")] == ["NEW", "https://shop.example/home", "pages/index"]
    assert told["scancode_waitmsg"]["ScanCodeInfo"] == {"ScanType": "qrcode", "ScanResult": "618"}
    assert told["pic_weixin"]["SendPicsInfo"]["Count"] == "1"
    assert told["location_select"]["SendLocationInfo"]["Label"] == "人民广场"


def test_a_fan_taps_the_menu_that_their_tags_give_them() -> None:
    stage = with_menu()
    tag = stage.call("/cgi-bin/tags/create", {"tag": {"name": "VIP"}})["tag"]["id"]
    own = {"button": [{"type": "view", "name": "Own", "url": "https://shop.example/vip"}], "matchrule": {"tag_id": str(tag)}}
    menuid = stage.call("/cgi-bin/menu/addconditional", own)["menuid"]
    stage.driver.relation(stage.mulan, SERVICE, tags=[tag])
    assert [one["name"] for one in stage.driver.menu(stage.mulan, SERVICE)] == ["Own"]
    stage.act("menu", name="Own")
    assert stage.receiver.trees[-1]["MenuId"] == str(menuid)
    with pytest.raises(SimulatorRefused, match="no button 'New'; there is Own"):
        stage.act("menu", name="New")


def test_the_chat_notes_when_the_menu_is_another_one() -> None:
    stage = with_menu()
    stage.act("text", content="hi")
    stage.act("text", content="hi")
    stage.call("/cgi-bin/menu/create", {"button": MENU["button"][:1]})
    found = [one["content"]["buttons"] for one in stage.driver.shown(stage.mulan, SERVICE) if one["via"] == "menu"]
    assert [[button["name"] for button in buttons] for buttons in found] == [["New", "Shop"], ["New"]]


def test_an_action_that_does_not_exist_is_told_with_those_that_do() -> None:
    stage = Stage()
    with pytest.raises(SimulatorRefused, match="follow, unfollow"):
        stage.act("dance")
    assert set(stage.driver.actions()) >= {"follow", "scan", "menu", "open_mini"}
    assert all(stage.driver.actions().values())


@pytest.mark.parametrize(("person", "appid"), [("nobody", SERVICE), ("mulan", "wxnone")])
def test_strangers_are_told_apart(person: str, appid: str) -> None:
    with pytest.raises(SimulatorRefused, match="there is no"):
        Stage().driver.act(person, appid, "follow")


def test_a_person_may_be_called_by_name() -> None:
    stage = Stage()
    assert stage.driver.act("mulan", SERVICE, "follow").openid == stage.driver.relation(stage.mulan, SERVICE)["openid"]
