"""Codes with a parameter: what may stand in them, how long they last, how many there may be."""

from typing import Any

import pytest

from tests.unit.local_wechat.calling import Platform, code

CREATE = "/cgi-bin/qrcode/create"


def body(action: str, scene: Any, **more: Any) -> dict[str, Any]:
    return {"action_name": action, "action_info": {"scene": scene}, **more}


@pytest.mark.parametrize(
    ("asked", "scene", "expires"),
    [
        (body("QR_SCENE", {"scene_id": 618}, expire_seconds=600), 618, True),
        (body("QR_STR_SCENE", {"scene_str": "expo-618"}, expire_seconds=2_592_000), "expo-618", True),
        (body("QR_LIMIT_SCENE", {"scene_id": 100_000}), 100_000, False),
        (body("QR_LIMIT_STR_SCENE", {"scene_str": "s" * 64}), "s" * 64, False),
    ],
)
def test_there_are_four_kinds_of_codes(platform: Platform, asked: Any, scene: object, expires: bool) -> None:
    told = platform.post(CREATE, asked)
    assert told.get("expire_seconds") == asked.get("expire_seconds")
    assert told["url"].startswith("http://weixin.qq.com/q/")
    kept = platform.world.codes[told["ticket"]]
    assert (kept.scene, kept.expires is not None) == (scene, expires)


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        (body("QR", {"scene_id": 1}), 40053),
        ({"action_name": "QR_SCENE"}, 40053),
        (body("QR_SCENE", {"scene_id": 0}), 40035),
        (body("QR_SCENE", {"scene_id": 1 << 32}), 40035),
        (body("QR_SCENE", {"scene_id": "7"}), 40035),
        (body("QR_LIMIT_SCENE", {"scene_id": 100_001}), 40035),
        (body("QR_STR_SCENE", {"scene_str": ""}), 40035),
        (body("QR_STR_SCENE", {"scene_str": "s" * 65}), 40035),
        (body("QR_SCENE", {"scene_id": 1}, expire_seconds=2_592_001), 40035),
        (body("QR_SCENE", {"scene_id": 1}, expire_seconds=0), 40035),
    ],
)
def test_what_is_no_code_is_refused(platform: Platform, asked: Any, number: int) -> None:
    assert code(platform.post(CREATE, asked)) == number


def test_without_the_object_around_it_the_parameter_is_lost_without_a_word(platform: Platform) -> None:
    told = platform.post(CREATE, {"action_name": "QR_STR_SCENE", "action_info": {"scene_str": "expo"}})
    assert platform.world.codes[told["ticket"]].scene == 0


def test_a_code_without_an_end_lasts_a_minute(platform: Platform) -> None:
    assert platform.post(CREATE, body("QR_SCENE", {"scene_id": 1}))["expire_seconds"] == 60


def test_codes_for_ever_are_counted_by_what_they_hold(platform: Platform) -> None:
    platform.world.choices.permanent_codes = 1
    first = platform.post(CREATE, body("QR_LIMIT_STR_SCENE", {"scene_str": "a"}))
    assert platform.post(CREATE, body("QR_LIMIT_STR_SCENE", {"scene_str": "a"})) == first
    assert code(platform.post(CREATE, body("QR_LIMIT_STR_SCENE", {"scene_str": "b"}))) == 45029


def test_a_ticket_has_a_picture_and_another_text_has_none(platform: Platform) -> None:
    ticket = platform.post(CREATE, body("QR_SCENE", {"scene_id": 1}))["ticket"]
    shown = platform.asked("GET", "/cgi-bin/showqrcode", ticket=ticket)
    assert (shown.status, shown.content_type, shown.body[:2]) == (200, "image/jpeg", b"\xff\xd8")
    assert platform.asked("GET", "/cgi-bin/showqrcode", ticket="other").status == 404
