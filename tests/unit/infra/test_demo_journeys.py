"""The demo of journeys and the examples that it plays: what goes in force, and what is told of two orders."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.definitions.kinds import kind_of
from infra import journey_examples
from infra.definition_files import Filed, read_folder
from infra.definition_import import JOURNEYS, in_order, make_kinds_known
from infra.demo_fan_told import MISSING
from infra.demo_journeys import IN_TIME, JOURNEY, JourneysDemo
from infra.demo_journeys_told import ENTERED, EXITED, PAID, UNPAID, story
from infra.demo_shop import MINI, SHOP
from infra.journey_examples import APPIDS, FOLDER, JourneyExamples
from infra.local_stack import LocalStack

NOW = 1_795_300_000_000
HOUR = 3_600_000
Json = dict[str, Any]


def stack(scale: float = 3600.0) -> LocalStack:
    return LocalStack("http://api", "hlw_1", "hla_1", None, None, {}, scale, "http://wechat", "http://senders", NOW)  # type: ignore[arg-type]


# ---- the examples ----


def files(*journeys: str) -> list[Filed]:
    return JourneyExamples(stack()).files(*journeys)


def test_every_example_says_what_it_is_for_and_is_kept_as_it_was_written() -> None:
    make_kinds_known()
    for path in FOLDER.glob("*/*.yaml"):
        assert path.read_text("utf-8").startswith("# "), path
    for one in read_folder(FOLDER):
        assert kind_of(one.kind).written(one.document) == one.document, one.path


def test_one_journey_comes_with_the_templates_that_it_names_and_no_others() -> None:
    assert [one.path for one in files("wake-sleepers")] == ["templates/call-sleeper", "templates/wake-coupon", "journeys/wake-sleepers"]


def test_all_of_them_come_with_what_they_ask_for_of_the_other_examples() -> None:
    paths = [one.path for one in files()]
    assert {"scores/activity", "segments/sleeping"} < set(paths)
    assert len([path for path in paths if path.startswith(JOURNEYS)]) == 9


def test_journeys_go_in_force_after_all_that_they_name() -> None:
    kinds = [one.kind for one in in_order(files())]
    assert set(kinds[kinds.index(JOURNEYS) :]) == {JOURNEYS}


def test_a_journey_goes_in_force_after_those_that_it_lets_people_into() -> None:
    leading = {"entry": {"event": "A"}, "start": "on", "nodes": {"on": {"do": [{"enter": "b"}], "next": "out"}, "out": {"exit": "done"}}}
    led_to = {"entry": {"api": True}, "start": "out", "nodes": {"out": {"exit": "done"}}}
    found = in_order([Filed(JOURNEYS, "a", leading), Filed(JOURNEYS, "b", led_to), Filed(JOURNEYS, "c", {"nothing": "right"})])
    assert [one.name for one in found if one.name != "c"] == ["b", "a"]


def test_the_demos_accounts_stand_in_for_those_of_the_examples() -> None:
    text = str([one.document for one in files()])
    assert not any(appid in text for appid in APPIDS)
    assert SHOP in text
    assert MINI in text


def test_the_platforms_approve_what_the_examples_send(monkeypatch: pytest.MonkeyPatch) -> None:
    approved: dict[str, Any] = {}

    class Platform:
        def __init__(self, _url: str) -> None:
            """Anywhere."""

        def template(self, appid: str, keys: list[str], template_id: str, **_: Any) -> None:
            approved[template_id] = (appid, keys)

    monkeypatch.setattr(journey_examples, "Driver", Platform)
    monkeypatch.setattr(journey_examples, "connect_aliyun", lambda _stack, _name, _signature, texts: approved.update(texts))
    JourneyExamples(stack()).approve(files())
    assert approved["T-course"] == (SHOP, ["thing1", "time2", "thing3"])
    assert approved["SMS_200011"] == {"variables": ["course", "begins"]}
    assert {one["template"] for one in _sms()} < set(approved)


def _sms() -> list[Json]:
    return [one.document["channels"]["sms"] for one in files() if one.kind == "templates" and "sms" in one.document["channels"]]


# ---- the demo ----


@dataclass
class Shop:
    """Stands in for the demo on a stack: everything happens at once, or never."""

    happens: bool = True
    scale: float = 3600.0
    mark: str = ""
    paid: dict[str, int | None] = field(default_factory=dict)
    ordered: list[str] = field(default_factory=list)
    both: bool = False

    @property
    def stack(self) -> LocalStack:
        return stack(self.scale)

    @property
    def hold(self) -> float:
        return self.stack.pace.span(2 * HOUR) / 1000

    def now(self) -> int:
        return NOW

    def comes(self, name: str) -> None:
        """Is there."""

    def does(self, name: str, event: str, at: int | None = None, **_: Any) -> None:
        if event == "OrderPaid":
            self.paid[name] = at
        else:
            self.ordered.append(name)

    def coupons(self, name: str) -> list[str]:
        return ["9折券"] if self.happens and (self.both or (name in self.ordered and name not in self.paid)) else []

    def told(self, name: str) -> list[Json]:
        if not self.happens:
            return []
        left = [{"name": EXITED, "properties": {"journey": JOURNEY, "reason": "exited"}}] if name in self.paid else []
        return [{"name": ENTERED, "properties": {"journey": JOURNEY}}, *left]

    def path(self, name: str) -> str:
        return f"/v1/people/user_id/{name}"


def told(shop: Shop) -> list[str]:
    return list(story(shop, lambda happened: bool(happened())))  # type: ignore[arg-type]


def test_where_two_hours_are_two_seconds_one_gets_the_coupon_and_one_pays_before() -> None:
    shop = Shop()
    lines = told(shop)
    assert shop.paid == {PAID: NOW + IN_TIME // 3600}
    assert f"   -> {UNPAID}: 9折券" in lines
    assert f"   -> {PAID}: nothing; out of the journey: exited" in lines
    assert MISSING not in lines


@pytest.mark.parametrize("scale", [1, 20_160])
def test_where_two_hours_are_long_or_chats_close_at_once_it_says_how_to_watch(scale: float) -> None:
    shop = Shop(scale=scale)
    lines = told(shop)
    assert shop.paid == {}
    assert any("TIME_SCALE=3600" in line for line in lines)
    assert MISSING not in lines


def test_what_does_not_happen_is_said() -> None:
    assert MISSING in told(Shop(happens=False))


def test_a_coupon_for_a_paid_order_is_a_fault() -> None:
    assert MISSING in told(Shop(both=True))


def test_people_of_another_demo_are_others(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Json] = []
    monkeypatch.setattr("infra.demo_journeys.call", lambda _url, _key, body: sent.extend(body["events"]))
    for mark in ("", "2"):
        demo = JourneysDemo(stack(), mark, now=lambda: NOW)
        demo.openids["An"] = f"o{mark}"
        demo.does("An", "OrderSubmitted", order_id="1")
    assert len({one["id"] for one in sent}) == 2
    assert [one["identifiers"] for one in sent] == [{f"openid:{SHOP}": "o"}, {f"openid:{SHOP}": "o2"}]
    assert sent[0]["time"] == "2026-11-21T22:26:40.000+00:00"


def test_it_says_how_long_two_hours_are() -> None:
    assert [JourneysDemo(stack(scale)).hold for scale in (1.0, 3600.0)] == [7200.0, 2.0]
