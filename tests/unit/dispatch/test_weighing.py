"""How the contact policy is asked about a message."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.dispatch import weighing
from chalicelib.dispatch.model import Order, Source, SourceKind
from chalicelib.dispatch.saying import asks_for_person
from chalicelib.messages.policy.caps import Cap
from chalicelib.messages.policy.deciding import decide
from chalicelib.messages.policy.decisions import Send
from chalicelib.messages.policy.hours import Hours
from chalicelib.messages.policy.model import Address, Consent, ContactFacts, Route, Suppression, Tried
from chalicelib.messages.policy.rules import ContactRules, Holdout, QuietHours
from chalicelib.messages.policy.sends import Sends, Use
from chalicelib.messages.templates.documents import TemplateDocument
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.providers.model import Result
from tests.unit.dispatch.samples import NOW, ORDER, SMS, accepted, fallen_back, outcome, queued, settled
from tests.unit.messages.test_template_documents import CHANNELS, document

SECOND, DAY = 1000, 86_400_000
MINUTES = 60 * SECOND


def template(*channels: str, **more: Any) -> TemplateDocument:
    return TemplateDocument.model_validate(document({one: CHANNELS[one] for one in channels}) | more)


BOTH = template("template", "sms")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ((), ("template", "sms")),
        (("sms", "template"), ("sms", "template")),
        (("sms",), ("sms",)),
        (("push", "sms"), ("sms",)),
        (("push",), ()),
    ],
)
def test_a_message_goes_by_the_channels_that_it_names_and_has_words_for(wanted: tuple[str, ...], found: tuple[str, ...]) -> None:
    order = replace(ORDER, channels=tuple(map(ChannelName, wanted)))
    assert tuple(one.channel for one in weighing.routes_of(order, BOTH)) == found


def test_a_route_names_the_account_and_the_platforms_template() -> None:
    routes = weighing.routes_of(ORDER, template("template", "sms", "subscribe"))
    assert Route(ChannelName.TEMPLATE, "wx1", "T-1") in routes
    assert Route(ChannelName.SUBSCRIBE, "wx1", "S-1") in routes
    assert Route(ChannelName.SMS, "aliyun", "") in routes


def test_routes_that_are_closed_are_not_asked_about() -> None:
    first, second = weighing.routes_of(ORDER, BOTH)
    assert weighing.asked_of(accepted(), BOTH, "p1", None, 1, {first: "variable_missing"}).routes == (second,)


def test_the_policy_is_asked_about_the_person_as_they_are_now() -> None:
    asked = weighing.asked_of(accepted(replace(ORDER, strict=True, expires=9, split="content")), BOTH, "p9", ChannelName.SMS, 1)
    want = ("p9", ORDER.id, ChannelName.SMS, True, 9, "content")
    assert (asked.person, asked.message, asked.preferred, asked.strict, asked.expires, asked.split) == want


@pytest.mark.parametrize(
    ("message", "results"),
    [
        (accepted(), []),
        (queued(), []),
        (settled(outcome(Result.REFUSED)), [Tried.FAILED]),
        (settled(), [Tried.SENT]),
        (fallen_back(), [Tried.FAILED]),
        (fallen_back(settled()), [Tried.SENT]),
    ],
)
def test_a_trip_whose_receipt_has_not_come_counts_as_tried(message: Any, results: list[Tried]) -> None:
    assert [one.result for one in weighing.asked_of(message, BOTH, "p1", None, 1).tried] == results


@pytest.mark.parametrize(
    ("within", "scale", "channels", "after"),
    [
        ("10m", 1, ("template", "sms"), 10 * MINUTES),
        ("10m", 60, ("template", "sms"), 10 * SECOND),
        (None, 1, ("template", "sms"), None),
        ("10m", 1, ("template",), None),
    ],
)
def test_a_receipt_is_overdue_where_another_channel_would_be_tried(
    within: str | None, scale: float, channels: tuple[str, ...], after: int | None
) -> None:
    message = settled()
    found = weighing.overdue_at(message, template(*channels, **({"receipt_within": within} if within else {})), scale)
    assert found == (None if after is None else message.at + after)


def test_only_what_was_taken_on_can_miss_its_receipt() -> None:
    assert weighing.overdue_at(queued(), template("template", "sms", receipt_within="10m"), 1) is None


@pytest.mark.parametrize(("value", "liked"), [("sms", ChannelName.SMS), ("fax", None), (7, None), (None, None), (["sms"], None)])
def test_a_favourite_is_the_name_of_a_channel(value: object, liked: ChannelName | None) -> None:
    assert weighing.liked(value) is liked


ALL_DAY = QuietHours(Hours(0, 1440), drops=True)
PHONE = Address(ChannelName.SMS, "13900000001")
USE = Use(NOW - SECOND, "m0", 0, Category.MARKETING, ChannelName.SMS)
RULES = ContactRules(
    quiet_hours=(ALL_DAY,),
    marketing_sms=Hours(0, 1),
    caps=(Cap("one", 1, DAY, Category.MARKETING),),
    holdout=Holdout(1.0, "salt"),
)
NO = Consent(False, NOW - DAY, "form")
FACTS = ContactFacts(addresses=(PHONE,), consents=(NO,), sends=Sends((USE,)))


def test_a_message_to_oneself_is_asked_about_by_the_platforms_only() -> None:
    order = replace(ORDER, category=Category.MARKETING, channels=(ChannelName.SMS,))
    asked = weighing.asked_of(accepted(order), BOTH, "p1", None, 1)
    assert not isinstance(decide(asked, FACTS, RULES, NOW), Send)
    rules, facts = weighing.for_tests(RULES, FACTS)
    assert isinstance(decide(asked, facts, rules, NOW), Send)
    listed = replace(facts, suppressions=(Suppression(NOW - DAY, "asked_to"),))
    assert not isinstance(decide(asked, listed, rules, NOW), Send)


def send(channel: ChannelName, *caps: str) -> Send:
    return Send(Route(channel), "x", replace(USE, channel=channel), caps, ())


@pytest.mark.parametrize(
    ("source", "channel", "takes"),
    [
        (SourceKind.API, ChannelName.SMS, True),
        (SourceKind.BROADCAST, ChannelName.MASS, True),
        (SourceKind.TEST, ChannelName.SMS, False),
        (SourceKind.TEST, ChannelName.MASS, True),
    ],
)
def test_a_message_to_oneself_takes_a_place_only_where_the_platform_counts(source: SourceKind, channel: ChannelName, takes: bool) -> None:
    order: Order = replace(ORDER, source=Source(source, "x"), category=Category.SERVICE)
    assert weighing.takes_a_place(order, send(channel)) is takes


@pytest.mark.parametrize(
    ("category", "caps", "takes"),
    [
        (Category.TRANSACTIONAL, (), False),
        (Category.TRANSACTIONAL, ("codes",), True),
        (Category.SERVICE, (), True),
        (Category.MARKETING, (), True),
    ],
)
def test_a_transactional_message_takes_a_place_only_under_a_cap_that_counts_it(
    category: Category, caps: tuple[str, ...], takes: bool
) -> None:
    assert weighing.takes_a_place(replace(ORDER, category=category), send(ChannelName.SMS, *caps)) is takes


def test_the_person_is_read_only_for_words_that_show_them() -> None:
    assert asks_for_person(template("template", "sms", "push")) == {ChannelName.SMS}
    assert SMS.channel is ChannelName.SMS
