"""From documents to charts: every node and entry, with lengths of this stack's time."""

from typing import Any

import pytest

from chalicelib.broadcasts.ranking import By, Direction, Missing, Ranking
from chalicelib.identifiers import Identifier
from chalicelib.journeys.definition.compiling import chart_of, not_kept
from chalicelib.journeys.definition.documents import KIND, JourneyDocument
from chalicelib.journeys.engine import acts
from chalicelib.journeys.engine.chart import GRACE_MS, Chart, Door, Expected, Goal, Match, Message, NotThen, Policy, ReEntry
from chalicelib.journeys.nodes.acting import Do, SendMessage
from chalicelib.journeys.nodes.choosing import Branch, Split
from chalicelib.journeys.nodes.ending import Exit, Milestone
from chalicelib.journeys.nodes.node import Node
from chalicelib.journeys.nodes.wait_for import WaitFor
from chalicelib.journeys.nodes.waiting import Wait, WaitDate, WaitUntil
from chalicelib.messages.templates.model import ChannelName
from chalicelib.pace import STEADY, Pace
from chalicelib.signals.filters import filter_of
from tests.support.journey_documents import DONE, PAID, Json, journey, unpaid

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
HASTE = Pace(3600, 0)  # an hour of a document is a second


def compiled(document: Json, pace: Pace = STEADY) -> Chart:
    """The chart of a document that is checked first."""
    JourneyDocument.model_validate(document)
    return chart_of("unpaid", 3, document, pace, plan=7)


def node(document: Json, pace: Pace = STEADY) -> Node:
    """The node of a document, after one that sends an offer."""
    nodes = {"offer": {"send": {"template": "t"}, "next": "at"}, "at": document, "done": DONE, "b": DONE}
    for one in (document.get("else"), document.get("then"), document.get("next")):
        assert one in (None, "done", "b")
    return chart_of("unpaid", 3, journey(nodes), pace).nodes["at"]


def door(entry: Json, pace: Pace = STEADY) -> Door:
    """The door of an entry, whatever it keeps."""
    return compiled(journey({"offer": {"send": {"template": "t"}, "next": "done"}, "done": DONE}, entry=entry), pace).door


