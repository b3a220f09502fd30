"""Days, weeks and months, where months are short, years leap and midnight is missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.messages.policy.periods import Period, began_at, ends_at
from chalicelib.zones import zone
from tests.unit.messages.policy.world import DAY, at, times, wall, zones


@pytest.mark.parametrize(
    ("period", "time", "began", "ends"),
    [
        (Period.DAY, "2026-03-04 23:59", "2026-03-04 00:00", "2026-03-05 00:00"),
        (Period.WEEK, "2026-03-08 23:59", "2026-03-02 00:00", "2026-03-09 00:00"),
        (Period.WEEK, "2026-03-09 00:00", "2026-03-09 00:00", "2026-03-16 00:00"),
        (Period.WEEK, "2027-01-01 12:00", "2026-12-28 00:00", "2027-01-04 00:00"),
        (Period.MONTH, "2026-01-31 23:59", "2026-01-01 00:00", "2026-02-01 00:00"),
        (Period.MONTH, "2026-02-28 23:59", "2026-02-01 00:00", "2026-03-01 00:00"),
        (Period.MONTH, "2028-02-29 23:59", "2028-02-01 00:00", "2028-03-01 00:00"),
        (Period.MONTH, "2026-12-31 23:59", "2026-12-01 00:00", "2027-01-01 00:00"),
    ],
)
def test_a_period_begins_and_ends_at_midnight(period: Period, time: str, began: str, ends: str) -> None:
    place = zone("Asia/Shanghai")
    assert (wall(began_at(period, at(time), place)), wall(ends_at(period, at(time), place))) == (began, ends)


def test_where_there_is_no_midnight_the_day_begins_with_its_first_minute() -> None:
    name = "America/Havana"  # on 2026-03-08 clocks go from 00:00 to 01:00
    assert wall(ends_at(Period.DAY, at("2026-03-07 12:00", name), zone(name)), name) == "2026-03-08 01:00"
    assert ends_at(Period.DAY, at("2026-03-07 12:00", name), zone(name)) == began_at(Period.DAY, at("2026-03-08 12:00", name), zone(name))


def test_where_midnight_is_there_twice_the_day_begins_with_the_first() -> None:
    name = "America/Havana"  # on 2026-11-01 clocks go from 01:00 to 00:00
    began = began_at(Period.DAY, at("2026-11-01 00:30", name, fold=1), zone(name))
    assert began == at("2026-11-01 00:00", name, fold=0)
    assert ends_at(Period.DAY, began, zone(name)) - began == 25 * DAY // 24


@given(st.sampled_from(Period), times, zones)
def test_every_time_is_in_one_period_and_the_next_begins_where_it_ends(period: Period, time: int, name: str) -> None:
    place = zone(name or "Asia/Shanghai")
    began, ends = began_at(period, time, place), ends_at(period, time, place)
    assert began <= time < ends
    assert began_at(period, ends, place) == ends
    assert began_at(period, ends - 1, place) == began
