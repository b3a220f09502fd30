"""The Sensors Analytics SDK for Python, unmodified, as a shop's server uses it: what it tells can be read back."""

from collections.abc import Callable
from typing import Any, Final

import pytest
import sensorsanalytics as sensors

from tests.e2e.api import Api, Shop, held, settled_names
from tests.e2e.door import Door
from tests.e2e.waiting import eventually

pytestmark = pytest.mark.filterwarnings("ignore:isSet:DeprecationWarning")  # the SDK's own

NOON: Final = 1_795_147_200_000  # 2026-11-20T04:00:00Z
CONSUMERS: Final[dict[str, Callable[[str], Any]]] = {
    "default": sensors.DefaultConsumer,
    "batch": lambda url: sensors.BatchConsumer(url, max_size=3),
    "async": lambda url: sensors.AsyncBatchConsumer(url, flush_max_time=1, flush_size=4),
}


def login(value: str) -> Any:
    return sensors.SensorsAnalyticsIdentity("$identity_login_id", value)


def mobile(value: str) -> Any:
    return sensors.SensorsAnalyticsIdentity("$identity_mobile", value)


@pytest.fixture
def url(api: Api, shop: Shop) -> str:
    return f"{api.url}/sa?project=default&token={shop.key}"


@pytest.fixture
def sdk(url: str) -> Any:
    return sensors.SensorsAnalytics(sensors.DefaultConsumer(url))


@pytest.mark.parametrize("consumer", CONSUMERS)
def test_what_any_consumer_tracks_stands_on_the_timeline_once_and_in_order(consumer: str, url: str, api: Api, mark: str) -> None:
    sdk = sensors.SensorsAnalytics(CONSUMERS[consumer](url))
    for number in range(10):
        sdk.track(f"py-a-{mark}", f"Step{number}", {"$time": NOON + number, "number": number, "title": "红色连衣裙"})
    sdk.flush()
    sdk.close()
    settled_names(api, "anonymous_id", f"py-a-{mark}", [f"Step{number}" for number in range(10)])
    event = api.timeline("anonymous_id", f"py-a-{mark}")[7]
    assert (event["properties"]["number"], event["properties"]["title"]) == (7, "红色连衣裙")
    assert (event["time"], event["context"]["channel"]) == ("2026-11-20T04:00:00.007Z", "server")


def test_a_batch_whose_answer_got_lost_is_sent_again_and_kept_once(door: Door, api: Api, shop: Shop, mark: str) -> None:
    sdk = sensors.SensorsAnalytics(sensors.BatchConsumer(f"{door.url}/sa?token={shop.key}", max_size=5))
    door.losing = 1
    for number in range(4):
        sdk.track(f"py-a-{mark}", f"Step{number}", {"$time": NOON + number})
    with pytest.raises(sensors.SensorsAnalyticsNetworkException):
        sdk.track(f"py-a-{mark}", "Step4", {"$time": NOON + 4})
    sdk.flush()
    assert [one.status for one in door.passed] == [503, 200]
    settled_names(api, "anonymous_id", f"py-a-{mark}", [f"Step{number}" for number in range(5)])
    assert api.person("anonymous_id", f"py-a-{mark}")["events"] == 5


def test_what_happened_before_the_signup_belongs_to_the_login_afterwards(sdk: Any, api: Api, mark: str) -> None:
    before, after = f"py-a-{mark}", f"py-u-{mark}"
    sdk.track(before, "ProductViewed", {"$time": NOON})
    sdk.track_signup(after, before, {"$time": NOON + 1000})
    sdk.track(after, "OrderPaid", {"$time": NOON + 2000, "amount": 99.5}, is_login_id=True)
    settled_names(api, "user_id", after, ["ProductViewed", "$SignUp", "OrderPaid"])
    assert api.person_id("anonymous_id", before) == api.person_id("user_id", after)


