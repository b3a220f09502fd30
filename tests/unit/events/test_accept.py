"""Every record becomes an event, an item or a refusal with a reason; none stops the others, and none raises."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.events.accept import CLIENT_TIME, accept
from chalicelib.events.limits import MAX_PROPERTIES, MAX_RECORD_BYTES, Reason
from chalicelib.events.model import AttributeChange, Draft, ItemChange, Kind, Operation, Record, Refusal
from chalicelib.events.store import to_record
from chalicelib.events.wire import MAX_DEPTH
from chalicelib.identity.rules import DEFAULT_RULES
from tests.support.records import DAY, HOUR, MINUTE, NOW, PARTNER, SHOP, accepted, change, draft, item, pending, refusal


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_a_bad_record_leaves_the_good_ones_alone() -> None:
    earlier = Refusal(3, "type_unknown", "no such type", {"type": "x"})
    found = accepted(draft(index=0), draft(index=1, name=""), item(index=2), earlier, draft(index=4, id="e-2"))
    assert [one.event.id for one in found.events] == ["e-1", "e-2"]
    assert [one.index for one in found.items] == [2]
    assert [(one.index, one.code) for one in found.refusals] == [(1, "name_invalid"), (3, "type_unknown")]


def test_a_refusal_carries_the_record_as_it_came() -> None:
    record = draft(index=7, name="")
    assert refusal(record).raw == record.raw
    assert refusal(record).index == 7


# ---- names, sizes, values ----


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "OrderSubmitted",
        "$pageview",
        "提交订单",
        "Order Completed",
        "v1.2:cart-add",
        "1st",
        "_x",
        "Paid (v2) ✓",
        "a/b",
        "<b>",
        "é" * 100,
    ],
)
def test_names_may_be_written_in_any_script(name: str) -> None:
    assert pending(draft(name=name, properties={name: 1})).event.name == name


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\x00", "x" * 101, " a", "*", "*a", "\ud800"])
def test_names_that_nobody_could_query_are_refused(name: str) -> None:
    assert refusal(draft(name=name)).code == Reason.NAME_INVALID
    assert refusal(draft(properties={name: 1})).code == Reason.PROPERTY_NAME_INVALID
    assert refusal(draft(attributes=(change(Operation.SET, name, 1),))).code == Reason.PROPERTY_NAME_INVALID


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (draft(properties={f"p{place}": 1 for place in range(MAX_PROPERTIES + 1)}), Reason.PROPERTIES_TOO_MANY),
        (draft(attributes=(change(Operation.UNSET),) * (MAX_PROPERTIES + 1)), Reason.PROPERTIES_TOO_MANY),
        (draft(properties={"text": "x" * MAX_RECORD_BYTES}), Reason.EVENT_TOO_LARGE),
        (draft(properties={"text": "值" * (MAX_RECORD_BYTES // 3)}), Reason.EVENT_TOO_LARGE),
        (draft(context={"url": "x" * MAX_RECORD_BYTES}), Reason.EVENT_TOO_LARGE),
        (draft(properties={"deep": nested(MAX_DEPTH)}), Reason.NESTED_TOO_DEEP),
        (draft(properties={"deep": nested(400)}), Reason.NESTED_TOO_DEEP),
        (draft(context={"deep": nested(MAX_DEPTH)}), Reason.NESTED_TOO_DEEP),
        (draft(attributes=(change(Operation.SET, value=nested(MAX_DEPTH + 1)),)), Reason.NESTED_TOO_DEEP),
        (draft(properties={"n": float("nan")}), Reason.NUMBER_INVALID),
        (draft(properties={"n": {"m": [float("inf")]}}), Reason.NUMBER_INVALID),
        (draft(context={"n": float("-inf")}), Reason.NUMBER_INVALID),
        (draft(properties={"text": "half \ud83d"}), Reason.TEXT_INVALID),
        (draft(properties={"a": {"\ude00": 1}}), Reason.TEXT_INVALID),
        (draft(properties={"what": object()}), Reason.VALUE_INVALID),
        (draft(identifiers=tuple(("device_id", f"d{place}") for place in range(17))), Reason.IDENTIFIERS_TOO_MANY),
    ],
)
def test_what_no_store_should_hold_is_refused_with_its_reason(record: Draft, code: str) -> None:
    assert refusal(record).code == code


@pytest.mark.parametrize(
    "record",
    [
        draft(properties={f"p{place}": 1 for place in range(MAX_PROPERTIES)}),
        draft(properties={"deep": nested(MAX_DEPTH - 1)}),
        draft(properties={"text": "x" * 31_744}),  # an article that a server SDK sends in one property
        draft(properties={"text": "NaN and Infinity", "big": 10**30}),
        draft(identifiers=tuple(("device_id", f"d{place}") for place in range(16))),
    ],
)
def test_the_limits_themselves_are_allowed(record: Draft) -> None:
    assert accepted(record).refusals == ()


def test_a_profile_record_needs_no_name() -> None:
    assert pending(draft(kind=Kind.PROFILE, name="", attributes=(change(Operation.SET, value="北京"),))).event.name == ""


@pytest.mark.parametrize(
    ("operation", "value", "fits"),
    [
        (Operation.INCREMENT, 2, True),
        (Operation.INCREMENT, -0.5, True),
        (Operation.INCREMENT, "2", False),
        (Operation.INCREMENT, True, False),
        (Operation.INCREMENT, float("nan"), False),
        (Operation.APPEND, ["a", "b"], True),
        (Operation.APPEND, ["a", 1], False),
        (Operation.APPEND, "a", False),
        (Operation.SET, {"any": ["thing"]}, True),
        (Operation.SET_ONCE, None, True),
        (Operation.UNSET, None, True),
    ],
)
def test_attribute_values_fit_their_operation(operation: Operation, value: Any, fits: bool) -> None:
    found = accepted(draft(attributes=(change(operation, value=value),)))
    assert [one.code for one in found.refusals] == ([] if fits else [Reason.ATTRIBUTE_INVALID])


def test_everything_can_be_cleared() -> None:
    assert pending(draft(attributes=(AttributeChange(Operation.CLEAR, "*"),))).event.attributes[0].operation is Operation.CLEAR


# ---- ids ----


def test_the_clients_id_is_the_events_id() -> None:
    assert pending(draft(id="node-next-1795-abc")).event.id == "node-next-1795-abc"


@pytest.mark.parametrize("odd", ["a#b", "x" * 129, "a\nb", "\ud800"])
def test_an_id_that_no_key_can_hold_is_replaced_by_its_hash(odd: str) -> None:
    found = pending(draft(id=odd)).event.id
    assert len(found) == 32
    assert found == pending(draft(id=odd, properties={"other": 1})).event.id


def test_a_record_without_an_id_is_named_by_its_content_and_source() -> None:
    first = pending(draft(id="", properties={"a": 1})).event.id
    assert first == pending(draft(id="", properties={"a": 1}), at=NOW + HOUR).event.id
    assert first != pending(draft(id="", properties={"a": 2})).event.id
    assert first != pending(draft(id="", properties={"a": 1}), source=PARTNER).event.id


def test_records_with_neither_time_nor_id_are_always_new() -> None:
    found = accepted(draft(id="", time=None, index=0), draft(id="", time=None, index=1))
    later = accepted(draft(id="", time=None, index=0), at=NOW + 1)
    assert len({one.event.id for one in (*found.events, *later.events)}) == 3


# ---- time ----


def test_a_plausible_time_is_kept_and_says_nothing_more() -> None:
    event = pending(draft(time=NOW - DAY)).event
    assert event.time == NOW - DAY
    assert CLIENT_TIME not in event.context


def test_a_changed_time_is_told_in_the_context() -> None:
    event = pending(draft(time=NOW + DAY)).event
    assert event.time == NOW
    assert event.context[CLIENT_TIME] == NOW + DAY


def test_old_records_are_refused_unless_their_sender_vouches_for_the_time() -> None:
    old = draft(time=NOW - 20 * 365 * DAY)
    assert refusal(old).code == Reason.TIME_OUT_OF_RANGE
    assert pending(replace(old, context={"time_free": True})).event.time == old.time
    assert refusal(draft(time=-1, context={"time_free": True})).code == Reason.TIME_OUT_OF_RANGE


def test_the_same_record_gives_the_same_event_whenever_it_comes() -> None:
    record = draft(time=NOW - HOUR, properties={"b": 1, "a": [1.5, "值", None]}, context={"channel": "h5"})
    first, again = pending(record), pending(replace(record, index=5, sent_at=NOW), at=NOW + MINUTE)
    assert (first.event, first.text, first.receipt) == (again.event, again.text, again.receipt)


# ---- items ----


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (item(item_type=""), Reason.ITEM_INVALID),
        (item(item_id="x" * 256), Reason.ITEM_INVALID),
        (item(item_id="a\nb"), Reason.ITEM_INVALID),
        (replace(item(), properties={" a": 1}), Reason.PROPERTY_NAME_INVALID),
        (item(price=float("nan")), Reason.NUMBER_INVALID),
        (item(text="x" * MAX_RECORD_BYTES), Reason.EVENT_TOO_LARGE),
        (item(deep=nested(MAX_DEPTH)), Reason.NESTED_TOO_DEEP),
    ],
)
def test_items_have_limits_too(record: ItemChange, code: str) -> None:
    assert refusal(record).code == code


def test_an_item_from_a_clock_far_ahead_can_be_replaced_later() -> None:
    assert accepted(item(time=NOW + DAY)).items[0].time == NOW
    assert accepted(item(time=NOW - DAY)).items[0].time == NOW - DAY


# ---- anything ----

TEXTS = st.text(max_size=20) | st.sampled_from(["user_id", "openid:wx1", "mobile", "\ud800", "0", "null", "a#b", "13800138000", "x" * 300])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), max_size=4).map(tuple)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=4)
TIMES = st.integers(-(10**15), 10**15)
DRAFTS = st.builds(
    Draft,
    index=st.integers(0, 500),
    kind=st.sampled_from(Kind),
    name=TEXTS,
    time=st.none() | TIMES,
    sent_at=st.none() | TIMES,
    id=TEXTS,
    identity=TEXTS,
    identifiers=PAIRS,
    properties=OBJECTS,
    attributes=st.lists(st.builds(AttributeChange, st.sampled_from(Operation), TEXTS, VALUES), max_size=3).map(tuple),
    context=OBJECTS,
    raw=OBJECTS,
    unlink=PAIRS,
    verified=st.none() | st.frozensets(TEXTS, max_size=2),
)
ITEMS = st.builds(ItemChange, st.integers(0, 500), TEXTS, TEXTS, TIMES, st.booleans(), OBJECTS, OBJECTS)


@given(st.lists(DRAFTS | ITEMS, max_size=4))
def test_no_record_raises_and_none_is_lost(records: list[Record]) -> None:
    found = accept(records, SHOP, DEFAULT_RULES, NOW)
    assert len(found.events) + len(found.items) + len(found.refusals) == len(records)
    assert all(one.text.encode() and one.event.identifiers for one in found.events)
    assert all(one.code and one.detail.encode() for one in found.refusals)


@given(DRAFTS)
def test_what_is_accepted_is_stored_whole(record: Draft) -> None:
    for one in accept([record], SHOP, DEFAULT_RULES, NOW).events:
        moved = one.at(NOW - MINUTE)
        assert moved.event.time == NOW - MINUTE
        assert moved.receipt == one.receipt


# ---- changes within a millisecond ----


def _set(value: int, at: int = NOW, who: str = "u1") -> Draft:
    changes = (change(Operation.SET, "level", value),)
    return draft(id=f"e{value}", time=at, identifiers=(("user_id", who),), attributes=changes)


def test_changes_of_one_millisecond_keep_the_order_of_their_request() -> None:
    found = accepted(_set(1), _set(2), _set(3, at=NOW - 1), _set(4), _set(5, who="u2"), draft()).events
    assert [one.event.place for one in found] == [0, 1, 0, 2, 0, 0]
    first, second = (to_record(one.event) for one in found[:2])
    assert "o" not in json.loads(first.d)
    assert json.loads(second.d)["o"] == 1


def test_a_record_that_is_repeated_within_a_request_keeps_its_place() -> None:
    found = accepted(_set(1), _set(2), _set(1), _set(2)).events
    assert [one.event.place for one in found] == [0, 1, 0, 1]
