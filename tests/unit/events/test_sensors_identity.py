"""Whom a Sensors Analytics record names, in every form its clients use."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.events.sensors_identity import namespace_of, signed_up, who
from chalicelib.events.wire import RecordInvalid

PAIR = tuple[str, str]


def named(record: dict[str, Any]) -> set[PAIR]:
    return set(who(record, record.get("properties", {})).everything)


KEYS = [
    ("$identity_login_id", "user_id"),
    ("$identity_anonymous_id", "anonymous_id"),
    ("$identity_cookie_id", "anonymous_id"),
    ("$identity_mp_id", "anonymous_id"),
    ("$mp_id", "anonymous_id"),
    ("$identity_mp_unionid", "unionid"),
    ("$mp_unionid", "unionid"),
    ("$identity_mp_wx0a1B_openid", "openid:wx0a1B"),
    ("$mp_wx0a1B_openid", "openid:wx0a1B"),
    ("$identity_mp_openid", "openid:default"),
    ("$mp_openid", "openid:default"),
    ("$identity_mobile", "mobile"),
    ("$identity_email", "email"),
    ("$identity_android_id", "device_id"),
    ("$identity_android_uuid", "device_id"),
    ("$identity_idfv", "device_id"),
    ("$identity_ios_uuid", "device_id"),
    ("crm_id", "crm_id"),
    ("$identity_CardNo", "cardno"),
]


@pytest.mark.parametrize(("key", "namespace"), KEYS)
def test_each_identity_key_has_its_namespace(key: str, namespace: str) -> None:
    assert namespace_of(key) == namespace


def test_an_openid_without_its_app_takes_the_app_of_the_event() -> None:
    record = {"identities": {"$identity_mp_openid": "o-1"}}
    assert named({**record, "properties": {"$app_id": "wx0a1b"}}) == {("openid:wx0a1b", "o-1")}
    assert named({**record, "properties": {"$app_id": "not an app id"}}) == {("openid:default", "o-1")}


DISTINCT_IDS: list[tuple[dict[str, Any], set[PAIR]]] = [
    ({"distinct_id": "a-1"}, {("anonymous_id", "a-1")}),
    ({"distinct_id": 42}, {("anonymous_id", "42")}),
    ({"distinct_id": "u-1", "properties": {"$is_login_id": True}}, {("user_id", "u-1")}),
    ({"distinct_id": "u-1", "login_id": "u-1"}, {("user_id", "u-1")}),
    ({"distinct_id": "u-1", "identities": {"$identity_login_id": "u-1"}}, {("user_id", "u-1")}),
    ({"distinct_id": "$identity_mobile+13912345678"}, {("mobile", "13912345678")}),
    ({"distinct_id": "$identity_mp_wx1_openid+o+1"}, {("openid:wx1", "o+1")}),
    ({"distinct_id": "crm_id+c-7", "identities": {"crm_id": "c-7"}}, {("crm_id", "c-7")}),
    ({"distinct_id": "1+1", "properties": {"$is_login_id": True}}, {("user_id", "1+1")}),
    ({"distinct_id": "crm_id+c-7"}, {("anonymous_id", "crm_id+c-7")}),
    ({"distinct_id": "a-1", "login_id": "$identity_email+x@y.cn"}, {("anonymous_id", "a-1"), ("email", "x@y.cn")}),
    (
        {"distinct_id": "o-1", "anonymous_id": "o-1", "identities": {"$identity_mp_id": "A"}},
        {("anonymous_id", "o-1"), ("anonymous_id", "A")},
    ),
]


@pytest.mark.parametrize(("record", "expected"), DISTINCT_IDS)
def test_distinct_id_is_read_in_its_three_forms(record: dict[str, Any], expected: set[PAIR]) -> None:
    assert named(record) == expected


def test_a_logged_in_browser_names_login_cookie_and_anonymous_id() -> None:
    record = {
        "distinct_id": "u-1",
        "login_id": "u-1",
        "anonymous_id": "my-anon",
        "identities": {"$identity_cookie_id": "c-1", "$identity_login_id": "u-1", "$identity_anonymous_id": "my-anon"},
    }
    assert named(record) == {("user_id", "u-1"), ("anonymous_id", "c-1"), ("anonymous_id", "my-anon")}


def test_a_record_without_distinct_id_is_named_by_its_identities() -> None:
    assert named({"identities": {"$identity_mp_unionid": "U"}}) == {("unionid", "U")}


@pytest.mark.parametrize("record", [{}, {"distinct_id": ""}, {"distinct_id": None, "identities": {"$identity_mobile": ""}}])
def test_a_record_that_names_nobody_says_so(record: dict[str, Any]) -> None:
    with pytest.raises(RecordInvalid) as refused:
        who(record, {})
    assert refused.value.code == "identifier_missing"


@pytest.mark.parametrize("record", [{"distinct_id": ["a"]}, {"distinct_id": True}, {"distinct_id": 1.5}, {"identities": {"crm_id": {}}}])
def test_an_id_that_is_neither_text_nor_whole_number_says_so(record: dict[str, Any]) -> None:
    with pytest.raises(RecordInvalid) as refused:
        who(record, {})
    assert refused.value.code == "identifier_invalid"


def test_a_signup_links_the_login_with_the_id_before_it() -> None:
    record = {"type": "track_signup", "distinct_id": "u-1", "original_id": "a-1"}
    assert set(signed_up(record, {})) == {("user_id", "u-1"), ("anonymous_id", "a-1"), ("anonymous_id", "u-1")}


def test_a_signup_with_another_key_links_that_identity() -> None:
    record = {
        "type": "track_signup",
        "distinct_id": "$identity_mobile+13912345678",
        "original_id": "o-1",
        "login_id": "$identity_mobile+13912345678",
        "anonymous_id": "o-1",
        "identities": {"$identity_mp_id": "A", "$identity_mobile": "13912345678", "$identity_anonymous_id": "o-1"},
    }
    assert set(signed_up(record, {})) == {("mobile", "13912345678"), ("anonymous_id", "o-1"), ("anonymous_id", "A")}


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_any_value_survives_the_form_key_plus_value(key: str, value: str) -> None:
    found = who({"distinct_id": f"$identity_mobile+{value}", "identities": {key: "x"}}, {}) if value.strip() else None
    assert found is None or found.named == (("mobile", value.rstrip()),)
