"""The Sensors Analytics SDK for browsers, unmodified, in Chromium, on a page of another origin than the API."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.e2e.api import Api, Shop, held
from tests.e2e.browser import Tab
from tests.e2e.door import Door
from tests.e2e.waiting import eventually

pytestmark = pytest.mark.browser

# The SDK sends a batch again whose answer takes longer than six seconds, which a machine with much to do may need.
BATCH: Final = {"send_interval": 300, "datasend_timeout": 40_000}  # ms
MODES: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "image": ({"send_type": "image"}, "GET"),
    "ajax": ({"send_type": "ajax"}, "POST"),
    "beacon": ({"send_type": "beacon"}, "POST"),
    "batch": ({"batch_send": BATCH}, "POST"),
}
CAMPAIGN: Final = "&utm_source=wechat&utm_medium=article&utm_campaign=618"


@pytest.fixture
def url(door: Door, shop: Shop) -> str:
    return f"{door.url}/sa.gif?project=default&token={shop.key}"


def sent(door: Door, kind: str = "track") -> Counter[str]:
    """How often each event went through the door."""
    return Counter(record["event"] for record in door.records() if record["type"] == kind)


def names_of(api: Api, who: str) -> Counter[str]:
    return Counter(api.names("user_id", who))


@pytest.mark.parametrize("mode", MODES)
def test_each_event_of_a_visit_is_kept_once(mode: str, tab: Tab, url: str, door: Door, api: Api, mark: str) -> None:
    options, method = MODES[mode]
    who = f"web-u-{mark}"
    tab.visit(url, query=CAMPAIGN, **options)
    tab.call("quick", "autoTrack")
    tab.call("login", who)
    tab.call("track", "ProductViewed", {"title": "红色连衣裙", "price": 99})
    tab.call("track", "CartFilled", {"count": 2})
    tab.call("setProfile", {"city": "北京"})
    wanted = Counter({"$pageview": 1, "$SignUp": 1, "ProductViewed": 1, "CartFilled": 1})
    eventually(lambda: names_of(api, who), lambda found: found == wanted)
    eventually(lambda: api.person("user_id", who)["attributes"], lambda found: found.get("city") == "北京")
    assert {one.method for one in door.passed} == {method}
    assert {one.status for one in door.passed} == {200}
    viewed = next(event for event in api.timeline("user_id", who) if event["name"] == "ProductViewed")
    assert (viewed["properties"]["title"], viewed["context"]["channel"]) == ("红色连衣裙", "h5")
    assert "Chrome" in viewed["context"]["user_agent"]


def test_the_campaign_that_brought_a_visitor_is_the_first_touch(tab: Tab, url: str, api: Api, mark: str) -> None:
    who = f"web-u-{mark}"
    tab.visit(url, query=CAMPAIGN, send_type="ajax")
    tab.call("quick", "autoTrack")
    tab.call("login", who)
    person = eventually(lambda: api.person("user_id", who), lambda found: bool(found.get("first_touch")))
    campaign = person["first_touch"]["campaign"]
    assert (campaign["source"], campaign["medium"], campaign["name"]) == ("wechat", "article", "618")


def test_batch_mode_sends_nothing_a_second_time(tab: Tab, url: str, door: Door, api: Api, mark: str) -> None:
    who = f"web-u-{mark}"
    tab.visit(url, batch_send=BATCH)
    tab.call("login", who)
    tab.call("track", "First", {})
    eventually(tab.unsent, lambda count: count == 0)
    # Had the first batch not been taken for delivered, the next one would carry it again.
    tab.call("track", "Second", {})
    eventually(lambda: names_of(api, who)["Second"])
    eventually(tab.unsent, lambda count: count == 0)
    assert (sent(door)["First"], sent(door)["Second"]) == (1, 1)


def test_a_batch_whose_answer_got_lost_is_sent_again_and_kept_once(tab: Tab, url: str, door: Door, api: Api, mark: str) -> None:
    who = f"web-u-{mark}"
    door.losing = 2
    tab.visit(url, batch_send=BATCH)
    tab.call("login", who)
    tab.call("track", "Resent", {})
    eventually(tab.unsent, lambda count: count == 0)
    assert sent(door)["Resent"] >= 2
    tab.call("track", "Last", {})
    eventually(lambda: names_of(api, who)["Last"])
    assert names_of(api, who) == {"$SignUp": 1, "Resent": 1, "Last": 1}


def test_debug_mode_tells_the_page_that_all_is_well(tab: Tab, url: str, door: Door, api: Api, mark: str) -> None:
    who = f"web-u-{mark}"
    tab.visit(url, debug_mode=True, debug_mode_upload=False)
    tab.call("login", who)
    tab.call("track", "Debugged", {})
    dialogs: list[str] = eventually(tab.dialogs, lambda shown: sum("Debugged" in text for text in shown) == 1)
    assert all("成功" in text for text in dialogs)
    assert {one.path for one in door.passed} == {"/debug"}
    assert {"OPTIONS", "GET"} == {one.method for one in door.passed}
    eventually(lambda: names_of(api, who)["Debugged"], lambda count: count == 1)


def test_debug_mode_tells_the_page_what_is_wrong(tab: Tab, door: Door) -> None:
    tab.visit(f"{door.url}/sa.gif?token=no-such-key", debug_mode=True, debug_mode_upload=True)
    tab.call("track", "Lost", {})
    shown = eventually(tab.dialogs, lambda texts: any("Lost" in text or "key_unknown" in text for text in texts))
    assert any("失败" in text and "key_unknown" in text for text in shown)


def test_a_bad_record_does_not_hold_up_the_batch(tab: Tab, url: str, api: Api, shop: Shop, mark: str) -> None:
    who = f"web-u-{mark}"
    tab.visit(url, batch_send=BATCH)
    tab.call("login", who)
    tab.call("track", "坏名字 with spaces!", {})  # the SDK warns, and sends it
    tab.call("track", "Good", {})
    eventually(lambda: names_of(api, who)["Good"])
    eventually(tab.unsent, lambda count: count == 0)
    (refused,) = eventually(lambda: api.rejections(shop.name))
    assert (refused["code"], refused["record"]["event"]) == ("name_invalid", "坏名字 with spaces!")


def test_bind_and_unbind_in_the_browser(tab: Tab, url: str, api: Api, mark: str, phone: Callable[[int], str]) -> None:
    who, number = f"web-u-{mark}", phone(1)
    tab.visit(url, send_type="ajax")
    tab.call("login", who)
    tab.call("bind", "$identity_mobile", number)
    eventually(lambda: held(api.person("mobile", number)), lambda found: f"user_id {who}" in found)
    tab.call("unbind", "$identity_mobile", number)
    eventually(lambda: held(api.person("user_id", who)), lambda found: f"mobile {number}" not in found and f"user_id {who}" in found)


def test_two_logins_in_one_browser_stay_two_people(tab: Tab, url: str, api: Api, mark: str) -> None:
    first, second = f"web-u1-{mark}", f"web-u2-{mark}"
    tab.visit(url, send_type="ajax")
    for who in (first, second):
        tab.call("login", who)
        tab.call("track", f"Of{who[4:6].upper()}", {})
        eventually(lambda who=who: names_of(api, who)[f"Of{who[4:6].upper()}"])  # type: ignore[misc]
        tab.call("logout")
    assert api.person_id("user_id", first) != api.person_id("user_id", second)
    assert set(names_of(api, first)) & {"OfU1", "OfU2"} == {"OfU1"}
    assert set(names_of(api, second)) & {"OfU1", "OfU2"} == {"OfU2"}
