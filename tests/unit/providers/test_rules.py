"""What an SMS may say, when marketing may go, whether somebody wants out, how numbers are written, and when one tries again."""

from datetime import datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.providers import hours, texts
from chalicelib.providers.hours import Hours
from chalicelib.providers.model import Outcome, Reason, Result
from chalicelib.providers.numbers import e164, is_e164, is_mainland
from chalicelib.providers.retries import LONGEST_PAUSE_MS, MAX_ATTEMPTS, SPREAD_MS, UNTOLD_LIMIT_MS, again_at, pause_ms
from chalicelib.providers.stopping import stops
from chalicelib.providers.texts import TextFault
from chalicelib.providers.times import china_day, china_ms, unix_ms
from tests.unit.providers.means import DAY_MS, NOW

HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    "text",
    [
        "R",
        "r",
        "Ｒ",
        "T",
        "t",
        "TD",
        "td",
        "ＴＤ",
        "Td",
        "N",
        "n",
        "退订",
        "退订。",
        "R!",
        "“R”",
        "【R】",
        "(TD)",
        "．Ｒ．",
        " R\n",
        "\u3000退订\u3000",
        "\ufeffTD\u200b",
        "'n'",
    ],
)
def test_an_answer_that_wants_out_is_understood(text: str) -> None:
    assert stops(text)


@pytest.mark.parametrize("text", ["", " ", "谢谢", "RR", "R2", "怎么退订", "不退订", "TDD", "no", "nein", "T恤有货吗", "收到", "1", "R T"])
def test_any_other_answer_is_none(text: str) -> None:
    assert not stops(text)


@given(st.sampled_from(["r", "t", "td", "n", "退订"]), st.text(alphabet=" \t\n。.!！　", max_size=4), st.booleans())
def test_blanks_signs_case_and_width_do_not_matter(word: str, around: str, wide: bool) -> None:
    shown = "".join(chr(ord(letter) + 0xFEE0) if wide and letter.isascii() else letter for letter in word)
    assert stops(around + shown.upper() + around)


@pytest.mark.parametrize(
    ("signature", "letters", "parts"),
    [("旗舰店", 0, 1), ("旗舰店", 65, 1), ("旗舰店", 66, 2), ("", 70, 1), ("", 71, 2), ("", 134, 2), ("", 135, 3), ("旗舰店", 495, 8)],
)
def test_a_message_in_china_is_paid_by_parts_of_67_once_it_is_longer_than_70(signature: str, letters: int, parts: int) -> None:
    assert texts.china_parts(signature, "裙" * letters) == parts
    assert texts.china_parts(signature, "a" * letters) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("裙" * 70, 1),
        ("a" * 70 + "裙", 2),
        ("裙" * 134, 2),
        ("👗" * 35, 1),
        ("👗" * 36, 2),
    ],
)
def test_elsewhere_letters_decide_how_much_fits(text: str, parts: int) -> None:
    assert texts.world_parts(text) == parts


@given(st.text(), st.text())
def test_more_text_is_never_fewer_parts(text: str, more: str) -> None:
    assert 1 <= texts.china_parts("", text) <= texts.china_parts("", text + more)
    assert 1 <= texts.world_parts(text) <= texts.world_parts(text + more)


@pytest.mark.parametrize(
    ("signature", "text", "marketing", "rules", "faults"),
    [
        ("旗舰店", "新品上架 拒收请回复R", True, texts.TENCENT, ()),
        ("旗舰店", "新品上架，退订回T", True, texts.ANY_PROVIDER, ()),
        ("旗舰店", "新品上架，回TD退订。", True, texts.ANY_PROVIDER, ()),
        ("旗舰店", "新品上架，退订回T", True, texts.TENCENT, (TextFault.OPT_OUT_MISSING,)),
        ("旗舰店", "拒收请回复R 新品上架", True, texts.TENCENT, (TextFault.OPT_OUT_MISSING,)),
        ("旗舰店", "您的订单已发货", False, texts.TENCENT, ()),
        ("店", "您的订单已发货", False, texts.TENCENT, (TextFault.SIGNATURE_LENGTH,)),
        ("旗" * 13, "您的订单已发货", False, texts.TENCENT, (TextFault.SIGNATURE_LENGTH,)),
        ("旗" * 13, "您的订单已发货", False, texts.HUAWEI, ()),
        ("旗" * 33, "您的订单已发货", False, texts.HUAWEI, (TextFault.SIGNATURE_LENGTH,)),
        ("【旗舰店】", "您的订单已发货", False, texts.TENCENT, (TextFault.SIGNATURE_CHARACTERS,)),
        ("旗 舰店", "您的订单已发货", False, texts.TENCENT, (TextFault.SIGNATURE_CHARACTERS,)),
        ("旗舰店", "【旗舰店】您的订单已发货", False, texts.TENCENT, (TextFault.BRACKETS_IN_TEXT,)),
        ("旗舰店", "裙" * 495, False, texts.TENCENT, ()),
        ("旗舰店", "裙" * 496, False, texts.TENCENT, (TextFault.TOO_LONG,)),
    ],
)
def test_a_text_says_what_is_wrong_with_it(signature: str, text: str, marketing: bool, rules: Any, faults: tuple[TextFault, ...]) -> None:
    assert texts.faults(signature, text, marketing, rules) == faults


