"""The context of a Segment message becomes the context that every wire format shares."""

from typing import Any

import pytest

from chalicelib.events.segment_context import context_of


def context(told: Any, **message: Any) -> dict[str, Any]:
    return context_of({"type": "track", "context": told, **message}, message.get("properties", {}))


def test_every_known_part_finds_its_place() -> None:
    found = context(
        {
            "ip": "10.0.0.1",
            "userAgent": "UA",
            "locale": "zh-CN",
            "timezone": "Asia/Shanghai",
            "campaign": {"name": "618", "source": "wechat", "medium": "article", "term": "", "content": None, "gclid": "x"},
            "page": {"url": "https://x.cn/a", "referrer": "https://y.cn", "title": "裙子", "path": "/a"},
            "app": {"name": "Shop", "version": "2.0", "build": "20", "namespace": "cn.shop"},
            "device": {"id": "d", "manufacturer": "Xiaomi", "model": "17", "type": "android"},
            "os": {"name": "Android", "version": "15"},
            "screen": {"width": 390, "height": 844, "density": 2},
            "network": {"wifi": True, "carrier": "x"},
            "library": {"name": "analytics-android", "version": "4.11"},
        }
    )
    assert found == {
        "ip": "10.0.0.1",
        "user_agent": "UA",
        "locale": "zh-CN",
        "timezone": "Asia/Shanghai",
        "campaign": {"name": "618", "source": "wechat", "medium": "article"},
        "url": "https://x.cn/a",
        "referrer": "https://y.cn",
        "title": "裙子",
        "app": {"name": "Shop", "version": "2.0", "build": "20", "id": "cn.shop"},
        "device": {
            "id": "d", "manufacturer": "Xiaomi", "model": "17", "type": "android", "os": "Android", "os_version": "15",
            "screen_width": 390, "screen_height": 844,
        },
        "network": "wifi",
        "sdk": {"name": "analytics-android", "version": "4.11"},
        "channel": "app",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("library", "channel"),
    [
        ("analytics.js", "h5"),
        ("analytics-python", "server"),
        ("@segment/analytics-node", "server"),
        ("RudderLabs JavaScript SDK", "h5"),
        ("own", None),
    ],
)
def test_the_library_gives_the_channel_away(library: str, channel: str | None) -> None:
    assert context({"library": {"name": library}}).get("channel") == channel


@pytest.mark.parametrize(("told", "channel"), [("server", "server"), ("web", "h5"), ("mobile", "app"), ("pos", "pos")])
def test_a_channel_that_is_told_counts_first(told: str, channel: str) -> None:
    assert context({"library": {"name": "analytics.js"}}, channel=told)["channel"] == channel
    assert context({"channel": "store"}, channel=told)["channel"] == "store"


@pytest.mark.parametrize("told", [None, "text", [], {"page": "x", "campaign": [1], "library": None, "os": 7, "ip": {}}])
def test_wrong_shapes_are_left_out(told: Any) -> None:
    assert context(told) == {}
