"""Hours of the day: when they are, when they are over, and what summer time does to them."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.messages.policy.hours import MINUTES_OF_DAY, Hours, always, covered, over_at, wall_clock
from chalicelib.zones import zone
from tests.unit.messages.policy.world import SHANGHAI, at, hours, spans, times, wall, zones

NIGHT = hours("22:00", "08:00")
MONDAY, FRIDAY, SATURDAY, SUNDAY = 0, 4, 5, 6


@pytest.mark.parametrize(
    ("time", "over"),
    [
        ("2026-03-04 21:59", "2026-03-04 21:59"),
        ("2026-03-04 22:00", "2026-03-05 08:00"),
        ("2026-03-05 07:59", "2026-03-05 08:00"),
        ("2026-03-05 08:00", "2026-03-05 08:00"),
        ("2026-12-31 23:30", "2027-01-01 08:00"),
        ("2028-02-28 23:30", "2028-02-29 08:00"),
    ],
)
def test_a_night_is_over_in_the_morning(time: str, over: str) -> None:
    assert wall(over_at([NIGHT], at(time), SHANGHAI) or 0) == over


@pytest.mark.parametrize(
    ("time", "is_quiet"),
    [
        ("2026-03-06 23:00", True),  # a Friday
        ("2026-03-07 07:00", True),  # the night that began on Friday
        ("2026-03-07 23:00", False),
        ("2026-03-09 07:00", False),
        ("2026-03-13 00:00", False),  # the night that began on Thursday
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(time: str, is_quiet: bool) -> None:
    assert covered([hours("22:00", "08:00", FRIDAY)], at(time), SHANGHAI) is is_quiet


def test_whole_days_one_after_another_are_over_after_the_last() -> None:
    weekend = [Hours(0, MINUTES_OF_DAY, frozenset({SATURDAY, SUNDAY})), NIGHT]
    assert wall(over_at(weekend, at("2026-03-06 23:00"), SHANGHAI) or 0) == "2026-03-09 08:00"


def test_hours_that_leave_no_minute_of_the_week_are_never_over() -> None:
    never = [hours("00:00", "12:00"), hours("12:00", "24:00")]
    assert over_at(never, at("2026-03-04 12:00"), SHANGHAI) is None
    assert always(never)
    assert not always([hours("00:00", "12:00"), hours("12:01", "24:00")])
    assert not always([hours("00:00", "24:00", *range(6))])
    assert not always([])


@pytest.mark.parametrize(
    ("span", "time", "fold", "over"),
    [
        # In spring 2026-03-08 the hour from 02:00 is not there.
        (("22:00", "02:30"), "2026-03-08 01:30", 0, "2026-03-08 03:30"),
        (("02:30", "05:00"), "2026-03-08 01:59", 0, "2026-03-08 01:59"),
        (("02:30", "05:00"), "2026-03-08 03:00", 0, "2026-03-08 05:00"),
        (("22:00", "08:00"), "2026-03-07 23:00", 0, "2026-03-08 08:00"),
        # In autumn 2026-11-01 the hour from 01:00 is there twice.
        (("22:00", "01:30"), "2026-11-01 01:15", 0, "2026-11-01 01:30"),
        (("22:00", "01:30"), "2026-11-01 01:15", 1, "2026-11-01 01:30"),
        (("22:00", "01:30"), "2026-11-01 01:45", 0, "2026-11-01 01:45"),
        (("22:00", "08:00"), "2026-10-31 23:00", 0, "2026-11-01 08:00"),
    ],
)
def test_the_clock_on_the_wall_decides_when_summer_time_begins_and_ends(span: tuple[str, str], time: str, fold: int, over: str) -> None:
    name = "America/New_York"
    assert wall(over_at([hours(*span)], at(time, name, fold), zone(name)) or 0, name) == over


def test_a_night_in_which_clocks_change_has_another_length() -> None:
    name = "America/New_York"
    lengths = [
        (over_at([NIGHT], at(f"{evening} 22:00", name), zone(name)) or 0) - at(f"{evening} 22:00", name)
        for evening in ("2026-03-06", "2026-03-07", "2026-10-31")
    ]
    assert [one / 3_600_000 for one in lengths] == [10, 9, 11]


@given(st.lists(spans, max_size=3), times, zones)
def test_when_hours_are_over_none_of_them_is_on_the_wall(some: list[Hours], now: int, name: str) -> None:
    place = zone(name or "Asia/Shanghai")
    over = over_at(some, now, place)
    if over is None:
        assert covered(some, now, place)
        return
    assert over >= now
    assert not covered(some, over, place)
    assert over == now or all(any(one.covers(wall_clock(then, place)) for one in some) for then in (now, over - 1))


@given(spans, times)
def test_the_other_hours_are_all_those_that_these_are_not(span: Hours, now: int) -> None:
    daily = Hours(span.start, span.end)
    assert covered([daily], now, UTC) is not covered([daily.others], now, UTC)