@pytest.mark.parametrize("value", ["http://a.cn", "HTTPS://a.cn/x", "看 shop.example.com", "www.x", "t.cn/abc", "a.shop"])
def test_links_do_not_stand_in_variables(value: str) -> None:
    assert texts.variable_faults(value) == (TextFault.LINK_IN_VARIABLE,)


@pytest.mark.parametrize("value", ["木兰", "618", "3.5折", "满200.00减20", "v1.2", "Dr. Who"])
def test_what_is_no_link_may_stand_there(value: str) -> None:
    assert texts.variable_faults(value) == ()


def test_newer_accounts_of_tencent_have_short_variables() -> None:
    assert texts.variable_faults("一二三四五六", texts.TENCENT_SINCE_2024) == ()
    assert texts.variable_faults("一二三四五六七", texts.TENCENT_SINCE_2024) == (TextFault.VARIABLE_TOO_LONG,)
    assert texts.variable_faults("一二三四五六七", texts.TENCENT) == ()


@pytest.mark.parametrize(
    ("window", "now", "opens"),
    [
        (hours.RECOMMENDED, "2026-11-22T09:00:00+08:00", "2026-11-22T09:00:00+08:00"),
        (hours.RECOMMENDED, "2026-11-22T19:59:59+08:00", "2026-11-22T19:59:59+08:00"),
        (hours.RECOMMENDED, "2026-11-22T20:00:00+08:00", "2026-11-23T09:00:00+08:00"),
        (hours.RECOMMENDED, "2026-11-22T08:59:59+08:00", "2026-11-22T09:00:00+08:00"),
        (hours.TENCENT, "2026-11-22T21:59:00+08:00", "2026-11-22T21:59:00+08:00"),
        (hours.HUAWEI, "2026-11-22T21:00:00+08:00", "2026-11-23T08:00:00+08:00"),
        (hours.QINIU, "2026-12-31T23:00:00+08:00", "2027-01-01T08:00:00+08:00"),
        (Hours(time(9), time(20), "Europe/Berlin"), "2026-03-28T21:00:00+01:00", "2026-03-29T09:00:00+02:00"),
        (Hours(time(2, 30), time(5), "Europe/Berlin"), "2026-03-29T01:59:00+01:00", "2026-03-29T03:30:00+02:00"),  # the clock skips it
    ],
)
def test_marketing_waits_for_its_hours(window: Hours, now: str, opens: str) -> None:
    assert window.opens_at(ms(now)) == ms(opens)
    assert window.open(ms(now)) is (now == opens)


@given(
    st.sampled_from([hours.RECOMMENDED, hours.TENCENT, hours.HUAWEI, hours.QINIU]), st.integers(min_value=0, max_value=4_102_444_800_000)
)
def test_when_the_hours_open_they_are_open_and_that_is_within_a_day(window: Hours, now: int) -> None:
    opens = window.opens_at(now)
    assert window.open(opens)
    assert now <= opens < now + DAY_MS


