"""Our own batch: each event stands or falls alone."""

import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.events import native
from chalicelib.events.jsontext import PayloadUnreadable
from chalicelib.events.model import AttributeChange, Draft, Kind, Operation, Record, Refusal
from chalicelib.identity.rules import DEFAULT_RULES
from tests.support.junk import JSON_JUNK, UNREADABLE, status_of


def event(**changes: Any) -> dict[str, Any]:
    """An event of our own; None takes a field out."""
    sent: dict[str, Any] = {
        "id": "e-1",
        "name": "OrderSubmitted",
        "time": "2026-11-21T10:23:00+08:00",
        "identifiers": {"user_id": "u1", "openid:wx0a1b": "oABC", "mobile": "13912345678"},
        "properties": {"order_id": "A1", "amount": 99.0},
        "context": {"channel": "h5", "url": "https://x.cn", "campaign": {"source": "618", "medium": "subway", "own": "x"}, "shelf": 3},
    }
    return {name: value for name, value in {**sent, **changes}.items() if value is not None}


def read(*events: Any) -> list[Record]:
    return native.read(json.dumps({"events": events}).encode())


def draft(**changes: Any) -> Draft:
    (found,) = read(event(**changes))
    assert isinstance(found, Draft), found
    return found


def test_an_event_is_read_as_the_contract_says() -> None:
    found = draft()
    assert (found.index, found.kind, found.id, found.name, found.sent_at) == (0, Kind.TRACK, "e-1", "OrderSubmitted", None)
    assert found.time == 1_795_227_780_000
    assert found.identifiers == (("user_id", "u1"), ("openid:wx0a1b", "oABC"), ("mobile", "13912345678"))
    assert found.properties == {"order_id": "A1", "amount": 99.0}
    assert found.context == event()["context"]
    assert found.verified is None


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2026-11-21T02:23:00Z", 1_795_227_780_000),
        ("2026-11-21T02:23:00.007Z", 1_795_227_780_007),
        (1_795_227_780_000, 1_795_227_780_000),
        (None, None),
    ],
)
def test_times_are_texts_with_an_offset_or_milliseconds(time: Any, expected: int | None) -> None:
    assert draft(time=time).time == expected


def test_a_namespace_may_have_several_values_and_numbers_are_texts() -> None:
    found = draft(identifiers={"mobile": ["13912345678", 13812345678], "user_id": 42, "email": {"value": "x@y.cn"}})
    assert found.identifiers == (("mobile", "13912345678"), ("mobile", "13812345678"), ("user_id", "42"), ("email", "x@y.cn"))
    assert found.verified is None


@pytest.mark.parametrize(
    ("identifiers", "verified"),
    [
        ({"mobile": {"value": "13912345678", "verified": True}, "email": "x@y.cn"}, {"mobile"}),
        ({"mobile": {"value": "13912345678", "verified": False}}, set()),
        ({"mobile": [{"value": "13912345678", "verified": True}, "13812345678"]}, set()),
    ],
)
def test_an_event_may_say_what_it_vouches_for(identifiers: dict[str, Any], verified: set[str]) -> None:
    assert draft(identifiers=identifiers).verified == frozenset(verified)


def test_attributes_are_changed_by_operation() -> None:
    attributes = {"set": {"a": [1]}, "set_once": {"b": "x"}, "increment": {"c": 1.5}, "append": {"d": ["x"], "e": "y"}, "unset": ["f"]}
    assert draft(attributes=attributes).attributes == (
        AttributeChange(Operation.SET, "a", [1]),
        AttributeChange(Operation.SET_ONCE, "b", "x"),
        AttributeChange(Operation.INCREMENT, "c", 1.5),
        AttributeChange(Operation.APPEND, "d", ["x"]),
        AttributeChange(Operation.APPEND, "e", ["y"]),
        AttributeChange(Operation.UNSET, "f"),
    )


def test_an_event_without_an_id_is_known_by_its_content() -> None:
    one, same, other = draft(id=None), draft(id=None), draft(id=None, properties={})
    assert one.id == ""
    assert one.identity == same.identity != other.identity