def entered(segment: str, place: str) -> Expected:
    """Somebody enters a segment."""
    return Expected(place, "$segment_entered", filter_of({"segment": segment}), segment=segment)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"wait": "2h", "next": "done"}, Wait(2 * HOUR, "done")),
        ({"wait": {"until": "09:30"}, "next": "done"}, WaitUntil(570, (), "Asia/Shanghai", "done")),
        (
            {"wait": {"until": "00:00", "on": ["fri", "mon"], "timezone": "Asia/Tokyo"}, "next": "done"},
            WaitUntil(0, (0, 4), "Asia/Tokyo", "done"),
        ),
        (
            {"wait": {"date": "entry.properties.starts_at", "offset": "-1d", "at": "09:00"}, "next": "done", "else": "b"},
            WaitDate("entry.properties.starts_at", -DAY, 540, "Asia/Shanghai", "done", "b"),
        ),
        (
            {"wait": {"date": "attributes.birthday", "yearly": True}, "next": "done"},
            WaitDate("attributes.birthday", 0, None, "Asia/Shanghai", "done", yearly=True),
        ),
        (
            {"wait_for": {"event": "A", "where": {"n": 1}, "match": {"m": "sends.offer"}}, "within": "15m", "then": "done", "else": "b"},
            WaitFor(((Expected("nodes/at/wait_for", "A", filter_of({"n": 1}), (Match("m", "sends.offer"),)), "done"),), 15 * MINUTE, "b"),
        ),
        (
            {"wait_for": [{"segment": "vip", "then": "b"}, {"event": "A"}], "within": "1d", "then": "done", "else": "b"},
            WaitFor(((entered("vip", "nodes/at/wait_for/0"), "b"), (Expected("nodes/at/wait_for/1", "A"), "done")), DAY, "b"),
        ),
        ({"branch": [{"where": {"tag": "a"}, "next": "done"}], "else": "b"}, Branch((("nodes/at/branch/0/where", "done"),), "b")),
        ({"split": [{"weight": 1, "next": "done"}, {"weight": 3, "next": "b"}]}, Split(((1, "done"), (3, "b")))),
        ({"send": {"template": "t"}, "next": "done"}, SendMessage(Message("t"), "done")),
        (
            {"send": {"template": "t", "channels": ["sms"], "strict": True, "data": {"a": 1}, "within": "1h"}, "next": "done"},
            SendMessage(Message("t", (ChannelName.SMS,), strict=True, data={"a": 1}, within=HOUR), "done"),
        ),
        ({"goal": "claimed", "next": "done"}, Milestone("claimed", "done")),
        ({"exit": "enough"}, Exit("enough")),
    ],
)  # fmt: skip
def test_every_node_is_made(document: Json, expected: Node) -> None:
    assert node(document) == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"add_tag": "a"}, acts.AddTag("a")),
        ({"remove_tag": "a"}, acts.RemoveTag("a")),
        ({"set": {"a": 1}}, acts.SetAttributes({"a": 1})),
        ({"unset": ["a", "b"]}, acts.UnsetAttributes(("a", "b"))),
        ({"add_score": {"score": "s", "points": -5}}, acts.AddScore("s", -5)),
        ({"webhook": "w"}, acts.CallWebhook("w")),
        ({"webhook": "w", "data": {"a": 1}}, acts.CallWebhook("w", {"a": 1})),
        ({"enter": "j"}, acts.EnterJourney("j")),
        ({"enter": "j", "key": "entry.key"}, acts.EnterJourney("j", "entry.key")),
        (
            {"notify": {"template": "t", "to": [{"mobile": "+86 138 0013 8001"}], "channels": ["sms"]}},
            acts.NotifyStaff("t", (Identifier("mobile", "13800138001"),), (ChannelName.SMS,)),
        ),
    ],
)
def test_every_act_is_made(document: Json, expected: acts.Act) -> None:
    assert node({"do": [document], "next": "done"}) == Do((expected,), "done")


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            {"event": "A", "where": {"n": 1}, "key": "properties.id", "segment": "vip"},
            Door(Expected("entry", "A", filter_of({"n": 1})), key="properties.id", segment="vip"),
        ),
        ({"segment": "vip"}, Door(entered("vip", "entry"))),
        (
            {"segment": "vip", "on": "leave", "re_entry": {"policy": "always", "limit": 2, "within": "7d"}},
            Door(
                Expected("entry", "$segment_left", filter_of({"segment": "vip"}), segment="vip", entered=False),
                re_entry=ReEntry(Policy.ALWAYS, 2, 7 * DAY),
            ),
        ),
        (
            {"event": "A", "then_not": {"event": "B", "match": {"c": "entry.name"}, "within": "2h"}, "re_entry": {"policy": "never"}},
            Door(
                Expected("entry", "A"),
                then_not=NotThen(Expected("entry/then_not", "B", match=(Match("c", "entry.name"),)), 2 * HOUR),
                re_entry=ReEntry(Policy.NEVER),
            ),
        ),
        (
            {"cron": "0 9 ? * MON *", "segment": "vip", "cap": {"entries": 9, "within": "1d"}},
            Door(cron="0 9 ? * MON *", segment="vip", most=9, per=DAY),
        ),
        (
            {"cron": "0 9 ? * MON *", "segment": "vip", "rank": {"by": {"score": "reading"}}},
            Door(cron="0 9 ? * MON *", segment="vip", rank=Ranking(By.SCORE, "reading", Direction.DESC, Missing.OUT)),
        ),
        (
            {"attribute_date": "birthday", "offset": "-3d", "at": "09:00", "timezone": "Asia/Tokyo", "yearly": False},
            Door(date="birthday", offset=-3 * DAY, at="09:00", timezone="Asia/Tokyo", yearly=False),
        ),
        ({"api": True, "key": "key", "cap": {"entries": 9}}, Door(api=True, key="key", most=9)),
    ],
)  # fmt: skip
def test_every_entry_is_a_door(entry: Json, expected: Door) -> None:
    assert door(entry) == expected


def test_lengths_are_those_of_the_stack_and_those_of_the_wall_stay() -> None:
    assert node({"wait": "2h", "next": "done"}, HASTE) == Wait(2 * SECOND, "done")
    waits = {"wait_for": {"event": "A"}, "within": "1h", "then": "done", "else": "b"}
    assert node(waits, HASTE) == WaitFor(((Expected("nodes/at/wait_for", "A"), "done"),), SECOND, "b")
    assert node({"wait": {"date": "entry.time", "offset": "1h"}, "next": "done"}, HASTE) == WaitDate(
        "entry.time", HOUR, None, "Asia/Shanghai", "done"
    )
    hasty = door({"event": "A", "re_entry": {"limit": 1, "within": "1h"}, "cap": {"entries": 1, "within": "2h"}}, HASTE)
    assert (hasty.re_entry.within, hasty.per) == (SECOND, 2 * SECOND)


