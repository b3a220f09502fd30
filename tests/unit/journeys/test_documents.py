"""The document of a journey: what may be written, and where a wrong one is refused."""

from typing import Any

import pytest

import chalicelib.journeys.publishing  # noqa: F401 - makes the kind known
from chalicelib.definitions.kinds import kind_of
from chalicelib.journeys.definition.documents import KIND, JourneyDocument
from tests.support.journey_documents import DONE, Json, journey, refused

ENTRIES: list[Json] = [
    {"event": "OrderSubmitted", "where": {"amount": {"gt": 100}}, "key": "properties.order_id", "segment": "followers"},
    {
        "event": "CartFilled",
        "then_not": {"event": "OrderPaid", "match": {"properties.cart": "entry.properties.cart"}, "within": "2h"},
        "re_entry": {"policy": "never"},
    },
    {"event": "CartFilled", "then_not": {"event": "OrderPaid", "within": "2h"}, "cap": {"entries": 100, "within": "1d"}},
    {"event": "$segment_entered", "where": {"segment": {"eq": "vip"}}},
    {"event": "$message_clicked"},
    {"event": "$journey_exited", "where": {"journey": "unpaid", "reason": "exited"}},
    {"segment": "dress", "on": "leave", "re_entry": {"policy": "always", "limit": 3, "within": "30d"}},
    {"segment": "dress"},
    {"cron": "0 9 ? * MON *", "timezone": "Asia/Shanghai", "segment": "winners", "cap": {"entries": 1000, "within": "1d"}},
    {"attribute_date": "birthday", "offset": "-3d", "at": "09:00"},
    {"attribute_date": "contract.ends_at", "at": "09:00", "yearly": False, "segment": "vip"},
    {"api": True, "key": "key"},
    {"api": True, "segment": "vip", "cap": {"entries": 5}},
]

NODES: list[Json] = [
    {"wait": "2h", "next": "done"},
    {"wait": {"until": "09:00", "on": ["mon", "fri"], "timezone": "Asia/Tokyo"}, "next": "done"},
    {"wait": {"date": "entry.properties.starts_at", "offset": "-1d", "at": "09:00"}, "next": "done", "else": "done"},
    {"wait": {"date": "attributes.birthday", "yearly": True}, "next": "done"},
    {"wait": {"date": "entry.time", "offset": "3d"}, "next": "done"},
    {"wait_for": {"event": "CouponClaimed"}, "within": "15m", "then": "done", "else": "done"},
    {"wait_for": {"segment": "vip"}, "within": "15m", "then": "done", "else": "done"},
    {
        "wait_for": [
            {"event": "$message_clicked", "where": {"url": "a"}, "match": {"properties.message": "sends.offer"}, "then": "done"},
            {"event": "OrderPaid", "match": {"properties.order_id": "entry.key"}},
            {"segment": "vip", "on": "leave", "then": "done"},
        ],
        "within": "3d", "then": "done", "else": "done",
    },
    {"branch": [{"where": {"tag": "vip"}, "next": "done"}, {"where": {"score": "activity", "gt": 3}, "next": "done"}], "else": "done"},
    {"split": [{"weight": 1, "next": "done"}, {"weight": 3, "next": "done"}]},
    {"do": [{"add_tag": "大客户"}, {"remove_tag": "x"}, {"set": {"stage": "won", "n": 3}}, {"unset": ["old"]}], "next": "done"},
    {"do": [{"add_score": {"score": "activity", "points": -5}}, {"webhook": "sales", "data": {"a": [1]}}], "next": "done"},
    {"do": [{"enter": "other"}, {"enter": "other", "key": "entry.properties.order_id"}], "next": "done"},
    {"do": [{"notify": {"template": "staff", "to": [{"user_id": "anna"}], "channels": ["sms"]}}], "next": "done"},
    {"send": {"template": "unpaid", "channels": ["push", "sms"], "strict": True, "data": {"code": 1}, "within": "1d"}, "next": "done"},
    {"goal": "claimed", "next": "done"},
    {"exit": "给了"},
]  # fmt: skip

SENDING: Json = {"offer": {"send": {"template": "unpaid"}, "next": "at"}}


