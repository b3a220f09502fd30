"""The Python SDKs of Sensors Analytics and Segment, unmodified, against the collector and its store."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import segment.analytics.client as segment_sdk
import sensorsanalytics as sensors_sdk
from chalice.app import Chalice

from chalicelib.access import keys
from chalicelib.definitions import store as definitions
from chalicelib.definitions.kinds import SOURCES
from chalicelib.entrypoints import segment, sensors
from chalicelib.events.model import Event, Kind
from chalicelib.events.store import from_image
from chalicelib.gateway import mount
from chalicelib.http import Access, Cors, Route
from tests.support.aws import Stack
from tests.support.gateway import Gateway
from tests.support.loopback import served

KEY = "write-key-1"
ROUTES = [
    Route("POST", "/sa", sensors.collect, "Sensors records", Access.PUBLIC, cors=Cors.CREDENTIALS, max_body=None),
    Route("POST", "/debug", sensors.debug, "Sensors records, checked", Access.PUBLIC, cors=Cors.CREDENTIALS, max_body=None),
    Route("POST", "/v1/batch", segment.post_batch, "Segment messages", Access.PUBLIC),
]


@pytest.fixture
def base(stack: Stack) -> Iterator[str]:
    """The collector's address, with one source `shop`."""
    definitions.draft(SOURCES, "shop", {"title": "官网", "projects": ["production"]}, by="test", at=0)
    definitions.publish(SOURCES, "shop", by="test", at=0)
    keys.create_write_key("shop", by="test", at=0, text=KEY)
    app = Chalice("collector")
    mount(app, ROUTES)
    with served(Gateway(app, now=int(time.time() * 1000))) as url:
        yield url


def events(stack: Stack) -> list[Event]:
    return sorted((from_image(item) for item in stack.items("events")), key=lambda event: event.time)


def names(stack: Stack) -> Counter[str]:
    return Counter(event.name for event in events(stack))


def keys_of(event: Event) -> set[str]:
    return {one.key for one in event.identifiers}


def tracker(consumer: Any) -> Any:
    return sensors_sdk.SensorsAnalytics(consumer)


def test_every_call_of_the_sensors_sdk_is_kept(base: str, stack: Stack) -> None:
    sdk = tracker(sensors_sdk.DefaultConsumer(f"{base}/sa?token={KEY}"))
    login = sensors_sdk.SensorsAnalyticsIdentity("$identity_login_id", "u-1")
    mobile = sensors_sdk.SensorsAnalyticsIdentity("$identity_mobile", "13912345678")
    sdk.track("a-1", "ViewProduct", {"name": "红色连衣裙", "at": datetime.fromisoformat("2026-11-21T10:00:00.007")})
    sdk.track_signup("u-1", "a-1")
    sdk.track("u-1", "OrderPaid", {"amount": 99.5}, is_login_id=True)
    sdk.bind(login, mobile)
    sdk.unbind(mobile)
    sdk.profile_set("u-1", {"city": "北京"}, is_login_id=True)
    sdk.profile_set_once("u-1", {"first": "x"}, is_login_id=True)
    sdk.profile_increment("u-1", {"points": 5}, is_login_id=True)
    sdk.profile_append("u-1", {"likes": ["a", "b"]}, is_login_id=True)
    sdk.profile_unset("u-1", ["city"], is_login_id=True)
    sdk.profile_delete("u-1", is_login_id=True)
    sdk.item_set("book", "0321714113", {"price": 31.5})
    by_name = {event.name: event for event in events(stack)}
    assert len(by_name) == len(events(stack)) == 11
    assert by_name["ViewProduct"].properties["at"] == "2026-11-21 10:00:00.007"
    assert by_name["ViewProduct"].context["channel"] == "server"
    assert keys_of(by_name["$SignUp"]) == {"user_id#u-1", "anonymous_id#a-1", "anonymous_id#u-1"}
    assert keys_of(by_name["$BindID"]) == {"user_id#u-1", "mobile#13912345678"}
    assert [one.key for one in by_name["$UnbindID"].unlink] == ["mobile#13912345678"]
    profiles = [event for event in by_name.values() if event.kind is Kind.PROFILE]
    assert {change.name for event in profiles for change in event.attributes} == {"city", "first", "points", "likes", "*"}
    assert (len(stack.items("items")), stack.items("rejections")) == (1, [])


def test_a_batch_that_the_sdk_sends_again_is_kept_once(base: str, stack: Stack) -> None:
    sent: list[Any] = []

    class Twice(sensors_sdk.BatchConsumer):  # type: ignore[misc]
        """Sends everything two times, as after an answer that got lost."""

        def _do_request(self, data: Any) -> Any:
            sent.append(data)
            super()._do_request(data)
            return super()._do_request(data)

    sdk = tracker(Twice(f"{base}/sa?project=production", max_size=3))
    for number in range(7):
        sdk.track(f"a-{number}", "Batch", {"number": number})
    sdk.flush()
    assert len(sent) == 3
    assert names(stack) == {"Batch": 7}
    assert {event.source for event in events(stack)} == {"shop"}


def test_the_debug_mode_of_the_sensors_sdk_is_told_what_is_wrong(base: str, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    good = tracker(sensors_sdk.DebugConsumer(f"{base}/sa?token={KEY}", write_data=False))
    good.track("a-1", "Fine")
    assert "valid message" in capsys.readouterr().out
    bad = tracker(sensors_sdk.DebugConsumer(f"{base}/sa?token=wrong"))
    with pytest.raises(sensors_sdk.SensorsAnalyticsDebugException):
        bad.track("a-1", "Lost")
    assert "key_unknown" in capsys.readouterr().out
    assert (names(stack), len(stack.items("rejections"))) == (Counter(), 1)


@pytest.mark.parametrize("gzip", [False, True])
def test_every_call_of_the_segment_sdk_is_kept(gzip: bool, base: str, stack: Stack) -> None:
    sdk = segment_sdk.Client(KEY, host=base, sync_mode=True, gzip=gzip, max_retries=0)
    sdk.identify("u-1", {"plan": "pro"}, anonymous_id="a-1")
    sdk.track("u-1", "Order Completed", {"revenue": 39.95, "products": [{"sku": "s1"}]})
    sdk.page("u-1", "Docs", "Home", {"url": "https://shop.example/"})
    sdk.screen("u-1", "Docs", "Main")
    sdk.group("u-1", "company-1", {"name": "Acme"})
    sdk.alias("a-0", "u-1")
    by_name = {event.name: event for event in events(stack)}
    assert set(by_name) == {"$Identify", "Order Completed", "$Page", "$Screen", "$Group", "$Alias"}
    assert keys_of(by_name["$Identify"]) == {"user_id#u-1", "anonymous_id#a-1"}
    assert keys_of(by_name["$Alias"]) == {"user_id#u-1", "anonymous_id#a-0"}
    assert by_name["Order Completed"].properties["products"] == [{"sku": "s1"}]
    assert stack.items("rejections") == []


def test_a_wrong_key_stops_the_segment_sdk_at_once(base: str, stack: Stack) -> None:
    sdk = segment_sdk.Client("wrong", host=base, sync_mode=True, max_retries=3)
    with pytest.raises(Exception, match="write key"):
        sdk.track("u-1", "Lost")
    assert names(stack) == Counter()
