"""The demo of messages: what it puts in force can be put in force, and what it tells is what came of each message."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel

from chalicelib.durations import duration_ms
from chalicelib.messages.policy.documents import ContactPolicyDocument, rules_of
from chalicelib.messages.templates.documents import TemplateDocument
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.notices.documents import NoticeDocument
from chalicelib.pace import STEADY
from infra.demo_fan_told import MISSING
from infra.demo_messages import Member, MessagesDemo
from infra.demo_messages_told import story
from infra.demo_news import DEFINITIONS, NEWS, NOTICE, OFFER, POINTS, SMS_TEMPLATES, TEMPLATES, policy
from infra.local_stack import LocalStack
from tests.support.rules import plan_of

NOW = 1_795_300_000_000
SLOW_START_MS = 30_000  # of a lambda that is called for the first time, on a busy machine
MODELS: dict[str, type[BaseModel]] = {"templates": TemplateDocument, "notices": NoticeDocument}
Json = dict[str, Any]


@dataclass
class Shop:
    """Stands in for the demo on a stack: everything happens at once, or never."""

    happens: bool = True
    told_of: dict[str, list[Json]] = field(default_factory=dict)
    stack: Any = field(default_factory=lambda: SimpleNamespace(api_key="k", api_url="http://api"))
    left: bool = False
    ends_in: float = inf  # ms until the month is over
    hao: ClassVar[Member] = Member("Hao", "H01", "13910000001")
    lan: ClassVar[Member] = Member("Lan", "H02", "13910000002")
    mei: ClassVar[Member] = Member("Mei", "H03", "13910000003")
    tao: ClassVar[Member] = Member("Tao", "H04", device="d")

    def gather(self) -> None:
        """They are there."""

    def known(self) -> bool:
        return self.happens

    def till(self, *bought: tuple[Member, int]) -> tuple[tuple[Member, int], ...]:
        return bought

    def import_orders(self, bought: tuple[tuple[Member, int], ...]) -> None:
        for member, _ in bought if self.happens else ():
            channel = "template" if member is self.hao and not self.left else "sms" if member.phone else "push"
            self._tell(member, "$message_sent", channel=channel, template=POINTS)

    def notices(self, member: Member) -> list[Json]:
        return [{"body": {"url": "http://api/r/m1"}}] if member.name in self.told_of else []

    def opens(self, url: str) -> str:
        self._tell(self.hao, "$message_clicked", template=POINTS)
        return f"{url} and on"

    def ask_for(self, _member: Member, template: str, **_more: Any) -> str:
        return template

    def message(self, message_id: str) -> Json:
        if not self.happens:
            return {"state": "accepted", "reason": "", "until": None}
        state, reason = ("deferred", "quiet_hours") if message_id == OFFER else ("refused", "not_following")
        return {"state": state, "reason": reason, "until": "tomorrow"}

    @property
    def club(self) -> tuple[Member, Member]:
        return self.hao, self.lan

    def month(self, in_ms: int = 0) -> str:
        return "2026-12" if in_ms >= self.ends_in else "2026-11"

    def issues(self, count: int) -> None:
        for one in self.club if self.happens else ():
            for _ in range(count):
                self._tell(one, "$message_sent", template=NEWS, channel="mass")

    def broadcast(self, _issue: int) -> None:
        for one in self.club if self.happens else ():
            self._tell(one, "$message_refused", template=NEWS, reason="mass_quota_used")

    def leaves(self, _member: Member) -> None:
        self.left = True

    def told(self, member: Member) -> list[Json]:
        return self.told_of.get(member.name, [])

    def _tell(self, member: Member, name: str, **properties: Any) -> None:
        self.told_of.setdefault(member.name, []).append({"name": name, "properties": properties})


def lines(shop: Shop) -> list[str]:
    return list(story(shop, lambda happened: bool(happened())))  # type: ignore[arg-type]


def test_it_tells_who_was_reached_how_and_what_was_not_sent_and_why() -> None:
    told = "\n".join(lines(Shop()))
    assert MISSING not in told
    for line in (
        "Hao, who follows: template",
        "Mei, who does not: sms",
        "Tao, who has the app only: push",
        "$message_sent, $message_clicked",
        "deferred (quiet_hours) until tomorrow",
        "Lan: 4 sent, 1 refused before it was sent (mass_quota_used)",
        "refused (not_following); the next points come by sms",
    ):
        assert line in told


def test_what_did_not_happen_is_said() -> None:
    assert lines(Shop(happens=False)).count(MISSING) >= 5


def test_mass_messages_are_not_shown_where_the_month_is_over_before_they_are_through() -> None:
    told = "\n".join(lines(Shop(ends_in=60_000)))
    assert "not shown: before they are through, 2026-11 is over here" in told
    assert "Lan: " not in told
    assert MISSING not in told


def test_the_month_is_that_of_the_clock_on_the_wall() -> None:
    fast = LocalStack("", "", "", None, None, {}, 3600.0, "http://wechat", "http://senders", NOW)  # type: ignore[arg-type]
    demo = MessagesDemo(fast, now=lambda: NOW)
    assert [demo.month(), demo.month(150_000), demo.month(240_000)] == ["2026-11", "2026-11", "2026-12"]


@pytest.mark.parametrize("scale", [3600, 20_160])
def test_the_news_of_points_are_worth_telling_for_longer_than_a_lambda_takes_to_start(scale: int) -> None:
    assert duration_ms(NOTICE["within"]) / scale > 2 * SLOW_START_MS


@pytest.mark.parametrize(("path", "document"), DEFINITIONS)
def test_everything_it_puts_in_force_is_a_document_of_its_kind(path: str, document: Json) -> None:
    kind, _, name = path.partition("/")
    if kind == "segments":
        assert plan_of((kind, name, document)).version == 1
    else:
        MODELS[kind].model_validate(document)


def test_the_notice_goes_by_channels_that_its_template_has_words_for_and_texts_that_are_approved() -> None:
    template = TemplateDocument.model_validate(dict(TEMPLATES)[f"templates/{POINTS}"])
    assert [one.value for one in template.bodies()] == NOTICE["channels"]
    sms = template.channels.sms
    assert sms is not None
    assert SMS_TEMPLATES[sms.template or ""]["variables"] == list(sms.variables)


@pytest.mark.parametrize("hour", [0, 1, 2, 12, 23])
def test_offers_wait_and_services_do_not_whenever_the_demo_is_shown(hour: int) -> None:
    now = datetime(2026, 11, 22, hour, 30, tzinfo=UTC)
    rules = rules_of(ContactPolicyDocument.model_validate(policy(now)), STEADY)
    (quiet,) = rules.quiet_hours
    assert quiet.holds_for(Category.MARKETING, ChannelName.PUSH)
    assert not quiet.holds_for(Category.SERVICE, ChannelName.SMS)
    assert not quiet.holds_for(Category.MARKETING, ChannelName.CUSTOMER_SERVICE)


def test_a_file_of_the_till_names_cards_points_and_the_time() -> None:
    demo = MessagesDemo(LocalStack("", "", "", None, None, {}, 1.0, "http://wechat", "http://senders"), "7", now=lambda: NOW)  # type: ignore[arg-type]
    header, row = demo.till((demo.tao, 56)).decode("utf-8-sig").splitlines()
    assert header == "单号,会员卡,金额,时间,积分,余额"
    assert row == "TILL7-001,H704,56.00,2026-11-22 06:26:40,56,1056"
