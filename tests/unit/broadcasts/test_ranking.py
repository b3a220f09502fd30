"""Who is the how manieth: equals share a rank, and ranks hold for values that came up after the counting."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.broadcasts import ranking
from chalicelib.broadcasts.ranking import (
    MAX_VALUES,
    By,
    Direction,
    Histogram,
    Missing,
    Ranking,
    Standing,
    Table,
    TooManyValues,
    Value,
    counted,
    merged,
    unpacked,
)

BOUGHT = Ranking(By.ATTRIBUTE, "bought")
FEWEST = Ranking(By.ATTRIBUTE, "bought", Direction.ASC)
ALL = Ranking(By.ATTRIBUTE, "bought", missing=Missing.LAST)
PORTRAIT = {"scores": {"activity": 2.5}, "attributes": {"bought": 7, "color": "红", "vip": True, "heat": float("inf")}}
VALUES = st.one_of(st.integers(-20, 20), st.floats(-20, 20, allow_nan=False).map(lambda one: round(one, 1)))
PEOPLE = st.lists(st.none() | VALUES, min_size=1, max_size=60)
RANKINGS = st.builds(Ranking, st.just(By.SCORE), st.just("x"), st.sampled_from(Direction), st.sampled_from(Missing))


def rank(people: list[Value | None], value: Value | None, wanted: Ranking = BOUGHT) -> tuple[int, int] | None:
    """The rank and the number of all."""
    found = Table.of(counted(people), wanted).standing(value)
    return (found.rank, found.ranked) if found else None


@pytest.mark.parametrize(
    ("people", "value", "wanted", "expected"),
    [
        ([9, 5, 1], 9, BOUGHT, (1, 3)),
        ([9, 5, 1], 1, BOUGHT, (3, 3)),
        ([9, 5, 1], 1, FEWEST, (1, 3)),
        ([9, 5, 5, 1], 5, BOUGHT, (2, 4)),
        ([9, 5, 5, 1], 1, BOUGHT, (4, 4)),
        ([1, 1.0, 0.5], 1, BOUGHT, (1, 3)),
        ([3, 0, -4], -4, BOUGHT, (3, 3)),
        ([5], 5, BOUGHT, (1, 1)),
    ],
)
def test_a_rank_is_one_more_than_how_many_stand_better(people: Any, value: Value, wanted: Ranking, expected: tuple[int, int]) -> None:
    assert rank(people, value, wanted) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(10, (1, 3)), (7, (2, 3)), (2, (3, 3)), (0, (3, 3))],
    ids=["before all", "between two", "between others", "behind all: the last rank is shared"],
)
def test_a_value_that_came_up_after_the_counting_goes_between_its_neighbours(value: Value, expected: tuple[int, int]) -> None:
    assert rank([9, 5, 1], value) == expected


def test_whoever_asks_where_nobody_was_counted_is_first_of_one() -> None:
    assert rank([], 3) == (1, 1)
    assert rank([None], 3) == (1, 1)


def test_people_without_a_value_are_left_out_unless_they_are_to_be_last() -> None:
    assert rank([9, 5, None, None], None) is None
    assert rank([9, 5, None, None], 5) == (2, 2)
    assert rank([9, 5, None, None], None, ALL) == (3, 4)
    assert rank([9, 5, None, None], 5, ALL) == (2, 4)
    assert rank([9, 5], None, ALL) == (2, 2)


def test_texts_get_the_rank_how_many_there_are_and_the_value() -> None:
    assert Standing(12, 3400, 7).data() == {"rank": 12, "ranked": 3400, "value": 7}
    assert tuple(Standing(1, 1, None).data()) == ranking.FIELDS


@pytest.mark.parametrize(
    ("by", "name", "expected"),
    [
        (By.SCORE, "activity", 2.5),
        (By.SCORE, "bought", None),
        (By.ATTRIBUTE, "bought", 7),
        (By.ATTRIBUTE, "color", None),
        (By.ATTRIBUTE, "vip", None),
        (By.ATTRIBUTE, "heat", None),
        (By.ATTRIBUTE, "nothing", None),
    ],
)
def test_only_numbers_are_values(by: By, name: str, expected: Value | None) -> None:
    assert Ranking(by, name).value_in(PORTRAIT) == expected


def test_more_different_values_than_a_table_may_have_are_refused() -> None:
    assert len(counted(range(MAX_VALUES)).counts) == MAX_VALUES
    with pytest.raises(TooManyValues):
        counted(range(MAX_VALUES + 1))
    with pytest.raises(TooManyValues):
        merged([counted(range(MAX_VALUES)), counted([-1])])


def test_the_largest_table_fits_into_an_item() -> None:
    largest = Histogram({number / 7 + 1e9: 10_000_000 + number for number in range(MAX_VALUES)})
    assert len(largest.packed()) < 300 * 1024


@given(PEOPLE, RANKINGS)
def test_ranks_are_those_of_a_sorted_list(people: list[Value | None], wanted: Ranking) -> None:
    table = Table.of(counted(people), wanted)
    ordered = sorted((one for one in people if one is not None), reverse=wanted.direction is Direction.DESC)
    among = len(people) if wanted.missing is Missing.LAST else len(ordered)
    for value in people:
        if value is not None:
            assert table.standing(value) == Standing(ordered.index(value) + 1, among, value)
        else:
            last = Standing(len(ordered) + 1, among, None)
            assert table.standing(None) == (last if wanted.missing is Missing.LAST else None)


@given(PEOPLE, VALUES, RANKINGS)
def test_whoever_has_less_never_stands_better(people: list[Value | None], value: Value, wanted: Ranking) -> None:
    table = Table.of(counted(people), wanted)
    better, worse = (value + 1, value) if wanted.direction is Direction.DESC else (value, value + 1)
    first, second = table.standing(better), table.standing(worse)
    assert first is not None
    assert second is not None
    assert 1 <= first.rank <= second.rank <= second.ranked


@given(st.lists(PEOPLE, max_size=5), st.randoms())
def test_parts_add_up_to_the_whole_in_any_order(parts: list[list[Value | None]], chance: Any) -> None:
    whole = counted([one for part in parts for one in part])
    shuffled = [counted(part) for part in parts]
    chance.shuffle(shuffled)
    assert merged(shuffled) == whole
    assert whole.people == sum(map(len, parts))


@given(PEOPLE)
def test_a_histogram_comes_back_from_storage_as_it_was(people: list[Value | None]) -> None:
    histogram = counted(people)
    assert unpacked(histogram.packed()) == histogram
    assert unpacked(b"") == Histogram()


def test_every_reason_has_a_stable_code() -> None:
    assert (ranking.TOO_MANY, ranking.NOT_RANKED) == ("rank_values_too_many", "rank_missing")
    assert json.dumps(list(By)) == '["score", "attribute"]'
