"""How fast a stage's time runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.pace import STEADY, Pace

HOUR = 3_600_000
NOON = 1_790_000_000_000
FAST = Pace(3600, NOON)

instants = st.integers(NOON - 1_000 * HOUR, NOON + 1_000 * HOUR)


def test_in_production_both_clocks_are_one() -> None:
    assert (STEADY.span(HOUR), STEADY.told(NOON), STEADY.instant(NOON)) == (HOUR, NOON, NOON)


def test_two_hours_are_two_seconds_when_an_hour_is_a_second() -> None:
    assert FAST.span(2 * HOUR) == 2_000


def test_nothing_takes_no_time_at_all() -> None:
    assert FAST.span(1) == 1


def test_the_clock_on_the_wall_starts_at_the_anchor_and_runs_fast() -> None:
    assert FAST.told(NOON) == NOON
    assert FAST.told(NOON + 1_000) == NOON + HOUR
    assert FAST.instant(NOON + 24 * HOUR) == NOON + 24_000


@pytest.mark.parametrize("scale", [1, 60, 3600, 20160])
@given(wall=instants)
def test_at_its_instant_the_clock_shows_the_time_and_not_a_millisecond_before(scale: float, wall: int) -> None:
    pace = Pace(scale, NOON)
    at = pace.instant(wall)
    assert pace.told(at) >= wall > pace.told(at - 1)


@given(one=instants, two=instants)
def test_what_comes_later_is_shown_later(one: int, two: int) -> None:
    assert (FAST.told(one) < FAST.told(two)) == (one < two)
