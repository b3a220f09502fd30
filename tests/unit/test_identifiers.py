"""Identifiers come out of every spelling the same, and in one order of strength."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.identifiers import Identifier, IdentifierInvalid, identifier, parse_key, strongest
from chalicelib.people.records import EDGE_PREFIX, MEMBER_PREFIX


@pytest.mark.parametrize(
    ("namespace", "typed", "kept"),
    [
        ("mobile", "138 0013-8000", "13800138000"),
        ("mobile", "+86 13800138000", "13800138000"),
        ("mobile", "008613800138000", "13800138000"),
        ("mobile", "8613800138000", "13800138000"),
        ("mobile", "+1 (415) 555-0100", "+14155550100"),
        ("mobile", "02088888888", "02088888888"),
        ("email", " Li.Hua@QQ.com ", "li.hua@qq.com"),
        ("user_id", " U1 ", "U1"),
        ("openid:wx0a1b", "oABC", "oABC"),
    ],
)
def test_every_spelling_of_an_identifier_is_one_identifier(namespace: str, typed: str, kept: str) -> None:
    assert identifier(namespace, typed) == Identifier(namespace, kept)


@pytest.mark.parametrize(
    ("namespace", "value", "code"),
    [
        ("User", "1", "namespace_invalid"),
        ("user_id\n", "1", "namespace_invalid"),
        ("openid:", "1", "namespace_invalid"),
        ("a#b", "1", "namespace_invalid"),
        ("user_id", "  ", "identifier_empty"),
        ("mobile", "-- ", "identifier_empty"),
        ("user_id", "x" * 256, "identifier_too_long"),
        ("user_id", "😀" * 225, "identifier_too_long"),
    ],
)
def test_what_cannot_be_an_identifier_is_refused_with_a_code(namespace: str, value: str, code: str) -> None:
    with pytest.raises(IdentifierInvalid) as caught:
        identifier(namespace, value)
    assert caught.value.code == code
    assert caught.value.detail


@pytest.mark.parametrize("value", ["x" * 255, "汇" * 255, "😀" * 224])
def test_the_longest_identifier_fits_into_a_sort_key(value: str) -> None:
    longest = identifier("n" * 50 + ":" + "A" * 64, value)
    assert all(len(f"{prefix}{longest.key}".encode()) <= 1024 for prefix in (MEMBER_PREFIX, EDGE_PREFIX))  # DynamoDB's limit


def test_an_event_is_stored_under_its_strongest_identifier_whatever_the_order() -> None:
    device, openid, login = identifier("device_id", "d"), identifier("openid:wx1", "o"), identifier("user_id", "u")
    assert strongest((device, openid, login)) == strongest((login, device, openid)) == login


def test_equals_in_strength_are_told_apart_by_their_key() -> None:
    two, one = identifier("openid:wxb", "o"), identifier("openid:wxa", "o")
    assert strongest((two, one)) == one


@given(st.sampled_from(["user_id", "openid:wx1", "crm_id", "member:jd"]), st.text(min_size=1, max_size=40))
def test_a_storage_key_leads_back_to_its_identifier(namespace: str, value: str) -> None:
    made = Identifier(namespace, value)
    assert parse_key(made.key) == made
