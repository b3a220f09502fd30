"""What each error number leads to. The numbers stand here once more, by what has to be done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.wechat import errors
from chalicelib.wechat.error_numbers import NO_ANSWER, VERDICTS, Remedy, Wait
from chalicelib.wechat.errors import DAY_MS, Dropped, LimitReached, Misconfigured, TokenRefused, TryAgain, Unreachable, WechatError

NOW = 1_795_305_600_000  # 2026-11-22 00:00 UTC, 08:00 in China
CHINA_MIDNIGHT = NOW + 16 * 3_600_000

EXPECTED = {
    Remedy.NOTHING: "0 46003",
    Remedy.ALREADY_DONE: "40241 45065 45081",
    Remedy.RETRY: "-1 61450",
    Remedy.REFRESH_TOKEN: "40001 40014 42001",
    Remedy.BACK_OFF: "43108 43117 45009 45011 45028 45047 45066 48006 89501",
    Remedy.UNREACHABLE: "40003 43004 43005 43019 43101 45015 46004 48002 50002 50005 62751",
    Remedy.FIX_CONFIGURATION: """
        40002 40013 40125 40164 40243 41001 43002 43003 43104 43106 43107 43116 45035 45087 45094 48001 48003 48004 48008 61003 61004
        61007 61023 76022 85079 89503 89506 89507 200011
    """,
    Remedy.DROP: """
        40007 40008 40029 40030 40031 40032 40033 40035 40036 40037 40039 40097 40129 40132 40163 40226 40246 41008 41028 41029 41030
        42007 44002 44003 44004 45001 45002 45003 45004 45007 45008 45010 45029 45048 45056 45057 45058 45059 45064 45067 45072 45080
        45083 45157 45158 45159 45168 46001 47001 47003 50001 61009 61451 61452 65301 65303 65304 65305 65316 65320 76003 76021 87009
        87014 9001001
    """,
}
RAISED: dict[Remedy, type[WechatError] | None] = {
    Remedy.NOTHING: None,
    Remedy.ALREADY_DONE: None,
    Remedy.RETRY: TryAgain,
    Remedy.REFRESH_TOKEN: TokenRefused,
    Remedy.BACK_OFF: LimitReached,
    Remedy.UNREACHABLE: Unreachable,
    Remedy.FIX_CONFIGURATION: Misconfigured,
    Remedy.DROP: Dropped,
}
NUMBERS = [(int(number), remedy) for remedy, numbers in EXPECTED.items() for number in numbers.split()]


def error(number: int, text: str = "", *, asks_for_token: bool = False) -> WechatError | None:
    return errors.error_of(number, text, "message/template/send", NOW, asks_for_token)


@pytest.mark.parametrize(("number", "remedy"), NUMBERS)
def test_every_number_leads_to_its_class(number: int, remedy: Remedy) -> None:
    assert errors.verdict_of(number).remedy is remedy
    found = error(number)
    raised = RAISED[remedy]
    assert found is None if raised is None else type(found) is raised


def test_no_number_is_known_that_is_not_in_this_list() -> None:
    assert VERDICTS.keys() == {number for number, _ in NUMBERS}
    assert len(VERDICTS) == len(NUMBERS)
    assert all(verdict.known and verdict.meaning and verdict.number == number for number, verdict in VERDICTS.items())


def test_only_limits_have_an_end_to_wait_for() -> None:
    assert {number for number, verdict in VERDICTS.items() if verdict.wait} == {int(one) for one in EXPECTED[Remedy.BACK_OFF].split()}


@pytest.mark.parametrize(
    ("number", "until"),
    [
        (43108, NOW + 5_000),
        (45011, NOW + 60_000),
        (45066, NOW + 60_000),
        (43117, NOW + 3 * 3_600_000),
        (45009, CHINA_MIDNIGHT),
        (45028, CHINA_MIDNIGHT),
        (48006, CHINA_MIDNIGHT + 8 * DAY_MS),  # 1 December
        (45047, None),
    ],
)
def test_a_limit_says_until_when(number: int, until: int | None) -> None:
    found = error(number)
    assert isinstance(found, LimitReached)
    assert found.until == until


@pytest.mark.parametrize(
    ("now", "day", "month"),
    [
        ("2026-12-31T15:59:59Z", "2026-12-31T16:00:00Z", "2026-12-31T16:00:00Z"),
        ("2026-12-31T16:00:00Z", "2027-01-01T16:00:00Z", "2027-01-31T16:00:00Z"),
        ("2028-02-28T16:00:00Z", "2028-02-29T16:00:00Z", "2028-02-29T16:00:00Z"),
        ("2026-11-22T00:00:00Z", "2026-11-22T16:00:00Z", "2026-11-30T16:00:00Z"),
    ],
)
def test_days_and_months_end_at_midnight_in_china(now: str, day: str, month: str) -> None:
    assert errors.until(Wait.DAY, _ms(now)) == _ms(day)
    assert errors.until(Wait.MONTH, _ms(now)) == _ms(month)


@given(st.sampled_from(Wait), st.integers(min_value=0, max_value=4_102_444_800_000))
def test_a_limit_always_ends_later_and_within_a_month(wait: Wait, now: int) -> None:
    end = errors.until(wait, now)
    assert (end is None) is (wait is Wait.CONTACT)
    assert end is None or now < end <= now + 31 * DAY_MS


@pytest.mark.parametrize("number", [40001, 40014, 42001])
def test_a_token_that_is_refused_where_tokens_are_made_means_a_wrong_secret(number: int) -> None:
    assert type(error(number, asks_for_token=True)) is Misconfigured
    assert type(error(number)) is TokenRefused
    assert type(error(NO_ANSWER, asks_for_token=True)) is TryAgain


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (-2, Remedy.RETRY),
        (-1000, Remedy.RETRY),
        (48999, Remedy.FIX_CONFIGURATION),
        (61999, Remedy.FIX_CONFIGURATION),
        (89999, Remedy.FIX_CONFIGURATION),
        (1, Remedy.DROP),
        (40999, Remedy.DROP),
        (45999, Remedy.DROP),
        (9_999_999, Remedy.DROP),
    ],
)
def test_numbers_nobody_has_met_go_by_a_rule(number: int, remedy: Remedy) -> None:
    verdict = errors.verdict_of(number)
    assert (verdict.remedy, verdict.known) == (remedy, False)
    assert error(number) is not None


@given(st.integers())
def test_no_unknown_number_asks_for_a_token_or_passes_as_done(number: int) -> None:
    remedy = errors.verdict_of(number).remedy
    assert number in VERDICTS or remedy in {Remedy.RETRY, Remedy.DROP, Remedy.FIX_CONFIGURATION}


def test_the_platforms_number_of_the_call_is_kept_and_its_text_is_not() -> None:
    found = error(40037, "invalid template_id for oFan1 rid: 66f0a1b2-0c9d8e7f-1a2b3c4d")
    assert found is not None
    assert (found.number, found.rid, found.api) == (40037, "66f0a1b2-0c9d8e7f-1a2b3c4d", "message/template/send")
    assert "oFan1" not in str(found)
    assert "40037" in str(found)
    assert "66f0a1b2-0c9d8e7f-1a2b3c4d" in str(found)


@given(st.text())
def test_any_text_beside_a_number_is_borne(text: str) -> None:
    found = error(45015, text)
    assert isinstance(found, Unreachable)


def _ms(text: str) -> int:
    from datetime import datetime

    return int(datetime.fromisoformat(text).timestamp() * 1000)
