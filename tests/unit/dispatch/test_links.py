"""Links in messages: which of them lead by way of us, what their codes stand for, and where they lead in the end."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.dispatch.links import MAX_LINKS, Code, read_code, target_of, tracked
from chalicelib.dispatch.model import Trip
from chalicelib.messages.model import message_id
from chalicelib.messages.templates.model import ChannelName

BASE = "https://api.example.com/api"
SHOP = "https://shop.example.com/618"
MESSAGE = message_id("api", "k", "1")


def followed(channel: ChannelName, body: dict[str, Any], **more: Any) -> Trip:
    return tracked(Trip(channel, "wx1", "o1", body), MESSAGE, BASE, **more)


def link(number: int) -> str:
    return f"{BASE}/r/{Code(MESSAGE, number).text}"


@pytest.mark.parametrize(
    ("channel", "body", "key"),
    [
        (ChannelName.TEMPLATE, {"template_id": "T", "data": {}, "url": SHOP}, "url"),
        (ChannelName.SUBSCRIBE, {"template_id": "T", "page": SHOP}, "page"),
        (ChannelName.PUSH, {"title": "x", "link": SHOP}, "link"),
    ],
)
def test_the_link_of_a_message_leads_by_way_of_us(channel: ChannelName, body: dict[str, Any], key: str) -> None:
    trip = followed(channel, body)
    assert trip.body == body | {key: link(0)}
    target = target_of(trip, 0)
    assert target is not None
    assert target.text == SHOP


def test_every_link_of_a_chat_is_followed_each_by_its_number() -> None:
    text = f'新款：{SHOP}/a，<a href="{SHOP}/b">看看</a>；再看 {SHOP}/a.'
    trip = followed(ChannelName.CUSTOMER_SERVICE, {"text": text})
    assert trip.body["text"] == f'新款：{link(0)}，<a href="{link(1)}">看看</a>；再看 {link(0)}.'
    assert trip.links == (f"{SHOP}/a", f"{SHOP}/b")


def test_articles_of_a_chat_are_followed() -> None:
    news = [{"title": "a", "url": SHOP}, {"title": "b", "url": f"{SHOP}/b"}]
    assert [one["url"] for one in followed(ChannelName.CUSTOMER_SERVICE, {"news": news}).body["news"]] == [link(0), link(1)]


@pytest.mark.parametrize(
    ("channel", "body"),
    [
        (ChannelName.MASS, {"msgtype": "text", "text": {"content": SHOP}}),
        (ChannelName.SMS, {"text": SHOP}),
        (ChannelName.POPUP, {"button": {"text": "去", "url": SHOP}}),
        (ChannelName.WEBHOOK, {"type": "x", "data": {"url": SHOP}}),
        (ChannelName.SUBSCRIBE, {"page": "pages/order?id=1"}),
        (ChannelName.PUSH, {"link": "shop://order/1"}),
        (ChannelName.TEMPLATE, {"url": "https://a@shop.example.com/"}),
        (ChannelName.TEMPLATE, {"data": {}}),
    ],
)
def test_what_cannot_be_followed_stays_what_its_author_wrote(channel: ChannelName, body: dict[str, Any]) -> None:
    assert followed(channel, body).body == body


def test_a_text_that_would_become_too_long_for_the_platform_keeps_its_links() -> None:
    text = "字" * 670 + " " + SHOP
    assert followed(ChannelName.CUSTOMER_SERVICE, {"text": text}).body == {"text": text}


def test_links_of_an_earlier_trip_keep_their_numbers() -> None:
    first = followed(ChannelName.TEMPLATE, {"url": SHOP})
    second = followed(ChannelName.PUSH, {"link": f"{SHOP}/app"}, known=first.links)
    assert second.links == (SHOP, f"{SHOP}/app")
    assert second.body["link"] == link(1)
    assert followed(ChannelName.SMS, {"text": "x"}, known=first.links).links == first.links


def test_more_links_than_there_are_numbers_stay_as_they_are() -> None:
    text = " ".join(f"{SHOP}/{number}" for number in range(MAX_LINKS + 1))
    trip = tracked(Trip(ChannelName.CUSTOMER_SERVICE, "wx1", "o1", {"text": text}), MESSAGE, "https://h.cn")
    assert len(trip.links) == MAX_LINKS
    assert trip.body["text"].endswith(f" {SHOP}/{MAX_LINKS}")


def test_without_an_address_of_our_own_nothing_is_followed() -> None:
    body = {"url": SHOP}
    assert tracked(Trip(ChannelName.TEMPLATE, "wx1", "o1", body), MESSAGE, "").body == body


@given(st.binary(min_size=16, max_size=16), st.integers(0, MAX_LINKS - 1))
def test_a_code_is_read_as_what_it_was_made_of(message: bytes, number: int) -> None:
    code = Code(message.hex(), number)
    assert read_code(code.text) == code
    assert len(code.text) == 28


@pytest.mark.parametrize("text", ["", "m", "abcdefghijklm", "m" + "a" * 26, "m" + "a" * 25 + "ba", "M" + "a" * 27, "m" + "a" * 28])
def test_other_texts_are_no_codes(text: str) -> None:
    assert read_code(text) is None


def test_a_number_that_the_message_does_not_have_leads_nowhere() -> None:
    assert target_of(None, 0) is None
    assert target_of(followed(ChannelName.TEMPLATE, {"url": SHOP}), 1) is None
