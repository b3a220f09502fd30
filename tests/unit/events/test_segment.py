"""What the messages of Segment's and RudderStack's SDKs mean."""

import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import TooLarge
from chalicelib.events import segment
from chalicelib.events.jsontext import PayloadUnreadable
from chalicelib.events.model import AttributeChange, Draft, Kind, Operation, Record, Refusal
from tests.support import sdk_wire
from tests.support.junk import JSON_JUNK, UNREADABLE, status_of

TIME = "2026-11-21T22:26:47.762+00:00"


def message(**changes: Any) -> dict[str, Any]:
    """A track message as a Python server sends it: an absent id is null."""
    sent: dict[str, Any] = {
        "type": "track",
        "event": "Order Completed",
        "userId": "u-1",
        "anonymousId": None,
        "properties": {"revenue": 39.95, "products": [{"sku": "s1", "qty": 2}]},
        "timestamp": TIME,
        "messageId": "m-1",
        "integrations": {},
        "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
    }
    return {**sent, **changes}


def read(*messages: Any, **beside: Any) -> tuple[Record, ...]:
    return segment.read(sdk_wire.segment_batch(messages, **beside).body).records


def draft(**changes: Any) -> Draft:
    (found,) = read(message(**changes))
    assert isinstance(found, Draft), found
    return found


def test_a_track_message_is_an_event() -> None:
    event = draft()
    assert (event.kind, event.name, event.id) == (Kind.TRACK, "Order Completed", "m-1")
    assert event.time == 1_795_300_007_762
    assert event.sent_at == 1_795_300_007_762
    assert event.identifiers == (("user_id", "u-1"),)
    assert event.properties == {"revenue": 39.95, "products": [{"sku": "s1", "qty": 2}]}
    assert event.context == {"channel": "server", "sdk": {"name": "analytics-python", "version": "2.4.0"}}


@pytest.mark.parametrize(
    ("user_id", "anonymous_id", "expected"),
    [
        ("u-1", "a-1", (("user_id", "u-1"), ("anonymous_id", "a-1"))),
        (None, "a-1", (("anonymous_id", "a-1"),)),
        (12345, None, (("user_id", "12345"),)),
        ("", 7.0, (("anonymous_id", "7"),)),
    ],
)
def test_either_id_names_the_person_and_numbers_become_text(user_id: Any, anonymous_id: Any, expected: tuple[Any, ...]) -> None:
    assert draft(userId=user_id, anonymousId=anonymous_id).identifiers == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"traits": {"plan": "pro"}},
        {"traits": None, "context": {"traits": {"plan": "pro"}}},
        {"traits": {"plan": "pro"}, "context": {"traits": {"plan": "free"}}},
    ],
)
def test_identify_sets_attributes_wherever_the_traits_stand(changes: dict[str, Any]) -> None:
    event = draft(type="identify", event=None, **changes)
    assert (event.kind, event.name, event.properties) == (Kind.PROFILE, "$Identify", {})
    assert event.attributes == (AttributeChange(Operation.SET, "plan", "pro"),)


@pytest.mark.parametrize(("kind", "name"), [("page", "$Page"), ("screen", "$Screen")])
def test_pages_and_screens_are_events_that_keep_their_name(kind: str, name: str) -> None:
    event = draft(type=kind, event=None, name="Home", category="Docs", properties={"url": "https://x.cn/", "category": "Own"})
    assert (event.kind, event.name) == (Kind.TRACK, name)
    assert event.properties == {"name": "Home", "category": "Own", "url": "https://x.cn/"}
    assert event.context.get("url") == ("https://x.cn/" if kind == "page" else None)


def test_a_group_is_an_event_that_keeps_the_traits_of_the_group_apart() -> None:
    event = draft(type="group", event=None, groupId=77, traits={"name": "Acme"})
    assert (event.kind, event.name, event.attributes) == (Kind.TRACK, "$Group", ())
    assert event.properties == {"group_id": "77", "traits": {"name": "Acme"}}


def test_an_alias_links_the_previous_id() -> None:
    event = draft(type="alias", event=None, previousId="a-0", anonymousId="a-1")
    assert (event.kind, event.name) == (Kind.LINK, "$Alias")
    assert event.identifiers == (("user_id", "u-1"), ("anonymous_id", "a-1"), ("anonymous_id", "a-0"))


@pytest.mark.parametrize(
    ("changes", "time"),
    [
        ({}, 1_795_300_007_762),
        ({"timestamp": "2026-11-22T06:26:47.762+08:00"}, 1_795_300_007_762),
        ({"timestamp": "2026-11-21T22:26:47.762999Z"}, 1_795_300_007_762),
        ({"timestamp": "2026-11-21T22:26:47.762"}, 1_795_300_007_762),
        ({"timestamp": None, "originalTimestamp": "2026-11-21T22:26:47.762Z"}, 1_795_300_007_762),
        ({"timestamp": TIME, "originalTimestamp": "2020-01-01T00:00:00Z"}, 1_795_300_007_762),
        ({"timestamp": 1_795_300_007_762}, 1_795_300_007_762),
        ({"timestamp": None}, None),
    ],
)
def test_times_of_both_families_are_read(changes: dict[str, Any], time: int | None) -> None:
    assert draft(**changes).time == time


