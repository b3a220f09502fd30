"""Who opens a link, how they are known again, and what their click says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.campaigns import visits
from chalicelib.campaigns.addresses import read_address
from chalicelib.campaigns.documents import Campaign
from chalicelib.campaigns.model import Link
from chalicelib.events.accept import accept
from chalicelib.events.model import Draft, Event, Source
from chalicelib.identity.rules import DEFAULT_RULES

NOW = 1_795_300_000_000
CHANCE = bytes(range(16))
NEWCOMER = "v-aaaqeayeaudaocajbifqydiob4"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0.50 NetType/WIFI Language/zh_CN"
SUBWAY = Campaign("618-subway", "subway", "poster", "618")
LINK = Link("https://shop.example.com/618/dress", "618-subway", "openid:wx1#oA", "user_id#u2")
ID = "abcdefgh23456"


def clicked(link: Link = LINK, visitor: str = NEWCOMER, request_id: str = "r1", **headers: str) -> Draft:
    told = {"user-agent": PHONE, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return visits.click(ID, link, SUBWAY, visitor=visitor, headers=told, request_id=request_id, received_at=NOW)


@pytest.mark.parametrize(
    "browser",
    [
        PHONE,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36",
        "Mozilla/5.0 (Linux; Android 14; Cubot X70) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36 MMWEBID/1 MicroMessenger/8.0",
        "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 QQ/9.0 MQQBrowser/6.2",
        "Mozilla/5.0 (iPhone) AliApp(DingTalk/7.6)",
    ],
)
def test_somebody_with_a_browser_is_a_person(browser: str) -> None:
    assert visits.is_person({"user-agent": browser})


@pytest.mark.parametrize(
    "browser",
    [
        "",
        "   ",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; Baiduspider/2.0)",
        "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (compatible; Bytespider)",
        "Mozilla/5.0 (iPhone) AppleWebKit/605 mpcrawler",
        "DingTalkBot-LinkService/1.0 (+https://open.dingtalk.com)",
        "facebookexternalhit/1.1",
        "WhatsApp/2.23.20.0",
        "TelegramBot (like TwitterBot)",
        "Slackbot-LinkExpanding 1.0",
        "SkypeUriPreview Preview/0.5",
        "Mozilla/5.0 HeadlessChrome/120.0",
        "curl/8.4.0",
        "python-requests/2.32",
        "Go-http-client/1.1",
        "Java/17.0.1",
    ],
)
def test_what_shows_indexes_or_checks_links_is_a_machine(browser: str) -> None:
    assert not visits.is_person({"user-agent": browser})


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
        ("x-purpose", "preview"),
        ("x-moz", "prefetch"),
        ("purpose", "Preview"),
    ],
)
def test_a_browser_that_looks_ahead_has_not_clicked(header: str, value: str) -> None:
    assert not visits.is_person({"user-agent": PHONE, header: value})


@pytest.mark.parametrize(
    ("sent", "visitor"),
    [
        (f"hl_visitor={NEWCOMER.replace('a', 'b')}", NEWCOMER.replace("a", "b")),
        (f"a=1; hl_visitor={NEWCOMER.replace('a', 'b')} ; b=2", NEWCOMER.replace("a", "b")),
        ("", NEWCOMER),
        ("hl_visitor=", NEWCOMER),
        ("hl_visitor=u1", NEWCOMER),
        ("hl_visitor=oFan-0000_mulan", NEWCOMER),
        (f"xhl_visitor={NEWCOMER.replace('a', 'b')}", NEWCOMER),
        (f"hl_visitor={NEWCOMER.replace('a', 'b')}x", NEWCOMER),
        (f"hl_visitor={NEWCOMER.upper()}", NEWCOMER),
    ],
)
def test_a_visitor_is_known_by_a_cookie_that_we_could_have_set_and_by_no_other(sent: str, visitor: str) -> None:
    assert visits.visitor_of({"cookie": sent}, CHANCE) == visitor
    assert visits.visitor_of({}, CHANCE) == NEWCOMER


@given(st.binary(min_size=16, max_size=16))
def test_the_cookie_that_is_set_is_the_one_that_is_known_again(chance: bytes) -> None:
    visitor = visits.visitor_of({}, chance)
    kept = visits.cookie(visitor).partition(";")[0]
    assert visits.visitor_of({"cookie": kept}, CHANCE) == visitor


def test_no_script_and_no_other_site_gets_the_cookie() -> None:
    parts = visits.cookie(NEWCOMER).split("; ")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=63072000"} <= set(parts)


def test_a_click_says_by_which_link_of_which_campaign_and_who_shared_it() -> None:
    draft = clicked(referer="https://mp.weixin.qq.com/s/1")
    assert (draft.name, draft.time) == ("LinkClicked", NOW)
    assert draft.context == {
        "channel": "link", "code": ID, "inviter": "openid:wx1#oA", "user_agent": PHONE, "referrer": "https://mp.weixin.qq.com/s/1",
        "campaign": {"id": "618-subway", "source": "subway", "medium": "poster", "name": "618"},
    }  # fmt: skip
    assert draft.properties == {"link": ID, "target": LINK.target, "in_wechat": True, "made_for": "user_id#u2"}


def test_a_link_that_is_passed_on_makes_nobody_one_with_whom_it_was_made_for() -> None:
    assert clicked().identifiers == (("anonymous_id", NEWCOMER),)
    assert "made_for" not in clicked(Link("https://shop.example.com/", "618-subway")).properties


def _kept(draft: Draft) -> Event:
    (pending,) = accept([draft], Source(visits.SOURCE), DEFAULT_RULES, NOW).events
    return pending.event


def test_one_request_is_one_click_however_often_it_is_worked_on() -> None:
    assert _kept(clicked()).id == _kept(clicked()).id
    assert _kept(clicked()).id != _kept(clicked(request_id="r2")).id


def test_an_endless_browser_name_does_not_swell_the_event() -> None:
    assert len(clicked(user_agent="x" * 9000).context["user_agent"]) == visits.MAX_TEXT


def test_the_page_learns_of_campaign_and_link_and_of_nobody() -> None:
    went = visits.destination(ID, read_address("https://shop.example.com/618/dress?sku=1#reviews"), SUBWAY)
    assert went == f"https://shop.example.com/618/dress?sku=1&utm_source=subway&utm_medium=poster&utm_campaign=618&hl_code={ID}#reviews"