def through(node: Any) -> Json:
    """A journey that sends an offer and then comes to a node."""
    return journey({**SENDING, "at": node, **({} if "exit" in node else {"done": DONE})})


def test_it_is_a_kind_of_definition() -> None:
    assert kind_of(KIND).model is JourneyDocument


@pytest.mark.parametrize("entry", ENTRIES)
def test_people_come_in_by_events_segments_calendars_dates_and_the_api(entry: Json) -> None:
    assert kind_of(KIND).written(journey(entry=entry)) == journey(entry=entry)


@pytest.mark.parametrize("node", NODES)
def test_every_node_comes_out_as_it_was_written(node: Json) -> None:
    assert kind_of(KIND).written(through(node)) == through(node)


def test_a_journey_may_have_exits_a_goal_a_control_group_and_a_grace() -> None:
    document = journey(
        exit=[{"event": "OrderPaid"}, {"segment": "vip", "on": "enter"}],
        goal={"event": "OrderPaid", "within": ["1d", "3d"], "revenue": "properties.amount"},
        control=0.1,
        grace="30s",
    )
    assert kind_of(KIND).written(document) == document


@pytest.mark.parametrize(
    ("entry", "path", "code"),
    [
        ({}, "entry", "shape_unknown"),
        ({"event": "*"}, "entry/event", "event_forbidden"),
        ({"event": "$message_sent"}, "entry/event", "event_forbidden"),
        ({"event": "$reply_sent"}, "entry/event", "event_forbidden"),
        ({"event": "$journey_entered"}, "entry/where", "derived_event_unnamed"),
        ({"event": "$segment_entered"}, "entry/where", "derived_event_unnamed"),
        ({"event": "A", "key": "properties."}, "entry/key", "path_invalid"),
        ({"event": "A", "then_not": {"event": "B"}}, "entry/then_not/within", "missing"),
        ({"event": "A", "re_entry": {"limit": 2}}, "entry/re_entry/within", "limit_incomplete"),
        ({"event": "A", "re_entry": {"within": "1d"}}, "entry/re_entry/limit", "limit_incomplete"),
        ({"event": "A", "re_entry": {"limit": 0, "within": "1d"}}, "entry/re_entry/limit", "greater_than_equal"),
        ({"event": "A", "cap": {"entries": 0}}, "entry/cap/entries", "greater_than_equal"),
        ({"segment": "a b"}, "entry/segment", "string_pattern_mismatch"),
        ({"cron": "0 9 ? * MON *"}, "entry/segment", "missing"),
        ({"cron": "every day", "segment": "a"}, "entry/cron", "cron_invalid"),
        ({"cron": "0 9 ? * MON *", "segment": "a", "timezone": "Mars"}, "entry/timezone", "timezone_unknown"),
        ({"attribute_date": "birthday"}, "entry/at", "missing"),
        ({"attribute_date": "birthday", "at": "9:00"}, "entry/at", "time_invalid"),
        ({"attribute_date": "birthday", "at": "09:00", "offset": "3 days"}, "entry/offset", "offset_invalid"),
        ({"attribute_date": "attributes.birthday", "at": "09:00"}, "entry/attribute_date", "attribute_invalid"),
        ({"api": False}, "entry/api", "literal_error"),
        ({"api": True, "key": "entry.key"}, "entry/key", "literal_error"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_place(entry: Json, path: str, code: str) -> None:
    assert refused(journey(entry=entry)) == [(path, code)]


@pytest.mark.parametrize(
    ("node", "path", "code"),
    [
        ({}, "", "shape_unknown"),
        ({"wait": "soon", "next": "done"}, "/wait", "duration_invalid"),
        ({"wait": "2h"}, "/next", "missing"),
        ({"wait": "2h", "next": "done", "else": "done"}, "/else", "else_pointless"),
        ({"wait": {"until": "24:00"}, "next": "done"}, "/wait/until", "time_invalid"),
        ({"wait": {"until": "09:00", "on": []}, "next": "done"}, "/wait/on", "list_expected"),
        ({"wait": {"until": "09:00", "on": ["monday"]}, "next": "done"}, "/wait/on/0", "literal_error"),
        ({"wait": {"date": "birthday"}, "next": "done"}, "/wait/date", "date_unknown"),
        ({"wait": {"date": "attributes."}, "next": "done"}, "/wait/date", "date_unknown"),
        ({"wait_for": {"event": "A"}, "within": "1h", "else": "done"}, "/then", "missing"),
        ({"wait_for": {"event": "A"}, "then": "done", "else": "done"}, "/within", "missing"),
        ({"wait_for": {"event": "A"}, "within": "1h", "then": "done"}, "/else", "missing"),
        ({"wait_for": {"event": "*"}, "within": "1h", "then": "done", "else": "done"}, "/wait_for/event", "event_forbidden"),
        ({"wait_for": [{"tag": "a"}], "within": "1h", "then": "done", "else": "done"}, "/wait_for/0", "shape_unknown"),
        (
            {"wait_for": {"event": "A", "match": {"id": "person.id"}}, "within": "1h", "then": "done", "else": "done"},
            "/wait_for/match/id", "match_unknown",
        ),
        (
            {"wait_for": {"event": "A", "match": {"id": "sends.at"}}, "within": "1h", "then": "done", "else": "done"},
            "/wait_for/match/id", "match_unknown",
        ),
        ({"branch": [], "else": "done"}, "/branch", "list_expected"),
        ({"branch": [{"where": {"tag": "a"}, "next": "done"}]}, "/else", "missing"),
        ({"branch": [{"where": {"no": 1}, "next": "done"}], "else": "done"}, "/branch/0/where", "condition_unknown"),
        ({"split": [{"weight": 1, "next": "done"}]}, "/split", "too_short"),
        ({"split": [{"weight": 0, "next": "done"}, {"weight": 1, "next": "done"}]}, "/split/0/weight", "greater_than_equal"),
        ({"do": [], "next": "done"}, "/do", "list_expected"),
        ({"do": [{"dance": 1}], "next": "done"}, "/do/0", "shape_unknown"),
        ({"do": [{"add_tag": " a"}], "next": "done"}, "/do/0/add_tag", "tag_invalid"),
        ({"do": [{"set": {"$tag:a": True}}], "next": "done"}, "/do/0/set/$tag:a/[key]", "attribute_invalid"),
        ({"do": [{"set": {}}], "next": "done"}, "/do/0/set", "too_short"),
        ({"do": [{"set": {"a": None}}], "next": "done"}, "/do/0/set/a", "operand_invalid"),
        ({"do": [{"unset": ["*"]}], "next": "done"}, "/do/0/unset/0", "attribute_invalid"),
        ({"do": [{"add_score": {"score": "a", "points": 0}}], "next": "done"}, "/do/0/add_score/points", "points_missing"),
        ({"do": [{"webhook": "a", "data": {"a": "b" * 9000}}], "next": "done"}, "/do/0/data", "data_too_large"),
        ({"do": [{"enter": "a", "key": "key"}], "next": "done"}, "/do/0/key", "match_unknown"),
        ({"do": [{"notify": {"template": "a", "to": []}}], "next": "done"}, "/do/0/notify/to", "list_expected"),
        (
            {"do": [{"notify": {"template": "a", "to": [{"user_id": "a", "mobile": "1"}]}}], "next": "done"},
            "/do/0/notify/to/0", "identifier_expected",
        ),
        ({"send": {"template": "a", "channels": ["mass"]}, "next": "done"}, "/send/channels", "channel_forbidden"),
        ({"send": {"template": "a", "channels": ["pigeon"]}, "next": "done"}, "/send/channels/0", "enum"),
        ({"send": {"template": "a"}}, "/next", "missing"),
        ({"goal": "", "next": "done"}, "/goal", "string_too_short"),
        ({"exit": "stopped"}, "/exit", "reason_reserved"),
    ],
)  # fmt: skip
def test_a_wrong_node_is_refused_with_its_place(node: Json, path: str, code: str) -> None:
    assert refused(through(node)) == [(f"nodes/at{path}", code)]


@pytest.mark.parametrize(
    ("parts", "path", "code"),
    [
        ({"control": 0.6}, "control", "control_invalid"),
        ({"control": True}, "control", "operand_invalid"),
        ({"grace": "2h"}, "grace", "grace_too_long"),
        ({"exit": [{"event": "A", "match": {"a": "entry.attributes.b"}}]}, "exit/0/match/a", "match_unknown"),
        ({"exit": [{"event": "A", "match": {"a": "sends.nowhere"}}]}, "exit/0/match/a", "match_unknown"),
        ({"exit": [{"event": "A"}] * 11}, "exit", "too_long"),
        ({"exit": [{"event": "$journey_entered"}]}, "exit/0/where", "derived_event_unnamed"),
        ({"exit": [{"event": "$journey_exited", "where": {"reason": "told"}}]}, "exit/0/where", "derived_event_unnamed"),
        ({"goal": {"event": "$journey_goal_reached", "within": ["1d"]}}, "goal/where", "derived_event_unnamed"),
        ({"goal": {"event": "A"}}, "goal/within", "missing"),
        ({"goal": {"event": "A", "within": []}}, "goal/within", "list_expected"),
        ({"goal": {"event": "A", "within": ["3d", "1d"]}}, "goal/within", "windows_unordered"),
        ({"goal": {"event": "A", "within": ["1d", "24h"]}}, "goal/within", "windows_unordered"),
        ({"nodes": {}}, "nodes", "too_short"),
        ({"title": "a" * 70_000}, "", "document_too_large"),
        ({"surprise": 1}, "surprise", "extra_forbidden"),
    ],
)
def test_a_wrong_journey_is_refused_with_the_place(parts: Json, path: str, code: str) -> None:
    assert refused(journey() | parts) == [(path, code)]


@pytest.mark.parametrize(
    ("entry", "there", "missing"),
    [
        ({"event": "A"}, ["entry.properties.a.b", "entry.time", "entry.name"], ["entry.key"]),
        ({"event": "A", "key": "id"}, ["entry.key", "entry.properties.a"], []),
        ({"api": True}, ["entry.properties.a"], ["entry.key"]),
        ({"api": True, "key": "key"}, ["entry.properties.a", "entry.key"], []),
        ({"segment": "vip"}, ["entry.properties.segment", "entry.time"], ["entry.properties.order_id", "entry.key"]),
        (
            {"cron": "0 9 ? * MON *", "segment": "vip", "rank": {"by": {"score": "s"}}},
            ["entry.properties.rank", "entry.properties.ranked", "entry.properties.value"],
            ["entry.properties.score", "entry.properties.ranks", "entry.key"],
        ),
        ({"cron": "0 9 ? * MON *", "segment": "vip"}, ["entry.name"], ["entry.properties.rank", "entry.key"]),
        ({"attribute_date": "birthday", "at": "09:00"}, ["entry.time"], ["entry.properties.birthday", "entry.key"]),
    ],
)
def test_what_no_entry_of_the_journey_brings_along_cannot_be_matched(entry: Json, there: list[str], missing: list[str]) -> None:
    def matching(known: str) -> Json:
        return journey(entry=entry, exit=[{"event": "OrderPaid", "match": {"id": known}}])

    for known in there:
        JourneyDocument.model_validate(matching(known))
    for known in missing:
        assert refused(matching(known)) == [("exit/0/match/id", "match_unknown")]


def test_by_a_key_that_no_entry_has_no_other_journey_is_entered() -> None:
    nodes = {"go": {"do": [{"enter": "b", "key": "entry.key"}], "next": "done"}, "done": DONE}
    assert refused(journey(nodes, entry={"event": "A"})) == [("nodes/go/do/0/key", "match_unknown")]


def test_who_comes_in_by_the_calendar_brings_nothing_to_match() -> None:
    weekly = {"cron": "0 9 ? * MON *", "segment": "winners"}
    nodes = {"at": {"wait": {"date": "entry.properties.starts_at"}, "next": "go"}, "go": {"do": [{"enter": "b", "key": "entry.properties.x"}], "next": "done"}, "done": DONE}  # fmt: skip # noqa: E501
    document = journey(nodes, entry=weekly, exit=[{"event": "OrderPaid", "match": {"a": "entry.properties.a", "t": "entry.time"}}])
    assert refused(document) == [
        ("exit/0/match/a", "match_unknown"),
        ("nodes/go/do/0/key", "match_unknown"),
        ("nodes/at/wait/date", "match_unknown"),
    ]