def test_a_resent_batch_has_the_same_identity() -> None:
    first, again = (read(message(messageId=None), sentAt=sent)[0] for sent in ("2026-11-21T22:26:47Z", "2026-11-21T22:30:00Z"))
    assert isinstance(first, Draft)
    assert isinstance(again, Draft)
    assert (first.id, first.identity) == ("", again.identity)
    assert first.sent_at != again.sent_at


def test_an_unusable_send_time_only_leaves_the_skew_unknown() -> None:
    (found,) = read(message(), sentAt="now")
    assert isinstance(found, Draft)
    assert found.sent_at is None


def test_what_stands_beside_the_batch_holds_for_each_message_that_does_not_say_otherwise() -> None:
    shared = {"ip": "10.0.0.1", "locale": "zh-CN"}
    one, two = read(message(context={"locale": "en"}), message(context=None), context=shared)
    assert isinstance(one, Draft)
    assert isinstance(two, Draft)
    assert (one.context["ip"], one.context["locale"]) == ("10.0.0.1", "en")
    assert (two.context["ip"], two.context["locale"]) == ("10.0.0.1", "zh-CN")


@pytest.mark.parametrize("call", sorted(segment.SINGLE_CALLS))
def test_a_single_call_is_the_message_itself(call: str) -> None:
    body = json.dumps({**message(groupId="g", previousId="p"), "type": None, "writeKey": "k-1"}).encode()
    batch = segment.read(body, call)
    assert batch.write_key == "k-1"
    (found,) = batch.records
    assert isinstance(found, Draft)
    assert found.identifiers[0] == ("user_id", "u-1")


def test_the_write_key_is_not_kept_beside_a_refused_message() -> None:
    (found,) = segment.read(b'{"writeKey": "k-1"}', "track").records
    assert isinstance(found, Refusal)
    assert found.raw == {"type": "track"}


def test_gzip_is_read_whatever_the_headers_say() -> None:
    wire = sdk_wire.rudder_node_batch([message()], "k-1")
    batch = segment.read(wire.body)
    assert (batch.write_key, len(batch.records)) == ("", 1)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"type": "import"}, "type_unknown"),
        ({"type": None}, "type_unknown"),
        ({"event": None}, "name_missing"),
        ({"event": " "}, "name_missing"),
        ({"userId": None}, "identifier_missing"),
        ({"userId": {"id": 1}}, "identifier_invalid"),
        ({"userId": True}, "identifier_invalid"),
        ({"messageId": []}, "identifier_invalid"),
        ({"timestamp": "yesterday"}, "time_invalid"),
        ({"timestamp": True}, "time_invalid"),
        ({"properties": [1]}, "object_expected"),
        ({"type": "identify", "traits": "x"}, "object_expected"),
        ({"type": "alias"}, "previous_id_missing"),
        ({"type": "group"}, "group_id_missing"),
        ({"properties": {"n": float("inf")}}, "number_invalid"),
    ],
)
def test_a_bad_message_is_put_aside_with_its_reason(changes: dict[str, Any], code: str) -> None:
    good, bad = read(message(), message(**changes))
    assert isinstance(good, Draft)
    assert isinstance(bad, Refusal)
    assert (bad.index, bad.code) == (1, code)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"batch": {}}', b"nope", b"\x1f\x8bnope", gzip.compress(b"{", mtime=0)])
def test_a_request_that_is_no_batch_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(PayloadUnreadable):
        segment.read(body)


def test_a_batch_has_a_limit() -> None:
    with pytest.raises(TooLarge) as refused:
        read(*[1] * (segment.MAX_MESSAGES + 1))
    assert refused.value.code == "too_many_records"


@given(st.binary(max_size=200), st.sampled_from(["batch", "track", "identify"]))
def test_hostile_bodies_raise_only_what_a_caller_can_act_on(body: bytes, call: str) -> None:
    assert status_of(lambda: segment.read(body, call)) in UNREADABLE


FIELDS = [
    "type",
    "event",
    "userId",
    "anonymousId",
    "properties",
    "traits",
    "timestamp",
    "messageId",
    "context",
    "groupId",
    "name",
    "sentAt",
]


@given(st.sampled_from(sorted(segment.SINGLE_CALLS)), st.sampled_from(FIELDS), JSON_JUNK)
def test_hostile_messages_never_raise(kind: str, field: str, value: Any) -> None:
    assert len(segment.read_messages([(0, {**message(type=kind), field: value})])) == 1
