"""What is kept of a signal is the same in whatever order its events come, and however many persons they first belong to."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.pace import Pace
from chalicelib.signals.fold import added, day_of, summand, union, value_of
from chalicelib.signals.model import KEEPS, MAX_DAYS, MAX_SUMMAND, MAX_TEXT, NOTHING, Demand, Hit, State
from tests.unit.signals.events import NOON

SHANGHAI = "Asia/Shanghai"
HOUR = 3_600_000
DEMANDS = st.builds(
    Demand, event=st.just("Clicked"), keep=st.sampled_from(KEEPS), per_day=st.sampled_from([0, 1, 3]), zone=st.just(SHANGHAI)
)
VALUES = st.one_of(st.none(), st.integers(-5, 5), st.sampled_from(["", "dress", "7", "1e3", "裙"]))
HITS = st.lists(st.tuples(st.integers(NOON, NOON + 40 * HOUR).map(lambda time: time // HOUR * HOUR), VALUES), max_size=30)


@given(DEMANDS, HITS, st.randoms())
def test_the_order_of_events_does_not_matter(demand: Demand, hits: list[Hit], random: object) -> None:
    shuffled = list(hits)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert added(demand, NOTHING, shuffled) == added(demand, NOTHING, hits)


@given(DEMANDS, HITS, st.integers(0, 30))
def test_two_persons_become_one_as_if_all_had_happened_to_one(demand: Demand, hits: list[Hit], cut: int) -> None:
    apart = added(demand, NOTHING, hits[:cut]), added(demand, NOTHING, hits[cut:])
    assert union(demand, *apart) == union(demand, *reversed(apart)) == added(demand, NOTHING, hits)


@given(DEMANDS, HITS)
def test_all_are_counted_and_the_newest_are_kept(demand: Demand, hits: list[Hit]) -> None:
    state = added(demand, NOTHING, hits)
    times = sorted((time for time, _ in hits), reverse=True)
    assert (state.total, state.first, state.last) == (len(hits), min(times, default=0), max(times, default=0))
    assert [time for time, _ in state.hits] == times[: demand.keep]
    assert state.sum == sum(summand(value) for _, value in hits)


def test_the_101_newest_are_kept_so_that_100_and_101_can_be_told_apart() -> None:
    demand = Demand("Clicked", keep=101)
    state = added(demand, NOTHING, [(NOON + number, None) for number in range(150)])
    assert (state.total, len(state.hits), state.hits[-1]) == (150, 101, (NOON + 49, None))


def test_a_day_is_full_at_its_count_and_begins_at_midnight_in_its_zone() -> None:
    demand = Demand("Scanned", per_day=2, zone=SHANGHAI)
    midnight = day_of(NOON, SHANGHAI) * 24 * HOUR + 24 * HOUR - 8 * HOUR
    state = added(demand, NOTHING, [(midnight - 1, None), (midnight, None), (midnight + HOUR, None), (midnight + 2 * HOUR, None)])
    assert state.days == ((day_of(midnight, SHANGHAI), 2), (day_of(midnight - 1, SHANGHAI), 1))
    assert day_of(midnight, SHANGHAI) == day_of(midnight - 1, SHANGHAI) + 1


def test_a_day_of_a_stage_whose_time_runs_fast_is_as_short_as_its_clock_makes_it() -> None:
    demand, fast = Demand("Scanned", per_day=9, zone=SHANGHAI), Pace(24, NOON)
    state = added(demand, NOTHING, [(NOON + minutes * HOUR // 60, None) for minutes in (0, 1, 60, 61, 62)], fast)
    assert [count for _, count in state.days] == [3, 2]
    assert state.days[0][0] == day_of(NOON, SHANGHAI) + 1


def test_days_before_the_newest_are_forgotten() -> None:
    demand = Demand("Scanned", per_day=1, zone=SHANGHAI)
    state = added(demand, NOTHING, [(NOON + day * 24 * HOUR, None) for day in range(MAX_DAYS + 5)])
    assert len(state.days) == MAX_DAYS
    assert state.days[0][0] == day_of(NOON, SHANGHAI) + MAX_DAYS + 4


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (99, 99_000_000),
        (99.5, 99_500_000),
        (0.1, 100_000),
        (-3, -3_000_000),
        (MAX_SUMMAND, int(MAX_SUMMAND) * 1_000_000),
        (MAX_SUMMAND * 10, None),
        (True, "true"),
        ("裙装", "裙装"),
        ("x" * (MAX_TEXT + 1), "x" * MAX_TEXT),
        (["a"], None),
        (None, None),
        ({"a": 1}, None),
    ],
)
def test_what_is_kept_of_a_property(raw: object, kept: object) -> None:
    assert value_of(raw) == kept


@pytest.mark.parametrize(
    ("value", "adds"),
    [(5_000_000, 5_000_000), ("99.00", 99_000_000), ("-1.5", -1_500_000), ("", 0), ("dress", 0), ("NaN", 0), ("1e99", 0), (None, 0)],
)
def test_numbers_that_files_bring_as_text_are_summed_too(value: int | str | None, adds: int) -> None:
    assert summand(value) == adds


def test_a_signal_that_keeps_nothing_but_totals_costs_no_hits() -> None:
    assert added(Demand("Clicked"), NOTHING, [(NOON, None)]) == State(total=1, first=NOON, last=NOON)
    assert replace(added(Demand("Clicked", keep=4), NOTHING, [(NOON, None)]), hits=()) == State(total=1, first=NOON, last=NOON)
