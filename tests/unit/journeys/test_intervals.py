"""How sure one can be: the figures are those of Newcombe's two papers in Statistics in Medicine 17 (1998)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.journeys.counts.intervals import Interval, Share, difference


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718), (20, 20, 0.8389, 1.0)],
)
def test_a_share_lies_in_wilsons_interval(part: int, whole: int, low: float, high: float) -> None:
    found = Share(part, whole).interval
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_a_difference_lies_in_newcombes_interval(one: tuple[int, int], other: tuple[int, int], low: float, high: float) -> None:
    found = difference(Share(*one), Share(*other))
    assert found is not None
    assert (round(found[1].low, 4), round(found[1].high, 4)) == (low, high)


def test_of_nobody_nothing_can_be_said() -> None:
    assert (Share(0, 0).rate, Share(0, 0).interval) == (None, None)
    assert difference(Share(1, 2), Share(0, 0)) is None
    assert difference(Share(0, 0), Share(1, 2)) is None


shares = st.integers(1, 10_000).flatmap(lambda whole: st.integers(0, whole).map(lambda part: Share(part, whole)))


@given(shares)
def test_an_interval_holds_its_share_and_nothing_impossible(share: Share) -> None:
    found, rate = share.interval, share.rate
    assert found is not None
    assert rate is not None
    assert 0 <= found.low <= rate + 1e-12
    assert rate - 1e-12 <= found.high <= 1


@given(shares, shares)
def test_whoever_is_compared_with_whom_the_difference_is_the_same_but_for_its_sign(one: Share, other: Share) -> None:
    there, back = difference(one, other), difference(other, one)
    assert there is not None
    assert back is not None
    assert there[0] == pytest.approx(-back[0])
    assert (there[1].low, there[1].high) == pytest.approx((-back[1].high, -back[1].low))
    assert -1 <= there[1].low <= there[1].high <= 1


def test_more_people_make_it_surer() -> None:
    few, many = Share(3, 10).interval, Share(300, 1000).interval
    assert isinstance(few, Interval)
    assert isinstance(many, Interval)
    assert many.high - many.low < few.high - few.low
