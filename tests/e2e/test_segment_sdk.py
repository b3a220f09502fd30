"""The Segment SDK for Python, unmodified."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
import segment.analytics.client as segment

from tests.e2e.api import Api, Shop, held, settled_names
from tests.e2e.door import Door
from tests.e2e.waiting import eventually

NOON: Final = datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.fixture
def sdk(door: Door, shop: Shop) -> Any:
    return segment.Client(shop.key, host=door.url, sync_mode=True)


@pytest.fixture
def at() -> Callable[[int], datetime]:
    return lambda seconds: NOON + timedelta(seconds=seconds)


def test_every_call_of_the_sdk_can_be_read_back(sdk: Any, api: Api, mark: str, at: Callable[[int], datetime]) -> None:
    who, device = f"seg-u-{mark}", f"seg-a-{mark}"
    sdk.page(None, "Docs", "Home", {"url": "https://shop.example/"}, anonymous_id=device, timestamp=at(0))
    sdk.identify(who, {"plan": "pro", "city": "广州"}, anonymous_id=device, timestamp=at(1))
    sdk.track(who, "Order Completed", {"revenue": 39.95, "products": [{"sku": "s1"}]}, timestamp=at(2))
    sdk.screen(who, "Docs", "Main", timestamp=at(3))
    sdk.group(who, f"company-{mark}", {"name": "Acme"}, timestamp=at(4))
    sdk.alias(f"seg-old-{mark}", who, timestamp=at(5))
    settled_names(api, "user_id", who, ["$Page", "Order Completed", "$Screen", "$Group", "$Alias"])
    person = api.person("user_id", who)
    assert (person["attributes"]["plan"], person["attributes"]["city"]) == ("pro", "广州")
    assert held(person) == {f"user_id {who}", f"anonymous_id {device}", f"anonymous_id seg-old-{mark}"}
    assert api.timeline("user_id", who)[1]["properties"] == {"revenue": 39.95, "products": [{"sku": "s1"}]}


@pytest.mark.parametrize("gzip", [False, True])
def test_the_background_thread_delivers_every_message(gzip: bool, door: Door, api: Api, shop: Shop, mark: str) -> None:
    sdk = segment.Client(shop.key, host=door.url, gzip=gzip, upload_size=40)
    for number in range(100):
        sdk.track(f"seg-u-{mark}", "Numbered", {"number": number}, timestamp=NOON + timedelta(milliseconds=number))
    sdk.shutdown()
    eventually(lambda: api.person("user_id", f"seg-u-{mark}")["events"], lambda count: count == 100)
    assert [event["properties"]["number"] for event in api.timeline("user_id", f"seg-u-{mark}")] == list(range(100))


def test_messages_whose_answer_got_lost_are_sent_again_and_kept_once(sdk: Any, door: Door, api: Api, shop: Shop, mark: str) -> None:
    background = segment.Client(shop.key, host=door.url)
    door.losing = 2
    background.track(f"seg-u-{mark}", "Resent", timestamp=NOON)
    background.shutdown()
    assert [one.status for one in door.passed] == [503, 503, 200]
    sdk.track(f"seg-u-{mark}", "Last")
    settled_names(api, "user_id", f"seg-u-{mark}", ["Resent", "Last"])


def test_a_wrong_key_is_told_at_once(door: Door) -> None:
    sdk = segment.Client("no-such-key", host=door.url, sync_mode=True)
    with pytest.raises(Exception, match="write key"):
        sdk.track("seg-u", "Lost")
    assert [one.status for one in door.passed] == [401]