def test_the_grace_is_of_the_true_clock() -> None:
    assert compiled(unpaid(), HASTE).grace == GRACE_MS
    assert compiled(unpaid(grace="30s"), HASTE).grace == 30 * SECOND


def test_the_chart_has_all_that_its_document_says() -> None:
    goal = {**PAID, "within": ["1d", "3d"], "revenue": "properties.amount"}
    document = unpaid(title="未支付", goal=goal, control=0.1, exit=[PAID, {"segment": "vip", "on": "enter"}])
    chart = compiled(document)
    match = (Match("properties.order_id", "entry.properties.order_id"),)
    assert (chart.name, chart.version, chart.title, chart.start, chart.control, chart.plan) == ("unpaid", 3, "未支付", "hold", 0.1, 7)
    assert chart.exits == (Expected("exit/0", "OrderPaid", match=match), entered("vip", "exit/1"))
    assert chart.goal == Goal(Expected("goal", "OrderPaid", match=match), (("1d", DAY), ("3d", 3 * DAY)), "properties.amount")
    assert chart.document == document


def test_it_looks_out_for_exits_goal_waits_and_what_must_not_come() -> None:
    entry = {"event": "A", "then_not": {"event": "B", "within": "1h"}}
    nodes = {"w": {"wait_for": [{"event": "C"}, {"segment": "s"}], "within": "1h", "then": "done", "else": "done"}, "done": DONE}
    chart = compiled(journey(nodes, entry=entry, exit=[{"event": "D"}], goal={"event": "E", "within": ["1d"]}))
    assert chart.names == {"B", "C", "D", "E", "$segment_entered"}
    assert [one.place for one in chart.looks] == ["exit/0", "goal", "entry/then_not", "nodes/w/wait_for/0", "nodes/w/wait_for/1"]


@pytest.mark.parametrize(
    ("nodes", "kept"),
    [
        ({"done": DONE}, ("order_id",)),
        ({"w": {"wait": {"date": "entry.properties.starts.at"}, "next": "done"}, "done": DONE}, ("order_id", "starts.at")),
        ({"d": {"do": [{"add_tag": "a"}], "next": "done"}, "done": DONE}, ("order_id",)),
        ({"d": {"do": [{"add_tag": "a"}, {"enter": "b", "key": "entry.key"}], "next": "done"}, "done": DONE}, None),
        ({"d": {"do": [{"webhook": "crm"}], "next": "done"}, "done": DONE}, None),
        ({"d": {"do": [{"notify": {"template": "t", "to": [{"user_id": "a"}]}}], "next": "done"}, "done": DONE}, None),
        ({"s": {"send": {"template": "t"}, "next": "done"}, "done": DONE}, None),
    ],
)
def test_of_what_lets_somebody_in_only_that_is_kept_which_may_be_asked_for(nodes: dict[str, Any], kept: tuple[str, ...] | None) -> None:
    assert compiled(journey(nodes, exit=[PAID])).door.kept == kept


def until(path: str) -> Json:
    """A journey that waits for a date of its entry."""
    return journey({"w": {"wait": {"date": path}, "next": "done"}, "done": DONE})


def doing(act: Json) -> Json:
    """A journey that does something."""
    return journey({"d": {"do": [act], "next": "done"}, "done": DONE})


@pytest.mark.parametrize(
    ("origin", "to", "missing"),
    [
        (journey(), until("entry.properties.starts.at"), ["starts.at"]),
        (journey(exit=[PAID]), journey(goal={**PAID, "within": ["1d"]}), []),
        (journey(), journey(exit=[PAID]), ["order_id"]),
        (doing({"webhook": "crm"}), until("entry.properties.a"), []),  # keeps everything, for texts may ask for it
        (until("entry.properties.a.b"), until("entry.properties.a.c"), []),  # a is kept as a whole
        (journey(), doing({"enter": "b", "key": "entry.properties.cart"}), ["cart"]),
        (journey(), until("attributes.birthday"), []),
    ],
)
def test_what_another_version_asks_for_may_not_have_been_kept(origin: Json, to: Json, missing: list[str]) -> None:
    assert not_kept(compiled(origin), compiled(to)) == missing


def test_the_example_of_the_contract_becomes_a_chart() -> None:
    example = JourneyDocument.model_json_schema()["examples"][0]
    assert KIND == "journeys"
    assert set(compiled(example).nodes) == set(example["nodes"])