def test_profile_calls_become_attributes(sdk: Any, api: Api, mark: str) -> None:
    who = f"py-u-{mark}"
    sdk.profile_set(who, {"city": "北京", "tier": "gold", "$time": NOON}, is_login_id=True)
    sdk.profile_set_once(who, {"city": "上海", "origin": "expo", "$time": NOON + 1}, is_login_id=True)
    sdk.profile_increment(who, {"points": 5, "$time": NOON + 2}, is_login_id=True)
    sdk.profile_increment(who, {"points": 7, "$time": NOON + 3}, is_login_id=True)
    sdk.profile_append(who, {"likes": ["裙装", "包"]}, is_login_id=True)
    sdk.profile_unset(who, ["tier"], is_login_id=True)
    wanted = {"city": "北京", "origin": "expo", "points": 12, "likes": ["裙装", "包"]}
    eventually(lambda: api.person("user_id", who)["attributes"], lambda found: found == wanted)
    sdk.profile_delete(who, is_login_id=True)
    eventually(lambda: api.person("user_id", who)["attributes"], lambda found: found == {})


def test_bind_joins_and_unbind_parts(sdk: Any, api: Api, mark: str, phone: Callable[[int], str]) -> None:
    who, number = f"py-u-{mark}", phone(1)
    sdk.bind(login(who), mobile(number))
    sdk.track_by_id("CouponClaimed", {}, mobile(number))
    eventually(lambda: api.names("user_id", who), lambda names: names == ["$BindID", "CouponClaimed"])
    assert held(api.person("mobile", number)) >= {f"user_id {who}", f"mobile {number}"}
    sdk.unbind(mobile(number))
    eventually(lambda: held(api.person("user_id", who)), lambda found: f"mobile {number}" not in found)
    assert api.person_id("mobile", number) != api.person_id("user_id", who)


def test_items_can_be_read_until_they_are_deleted(sdk: Any, api: Api, mark: str) -> None:
    sdk.item_set("book", f"b-{mark}", {"title": "深入理解计算机系统", "price": 139.0})
    assert api.read(f"/v1/items/book/b-{mark}")["properties"] == {"title": "深入理解计算机系统", "price": 139.0}
    sdk.item_delete("book", f"b-{mark}")
    assert api.call("GET", f"/v1/items/book/b-{mark}").status_code == 404


def test_the_debug_mode_keeps_what_is_good(api: Api, shop: Shop, mark: str, capsys: pytest.CaptureFixture[str]) -> None:
    sdk = sensors.SensorsAnalytics(sensors.DebugConsumer(f"{api.url}/sa?token={shop.key}"))
    sdk.track(f"py-a-{mark}", "Debugged")
    assert "valid message" in capsys.readouterr().out
    settled_names(api, "anonymous_id", f"py-a-{mark}", ["Debugged"])


def test_the_debug_mode_says_what_is_wrong_and_a_dry_run_keeps_nothing(
    api: Api, shop: Shop, mark: str, capsys: pytest.CaptureFixture[str]
) -> None:
    dry = sensors.SensorsAnalytics(sensors.DebugConsumer(f"{api.url}/sa?token={shop.key}", write_data=False))
    dry.track(f"py-a-{mark}", "Rehearsed")
    assert "valid message" in capsys.readouterr().out
    with pytest.raises(sensors.SensorsAnalyticsDebugException):
        dry.track("undefined", "OfNobody")
    assert "identifier_blocked" in capsys.readouterr().out
    kept = sensors.SensorsAnalytics(sensors.DefaultConsumer(f"{api.url}/sa?token={shop.key}"))
    kept.track(f"py-a-{mark}", "Meant")
    settled_names(api, "anonymous_id", f"py-a-{mark}", ["Meant"])
    assert api.rejections(shop.name) == []


def test_a_project_that_a_source_lists_needs_no_key(api: Api, mark: str) -> None:
    sdk = sensors.SensorsAnalytics(sensors.DefaultConsumer(f"{api.url}/sa?project=default"))
    sdk.track(f"py-a-{mark}", "Credited")
    (event,) = eventually(lambda: api.timeline("anonymous_id", f"py-a-{mark}"))
    assert event["source"] == "demo"
