"""Notices: which documents there can be, which events they tell of, and what is kept of an event for the texts."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.definitions.kinds import kind_of
from chalicelib.events.model import Event, Kind
from chalicelib.identifiers import Identifier
from chalicelib.messages.templates.model import ChannelName
from chalicelib.notices import publishing
from chalicelib.notices.documents import KIND, NoticeDocument
from chalicelib.notices.rules import Notices, event_shown, notice_of
from chalicelib.problems import faults_of

NOW = 1_795_300_000_000
HOUR = 3_600_000
POINTS: dict[str, Any] = {"event": "OrderPaid", "where": {"points": {"gt": 0}}, "template": "points"}
PAID = Event("A1", Kind.TRACK, "OrderPaid", NOW, (Identifier("user_id", "ming"),), "pos", {"points": 12, "amount": 99.0})


def told(one: Event, now: int = NOW, scale: float = 1, **parts: Any) -> list[str]:
    document = kind_of(KIND).written(POINTS | parts)
    return [each.name for each in Notices([notice_of("points", document, scale)]).of(one, now)]


def refused(document: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as error:
        NoticeDocument.model_validate(document)
    return [(fault.path, fault.code) for fault in faults_of(error.value)]


def test_an_event_of_the_name_and_filter_is_told() -> None:
    assert publishing, "importing it makes the kind known"
    assert told(PAID) == ["points"]
    assert told(replace(PAID, name="OrderSubmitted")) == []
    assert told(replace(PAID, properties={"points": 0})) == []
    assert told(replace(PAID, properties={})) == []


def test_an_event_of_long_ago_is_not_told() -> None:
    assert told(PAID, NOW + 24 * HOUR - 1) == ["points"]
    assert told(PAID, NOW + 24 * HOUR) == []
    assert told(PAID, NOW + 24 * HOUR, within="2d") == ["points"]
    assert told(PAID, NOW + HOUR, scale=24) == []  # where an hour is a day


def test_what_a_new_rule_finds_of_everybody_is_not_told() -> None:
    entered = replace(PAID, kind=Kind.DERIVED, name="$segment_entered", properties={"segment": "vip"})
    asked: dict[str, Any] = {"event": "$segment_entered", "where": {"segment": "vip"}}
    assert told(entered, **asked) == ["points"]
    assert told(replace(entered, properties={"segment": "vip", "initial": True}), **asked) == []


@pytest.mark.parametrize("kind", [Kind.PROFILE, Kind.LINK, Kind.UNLINK])
def test_only_what_happened_is_told(kind: Kind) -> None:
    assert told(replace(PAID, kind=kind)) == []


def test_each_event_of_each_notice_is_one_message_however_often_it_comes() -> None:
    first, second = (notice_of(name, POINTS) for name in ("points", "thanks"))
    again = replace(PAID, properties={"points": 12, "amount": 99})
    assert first.seed(PAID) == first.seed(again)
    others = (replace(PAID, id="A2"), replace(PAID, time=NOW + 1), replace(PAID, identifiers=(Identifier("user_id", "qing"),)))
    ids = {first.seed(PAID), second.seed(PAID), *map(first.seed, others)}
    assert len(ids) == 5


def test_texts_see_of_an_event_what_they_ask_for() -> None:
    asked = [("event", "properties", "points"), ("event", "name"), ("person", "attributes", "amount")]
    assert event_shown(PAID, asked) == {"name": "OrderPaid", "time": "2026-11-21T22:26:40.000Z", "properties": {"points": 12}}


def test_channels_keep_their_order() -> None:
    notice = notice_of("points", kind_of(KIND).written(POINTS | {"channels": ["sms", "template"]}))
    assert notice.channels == (ChannelName.SMS, ChannelName.TEMPLATE)


@pytest.mark.parametrize(
    ("parts", "path", "code"),
    [
        ({"event": "*"}, "event", "event_forbidden"),
        ({"event": "$reply_sent"}, "event", "event_forbidden"),
        ({"event": "$message_sent"}, "event", "event_forbidden"),
        ({"event": "$segment_entered"}, "where", "derived_event_unnamed"),
        ({"channels": ["mass"]}, "channels", "channel_forbidden"),
        ({"channels": []}, "channels", "list_expected"),
        ({"channels": ["pigeon"]}, "channels/0", "enum"),
        ({"template": "No Name"}, "template", "string_pattern_mismatch"),
        ({"within": "soon"}, "within", "duration_invalid"),
        ({"where": {"points": {"gtt": 1}}}, "where/points/gtt", "extra_forbidden"),
    ],
)
def test_a_wrong_notice_is_refused_with_the_place(parts: dict[str, Any], path: str, code: str) -> None:
    assert (path, code) in refused(POINTS | parts)


def test_the_example_of_the_contract_is_a_notice() -> None:
    examples = NoticeDocument.model_json_schema()["examples"]
    assert [kind_of(KIND).written(one) for one in examples] == examples
