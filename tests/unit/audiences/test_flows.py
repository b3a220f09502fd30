"""Counts of the past follow from the count of this moment and from who came and went since."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.audiences.flows import HOUR_MS, Flow, Point, Unit, bounds_of, history
from chalicelib.zones import zone

MIDNIGHT = 1_795_276_800_000  # 2026-11-21T16:00Z: the 22nd begins in China
CHINA = zone("Asia/Shanghai")
DAY_MS = 24 * HOUR_MS


def test_each_step_ends_with_the_count_that_the_next_one_begins_with() -> None:
    flows = {0: Flow(5, 0), HOUR_MS: Flow(2, 1), 2 * HOUR_MS: Flow(0, 4)}
    found = history(2, flows, [0, HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS])
    assert found == [Point(0, 5, Flow(5, 0)), Point(HOUR_MS, 6, Flow(2, 1)), Point(2 * HOUR_MS, 2, Flow(0, 4))]


def test_what_came_after_the_last_step_is_taken_back_first() -> None:
    flows = {0: Flow(5, 0), HOUR_MS: Flow(2, 1)}
    assert history(6, flows, [0, HOUR_MS]) == [Point(0, 5, Flow(5, 0))]


def test_an_hour_without_changes_is_a_step_too() -> None:
    assert [(one.count, one.flow) for one in history(3, {}, [0, HOUR_MS, 2 * HOUR_MS])] == [(3, Flow()), (3, Flow())]


def test_a_day_of_china_begins_at_four_in_the_afternoon_of_the_day_before_in_utc() -> None:
    assert bounds_of(MIDNIGHT, MIDNIGHT + 1, Unit.DAY, CHINA) == [MIDNIGHT, MIDNIGHT + DAY_MS]
    assert bounds_of(MIDNIGHT - 1, MIDNIGHT, Unit.DAY, CHINA) == [MIDNIGHT - DAY_MS, MIDNIGHT]


def test_hours_are_cut_at_the_hour() -> None:
    assert bounds_of(MIDNIGHT + 1, MIDNIGHT + HOUR_MS + 1, Unit.HOUR, CHINA) == [MIDNIGHT + hour * HOUR_MS for hour in range(3)]


def test_a_day_on_which_clocks_change_has_its_own_length() -> None:
    berlin = zone("Europe/Berlin")
    summer_ends = 1_792_879_200_000  # 2026-10-25T00:00+02:00
    assert bounds_of(summer_ends, summer_ends + 1, Unit.DAY, berlin) == [summer_ends, summer_ends + 25 * HOUR_MS]


changes = st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=60)


@given(changes, st.integers(0, 40), st.integers(1, 40))
def test_a_history_is_what_counting_along_would_have_given(found: list[tuple[int, bool]], start: int, length: int) -> None:
    flows: dict[int, Flow] = {}
    for hour, came in found:
        before = flows.get(hour * HOUR_MS, Flow())
        flows[hour * HOUR_MS] = Flow(before.entered + came, before.left + (not came))
    counted = [sum(1 if came else -1 for hour, came in found if hour <= last) for last in range(start, start + length)]
    live = sum(1 if came else -1 for _, came in found)
    bounds = [hour * HOUR_MS for hour in range(start, start + length + 1)]
    recent = {hour: flow for hour, flow in flows.items() if hour >= bounds[0]}
    assert [point.count for point in history(live, recent, bounds)] == counted
