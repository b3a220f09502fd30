"""Messages, people and policies to decide on, in few words, and strategies of all of them."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from chalicelib.fans.contacts import Window
from chalicelib.messages.policy.caps import Cap
from chalicelib.messages.policy.deciding import decide
from chalicelib.messages.policy.decisions import Defer, Refuse, Send
from chalicelib.messages.policy.hours import MINUTES_OF_DAY, Hours
from chalicelib.messages.policy.model import (
    Address,
    Asked,
    ContactFacts,
    Route,
)
from chalicelib.messages.policy.periods import Period
from chalicelib.messages.policy.rules import DEFAULT_RULES, ContactRules, QuietHours
from chalicelib.messages.policy.sends import DAY_MS, Sends, Use, reserved
from chalicelib.messages.templates.model import Category, ChannelName

MINUTE, HOUR, DAY = 60_000, 3_600_000, DAY_MS
SHANGHAI = ZoneInfo("Asia/Shanghai")
APPID = "wx77aa00bb11cc22dd"
OPENID, PHONE, DEVICE = "oAbc", "+8613912345678", "190e35f7e07"
NOTICE = "tpl-points"
TEMPLATE = Route(ChannelName.TEMPLATE, APPID, NOTICE)
SUBSCRIBE = Route(ChannelName.SUBSCRIBE, APPID, NOTICE)
CUSTOMER_SERVICE = Route(ChannelName.CUSTOMER_SERVICE, APPID)
MASS = Route(ChannelName.MASS, APPID)
SMS = Route(ChannelName.SMS, "tencent")
PUSH = Route(ChannelName.PUSH, "jpush")
POPUP = Route(ChannelName.POPUP, APPID)
WEBHOOK = Route(ChannelName.WEBHOOK, "erp")
ROUTES = (TEMPLATE, SUBSCRIBE, CUSTOMER_SERVICE, MASS, SMS, PUSH, POPUP, WEBHOOK)
MARKETING, SERVICE, TRANSACTIONAL = Category.MARKETING, Category.SERVICE, Category.TRANSACTIONAL


def at(text: str, zone: str = "Asia/Shanghai", fold: int = 0) -> int:
    """The time (ms) at which clocks in a zone show this: `2026-03-04 12:00`."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp() * 1000)


def wall(time: int, zone: str = "Asia/Shanghai") -> str:
    """What clocks in a zone show then."""
    return datetime.fromtimestamp(time / 1000, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


NOW = at("2026-03-04 12:00")  # a Wednesday


def asked(*routes: Route, category: Category = SERVICE, message: str = "m1", **more: Any) -> Asked:
    return Asked(message, more.pop("person", "p1"), category, routes or (TEMPLATE,), **more)


def fan(channel: ChannelName = ChannelName.TEMPLATE, **state: Any) -> Address:
    """Somebody who follows and was active a minute ago."""
    return Address(channel, **{"value": OPENID, "account": APPID, "following": True, "active_at": NOW - MINUTE, **state})


def phone(value: str = PHONE, **state: Any) -> Address:
    return Address(ChannelName.SMS, value, **state)


def device(value: str = DEVICE, **state: Any) -> Address:
    return Address(ChannelName.PUSH, value, "jpush", **state)


def open_window(left: int = 5, until: int = NOW + HOUR) -> Window:
    return Window(NOW - MINUTE, "e1", until, left)


def person(*addresses: Address, **more: Any) -> ContactFacts:
    return ContactFacts(addresses, **more)


def told(*times: int, route: Route = TEMPLATE, category: Category = MARKETING, split: str = "") -> Sends:
    """As if messages had gone out then."""
    sends = Sends()
    for number, time in enumerate(times):
        sends = reserved(sends, Use(time, f"earlier-{number}", 0, category, route.channel, route.account, split))
    return sends


def quiet(start: str = "22:00", end: str = "08:00", **more: Any) -> QuietHours:
    return QuietHours(hours(start, end), **more)


def hours(start: str, end: str, *days: int) -> Hours:
    first, last = (int(one[:2]) * 60 + int(one[3:]) for one in (start, end))
    return Hours(first, last, frozenset(days)) if days else Hours(first, last)


def rules(**parts: Any) -> ContactRules:
    return ContactRules(**parts)


def refused(asked: Asked, facts: ContactFacts, rules: ContactRules = DEFAULT_RULES, now: int = NOW) -> list[str]:
    """The reasons of all routes, in the order in which they were looked at; of the message itself if none was."""
    found = decide(asked, facts, rules, now)
    assert isinstance(found, Refuse), found
    assert found.findings[-1].check is found.reason
    return [one.value for _, one in found.reasons] or [found.reason.value]


def deferred(asked: Asked, facts: ContactFacts, rules: ContactRules = DEFAULT_RULES, now: int = NOW) -> tuple[str, int]:
    found = decide(asked, facts, rules, now)
    assert isinstance(found, Defer), found
    return found.reason.value, found.until


def sent(asked: Asked, facts: ContactFacts, rules: ContactRules = DEFAULT_RULES, now: int = NOW) -> Send:
    found = decide(asked, facts, rules, now)
    assert isinstance(found, Send), found
    return found


# ---- anything ----

zones = st.sampled_from(
    ["", "Asia/Shanghai", "America/New_York", "Europe/London", "Australia/Lord_Howe", "America/Havana", "Asia/Kathmandu"]
)
times = st.integers(at("2026-01-01 00:00"), at("2027-03-01 00:00"))
categories = st.sampled_from(Category)
channels = st.sampled_from(ChannelName)
spans = st.builds(
    Hours,
    st.integers(0, MINUTES_OF_DAY - 1),
    st.integers(0, MINUTES_OF_DAY),
    st.frozensets(st.integers(0, 6), min_size=1),
).filter(lambda one: one.start != one.end)
uses = st.builds(
    Use,
    times,
    st.sampled_from("abcdefgh"),
    st.integers(0, 2),
    categories,
    channels,
    st.sampled_from(["", APPID]),
    st.sampled_from(["", "x"]),
)


@st.composite
def some_sends(draw: st.DrawFn) -> Sends:
    sends = Sends()
    for use in draw(st.lists(uses, max_size=12)):
        sends = reserved(sends, use)
    gone = draw(st.lists(st.sampled_from(sends.uses), max_size=3)) if sends.uses else []
    return Sends(sends.uses, frozenset(gone))


caps = st.builds(
    Cap,
    st.just("caps/0"),
    st.integers(1, 4),
    st.sampled_from([*Period, HOUR, DAY, 7 * DAY]),
    st.none() | categories,
    st.none() | channels,
    st.booleans(),
)
