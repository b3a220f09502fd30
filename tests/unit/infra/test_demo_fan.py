"""The demo of WeChat: what it puts in force can be put in force, and what it tells is what the fan saw and what is known."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import BaseModel

from chalicelib.audiences.kinds import RuleKind
from chalicelib.campaigns.documents import CampaignDocument
from chalicelib.menus.documents import MenuDocument
from chalicelib.replies.documents import ReplyDocument
from chalicelib.wechat.accounts import AccountDocument
from infra import demo_fan
from infra.demo_fan import SILENCE_SECONDS, FanDemo
from infra.demo_fan_told import ASKED, MISSING, REFUSED, story
from infra.demo_shop import ACCOUNTS, COUPON, DEFINITIONS, DRESSES, MENU_OF_THE_UNPAID, MINI, REMINDER, SHOP, TROUSERS, USUAL_MENU, WELCOME
from infra.local_stack import LocalStack
from infra.local_wechat.driver import SimulatorRefused
from tests.support.rules import plan_of

NOW = 1_795_300_000_000
Json = dict[str, Any]
MODELS: dict[str, type[BaseModel]] = {"campaigns": CampaignDocument, "replies": ReplyDocument, "menus": MenuDocument}
DELIVERED: dict[str, list[str]] = {ASKED: [DRESSES, TROUSERS], "领券": [COUPON]}


@dataclass
class Jing:
    """Stands in for the demo on a stack: things happen at once, or never."""

    happens: bool = True
    chat: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    menu: list[str] = field(default_factory=lambda: list(USUAL_MENU))
    did: list[str] = field(default_factory=list)
    stack: Any = field(default_factory=lambda: LocalStack("", "", "", None, None, {}, 1.0, "http://wechat", "http://senders"))  # type: ignore[arg-type]

    @property
    def events(self) -> list[Json]:
        return [{"name": name, "properties": {"reason": "window_closed"}} for name in self.names]

    @property
    def known(self) -> Json:
        return {
            "identifiers": [{"namespace": "unionid"}, {"namespace": f"openid:{SHOP}"}],
            "first_touch": {"campaign": {"source": "subway", "medium": "poster", "name": "618"}},
        }

    def follow(self) -> None:
        self.told("follow", [WELCOME])

    def writes(self, content: str) -> None:
        self.told(content, DELIVERED[content])

    def taps(self, name: str) -> None:
        self.told(name, DELIVERED[name])

    def opens_and_orders(self) -> None:
        self.told("order", [REMINDER])
        self.menu = list(MENU_OF_THE_UNPAID)

    def orders(self, name: str) -> None:
        self.told(name, [])
        self.menu = list(USUAL_MENU)
        self.names += ["$segment_left"]

    def is_silent_and_orders(self) -> None:
        self.told("silence", [])
        self.names += [REFUSED]

    def leaves(self) -> None:
        self.told("leave", [])
        self.names += ["WechatUnsubscribed"]

    def told(self, what: str, texts: list[str]) -> None:
        self.did.append(what)
        self.chat += texts if self.happens else []


def lines(fan: Jing) -> list[str]:
    return list(story(fan, lambda happened: bool(happened())))  # type: ignore[arg-type]


def test_what_it_puts_in_force_is_sound() -> None:
    for document in ACCOUNTS.values():
        AccountDocument.model_validate(document)
    for path, document in DEFINITIONS:
        kind, _, name = path.partition("/")
        if kind in MODELS:
            MODELS[kind].model_validate(document)
        else:
            assert plan_of((RuleKind(kind), name, document))


def test_a_definition_comes_after_those_that_it_names() -> None:
    paths = [path for path, _ in DEFINITIONS]
    for place, (_, document) in enumerate(DEFINITIONS):
        segments = {document.get("segment"), *(one["segment"] for one in document.get("personal", ()))} - {None}
        assert {f"segments/{name}" for name in segments} <= set(paths[:place])


def test_it_tells_what_she_does_and_is_told_in_order() -> None:
    fan = Jing()
    told = lines(fan)
    assert fan.did == ["follow", ASKED, "领券", "order", "OrderPaid", "silence", "leave"]
    said = [line.removeprefix("   -> ") for line in told if line.startswith("   -> ")]
    usual, of_the_unpaid = "her menu: 领券 · 商城", "her menu: 去付款 · 领券"
    assert said[:-1] == [WELCOME, usual, DRESSES, TROUSERS, COUPON, REMINDER, of_the_unpaid, usual]
    assert "(window_closed)" in said[-1]
    assert MISSING not in told
    assert any("http://wechat/" in line for line in told)


def test_where_the_chat_is_closed_before_she_can_be_answered_it_says_why() -> None:
    class Late(Jing):
        def opens_and_orders(self) -> None:
            self.told("order", [])
            self.menu = list(MENU_OF_THE_UNPAID)
            self.names += [REFUSED]

    fan = Late(stack=LocalStack("", "", "", None, None, {}, 20_160.0, "http://wechat", "http://senders"))  # type: ignore[arg-type]
    told = lines(fan)
    assert any("nothing: the two days after her text, in which she may be written to, are 8.57 s here" in line for line in told)
    assert fan.names.count(REFUSED) == 2
    assert MISSING not in told


def test_what_does_not_happen_is_said() -> None:
    assert MISSING in lines(Jing(happens=False))


def test_a_menu_that_cannot_be_tapped_ends_nothing_else() -> None:
    class Menuless(Jing):
        def taps(self, name: str) -> None:
            raise SimulatorRefused("the fan's menu has no such button")

    fan = Menuless()
    assert MISSING in lines(fan)
    assert fan.did[-1] == "leave"


class Platform:
    """Stands in for the local WeChat's driver."""

    def __init__(self, url: str) -> None:
        self.done: list[tuple[Any, ...]] = [("at", url)]

    def person(self, name: str) -> str:
        return f"p-{name}"

    def relation(self, person: str, appid: str) -> Json:
        return {"openid": f"{person}@{appid}"}

    def advance(self, seconds: float) -> None:
        self.done.append(("advance", seconds))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, Any]]:
    asked: list[tuple[str, str, Any]] = []
    monkeypatch.setattr(demo_fan, "Driver", Platform)
    monkeypatch.setattr(demo_fan, "call", lambda url, key, body=None, *_method: asked.append((url, key, body)))
    return asked


def made() -> FanDemo:
    stack = LocalStack("http://api", "hlw_1", "hla_1", None, None, {}, 1.0, "http://wechat", "http://senders")  # type: ignore[arg-type]
    return FanDemo(stack, now=lambda: NOW)


def test_an_order_is_told_by_the_mini_program_which_knows_only_its_own_openid(sent: list[tuple[str, str, Any]]) -> None:
    fan = made()
    fan.orders()
    fan.orders("OrderPaid")
    events = [event for _, _, body in sent for event in body["events"]]
    assert [event["name"] for event in events] == ["OrderSubmitted", "OrderPaid"]
    assert all(event["identifiers"] == {f"openid:{MINI}": f"p-Jing@{MINI}"} for event in events)
    assert len({event["id"] for event in events}) == 2
    assert {(url, key) for url, key, _ in sent} == {("http://api/v1/events", "hlw_1")}


def test_silence_is_longer_than_the_platform_waits(sent: list[tuple[str, str, Any]]) -> None:
    fan = made()
    fan.is_silent_and_orders()
    assert ("advance", SILENCE_SECONDS) in fan.wechat.done  # type: ignore[attr-defined]
    assert SILENCE_SECONDS > 48 * 3600
