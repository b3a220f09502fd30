"""Points come out exactly, whatever the order of events, and bands begin and end where they say."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.audiences.parts import Band, EventRule
from chalicelib.audiences.scores import Bands, PointRule, bands_of, millionths, point_demand, point_rule
from chalicelib.pace import Pace
from chalicelib.signals.fold import added, union
from chalicelib.signals.model import MILLION, Hit, State
from tests.unit.audiences.world import DAY, HOUR, NOW, local

SEEDED: list[dict[str, Any]] = [{"name": "low", "upto": 100}, {"name": "middle", "upto": 400}, {"name": "high"}]


def rule(**parts: Any) -> EventRule:
    return EventRule.model_validate({"event": "Scan", "add": 5} | parts)


def state(one: EventRule, *hits: int | Hit) -> State:
    return added(point_demand(one), State(), [hit if isinstance(hit, tuple) else (hit, None) for hit in hits])


def found(one: EventRule, *hits: int | Hit, now: int = NOW, scale: float = 1) -> tuple[float, int | None]:
    points, at = point_rule(one, 1, scale).points({1: state(one, *hits)}, now)
    return points / MILLION, at


def points(one: EventRule, *hits: int | Hit, now: int = NOW) -> float:
    return found(one, *hits, now=now)[0]


def bands(*documents: dict[str, Any]) -> Bands:
    return bands_of([Band.model_validate(one) for one in documents])


@pytest.mark.parametrize(
    ("value", "band"),
    [(-5, "low"), (0, "low"), (100, "low"), (100.000001, "middle"), (101, "middle"), (400, "middle"), (401, "high"), (10**9, "high")],
)
def test_100_is_low_and_400_is_middle(value: float, band: str) -> None:
    assert bands(*SEEDED).of(millionths(value)) == band


def test_everybody_starts_in_the_band_of_no_points() -> None:
    assert bands(*SEEDED).scale.start == "low"
    assert bands({"name": "angry", "upto": -1}, {"name": "neutral", "upto": 10}, {"name": "fan"}).scale.start == "neutral"


def test_a_score_without_bands_is_in_none() -> None:
    assert bands().of(5) == ""


@pytest.mark.parametrize(
    ("add", "times", "value"), [(5, 0, 0), (5, 1, 5), (5, 3, 15), (-20, 2, -40), (0.1, 3, 0.3), (0.000001, 7, 0.000007)]
)
def test_each_event_brings_its_points(add: float, times: int, value: float) -> None:
    assert points(rule(add=add), *range(1, times + 1)) == value


def test_a_person_to_whom_nothing_happened_has_no_points() -> None:
    assert PointRule(number=7, add=5).points({}, NOW) == (0, None)


@pytest.mark.parametrize(
    ("add", "cap", "times", "value"),
    [
        (5, 20, 3, 15),
        (5, 20, 4, 20),
        (5, 20, 5, 20),
        (5, 20, 50, 20),
        (5, 12, 2, 10),
        (5, 12, 3, 12),  # the third is worth what is left of the day
        (5, 3, 1, 3),
        (-5, 12, 4, -12),
        (0.1, 0.3, 5, 0.3),
        (0.1, 0.25, 3, 0.25),
    ],
)
def test_a_day_brings_at_most_its_cap(add: float, cap: float, times: int, value: float) -> None:
    noon = local("2026-11-21 12:00:00")
    assert points(rule(add=add, max_per_day=cap), *range(noon, noon + times)) == value


@pytest.mark.parametrize(
    ("times", "zone", "value"),
    [
        (("2026-11-21 23:59:59.999", "2026-11-21 00:00:00"), "Asia/Shanghai", 5),
        (("2026-11-21 23:59:59.999", "2026-11-22 00:00:00"), "Asia/Shanghai", 10),
        (("2026-11-21 23:59:59.999", "2026-11-22 00:00:00"), "UTC", 5),  # 15:59:59.999 and 16:00 in Greenwich
        (("2026-11-21 07:59:59.999", "2026-11-21 08:00:00"), "UTC", 10),
        (("2026-11-21 07:59:59.999", "2026-11-21 08:00:00"), "Asia/Shanghai", 5),
    ],
)
def test_a_day_begins_at_midnight_of_the_rule_s_time_zone(times: tuple[str, str], zone: str, value: float) -> None:
    capped = rule(max_per_day=5, timezone=zone)
    assert points(capped, *map(local, times)) == value
    assert points(rule(max_per_day=5, timezone=zone, within="30d"), *map(local, times), now=local("2026-11-23 00:00:00")) == value


def test_points_that_no_window_ends_need_no_timer() -> None:
    assert [found(one, 5)[1] for one in (rule(), rule(max_per_day=5), rule(per="amount"))] == [None, None, None]


@pytest.mark.parametrize(
    ("now", "value", "following"),
    [
        (NOW, 10, NOW + 6 * DAY),
        (NOW + 6 * DAY - 1, 10, NOW + 6 * DAY),
        (NOW + 6 * DAY, 5, NOW + 7 * DAY),
        (NOW + 7 * DAY - 1, 5, NOW + 7 * DAY),
        (NOW + 7 * DAY, 0, None),
    ],
)
def test_points_leave_with_the_window(now: int, value: float, following: int | None) -> None:
    assert found(rule(within="7d"), NOW, NOW - DAY, now=now) == (value, following)


def test_within_a_window_the_newest_101_events_count() -> None:
    assert points(rule(within="7d"), *range(NOW - 101, NOW)) == 505
    assert points(rule(within="7d"), *range(NOW - 150, NOW)) == 505
    assert points(rule(), *range(NOW - 150, NOW)) == 750


def test_a_capped_day_inside_a_window_counts_only_what_is_inside() -> None:
    noon = local("2026-11-21 12:00:00")
    capped = rule(max_per_day=12, within="1d")
    hits = [noon, noon + HOUR, noon + 2 * HOUR]
    assert [points(capped, *hits, now=noon + DAY + hours * HOUR) for hours in (-1, 0, 1, 2)] == [12, 10, 5, 0]


@pytest.mark.parametrize(
    ("now", "value", "following"),
    [
        (NOW, 8, NOW + 30 * DAY),
        (NOW + 30 * DAY - 1, 8, NOW + 30 * DAY),
        (NOW + 30 * DAY, 4, NOW + 60 * DAY),
        (NOW + 60 * DAY - 1, 4, NOW + 60 * DAY),
        (NOW + 60 * DAY, 2, NOW + 90 * DAY),
        (NOW + 30 * DAY * 24, 0, None),  # less than half a millionth is nothing
    ],
)
def test_points_fade_after_every_full_length_of_time(now: int, value: float, following: int | None) -> None:
    assert found(rule(add=8, decay={"every": "30d", "keep": 0.5}), NOW, now=now) == (value, following)


def test_each_event_fades_by_its_own_age() -> None:
    fading = rule(add=8, decay={"every": "1d", "keep": 0.5})
    assert found(fading, NOW, NOW - DAY, NOW - 2 * DAY + 1) == (8 + 4 + 4, NOW + 1)


def test_points_that_keep_nothing_end_at_once() -> None:
    assert [found(rule(decay={"every": "1h", "keep": 0}), NOW, now=NOW + late) for late in (HOUR - 1, HOUR)] == [(5, NOW + HOUR), (0, None)]


def test_fading_points_in_a_window_change_at_whichever_comes_first() -> None:
    both = rule(add=8, within="3d", decay={"every": "2d", "keep": 0.5})
    assert [found(both, NOW, now=NOW + days * DAY) for days in (0, 2, 3)] == [(8, NOW + 2 * DAY), (4, NOW + 3 * DAY), (0, None)]


def test_a_capped_day_inside_a_window_is_as_short_as_the_stages_clock_makes_it() -> None:
    noon, fast = local("2026-11-20 12:00:00"), Pace(24, local("2026-11-20 12:00:00"))
    capped = rule(max_per_day=5, within="9d")
    hits = (noon, noon + 1, noon + HOUR, noon + HOUR + 1)
    assert points(capped, *hits, now=noon + 2 * HOUR) == 5
    found = point_rule(capped, 1, 24, fast).points({1: state(capped, *hits)}, noon + 2 * HOUR)
    assert found[0] == 10 * MILLION


def test_a_capped_day_fades_from_its_earlier_events() -> None:
    noon = local("2026-11-21 12:00:00")
    fading = rule(add=8, max_per_day=12, decay={"every": "1d", "keep": 0.5})
    hits = [noon + 2 * HOUR, noon, noon + HOUR]  # worth 0, 8 and 4
    assert points(fading, *hits, now=noon + 3 * HOUR) == 12
    assert points(fading, *hits, now=noon + DAY) == 8
    assert points(fading, *hits, now=noon + DAY + HOUR) == 6


@pytest.mark.parametrize(
    ("add", "amounts", "value"),
    [(1, [99_500_000, 500_000], 100), (0.1, [99_900_000], 9.99), (2, ["12.5", "none", None], 25), (-1, [3 * MILLION], -3)],
)
def test_points_per_unit_of_a_property(add: float, amounts: list[Any], value: float) -> None:
    hits = [(NOW - place, amount) for place, amount in enumerate(amounts)]
    assert points(rule(add=add, per="amount"), *hits) == value
    assert points(rule(add=add, per="amount", within="1d"), *hits) == value


def test_all_lengths_of_time_run_faster_on_a_scaled_stack() -> None:
    assert found(rule(within="7d"), NOW, scale=7 * 24)[1] == NOW + HOUR
    assert found(rule(decay={"every": "1d", "keep": 0.5}), NOW, scale=24)[1] == NOW + HOUR


@pytest.mark.parametrize(("cap", "full"), [(20, 4), (21, 5), (1, 1), (0.5, 1)])
def test_no_more_events_of_a_day_are_counted_than_fill_it(cap: float, full: int) -> None:
    assert point_demand(rule(max_per_day=cap)).per_day == full


RULES = st.sampled_from(
    [
        rule(),
        rule(add=-0.3),
        rule(add=5, max_per_day=12),
        rule(within="1d"),
        rule(max_per_day=12, within="1d"),
        rule(add=8, decay={"every": "2h", "keep": 0.7}),
        rule(add=8, max_per_day=20, decay={"every": "2h", "keep": 0.7}, within="2d"),
        rule(add=0.07, per="amount"),
        rule(add=0.07, per="amount", within="1d"),
    ]
)
HITS = st.lists(st.tuples(st.integers(NOW - 3 * DAY, NOW), st.one_of(st.none(), st.integers(-MILLION, MILLION))), max_size=40)


@given(RULES, HITS, st.randoms())
def test_the_order_of_events_does_not_matter(one: EventRule, hits: list[Hit], random: Any) -> None:
    mixed = list(hits)
    random.shuffle(mixed)
    assert found(one, *hits) == found(one, *mixed)


@given(RULES, HITS, st.integers(0, 40))
def test_two_people_who_become_one_have_the_points_of_both_histories(one: EventRule, hits: list[Hit], at: int) -> None:
    joined = union(point_demand(one), state(one, *hits[:at]), state(one, *hits[at:]))
    assert point_rule(one, 1).points({1: joined}, NOW) == point_rule(one, 1).points({1: state(one, *hits)}, NOW)


@given(RULES, HITS, st.integers(0, 4 * DAY), st.floats(0, 1, exclude_max=True))
def test_points_stay_the_same_until_they_are_said_to_change(one: EventRule, hits: list[Hit], later: int, part: float) -> None:
    now = NOW + later
    value, at = found(one, *hits, now=now)
    assert at is None or at > now
    between = now + int(part * ((at or now + 900 * DAY) - now))
    assert points(one, *hits, now=between) == value
