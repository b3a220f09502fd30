"""Popups over HTTP: a page fetches what waits for a person and tells what became of it, with a key that everybody can read."""

import json
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.channels import inbox
from chalicelib.channels.channel import channel_of
from chalicelib.dispatch import states
from chalicelib.dispatch import store as messages
from chalicelib.dispatch.model import Order, Source, SourceKind, Trip
from chalicelib.dispatch.news import Click, Followup, Receipt, followup_of
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.providers.model import Fate
from tests.support.aws import Stack
from tests.support.gateway import NOW, Reply
from tests.support.ring import Ring, event, make_ring
from tests.unit.channels.test_popups import BODY, PARCEL

APP = "wx77aa00bb11cc22dd"
FAN = (f"openid:{APP}", "oFan1")
OTHER = ("user_id", "u2")


@dataclass(slots=True)
class Page:
    """A mini program that asks for popups and tells of them."""

    ring: Ring
    stack: Stack

    def asks(self, who: tuple[str, str] = FAN, account: str | None = APP, now: int = NOW) -> Reply:
        named = {"namespace": who[0], "value": who[1]} | ({"account": account} if account else {})
        self.ring.shop.now = now
        return self.ring.shop.get(f"/v1/popups?{urlencode(named)}")

    def sees(self, who: tuple[str, str] = FAN, account: str | None = APP, now: int = NOW) -> list[str]:
        reply = self.asks(who, account, now)
        assert reply.status == 200, reply.json
        return [one["id"] for one in reply.json["items"]]

    def tells(self, deed: str, popup: str = "m-1", who: tuple[str, str] = FAN) -> int:
        return self.ring.shop.call("POST", f"/v1/popups/{popup}/{deed}", {"namespace": who[0], "value": who[1]}).status

    def person(self, who: tuple[str, str] = FAN) -> str:
        return str(self.ring.person(*who)["person_id"])

    def gets(self, who: tuple[str, str] = FAN, popup: str = "m-1", account: str = APP, **body: Any) -> None:
        parcel = replace(PARCEL, id=popup, address=self.person(who), account=account, at=NOW, body=BODY | body)
        channel_of(ChannelName.POPUP).send(parcel, NOW)

    @property
    def queued(self) -> list[Followup]:
        return [followup_of(body)[0] for body in self.stack.messages("followups")]


@pytest.fixture
def page(stack: Stack) -> Page:
    ring = make_ring(stack)
    ring.send(event("AppOpened", 0, user_id="u2"), event("Subscribed", 0, openid__wx77aa00bb11cc22dd="oFan1"))
    ring.flow()
    return Page(ring, stack)


def test_a_popup_comes_to_the_page_as_it_is_drawn(page: Page) -> None:
    page.gets()
    reply = page.asks()
    assert reply.headers["cache-control"] == "no-store"
    assert reply.json["items"] == [
        {
            "id": "m-1",
            "title": "618",
            "text": "裙装八折",
            "picture": None,
            "button": {"text": "去看看", "page": "pages/618/index"},
            "placement": "modal",
            "at": "2026-11-21T22:26:40.000Z",
            "until": "2026-11-28T22:26:40.000Z",
        }
    ]


def test_each_sees_their_own_where_it_belongs(page: Page) -> None:
    page.gets()
    page.gets(OTHER, "m-2", account="shop")
    assert (page.sees(), page.sees(OTHER, None), page.sees(OTHER, APP)) == (["m-1"], ["m-2"], [])
    assert page.sees(now=NOW + 8 * 86_400_000) == []


def test_shown_is_the_receipt_of_a_popup_and_it_does_not_come_again(page: Page) -> None:
    page.gets()
    assert page.tells("shown") == 202
    assert page.sees() == []
    assert page.queued == [Receipt(ChannelName.POPUP, APP, Fate.DELIVERED, NOW, message="m-1")]


def test_a_banner_stays_until_it_is_closed(page: Page) -> None:
    page.gets(placement="banner")
    page.tells("shown")
    assert page.sees() == ["m-1"]
    page.tells("closed")
    assert page.sees() == []


def test_a_tap_is_a_click_on_the_message(page: Page) -> None:
    page.gets(placement="banner")
    assert page.tells("clicked") == 202
    assert page.queued == [Click("m-1", NOW)]
    assert page.sees() == []


def test_whoever_was_not_answered_tells_it_again(page: Page) -> None:
    page.gets()
    assert [page.tells("shown"), page.tells("shown")] == [202, 202]
    assert len(page.queued) == 2  # the message knows that it was shown; the second changes nothing


def test_a_deed_whose_news_could_not_be_kept_is_not_confirmed(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    page.gets()
    with monkeypatch.context() as patch:
        patch.setattr("chalicelib.entrypoints.popups.queue.follow_up", lambda *_: (_ for _ in ()).throw(RuntimeError("no queue")))
        assert page.tells("shown") == 500
    assert page.tells("shown") == 202
    assert len(page.queued) == 1


@pytest.mark.parametrize(("popup", "who"), [("m-1", OTHER), ("m-9", FAN), ("m-1", ("user_id", "nobody"))])
def test_of_other_peoples_popups_nothing_can_be_told(page: Page, popup: str, who: tuple[str, str]) -> None:
    page.gets()
    assert [page.tells(deed, popup, who) for deed in ("shown", "clicked", "closed")] == [404] * 3
    assert page.queued == []
    assert page.sees() == ["m-1"]


@pytest.mark.parametrize(
    "who", [("mobile", "13912345678"), ("email", "a@example.com"), ("member:vip", "8001"), ("Bad name", "x"), ("user_id", "")]
)
def test_nobody_is_named_by_what_others_know(page: Page, who: tuple[str, str]) -> None:
    assert page.asks(who).status == 400
    assert page.tells("shown", who=who) in (400, 422)


def test_a_stranger_has_no_popups(page: Page) -> None:
    assert page.sees(("anonymous_id", "a-new-one")) == []


def test_a_key_is_needed_and_one_for_reading_is_none(page: Page) -> None:
    for other in (replace(page.ring.shop, key=None), page.ring.operator):
        assert other.get(f"/v1/popups?namespace={FAN[0]}&value=x").status in (401, 403)
        assert other.call("POST", "/v1/popups/m-1/shown", {"namespace": FAN[0], "value": "x"}).status in (401, 403)


def sent_popup(page: Page, address: str) -> None:
    """A message that went out as a popup, as the ledger has it."""
    order = Order("m-1", address, "popup618", 1, Category.SERVICE, Source(SourceKind.API, "k"), NOW)
    assert messages.put_new(states.queued(states.accepted(order, NOW), Trip(ChannelName.POPUP, APP, address, BODY), NOW))


def test_what_was_shown_offline_is_told_after_its_end(page: Page) -> None:
    sent_popup(page, page.person())
    assert page.tells("shown") == 202
    assert page.tells("shown", who=OTHER) == 404
    assert [type(one) for one in page.queued] == [Receipt]


def test_who_has_just_become_one_with_another_can_tell_at_once(page: Page) -> None:
    page.gets()
    sent_popup(page, before := page.person())
    page.ring.send(event("Login", 1, user_id="u2", openid__wx77aa00bb11cc22dd="oFan1"))
    page.ring.flow()
    assert page.tells("shown") == page.tells("clicked", who=OTHER) == 202
    after = page.person()
    inbox.joined(after, {before, after} - {after})
    assert page.sees() == []
    assert json.dumps([type(one).__name__ for one in page.queued]) == '["Receipt", "Click"]'
