"""Logins as events, and who tries codes out."""

import pytest

from chalicelib.fans.guessing import MAX_ADDRESSES, MOST, WINDOW_MS, Guesses
from chalicelib.fans.logins import Login, can_be_appid, can_be_code, draft_of, masked, mobile_of

HERE, THERE = "203.0.113.7", "203.0.113.8"


@pytest.mark.parametrize("text", ["c", "081Abc-_.|9", "x" * 512])
def test_codes_are_letters_digits_and_a_few_signs(text: str) -> None:
    assert can_be_code(text)


@pytest.mark.parametrize("text", ["", "x" * 513, "a b", "a&b", "代码", "a\n"])
def test_anything_else_is_no_code(text: str) -> None:
    assert not can_be_code(text)


def test_an_appid_is_a_short_name() -> None:
    assert can_be_appid("wx77aa00bb11cc22dd")
    assert not any(map(can_be_appid, ("", "wx/..", "x" * 65)))


@pytest.mark.parametrize(
    ("country", "plain", "number", "expected"),
    [
        ("86", "13987654321", "13987654321", "13987654321"),
        ("", "", "13987654321", "13987654321"),
        ("852", "91234567", "+85291234567", "+85291234567"),
    ],
)
def test_a_number_of_china_stands_without_its_country(country: str, plain: str, number: str, expected: str) -> None:
    assert mobile_of(country, plain, number) == expected


@pytest.mark.parametrize(("mobile", "shown"), [("13987654321", "139****4321"), ("1234567", "*******"), ("12345678", "123*5678"), ("", "")])
def test_a_masked_number_cannot_be_called(mobile: str, shown: str) -> None:
    assert masked(mobile) == shown


def test_a_login_names_only_what_is_there_and_a_code_makes_one_event() -> None:
    one, again = (draft_of(Login.MINI, "wx_mini", "c1", (("openid:wx_mini", "o1"), ("unionid", "")), at) for at in (5, 5))
    assert one == again
    assert one.identifiers == (("openid:wx_mini", "o1"),)
    assert draft_of(Login.MINI, "wx_mini", "c2", (), 5).id != one.id


def test_only_for_the_phone_that_it_told_does_wechat_vouch() -> None:
    assert draft_of(Login.PHONE, "wx_mini", "c", (("mobile", "1"),), 5).verified == frozenset({"mobile"})
    assert draft_of(Login.MINI, "wx_mini", "c", (("openid:wx_mini", "o1"),), 5).verified is None


def test_after_too_many_refusals_an_address_has_to_wait_and_others_do_not() -> None:
    guesses = Guesses()
    for _ in range(MOST):
        assert not guesses.are_too_many(HERE, 0)
        guesses.note(HERE, 0)
    assert guesses.are_too_many(HERE, WINDOW_MS - 1)
    assert not guesses.are_too_many(THERE, 0)
    assert not guesses.are_too_many(HERE, WINDOW_MS)
    guesses.note(HERE, WINDOW_MS)
    assert not guesses.are_too_many(HERE, WINDOW_MS)


def test_the_memory_of_addresses_is_bounded() -> None:
    guesses = Guesses()
    for number in range(MAX_ADDRESSES + 10):
        guesses.note(str(number), 0)
    assert len(guesses._counted) <= MAX_ADDRESSES
