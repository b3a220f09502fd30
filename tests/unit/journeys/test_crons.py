"""Schedules: six fields as AWS writes them, five as cron does, by the clock on the wall of a zone."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.journeys.engine.crons import CronInvalid, checked, next_fire
from chalicelib.pace import STEADY, Pace
from chalicelib.zones import zone as zone_of

CHINA = "Asia/Shanghai"
SUNDAY = int(datetime(2026, 11, 22, 5, tzinfo=UTC).timestamp()) * 1000  # 13:00 in China


def fires(expression: str, zone: str = CHINA, after: int = SUNDAY, count: int = 2) -> list[str]:
    found, at = [], after
    for _ in range(count):
        due = next_fire(expression, zone, at, STEADY)
        if due is None:
            break
        found.append(datetime.fromtimestamp(due / 1000, zone_of(zone)).strftime("%Y-%m-%d %H:%M"))
        at = due
    return found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 9 ? * MON *", ["2026-11-23 09:00", "2026-11-30 09:00"]),
        ("0 9 ? * 2 *", ["2026-11-23 09:00", "2026-11-30 09:00"]),  # AWS counts from Sunday, the first
        ("0 9 * * 1", ["2026-11-23 09:00", "2026-11-30 09:00"]),  # cron has Sunday as 0 and 7
        ("0 9 * * 7", ["2026-11-29 09:00", "2026-12-06 09:00"]),
        ("0 9 ? * 2-6 *", ["2026-11-23 09:00", "2026-11-24 09:00"]),
        ("0 9 ? * MON,FRI *", ["2026-11-23 09:00", "2026-11-27 09:00"]),
        ("30 20 1 * ? *", ["2026-12-01 20:30", "2027-01-01 20:30"]),
        ("0 9 L * ? *", ["2026-11-30 09:00", "2026-12-31 09:00"]),
        ("0 9 ? * 6L *", ["2026-11-27 09:00", "2026-12-25 09:00"]),  # the last Friday
        ("0 9 ? * 6#1 *", ["2026-12-04 09:00", "2027-01-01 09:00"]),
        ("0 9 ? * L *", ["2026-11-28 09:00", "2026-12-05 09:00"]),  # Saturday
        ("*/20 13 * * ? *", ["2026-11-22 13:20", "2026-11-22 13:40"]),
        ("0 9 29 2 ? *", ["2028-02-29 09:00", "2032-02-29 09:00"]),
        ("0 9 1 1 ? 2028-2030", ["2028-01-01 09:00", "2029-01-01 09:00"]),
        ("0 9 1 1 ? 2027,2031", ["2027-01-01 09:00", "2031-01-01 09:00"]),
        ("0 9 1 1 ? 2027/3", ["2027-01-01 09:00", "2030-01-01 09:00"]),
        ("0 0 1 1 ? 2027", ["2027-01-01 00:00"]),  # and never again
        ("0 9 1 1 ? 2020", []),
        ("0 9 ? * mon *", ["2026-11-23 09:00", "2026-11-30 09:00"]),
        ("0 9 ? * MON", ["2026-11-23 09:00", "2026-11-30 09:00"]),  # the year left out
        ("0 9 ? * 2", ["2026-11-23 09:00", "2026-11-30 09:00"]),
        ("0 9 1 * ?", ["2026-12-01 09:00", "2027-01-01 09:00"]),
        ("0 9 ? * 2/3 *", ["2026-11-23 09:00", "2026-11-26 09:00", "2026-11-30 09:00"]),  # no Sunday
        ("0 9 ? * MON/3 *", ["2026-11-23 09:00", "2026-11-26 09:00", "2026-11-30 09:00"]),
        ("0 9 ? * 1,4/2 *", ["2026-11-25 09:00", "2026-11-27 09:00", "2026-11-29 09:00"]),
        ("0 9 ? * 2-6/2 *", ["2026-11-23 09:00", "2026-11-25 09:00", "2026-11-27 09:00"]),
        ("0 9 ? * */3 *", ["2026-11-25 09:00", "2026-11-28 09:00", "2026-11-29 09:00"]),
    ],
)
def test_when_a_schedule_comes_round(expression: str, expected: list[str]) -> None:
    assert fires(expression, count=max(len(expected), 2)) == expected


@pytest.mark.parametrize(
    "expression",
    ["", "9", "0 9 * *", "0 9 ? * ? *", "0 9 1 * MON *", "0 25 ? * MON *", "61 9 * * ? *", "0 9 15W * ? *", "0 9 ? * MON 26", "0 9 ? * 8 *",
     "0 9 30 2 ? *", "0 9 1 1 ? 1950", "a b c d e f", "0 9 ? * MON * *",
     "0 9 ? * 0 *", "0 9 ? * 0-4 *", "0 9 ? * 0", "0 9 ? * ?", "0 9 ? * 10 *"],
)  # fmt: skip
def test_what_is_no_schedule_or_never_comes_round_is_refused(expression: str) -> None:
    with pytest.raises(CronInvalid):
        checked(expression)


def test_a_schedule_is_checked_by_itself_and_not_by_what_is_left_of_it() -> None:
    checked("0 9 1 1 ? 2020")
    assert next_fire("0 9 1 1 ? 2020", CHINA, SUNDAY, STEADY) is None


def test_a_night_of_changing_clocks_leaves_nothing_out_and_does_nothing_twice() -> None:
    before = int(datetime(2026, 3, 7, 12, tzinfo=UTC).timestamp()) * 1000
    assert fires("30 2 * * ? *", "America/New_York", before, 3) == ["2026-03-08 03:00", "2026-03-09 02:30", "2026-03-10 02:30"]
    autumn = int(datetime(2026, 10, 31, 12, tzinfo=UTC).timestamp()) * 1000
    assert fires("30 1 * * ? *", "America/New_York", autumn, 2) == ["2026-11-01 01:30", "2026-11-02 01:30"]


def test_at_a_higher_speed_it_comes_round_by_the_clock_on_the_wall() -> None:
    fast = Pace(3600, SUNDAY)
    assert next_fire("0 9 ? * MON *", CHINA, SUNDAY, fast) == SUNDAY + 20_000  # twenty hours are twenty seconds


@given(
    st.integers(17 * 10**11, 17 * 10**11 + 3 * 10**9),
    st.sampled_from(["0 9 ? * MON *", "*/7 * * * ? *", "0 0 L * ? *", "15 8 * * *"]),
    st.sampled_from([1, 60, 3600]),
)
def test_it_always_comes_later_and_nothing_lies_between(after: int, expression: str, scale: int) -> None:
    pace = Pace(scale, 1_700_000_000_000)
    due = next_fire(expression, CHINA, after, pace)
    if due is None:  # the wall shows a year that nobody plans for
        return
    assert due > after
    assert next_fire(expression, CHINA, (after + due) // 2, pace) in (due, (after + due) // 2 + 1)
