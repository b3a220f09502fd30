"""When times of day and dates come, whatever clocks do."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.journeys.engine.instants import date_due, date_of, next_date, next_time_of_day
from chalicelib.pace import STEADY, Pace
from chalicelib.zones import zone as zone_of

CHINA, NEW_YORK = "Asia/Shanghai", "America/New_York"


def at(text: str, zone: str = CHINA) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone_of(zone)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("2026-12-01", date(2026, 12, 1)),
        ("2026/12/1", date(2026, 12, 1)),
        ("2026.12.01", date(2026, 12, 1)),
        ("20261201", date(2026, 12, 1)),
        (" 2026-12-01 ", date(2026, 12, 1)),
        ("2026-12-01T08:00:00Z", datetime(2026, 12, 1, 16)),  # noqa: DTZ001 - the zone's own clock
        ("2026-12-01T08:00", datetime(2026, 12, 1, 8)),  # noqa: DTZ001
        (0, datetime(1970, 1, 1, 8)),  # noqa: DTZ001
        (20261201, datetime(1970, 8, 23, 20, 6, 41)),  # noqa: DTZ001 - a number is a time, a text of eight digits a date
        ("", None),
        (73_526_400_000, datetime(1972, 5, 1, 8)),  # noqa: DTZ001 - ms
        (-73_526_400_000, datetime(1967, 9, 3, 8)),  # noqa: DTZ001
        ("73526400000", datetime(1972, 5, 1, 8)),  # noqa: DTZ001
        (73_526_400, datetime(1972, 5, 1, 8)),  # noqa: DTZ001 - seconds
        ("26-12-01", None),
        ("2026-12", None),
        ("2000.12", None),
        ("1990", None),
        ("2026-123", None),
        ("2026-12/01", None),
        ("2026-1201", None),
        ("2026-02-29", None),
        ("tomorrow", None),
        (float("inf"), None),
        (float("nan"), None),
        ("9" * 30, None),
    ],
)
def test_which_values_tell_a_date(value: Any, found: Any) -> None:
    assert date_of(value, CHINA) == found


def test_days_are_those_of_the_calendar_also_when_the_clocks_change_between() -> None:
    """Three days before Monday the 9th at nine is Friday the 6th at nine, though one of the days has 23 hours."""
    due = date_due("2026-03-09T09:00", -3 * 86_400_000, None, NEW_YORK, STEADY)
    assert due == at("2026-03-06T09:00", NEW_YORK)


def test_a_time_of_day_that_a_night_leaves_out_comes_so_much_later_and_one_that_comes_twice_counts_once() -> None:
    after = at("2026-03-07T12:00", NEW_YORK)
    assert next_time_of_day(after, 150, (), NEW_YORK, STEADY) == at("2026-03-08T03:30", NEW_YORK)
    after = at("2026-10-31T12:00", NEW_YORK)
    first = next_time_of_day(after, 90, (), NEW_YORK, STEADY)
    assert first == at("2026-11-01T01:30", NEW_YORK)
    assert next_time_of_day(first, 90, (), NEW_YORK, STEADY) == at("2026-11-02T01:30", NEW_YORK)


def test_a_date_once_is_not_there_again_when_it_has_gone_by() -> None:
    day = at("2026-11-25T09:00")
    assert next_date("2026-11-25", 0, 540, CHINA, yearly=False, after=day - 1, pace=STEADY) == day
    assert next_date("2026-11-25", 0, 540, CHINA, yearly=False, after=day, pace=STEADY) is None
    assert next_date("never", 0, 540, CHINA, yearly=True, after=day, pace=STEADY) is None


def test_an_offset_of_more_than_a_year_still_finds_the_next_one() -> None:
    after = at("2026-11-25T00:00")
    assert next_date("2000-01-10", 400 * 86_400_000, 540, CHINA, yearly=True, after=after, pace=STEADY) == at("2027-02-14T09:00")


def test_an_unknown_day_of_the_week_is_a_mistake_of_the_definition() -> None:
    with pytest.raises(ValueError, match="day of the week"):
        next_time_of_day(0, 540, (9,), CHINA, STEADY)


@given(
    st.integers(17 * 10**11, 17 * 10**11 + 3 * 10**9),
    st.integers(0, 1439),
    st.sets(st.integers(0, 6)),
    st.sampled_from([1.0, 24.0, 3600.0]),
)
def test_the_time_of_day_always_comes_within_the_week_and_shows_on_the_wall(after: int, minute: int, days: set[int], scale: float) -> None:
    pace = Pace(scale, 1_700_000_000_000)
    due = next_time_of_day(after, minute, tuple(days), CHINA, pace)
    assert due > after
    assert pace.told(due) - pace.told(after) <= 7 * 86_400_000 + 2 * scale
    shown = datetime.fromtimestamp(pace.told(due) / 1000, UTC).astimezone(zone_of(CHINA))
    late = (shown.hour * 60 + shown.minute - minute) * 60_000 + shown.second * 1000
    assert 0 <= late <= max(1000, 2 * scale)
    assert not days or shown.weekday() in days


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 4 * 10**12), st.integers(-30, 30))
def test_a_yearly_date_always_comes_within_four_hundred_days(born: date, after: int, days: int) -> None:
    due = next_date(born.isoformat(), days * 86_400_000, 540, CHINA, yearly=True, after=after, pace=STEADY)
    assert due is not None
    assert after < due <= after + 367 * 86_400_000


def test_a_date_before_all_dates_never_comes() -> None:
    assert date_due("0001-01-01", -86_400_000, None, CHINA, STEADY) is None
