"""What a rehearsal counts over everybody, gone through one by one and round by round, comes to what time would have made of it."""

from collections import Counter
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.broadcasts.ranking import By, Missing, Ranking, Standing, Value
from chalicelib.entrypoints import journey_rehearsals
from chalicelib.journeys.rehearsal import counting
from chalicelib.journeys.rehearsal.counting import MOST_KEPT, Known, Round, following
from chalicelib.journeys.rehearsal.rehearsal import Progress
from chalicelib.journeys.rehearsal.totals import Totals
from chalicelib.people.everybody import Place
from tests.support.charts import DAY, MINUTE, NOW

LENGTH = 10  # of a window
KEEN = Ranking(By.SCORE, "keen")
Tries = dict[str, list[int]]  # when somebody comes to the door; who is in stays in


def rounds(most: int, gone_through: Callable[[Round], object]) -> Round:
    """The last of as many rounds as it takes."""
    played = Round()
    gone_through(played)
    while (another := following(played, most)) is not None:
        played = another
        gone_through(played)
    return played


def through(tries: Tries, most: int, entered: dict[str, int]) -> Callable[[Round], object]:
    """Everybody comes to the door until they are let in, once."""

    def go(played: Round) -> None:
        entered.clear()
        for who, instants in tries.items():
            for at in instants:
                if who not in entered and played.takes_place(at // LENGTH, at, most):
                    entered[who] = at

    return go


def by_time(tries: Tries, most: int) -> dict[str, int]:
    """The same, with one clock for everybody."""
    entered: dict[str, int] = {}
    taken: Counter[int] = Counter()
    for at, who in sorted((at, who) for who, instants in tries.items() for at in instants):
        if who not in entered and taken[at // LENGTH] < most:
            entered[who] = at
            taken[at // LENGTH] += 1
    return entered


@given(st.permutations(range(60)), st.lists(st.integers(0, 7), min_size=60, max_size=60), st.integers(1, 4))
def test_the_places_of_every_window_go_to_whoever_comes_first(instants: list[int], whose: list[int], most: int) -> None:
    tries: Tries = {}
    for at, who in zip(instants, whose, strict=True):
        tries.setdefault(f"p{who}", []).append(at)
    tries = {who: sorted(found) for who, found in tries.items()}
    entered: dict[str, int] = {}
    assert rounds(most, through(tries, most, entered)).exact
    assert entered == by_time(tries, most)


@given(st.lists(st.lists(st.integers(0, 40), max_size=8), max_size=12), st.integers(1, 3))
def test_there_are_never_more_than_the_cap_allows_also_of_one_instant(tries: list[list[int]], most: int) -> None:
    entered: dict[str, int] = {}
    rounds(most, through({f"p{who}": sorted(found) for who, found in enumerate(tries)}, most, entered))
    assert all(number <= most for number in Counter(at // LENGTH for at in entered.values()).values())


def test_a_cap_that_nobody_comes_near_takes_one_round() -> None:
    assert rounds(5, through({"ming": [1], "hao": [2]}, 5, {})).number == 1


@pytest.mark.parametrize(("kept", "most_rounds"), [(3, 10), (MOST_KEPT, 1)], ids=["too many entries", "too many rounds"])
def test_what_cannot_be_found_out_goes_by_turn(monkeypatch: pytest.MonkeyPatch, kept: int, most_rounds: int) -> None:
    monkeypatch.setattr(counting, "MOST_KEPT", kept)
    monkeypatch.setattr(counting, "MOST_ROUNDS", most_rounds)
    entered: dict[str, int] = {}
    last = rounds(4, through({f"p{number}": [9 - number, 11] for number in range(9)}, 4, entered))
    assert not last.exact
    assert Counter(at // LENGTH for at in entered.values()) == {0: 4, 1: 4}


def _ranked(values: Iterable[float | None], ranking: Ranking, shown: list[Standing | None]) -> Callable[[Round], object]:
    def go(played: Round) -> None:
        shown[:] = [played.standing(7, value, ranking) for value in values]

    return go


@pytest.mark.parametrize(
    ("missing", "ranks"), [(Missing.OUT, [1, 2, 2, 4, None]), (Missing.LAST, [1, 2, 2, 4, 5])], ids=["left out", "last of all"]
)
def test_ranks_are_those_among_everybody(missing: Missing, ranks: list[int | None]) -> None:
    shown: list[Standing | None] = []
    last = rounds(0, _ranked([9, 5, 5, 1.5, None], Ranking(By.SCORE, "keen", missing=missing), shown))
    assert [one and one.rank for one in shown] == ranks
    assert (last.number, last.exact) == (2, True)


def test_where_there_are_too_many_values_everybody_is_the_first_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST_KEPT", 2)
    shown: list[Standing | None] = []
    last = rounds(0, _ranked([9, 5, 3], KEEN, shown))
    assert (last.too_much, last.number) == (True, 1)
    assert shown == [Standing(1, 1, 9), Standing(1, 1, 5), Standing(1, 1, 3)]


def test_what_a_round_keeps_fits_into_the_cursor_that_the_next_request_takes() -> None:
    firings = range(NOW, NOW + 92 * DAY, 15 * MINUTE)
    without = dict.fromkeys(firings, 12_345)
    values: dict[int, dict[Value, int]] = {at: {} for at in firings}
    played = Round(3, known=Known({}, values, without), values=values, without=without)
    cursor = journey_rehearsals._cursor(Progress(Totals(), Place("P#1", "person"), played), "of")
    assert cursor is not None
    wanted = journey_rehearsals.DryRunWanted.model_validate({"from": 0, "to": 1, "cursor": cursor})
    assert journey_rehearsals._progress(str(wanted.cursor), "of").round == played
