"""What the records of the Sensors Analytics SDKs mean."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.events import sensors
from chalicelib.events.model import AttributeChange, Draft, ItemChange, Kind, Operation, Record, Refusal
from tests.support.junk import JSON_JUNK
from tests.support.sdk_wire import BROWSER_AGENT, NOW, browser_record, python_record

LIB = {"$lib": "MiniProgram", "$lib_version": "1.22.7"}


def read(raw: Any) -> Record:
    return sensors.read([(3, raw)])[0].record


def draft(raw: Any) -> Draft:
    found = read(raw)
    assert isinstance(found, Draft), found
    return found


def refusal(raw: Any) -> Refusal:
    found = read(raw)
    assert isinstance(found, Refusal), found
    return found


def test_a_track_record_is_an_event() -> None:
    event = draft(browser_record())
    assert (event.index, event.kind, event.name, event.time, event.sent_at) == (3, Kind.TRACK, "ViewProduct", NOW - 20, NOW - 10)
    assert event.identifiers == (("anonymous_id", "c-1"),)
    assert event.properties["sku"] == "裙子"
    assert event.properties["$lib"] == "js"
    assert event.context["channel"] == "h5"
    assert event.verified is None


@pytest.mark.parametrize(
    ("kind", "name", "properties", "changes"),
    [
        ("profile_set", "$ProfileSet", {"city": "北京", "none": None}, [("set", "city", "北京"), ("set", "none", None)]),
        ("profile_set_once", "$ProfileSetOnce", {"first": "x"}, [("set_once", "first", "x")]),
        ("profile_increment", "$ProfileIncrement", {"points": 5, "sum": 0.5}, [("increment", "points", 5), ("increment", "sum", 0.5)]),
        (
            "profile_append",
            "$ProfileAppend",
            {"likes": ["a", "b"], "one": "c"},
            [("append", "likes", ["a", "b"]), ("append", "one", ["c"])],
        ),
        ("profile_unset", "$ProfileUnset", {"city": True}, [("unset", "city", None)]),
        ("profile_delete", "$ProfileDelete", {}, [("clear", "*", None)]),
    ],
)
def test_a_profile_record_changes_attributes(kind: str, name: str, properties: dict[str, Any], changes: list[tuple[str, str, Any]]) -> None:
    for login in ({}, {"$is_login_id": True}):
        event = draft(python_record(type=kind, event=None, properties=properties | login))
        assert (event.kind, event.name, event.properties) == (Kind.PROFILE, name, {})
        assert event.attributes == tuple(AttributeChange(Operation(operation), key, value) for operation, key, value in changes)
        assert event.identifiers == ((("user_id" if login else "anonymous_id"), "u-1"),)


def test_the_zone_of_a_first_visit_converts_its_time_and_is_dropped() -> None:
    properties = {"$first_visit_time": "2026-11-22 06:26:11.88", "$timezone_offset": -480}
    event = draft(browser_record(type="profile_set_once", event=None, properties=properties))
    assert event.attributes == (AttributeChange(Operation.SET_ONCE, "$first_visit_time", "2026-11-22T06:26:11.088+08:00"),)


def test_a_signup_is_a_link_and_an_event() -> None:
    event = draft(python_record(type="track_signup", event="$SignUp", original_id="a-1"))
    assert (event.kind, event.name) == (Kind.LINK, "$SignUp")
    assert set(event.identifiers) == {("user_id", "u-1"), ("anonymous_id", "a-1"), ("anonymous_id", "u-1")}


def test_a_bind_links_all_identities() -> None:
    identities = {"$identity_login_id": "u-1", "$identity_mobile": "13912345678", "$identity_email": "x@y.cn"}
    event = draft(python_record(type="track_id_bind", event="$BindID", identities=identities))
    assert (event.kind, event.name) == (Kind.LINK, "$BindID")
    assert set(event.identifiers) == {("user_id", "u-1"), ("mobile", "13912345678"), ("email", "x@y.cn")}


def test_an_unbind_withdraws_the_given_identity_from_the_named_person() -> None:
    event = draft(python_record(type="track_id_unbind", event="$UnbindID", identities={"$identity_mobile": "13912345678"}))
    assert (event.kind, event.name) == (Kind.UNLINK, "$UnbindID")
    assert event.unlink == (("mobile", "13912345678"),)
    assert event.identifiers == (("anonymous_id", "u-1"),)


def test_an_unbind_of_the_only_identity_is_stored_under_it() -> None:
    record = python_record(
        type="track_id_unbind",
        event="$UnbindID",
        distinct_id="$identity_mobile+13912345678",
        identities={"$identity_mobile": "13912345678"},
    )
    assert draft(record).identifiers == draft(record).unlink == (("mobile", "13912345678"),)


@pytest.mark.parametrize(("kind", "deleted"), [("item_set", False), ("item_delete", True)])
def test_an_item_record_changes_the_catalogue(kind: str, deleted: bool) -> None:
    record = {"type": kind, "item_type": "book", "item_id": 42, "time": NOW, "lib": LIB, "properties": {"price": 31.5}}
    assert read(record) == ItemChange(3, "book", "42", NOW, deleted, {"price": 31.5}, record)


def test_an_item_may_be_deleted_without_properties() -> None:
    found = read({"type": "item_delete", "item_type": "book", "item_id": "42", "time": NOW})
    assert isinstance(found, ItemChange)
    assert found.properties == {}


@pytest.mark.parametrize(
    ("time", "expected"),
    [(NOW, NOW), (str(NOW), NOW), (1_700_000_000, 1_700_000_000_000), ("1700000000", 1_700_000_000_000), (float(NOW), NOW), (0, 0)],
)
def test_times_are_milliseconds_and_ten_digits_are_seconds(time: Any, expected: int) -> None:
    assert draft(browser_record(time=time)).time == expected


def test_a_record_without_a_time_leaves_it_to_the_receipt() -> None:
    assert draft(browser_record(time=None)).time is None


def test_an_unusable_flush_time_only_leaves_the_skew_unknown() -> None:
    assert draft(browser_record(_flush_time="yesterday")).sent_at is None


def test_a_free_time_is_marked() -> None:
    assert draft(python_record(time_free=True)).context["time_free"] is True
    assert "time_free" not in draft(python_record()).context


def test_a_resent_record_has_the_same_identity() -> None:
    first, again = draft(browser_record(_flush_time=NOW)), draft(browser_record(_flush_time=NOW + 60_000))
    assert (first.id, first.identity, first.properties, first.context) == (again.id, again.identity, again.properties, again.context)


def test_a_track_id_is_widened_by_what_the_record_is_about() -> None:
    ids = {
        draft(browser_record(**changes)).id
        for changes in ({}, {"event": "Other"}, {"distinct_id": "c-2"}, {"type": "track_signup", "event": "ViewProduct"}, {"_track_id": 7})
    }
    assert len(ids) == 5
    assert draft(browser_record()).id.startswith("481516234-")


@pytest.mark.parametrize("track_id", [None, "", "x" * 20, 1.5, True, -4, ["1"]])
def test_without_a_usable_track_id_the_content_identifies_the_record(track_id: Any) -> None:
    event = draft(browser_record(_track_id=track_id))
    assert event.id == ""
    assert '"event":"ViewProduct"' in event.identity


def test_two_records_that_differ_have_different_identities() -> None:
    assert draft(python_record()).identity != draft(python_record(time=NOW)).identity


def test_a_record_may_name_its_own_project_and_token() -> None:
    lifted = python_record(project="p", token="t")
    inside = python_record(properties={"$project": "p", "$token": "t", "$lib": "Node"})
    for raw in (lifted, inside):
        sent = sensors.read([(0, raw)])[0]
        assert (sent.project, sent.token) == ("p", "t")
    assert set(draft(inside).properties) == {"$lib"}


def test_events_of_browsers_get_the_user_agent_others_do_not() -> None:
    for record, expected in ((browser_record(), BROWSER_AGENT), (python_record(), None)):
        found = sensors.read([(0, record)], BROWSER_AGENT)[0].record
        assert isinstance(found, Draft)
        assert found.context.get("user_agent") == expected


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ("text", "record_invalid"),
        (None, "record_invalid"),
        ([], "record_invalid"),
        ({}, "type_unknown"),
        (browser_record(type="track_everything"), "type_unknown"),
        (browser_record(type=["track"]), "type_unknown"),
        (browser_record(event=None), "name_missing"),
        (browser_record(event=""), "name_missing"),
        (browser_record(event=7), "name_missing"),
        (browser_record(event="a b"), "name_invalid"),
        (browser_record(event="1st"), "name_invalid"),
        (browser_record(event="x" * 101), "name_invalid"),
        (browser_record(event="Time"), "name_invalid"),
        (browser_record(event="user_tag_1"), "name_invalid"),
        (browser_record(time="soon"), "time_invalid"),
        (browser_record(time=-1), "time_invalid"),
        (browser_record(time=10**14), "time_invalid"),
        (browser_record(properties="text"), "object_expected"),
        (browser_record(identities=["a"]), "object_expected"),
        (browser_record(lib="js"), "object_expected"),
        (python_record(distinct_id=None), "identifier_missing"),
        (python_record(distinct_id={}), "identifier_invalid"),
        (python_record(type="track_id_unbind", event="$UnbindID"), "unlink_missing"),
        (python_record(type="profile_increment", properties={"n": "5"}), "attribute_invalid"),
        (python_record(type="profile_increment", properties={"n": True}), "attribute_invalid"),
        (python_record(type="profile_append", properties={"n": [{}]}), "attribute_invalid"),
        ({"type": "item_set", "item_id": "1", "time": NOW}, "item_invalid"),
        ({"type": "item_set", "item_type": "book", "item_id": "x" * 256, "time": NOW}, "item_invalid"),
        ({"type": "item_set", "item_type": "book", "item_id": "1"}, "time_invalid"),
        (python_record(properties={"n": float("nan")}), "number_invalid"),
        (python_record(properties={"n": [10**39]}), "number_invalid"),
    ],
)
def test_a_bad_record_is_put_aside_with_its_reason(record: Any, code: str) -> None:
    found = refusal(record)
    assert (found.index, found.code, found.raw) == (3, code, record)
    assert found.detail


def test_a_record_nested_too_deep_is_put_aside() -> None:
    deep: Any = "x"
    for _ in range(30):
        deep = {"a": deep}
    assert refusal(python_record(properties=deep)).code == "nested_too_deep"


def test_a_bad_record_leaves_its_neighbours_alone() -> None:
    read_all = sensors.read([(0, python_record()), (1, "bad"), (2, browser_record())])
    assert [type(sent.record) for sent in read_all] == [Draft, Refusal, Draft]
    assert [sent.record.index for sent in read_all] == [0, 1, 2]


FIELDS = [
    "type",
    "event",
    "time",
    "distinct_id",
    "identities",
    "properties",
    "lib",
    "login_id",
    "original_id",
    "item_id",
    "_track_id",
    "token",
]


@given(st.sampled_from(["track", "track_signup", "track_id_unbind", "profile_append", "item_set"]), st.sampled_from(FIELDS), JSON_JUNK)
def test_hostile_records_never_raise(kind: str, field: str, value: Any) -> None:
    found = sensors.read([(0, {**browser_record(type=kind), "item_type": "t", "item_id": "i", field: value})])
    assert len(found) == 1


@given(JSON_JUNK)
def test_anything_at_all_is_one_record(value: Any) -> None:
    assert len(sensors.read([(0, value)])) == 1
