"""The stored form of an event holds all of it, and is the same text for the same event."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.events.limits import Reason
from chalicelib.events.model import Event, Json, Kind, Operation
from chalicelib.events.packing import Unpackable, encode, pack, readable, sort_key, unpack
from chalicelib.identifiers import Identifier
from tests.support.records import NOW, PARTNER, change, draft, pending

PHONE = ("mobile", "13912345678")


def stored(event: Event) -> Event:
    return unpack(event.primary.key, sort_key(event.time, event.id), event.kind.value, event.name, pack(event))


@pytest.mark.parametrize(
    "event",
    [
        pending(draft()).event,
        pending(draft(identifiers=(("user_id", "u#1"), PHONE, ("openid:wx1", "o:1")))).event,
        pending(draft(identifiers=(("user_id", "u1"), PHONE)), source=PARTNER).event,
        pending(draft(properties={"订单": [1, 2.5, None, {"a": True}]}, context={"channel": "h5"})).event,
        pending(draft(kind=Kind.PROFILE, attributes=(change(Operation.SET, value="北京"), change(Operation.UNSET)))).event,
        pending(draft(kind=Kind.UNLINK, identifiers=(("user_id", "u1"), PHONE), unlink=(PHONE,))).event,
        pending(draft(time=0, context={"time_free": True})).event,
    ],
)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    assert stored(event) == event


def test_a_plain_event_takes_few_bytes() -> None:
    assert pack(pending(draft(properties={"amount": 99})).event) == '{"s":"shop","p":{"amount":99}}'


def test_only_identifiers_that_are_not_vouched_for_are_written_down() -> None:
    event = pending(draft(identifiers=(("user_id", "u1"), PHONE)), source=PARTNER).event
    assert json.loads(pack(event))["x"] == [1]


def test_sort_keys_are_in_the_order_of_time() -> None:
    times = [0, 999, NOW - 1, NOW, NOW + 1, 9_999_999_999_999]
    assert sorted(times, key=lambda time: sort_key(time, "~")) == times


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (float("nan"), Reason.NUMBER_INVALID),
        ([1, {"a": float("inf")}], Reason.NUMBER_INVALID),
        ("\ud800", Reason.TEXT_INVALID),
        (object(), Reason.VALUE_INVALID),
        (b"\xff", Reason.VALUE_INVALID),
    ],
)
def test_what_json_cannot_hold_has_a_reason(value: Any, code: str) -> None:
    with pytest.raises(Unpackable) as caught:
        encode({"value": value})
    assert caught.value.problem.code == code


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**38), 10**38)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), JSON, max_size=4))
def test_any_json_comes_back(properties: Json) -> None:
    event = Event(
        "e-1", Kind.TRACK, "A", NOW, (Identifier("user_id", "u1"),), "shop", properties=properties, verified=frozenset({"user_id#u1"})
    )
    assert stored(event) == event
    assert encode(properties) == encode(json.loads(encode(properties)))


@given(st.dictionaries(st.text(max_size=5), JSON | st.floats() | st.text(), max_size=4))
def test_whatever_a_client_sent_can_be_kept_to_be_read(raw: Json) -> None:
    assert readable(json.loads(readable(raw))) == readable(raw)
    assert readable(raw).isascii()
