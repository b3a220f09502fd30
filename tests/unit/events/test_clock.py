"""The time of an event: the client's where it can be true, bounded by the receive time where it cannot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.events.clock import (
    OLDEST_AGE_MS,
    SLOT_MS,
    TOLERANCE_MS,
    Basis,
    Timing,
    bounded,
    has_begun,
    marks_slot,
    rfc3339,
    settle,
    slot,
)
from tests.support.records import DAY, HOUR, MINUTE, NOW

TIMES = st.integers(-(10**14), 10**14)
SENT = st.none() | TIMES
AHEAD = st.integers(-2 * DAY, 2 * DAY)
RECEIVED = st.integers(1_600_000_000_000, 4_000_000_000_000)


@pytest.mark.parametrize(
    ("time", "sent_at", "expected", "basis"),
    [
        (NOW, None, NOW, Basis.RECORD),
        (NOW - 3 * DAY, None, NOW - 3 * DAY, Basis.RECORD),  # kept by the client until it had a connection
        (NOW - HOUR, NOW - 2000, NOW - HOUR, Basis.RECORD),  # two seconds on the way
        (NOW + 4, NOW, NOW + 4, Basis.RECORD),  # mini programs bump equal times past the flush time
        (NOW + 3 * MINUTE, None, NOW + 3 * MINUTE, Basis.RECORD),  # a clock a little ahead
        (NOW + 4 * MINUTE + 1, None, NOW + 4 * MINUTE + 1, Basis.RECEIPT),  # nearly too far: written down
        (NOW + 6 * MINUTE, None, NOW, Basis.RECEIPT),
        (NOW + 8 * HOUR, None, NOW, Basis.RECEIPT),  # local time sent as UTC
        (NOW + HOUR - MINUTE, NOW + HOUR, NOW - MINUTE, Basis.RECEIPT),  # the clock is an hour ahead
        (NOW - HOUR - MINUTE, NOW - HOUR, NOW - MINUTE, Basis.RECEIPT),  # an hour behind
        (0, 1000, NOW - 1000, Basis.RECEIPT),  # a phone that thinks it is 1970
        (NOW - MINUTE, NOW - 4 * MINUTE - 30_000, NOW - MINUTE, Basis.RECEIPT),  # nearly skewed: as it is, but written down
        (NOW - MINUTE, 1000, NOW, Basis.RECEIPT),  # a senseless sending time moves it far ahead: bounded
        (None, None, NOW, Basis.RECEIPT),
        (None, NOW - HOUR, NOW, Basis.RECEIPT),
    ],
)
def test_times(time: int | None, sent_at: int | None, expected: int, basis: Basis) -> None:
    assert settle(time, sent_at, NOW) == Timing(expected, basis)


@pytest.mark.parametrize("time", [0, 1_795_300_000, 946_684_799_999, NOW - OLDEST_AGE_MS - 1])
def test_what_is_too_long_ago_is_no_time(time: int) -> None:
    assert settle(time, None, NOW) is None
    assert settle(time, None, NOW, time_free=True) == Timing(time, Basis.RECORD)


def test_nothing_happened_before_1970() -> None:
    assert settle(-1, None, NOW, time_free=True) is None


@given(time=st.none() | TIMES, sent_at=SENT, received_at=RECEIVED, time_free=st.booleans())
def test_no_event_is_from_the_future_or_from_before_1970(time: int | None, sent_at: int | None, received_at: int, time_free: bool) -> None:
    timing = settle(time, sent_at, received_at, time_free)
    if timing is not None:
        assert 0 <= timing.time <= received_at + TOLERANCE_MS


@given(time=TIMES, sent_at=SENT, received_at=RECEIVED)
def test_a_time_that_was_changed_rests_on_a_receipt(time: int, sent_at: int | None, received_at: int) -> None:
    timing = settle(time, sent_at, received_at)
    if timing is not None and timing.time != time:
        assert timing.basis is Basis.RECEIPT


@given(
    ahead=AHEAD,
    skew=st.integers(-DAY, DAY),
    received_at=RECEIVED,
    way=st.integers(0, 50_000),
    later_way=st.integers(0, 50_000),
    pause=st.integers(0, 30 * DAY),
)
def test_a_record_changed_once_is_looked_for_when_a_steady_clock_sends_it_again(
    ahead: int, skew: int, received_at: int, way: int, later_way: int, pause: int
) -> None:
    time = received_at + ahead
    first = settle(time, received_at - way + skew, received_at)
    again = settle(time, received_at + pause - later_way + skew, received_at + pause)
    if first is not None and again is not None and first.time != time:
        assert again.basis is Basis.RECEIPT or marks_slot(time, first.time, received_at)


@given(ahead=AHEAD, received_at=RECEIVED, pause=st.integers(0, 30 * DAY))
def test_a_record_moved_from_the_future_is_looked_for_whenever_it_comes_again(ahead: int, received_at: int, pause: int) -> None:
    time = received_at + ahead
    first, again = settle(time, None, received_at), settle(time, None, received_at + pause)
    if first is not None and again is not None and first.time != time:
        assert again.basis is Basis.RECEIPT or marks_slot(time, first.time, received_at)


@given(ahead=AHEAD, received_at=RECEIVED)
def test_a_slot_is_only_marked_before_it_begins(ahead: int, received_at: int) -> None:
    time = received_at + ahead
    timing = settle(time, None, received_at)
    if timing is not None and marks_slot(time, timing.time, received_at):
        assert not has_begun(slot(time), received_at + MINUTE)  # not even by a clock that is a minute ahead


def test_a_slot_has_begun_from_its_first_millisecond() -> None:
    first = slot(NOW) * SLOT_MS
    assert has_begun(slot(NOW), first)
    assert not has_begun(slot(NOW), first - 1)


@pytest.mark.parametrize(("time", "expected"), [(NOW - DAY, NOW - DAY), (NOW + MINUTE, NOW + MINUTE), (NOW + DAY, NOW), (-5, 0)])
def test_catalogue_times_are_bounded(time: int, expected: int) -> None:
    assert bounded(time, NOW) == expected


@pytest.mark.parametrize(
    ("time", "text"),
    [(0, "1970-01-01T00:00:00.000Z"), (NOW, "2026-11-21T22:26:40.000Z"), (NOW + 7, "2026-11-21T22:26:40.007Z")],
)
def test_times_are_shown_in_utc_with_milliseconds(time: int, text: str) -> None:
    assert rfc3339(time) == text
