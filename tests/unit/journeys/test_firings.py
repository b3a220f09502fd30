"""A firing is recognised by its instant, whatever the pace of the stack: that is how one of a schedule that was replaced is told."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.journeys.engine.crons import next_fire
from chalicelib.journeys.engine.instants import next_date
from chalicelib.pace import Pace

NOW = 1_795_300_000_000
DAY = 86_400_000
SCALES = st.sampled_from([1, 2, 60, 3600, 7, 1000])


@given(scale=SCALES, after=st.integers(0, 10 * DAY), anchor=st.integers(-DAY, DAY))
@pytest.mark.parametrize("schedule", ["0 9 * * ? *", "*/15 * * * *", "0 0 L * ? *", "30 21 ? * FRI *"])
def test_a_firing_is_the_next_one_from_a_moment_before(schedule: str, scale: int, after: int, anchor: int) -> None:
    pace = Pace(scale, NOW + anchor)
    at = next_fire(schedule, "Asia/Shanghai", NOW + after, pace)
    assert at is not None
    assert next_fire(schedule, "Asia/Shanghai", at - 1, pace) == at


@given(
    scale=SCALES,
    after=st.integers(0, 10 * DAY),
    day=st.dates(max_value=date(2100, 1, 1)),
    offset=st.integers(-40, 40),
    minute=st.integers(0, 1439),
)
def test_so_is_a_date(scale: int, after: int, day: date, offset: int, minute: int) -> None:
    pace = Pace(scale, NOW)
    at = next_date(str(day), offset * DAY, minute, "Asia/Shanghai", True, NOW + after, pace)
    assert at is not None
    assert next_date(str(day), offset * DAY, minute, "Asia/Shanghai", True, at - 1, pace) == at
