"""A broadcast that ranks its people counts them first, and is refused when it cannot."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.broadcasts.model import (
    Broadcast,
    BroadcastCancelled,
    Phase,
    Wanted,
    cancelled,
    finished,
    paused,
    ranked,
    refused,
    resumed,
    started,
)
from chalicelib.broadcasts.parts import COUNTS, NUMBERS, SHARDS, Part, numbers_for
from chalicelib.broadcasts.ranking import TOO_MANY, By, Direction, Missing, Ranking
from chalicelib.broadcasts.records import PartRecord, broadcast_of, part_key, part_of, record_of
from chalicelib.messages.templates.model import Category

NOW = 1_795_300_000_000
WANTED = Wanted("vip", "ranking", 1, Category.SERVICE, rank=Ranking(By.SCORE, "activity"))
ONE = Broadcast("b_1", WANTED, NOW, "key")
COUNTING = started(ONE, 7, NOW + 1)
RANKINGS = st.none() | st.builds(Ranking, st.sampled_from(By), st.text(max_size=9), st.sampled_from(Direction), st.sampled_from(Missing))


def test_it_counts_before_it_runs() -> None:
    assert (COUNTING.phase, COUNTING.started_at, COUNTING.goes_on) == (Phase.COUNTING, NOW + 1, True)
    assert ranked(COUNTING).phase is Phase.RUNNING
    assert finished(COUNTING, NOW + 2) == COUNTING
    assert started(replace(ONE, wanted=replace(WANTED, rank=None)), 7, NOW).phase is Phase.RUNNING


def test_it_is_refused_while_it_counts_and_never_after() -> None:
    found = refused(COUNTING, TOO_MANY, NOW + 2)
    assert (found.state, found.reason, found.finished_at, found.goes_on) == ("refused", TOO_MANY, NOW + 2, False)
    assert ranked(found) == found
    running = ranked(COUNTING)
    assert refused(running, TOO_MANY, NOW + 2) == running


def test_what_is_refused_stays_refused_whatever_is_asked() -> None:
    found = refused(COUNTING, TOO_MANY, NOW + 2)
    assert [step(found).state for step in (paused, resumed, cancelled)] == ["refused"] * 3
    with pytest.raises(BroadcastCancelled):
        resumed(cancelled(found))


@pytest.mark.parametrize("hold", [paused, cancelled])
def test_it_is_held_while_it_counts(hold: Callable[[Broadcast], Broadcast]) -> None:
    found = hold(COUNTING)
    assert (found.goes_on, found.phase) == (False, Phase.COUNTING)


@given(RANKINGS, st.text(max_size=20))
def test_what_is_asked_comes_back_from_storage(rank: Ranking | None, reason: str) -> None:
    one = replace(ONE, wanted=replace(WANTED, rank=rank), reason=reason)
    assert broadcast_of(record_of(one)) == one


@pytest.mark.parametrize(("expected", "of"), [(0, 1), (1_000, 1), (1_001, 2), (10**6, SHARDS)])
def test_there_is_a_part_that_counts_for_each_that_tells(expected: int, of: int) -> None:
    numbers = numbers_for(expected, ranked=True)
    assert numbers == [*numbers_for(expected), *range(COUNTS, COUNTS + of)]
    assert set(numbers) <= set(range(NUMBERS))


def test_parts_that_count_go_through_all_shards_and_are_of_no_round() -> None:
    shards = [Part("b_1", COUNTS + number, of=4, shards=behind).shard for number in range(4) for behind in range(4)]
    assert sorted(shards) == list(range(SHARDS))
    assert not any(Part("b_1", number).is_second for number in range(COUNTS, NUMBERS))


@pytest.mark.parametrize("number", [0, SHARDS, COUNTS, NUMBERS - 1])
def test_a_part_has_its_number_in_its_key(number: int) -> None:
    assert part_of(PartRecord(pk="b_1", sk=part_key(number))).number == number