def test_a_whole_number_may_be_an_id() -> None:
    assert draft(id=7).id == "7"


def test_null_is_the_same_as_absent() -> None:
    (found,) = read({**event(), "id": None, "properties": None, "attributes": None, "context": {"channel": None, "scene": 1011}})
    assert isinstance(found, Draft)
    assert (found.id, found.properties, found.attributes, found.context) == ("", {}, (), {"scene": 1011})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": None}, "name_missing"),
        ({"name": ""}, "name_missing"),
        ({"name": "  "}, "name_missing"),
        ({"name": 7}, "name_missing"),
        ({"time": "yesterday"}, "time_invalid"),
        ({"time": "2026-11-21T10:23:00"}, "time_invalid"),
        ({"time": 1.5}, "time_invalid"),
        ({"time": -1}, "time_invalid"),
        ({"time": "0001-01-01T00:00:00+14:00"}, "time_invalid"),
        ({"identifiers": None}, "identifier_missing"),
        ({"identifiers": {}}, "identifier_missing"),
        ({"identifiers": {"user_id": " "}}, "identifier_missing"),
        ({"identifiers": {"user_id": []}}, "identifier_missing"),
        ({"identifiers": "u1"}, "identifier_missing"),
        ({"identifiers": {"user_id": None}}, "identifier_invalid"),
        ({"identifiers": {"user_id": True}}, "identifier_invalid"),
        ({"identifiers": {"user_id": 1.5}}, "identifier_invalid"),
        ({"identifiers": {"user_id": {"value": "u", "since": 1}}}, "identifier_invalid"),
        ({"properites": {}}, "field_unknown"),
        ({"attributes": {"add": {}}}, "field_unknown"),
        ({"attributes": {"increment": {"n": "1"}}}, "event_invalid"),
        ({"attributes": {"append": {"n": [1]}}}, "event_invalid"),
        ({"properties": []}, "event_invalid"),
        ({"context": {"campaign": "618"}}, "event_invalid"),
        ({"properties": {"n": float("nan")}}, "number_invalid"),
    ],
)
def test_a_bad_event_is_put_aside_with_its_reason_and_leaves_the_others_alone(changes: dict[str, Any], code: str) -> None:
    good, bad, last = read(event(), event(**changes) if list(changes.values()) != [None] else _without(*changes), event())
    assert isinstance(good, Draft)
    assert isinstance(bad, Refusal)
    assert isinstance(last, Draft)
    assert (bad.index, bad.code) == (1, code)
    assert bad.detail


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in event().items() if key != name}


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"events": {}}', b'{"event": []}', b"nope"])
def test_a_request_that_is_no_batch_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(PayloadUnreadable):
        native.read(body)


def test_gzip_is_read_too() -> None:
    assert len(native.read(gzip.compress(json.dumps({"events": [event()]}).encode(), mtime=0))) == 1


def test_a_request_has_room_for_500_events() -> None:
    assert len(read(*[event()] * native.MAX_EVENTS)) == 500
    with pytest.raises(native.TooManyEvents) as refused:
        read(*[event()] * (native.MAX_EVENTS + 1))
    assert (refused.value.status, refused.value.code) == (413, "too_many_events")


def test_the_documented_model_takes_what_the_reader_takes() -> None:
    assert native.NativeBatch.model_validate({"events": [event()]}).events[0].name == "OrderSubmitted"
    assert DEFAULT_RULES.allows("openid")


@given(st.binary(max_size=200))
def test_hostile_bodies_raise_only_what_a_caller_can_act_on(body: bytes) -> None:
    assert status_of(lambda: native.read(body)) in UNREADABLE


@given(st.sampled_from(["id", "name", "time", "identifiers", "properties", "attributes", "context", "else"]), JSON_JUNK)
def test_hostile_events_never_raise(field: str, value: Any) -> None:
    assert len(native.read_events([(0, {**event(), field: value})])) == 1
