"""Preset properties of the Sensors Analytics SDKs become the context that every wire format shares."""

from typing import Any

import pytest

from chalicelib.events.sensors_presets import client_of, context_of


def context(properties: dict[str, Any], lib: str = "js") -> dict[str, Any]:
    return context_of(properties, {"$lib": lib, "$lib_version": "1.0"})


@pytest.mark.parametrize(
    ("lib", "channel"),
    [
        ("js", "h5"),
        ("MiniProgram", "mini_program"),
        ("AlipayMini", "mini_program"),
        ("Android", "app"),
        ("iOS", "app"),
        ("python", "server"),
        ("Node", "server"),
        ("Java", "server"),
    ],
)
def test_the_sdk_tells_the_channel(lib: str, channel: str) -> None:
    assert context({}, lib)["channel"] == channel


def test_an_unknown_sdk_has_no_channel() -> None:
    assert context({}, "homemade") == {"sdk": {"name": "homemade", "version": "1.0"}}


def test_the_sdk_may_be_named_among_the_properties() -> None:
    assert client_of({"$lib": "js", "$lib_version": "1.27"}, {}) == {"sdk": {"name": "js", "version": "1.27"}, "channel": "h5"}


def test_a_campaign_on_the_page_counts_before_the_remembered_one() -> None:
    properties = {
        "$utm_source": "618",
        "$utm_medium": "subway",
        "$utm_campaign": "裙装",
        "$latest_utm_source": "old",
        "$latest_utm_term": "t",
    }
    found = context(properties)
    assert found["campaign"] == {"source": "618", "medium": "subway", "name": "裙装"}
    assert "campaign_latest" not in found


def test_a_remembered_campaign_is_marked_as_such() -> None:
    found = context({"$utm_source": "", "$latest_utm_source": "618", "$latest_utm_content": "c"})
    assert found["campaign"] == {"source": "618", "content": "c"}
    assert found["campaign_latest"] is True


def test_page_device_app_network_and_scene_are_found() -> None:
    found = context(
        {
            "$url": "pages/product?id=1",
            "$referrer": "pages/index",
            "$title": "裙子",
            "$scene": "wx-1011",
            "$network_type": "WIFI",
            "$app_id": "wx0a1b",
            "$app_version": "2.1",
            "$os": "iOS",
            "$os_version": "19.0",
            "$brand": "iPhone",
            "$model": "iPhone 17",
            "$screen_width": 390,
            "$screen_height": 844,
        },
        "MiniProgram",
    )
    assert (found["url"], found["referrer"], found["title"]) == ("pages/product?id=1", "pages/index", "裙子")
    assert (found["scene"], found["network"]) == ("wx-1011", "WIFI")
    assert found["app"] == {"id": "wx0a1b", "version": "2.1"}
    assert found["device"] == {
        "os": "iOS", "os_version": "19.0", "brand": "iPhone", "model": "iPhone 17", "screen_width": 390, "screen_height": 844,
    }  # fmt: skip


def test_the_scene_of_the_launch_stands_in_for_later_events() -> None:
    assert context({"$latest_scene": "wx-1047"})["scene"] == "wx-1047"


@pytest.mark.parametrize("value", ["", "直接打开", "未取到值_直接打开", "取值异常_xx", None, True, ["a"], {}])
def test_words_for_nothing_and_wrong_types_are_left_out(value: Any) -> None:
    assert "referrer" not in context({"$referrer": value})


def test_the_app_version_may_be_told_by_the_sdk() -> None:
    assert context_of({}, {"$lib": "python", "$app_version": "3.2"})["app"] == {"version": "3.2"}
    assert context_of({"$app_version": "4.0"}, {"$lib": "python", "$app_version": "3.2"})["app"] == {"version": "4.0"}
