"""Whom a record names, and what of it its source vouches for."""

import pytest

from chalicelib.events.accept import DROPPED
from chalicelib.events.limits import Reason
from chalicelib.events.model import Kind, Source
from tests.support.records import PARTNER, SHOP, draft, pending, refusal

PHONE = ("mobile", "13912345678")
MAIL = ("email", "Li@Example.com")


def keys(*pairs: tuple[str, str]) -> list[str]:
    return [one.key for one in pending(draft(identifiers=pairs)).event.identifiers]


def dropped(*pairs: tuple[str, str]) -> list[tuple[str, str]]:
    context = pending(draft(identifiers=(("user_id", "u1"), *pairs))).event.context
    return [(one["value"], one["reason"]) for one in context.get(DROPPED, [])]


def test_identifiers_are_normalised_distinct_and_strongest_first() -> None:
    found = keys(("device_id", "d1"), MAIL, PHONE, ("mobile", "+86 139-1234-5678"), ("openid:wx1", "o1"), ("user_id", " u1 "))
    assert found == ["user_id#u1", "openid:wx1#o1", "mobile#13912345678", "email#li@example.com", "device_id#d1"]


def test_identifiers_of_equal_strength_are_ordered_by_their_text() -> None:
    assert keys(("openid:wx2", "a"), ("openid:wx1", "b")) == keys(("openid:wx1", "b"), ("openid:wx2", "a"))


def test_the_order_in_which_identifiers_come_does_not_move_the_event() -> None:
    one = pending(draft(identifiers=(PHONE, ("anonymous_id", "a1"))))
    two = pending(draft(identifiers=(("anonymous_id", "a1"), PHONE)))
    assert one.event == two.event


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        (("crm_id", "c1"), Reason.NAMESPACE_UNKNOWN),
        (("device_id", "0"), Reason.IDENTIFIER_BLOCKED),
        (("mobile", "13800000000"), Reason.IDENTIFIER_BLOCKED),
        (("anonymous_id", "undefined"), Reason.IDENTIFIER_BLOCKED),
        (("Bad Name", "x"), "namespace_invalid"),
        (("device_id", "   "), "identifier_empty"),
        (("device_id", "a\x00b"), Reason.IDENTIFIER_INVALID),
    ],
)
def test_an_identifier_that_cannot_be_used_is_left_out_and_named(pair: tuple[str, str], reason: str) -> None:
    assert dropped(pair) == [(pair[1], reason)]


def test_what_is_left_out_cannot_spoil_the_record() -> None:
    assert dropped(("device_id", "x" * 300)) == [("x" * 255, "identifier_too_long")]
    assert dropped(("device_id", "half \ud800")) == [("half ?", Reason.IDENTIFIER_INVALID)]


def test_good_records_say_nothing_of_dropped_identifiers() -> None:
    assert DROPPED not in pending(draft()).event.context


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ((), Reason.IDENTIFIER_MISSING),
        ((("user_id", ""),), Reason.IDENTIFIER_MISSING),
        ((("user_id", "null"),), Reason.IDENTIFIER_BLOCKED),
        ((("user_id", "null"), ("crm_id", "c1")), Reason.IDENTIFIER_BLOCKED),
        ((("crm_id", "c1"),), Reason.NAMESPACE_UNKNOWN),
        ((("user_id", "x" * 256),), "identifier_too_long"),
        ((("user_id", ""), ("Bad", "x")), "namespace_invalid"),
    ],
)
def test_a_record_that_names_nobody_is_refused_with_the_reason(pairs: tuple[tuple[str, str], ...], code: str) -> None:
    assert refusal(draft(identifiers=pairs)).code == code


@pytest.mark.parametrize(
    ("source", "said", "vouched"),
    [
        (SHOP, None, {"user_id#u1", "mobile#13912345678", "email#li@example.com"}),
        (PARTNER, None, {"user_id#u1"}),
        (PARTNER, {"mobile"}, {"user_id#u1", "mobile#13912345678"}),
        (SHOP, {"mobile"}, {"user_id#u1", "mobile#13912345678"}),
        (SHOP, set(), {"user_id#u1"}),
    ],
)
def test_third_parties_do_not_vouch_for_phones_and_mail_addresses(source: Source, said: set[str] | None, vouched: set[str]) -> None:
    record = draft(identifiers=(("user_id", "u1"), PHONE, MAIL), verified=None if said is None else frozenset(said))
    assert pending(record, source=source).event.verified == vouched


def test_a_withdrawn_identifier_does_not_name_the_record() -> None:
    event = pending(draft(kind=Kind.UNLINK, identifiers=(("user_id", "u1"), PHONE), unlink=(PHONE,))).event
    assert [one.key for one in event.identifiers] == ["user_id#u1"]
    assert [one.key for one in event.unlink] == ["mobile#13912345678"]


def test_a_withdrawn_identifier_names_the_record_when_nothing_else_does() -> None:
    event = pending(draft(kind=Kind.UNLINK, identifiers=(PHONE,), unlink=(PHONE,))).event
    assert event.primary.key == "mobile#13912345678"
    assert event.unlink == event.identifiers


def test_a_withdrawal_of_nothing_is_refused() -> None:
    assert refusal(draft(kind=Kind.UNLINK)).code == Reason.UNLINK_MISSING
    assert refusal(draft(kind=Kind.UNLINK, unlink=(("mobile", "13800000000"),))).code == Reason.UNLINK_MISSING
