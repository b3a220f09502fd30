"""What the segments of a pass add up to."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.audiences.pass_progress import SEGMENTS, Phase, Segment, Tally, is_complete, progress_of

BEGUN = 1_795_300_000_000  # epoch ms
FRESH = tuple(Segment(7, number, begun_at=BEGUN + number, expected=100, until=BEGUN + 1000) for number in range(SEGMENTS))

tallies = st.builds(Tally, *(st.integers(0, 10**6) for _ in range(4)))
segments = st.lists(
    st.builds(
        Segment,
        plan=st.just(7),
        number=st.integers(0, SEGMENTS - 1),
        begun_at=st.just(BEGUN),
        tally=tallies,
        expected=st.integers(0, 10**6),
        fence=st.integers(0, 3),
        finished_at=st.none() | st.integers(BEGUN, BEGUN + 10**6),
    ),
    max_size=SEGMENTS,
    unique_by=lambda one: one.number,
)


def finished(count: int) -> list[Segment]:
    """A pass of which the first segments are finished, a second after the other."""
    return [replace(one, fence=1, finished_at=BEGUN + 1000 * one.number) if one.number < count else one for one in FRESH]


def test_a_pass_that_no_worker_has_come_to_is_waiting() -> None:
    found = progress_of(7, FRESH, passed=6)
    assert (found.phase, found.share, found.started_at, found.finished_at) == (Phase.WAITING, 0.0, BEGUN, None)


def test_a_pass_that_has_not_begun_is_waiting() -> None:
    found = progress_of(7, (), passed=6)
    assert (found.phase, found.share, found.started_at) == (Phase.WAITING, 0.0, None)


def test_a_pass_runs_from_its_first_worker_on() -> None:
    assert progress_of(7, [replace(FRESH[0], fence=1), *FRESH[1:]], passed=6).phase is Phase.RUNNING


def test_half_of_the_segments_are_half_of_the_pass() -> None:
    assert progress_of(7, finished(SEGMENTS // 2), passed=6).share == 0.5


def test_a_segment_counts_by_the_items_that_were_read_of_those_it_is_expected_to_have() -> None:
    found = [replace(one, fence=1, tally=Tally(items=25)) for one in FRESH]
    assert progress_of(7, found, passed=6).share == 0.25


def test_a_segment_that_has_more_than_was_expected_is_not_finished_before_its_end() -> None:
    assert replace(FRESH[0], tally=Tally(items=500)).share < 1


def test_a_segment_of_unknown_size_counts_when_it_is_finished() -> None:
    unknown = replace(FRESH[0], expected=0, tally=Tally(items=500))
    assert unknown.share == 0
    assert replace(unknown, finished_at=BEGUN).share == 1


def test_a_pass_is_done_when_it_is_said_to_be_and_not_when_the_last_segment_is_finished() -> None:
    waiting = progress_of(7, finished(SEGMENTS), passed=6)
    assert (waiting.phase, waiting.finished_at) == (Phase.RUNNING, None)
    assert waiting.share < 1
    done = progress_of(7, finished(SEGMENTS), passed=7)
    assert (done.phase, done.share, done.finished_at) == (Phase.DONE, 1.0, BEGUN + 1000 * (SEGMENTS - 1))


def test_counts_are_those_of_all_segments() -> None:
    found = [replace(one, tally=Tally(items=9, seen=3, recounted=2, failed=1)) for one in FRESH]
    assert progress_of(7, found, passed=6).tally == Tally(9 * SEGMENTS, 3 * SEGMENTS, 2 * SEGMENTS, SEGMENTS)


@pytest.mark.parametrize(("count", "complete"), [(0, False), (SEGMENTS - 1, False), (SEGMENTS, True)])
def test_a_pass_is_complete_with_its_last_segment(count: int, complete: bool) -> None:
    assert is_complete(finished(count)) is complete


def test_a_pass_of_which_segments_are_missing_is_not_complete() -> None:
    assert not is_complete(finished(SEGMENTS)[1:])


@pytest.mark.parametrize(("after", "lost"), [(999, False), (1000, False), (1001, True)])
def test_a_worker_is_taken_for_lost_only_when_its_time_is_over(after: int, lost: bool) -> None:
    assert FRESH[0].is_lost(BEGUN + after) is lost


def test_a_finished_segment_is_never_lost() -> None:
    assert not replace(FRESH[0], finished_at=BEGUN).is_lost(BEGUN + 10**9)


@given(segments, st.integers(6, 8))
def test_the_share_is_a_share_and_one_only_at_the_end(found: list[Segment], passed: int) -> None:
    progress = progress_of(7, found, passed)
    assert 0 <= progress.share <= 1
    assert (progress.share == 1) == (progress.phase is Phase.DONE) == (passed >= 7)


@given(tallies, tallies, tallies)
def test_tallies_add_up_in_any_order(one: Tally, two: Tally, three: Tally) -> None:
    assert (one + two) + three == three + (two + one)
    assert one + Tally() == one