@pytest.mark.parametrize(
    ("given", "country", "number"),
    [
        ("13800000000", "", "+8613800000000"),
        ("8613800000000", "", "+8613800000000"),
        ("008613800000000", "", "+8613800000000"),
        ("+86 138-0000-0000", "", "+8613800000000"),
        ("13800000000", "86", "+8613800000000"),
        ("61234567", "852", "+85261234567"),
        ("85261234567", "", "+85261234567"),
        ("", "", ""),
    ],
)
def test_a_number_has_one_way_of_being_written(given: str, country: str, number: str) -> None:
    assert e164(given, country) == number
    assert not number or is_e164(number)


def test_only_chinese_mobile_numbers_are_mainland() -> None:
    assert is_mainland("+8613800000000")
    assert not is_mainland("+861080000000")
    assert not is_mainland("+85261234567")
    assert not is_e164("13800000000")


def test_times_of_chinese_providers_are_chinas() -> None:
    assert china_ms("2026-11-22 08:00:00") == NOW
    assert china_ms("yesterday") is None
    assert unix_ms(str(NOW // 1000)) == NOW
    assert unix_ms("soon") is unix_ms("9" * 30) is None
    assert china_day(NOW + 15 * HOUR_MS) == "20261122"
    assert china_day(NOW + 16 * HOUR_MS) == "20261123"


@pytest.mark.parametrize("kind", [Result.SENT, Result.REFUSED, Result.UNREACHABLE, Result.MISCONFIGURED])
def test_what_is_settled_is_not_tried_again(kind: Result) -> None:
    assert again_at(Outcome(kind), 1, NOW, NOW, 0.5, DAY_MS) is None


def test_a_limit_is_waited_for_and_not_by_all_at_once() -> None:
    limited = Outcome(Result.LIMITED, Reason.ACCOUNT_LIMIT, until=NOW + HOUR_MS)
    assert again_at(limited, MAX_ATTEMPTS + 5, NOW, NOW, 0.0) == NOW + HOUR_MS
    assert again_at(limited, 1, NOW, NOW, 1.0) == NOW + HOUR_MS + SPREAD_MS
    assert again_at(Outcome(Result.LIMITED), 1, NOW, NOW, 0.0) == NOW + UNTOLD_LIMIT_MS
    assert again_at(limited, 1, NOW, NOW + 2 * HOUR_MS, 0.0) == NOW + 2 * HOUR_MS


def test_what_was_certainly_not_sent_is_tried_a_few_times() -> None:
    retry = Outcome(Result.RETRY)
    assert again_at(retry, 1, NOW, NOW, 1.0) == NOW + 5_000
    assert again_at(retry, 2, NOW, NOW, 1.0) == NOW + 10_000
    assert again_at(retry, MAX_ATTEMPTS, NOW, NOW, 1.0) is None


def test_what_may_have_been_sent_is_tried_again_only_with_a_key_that_is_still_known() -> None:
    unknown = Outcome(Result.UNKNOWN)
    assert again_at(unknown, 1, NOW, NOW, 1.0) is None
    assert again_at(unknown, 1, NOW, NOW, 1.0, DAY_MS) == NOW + 5_000
    assert again_at(unknown, 2, NOW, NOW + DAY_MS - 1_000, 1.0, DAY_MS) is None


@pytest.mark.parametrize("kind", [Result.RETRY, Result.UNKNOWN])
def test_where_a_key_is_known_for_days_only_its_end_is_the_end_of_attempts(kind: Result) -> None:
    late = NOW + 3 * DAY_MS - LONGEST_PAUSE_MS - 1
    assert again_at(Outcome(kind), 300, NOW, late, 1.0, 3 * DAY_MS) == late + LONGEST_PAUSE_MS
    assert again_at(Outcome(kind), 300, NOW, late + 1, 1.0, 3 * DAY_MS) is None
    assert again_at(Outcome(kind), MAX_ATTEMPTS, NOW, NOW, 1.0, HOUR_MS) is None


@given(st.integers(min_value=0, max_value=1_000_000), st.floats(min_value=0, max_value=1))
def test_pauses_grow_and_stay_bearable(attempts: int, chance: float) -> None:
    assert 0 < pause_ms(attempts, chance) <= LONGEST_PAUSE_MS
    assert pause_ms(attempts + 1, chance) >= pause_ms(attempts, chance)


@pytest.mark.parametrize("kind", Result)
def test_another_channel_may_take_over_only_what_was_certainly_not_sent(kind: Result) -> None:
    assert Outcome(kind).certainly_not_sent is (kind not in (Result.SENT, Result.UNKNOWN))


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)
