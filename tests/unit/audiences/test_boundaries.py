"""Both sides of every boundary: how many, how long ago, how much, in what order."""

import pytest

from chalicelib.events.model import Event, Json, Kind
from tests.support.asking import DAY, HOUR, NOW, SECOND, happened, outcome, question
from tests.support.naive import Subject

WEEK = 7 * DAY


def clicks(count: int, at: int = NOW - HOUR, apart: int = 1) -> list[Event]:
    """So many clicks, `apart` ms from one to the next, the first of them at a time."""
    return [happened("Clicked", at + number * apart, number=number) for number in range(count)]


def paid(*payments: tuple[int, object]) -> list[Event]:
    """Payments as (time, amount)."""
    return [happened("Paid", at, number=number, amount=amount) for number, (at, amount) in enumerate(payments)]


def holds(document: Json, events: list[Event], now: int = NOW) -> bool:
    """Whether a condition holds for somebody with these events."""
    return outcome(document, events, now)[0]


@pytest.mark.parametrize(
    ("count", "below", "reached"),
    [
        (1, 0, 1),
        ({"gte": 5}, 4, 5),
        ({"gt": 5}, 5, 6),
        ({"eq": 5}, 4, 5),
        ({"gte": 100}, 99, 100),
        ({"gt": 100}, 100, 101),
        ({"gt": 2, "lt": 5}, 2, 3),
    ],
)
@pytest.mark.parametrize("window", [{}, {"within": "7d"}], ids=["ever", "within 7d"])
def test_the_click_that_is_asked_for_joins_and_the_one_before_does_not(count: Json | int, below: int, reached: int, window: Json) -> None:
    document = {"event": "Clicked", "count": count, **window}
    assert not holds(document, clicks(below))
    assert holds(document, clicks(reached))


@pytest.mark.parametrize(
    ("count", "still", "over"),
    [({"lt": 5}, 4, 5), ({"lte": 5}, 5, 6), ({"eq": 5}, 5, 6), ({"lt": 101}, 100, 101), ({"lte": 100}, 100, 101), ({"eq": 100}, 100, 101)],
)
@pytest.mark.parametrize("window", [{}, {"within": "7d"}], ids=["ever", "within 7d"])
def test_one_click_too_many_ends_it(count: Json, still: int, over: int, window: Json) -> None:
    document = {"event": "Clicked", "count": count, **window}
    assert holds(document, clicks(still))
    assert not holds(document, clicks(over))


def test_without_a_window_any_number_can_be_asked_for() -> None:
    document = {"event": "Clicked", "count": {"gt": 150}}
    assert not holds(document, clicks(150))
    assert holds(document, clicks(151))


@pytest.mark.parametrize(("ago", "inside"), [(WEEK - 1, True), (WEEK, False), (WEEK + 1, False), (0, True), (-5 * SECOND, True)])
def test_six_days_and_the_last_millisecond_are_inside_a_week_and_seven_days_are_not(ago: int, inside: bool) -> None:
    assert holds({"event": "Clicked", "within": "7d"}, [happened("Clicked", NOW - ago)]) is inside
    assert holds({"not": {"event": "Clicked", "within": "7d"}}, [happened("Clicked", NOW - ago)]) is not inside


def test_the_sixth_click_within_a_week_joins_until_the_first_of_the_six_is_a_week_old() -> None:
    document = {"event": "Clicked", "count": {"gt": 5}, "within": "7d"}
    events = clicks(6, NOW - DAY, apart=HOUR)
    leaves = NOW - DAY + WEEK
    assert outcome(document, events[:5]) == (False, None)
    assert outcome(document, events) == (True, leaves)
    assert outcome(document, events, leaves - 1) == (True, leaves)
    assert outcome(document, events, leaves) == (False, None)


def test_a_seventh_click_keeps_somebody_in_until_the_second_is_a_week_old() -> None:
    assert outcome({"event": "Clicked", "count": {"gt": 5}, "within": "7d"}, clicks(7, NOW - DAY, apart=HOUR)) == (
        True,
        NOW + 6 * DAY + HOUR,
    )


def test_clicks_of_one_instant_leave_together_so_a_count_between_never_comes() -> None:
    events = clicks(2, NOW - HOUR, apart=0)
    assert outcome({"event": "Clicked", "count": {"eq": 1}, "within": "1d"}, events) == (False, None)
    assert outcome({"event": "Clicked", "count": {"eq": 0}, "within": "1d"}, events) == (False, NOW - HOUR + DAY)
    assert outcome({"event": "Clicked", "count": {"ne": 1}, "within": "1d"}, events) == (True, None)


def test_an_exact_count_comes_and_goes_as_the_window_slides() -> None:
    document = {"event": "Clicked", "count": {"eq": 1}, "within": "1d"}
    first, second = NOW - 2 * HOUR + DAY, NOW - HOUR + DAY
    events = clicks(2, NOW - 2 * HOUR, apart=HOUR)
    assert outcome(document, events) == (False, first)
    assert outcome(document, events, first) == (True, second)
    assert outcome(document, events, second) == (False, None)


@pytest.mark.parametrize(
    ("test", "amounts", "result"),
    [
        ({"gte": 100}, [50, 49.99], False),
        ({"gte": 100}, [50, 50], True),
        ({"gt": 100}, [50, 50], False),
        ({"gt": 100}, [50, 50.000001], True),
        ({"eq": 0.3}, [0.1, 0.2], True),
        ({"eq": 0.3}, [0.2, 0.05, 0.05], True),
        ({"lt": 0.0000005}, [0], True),
        ({"gte": 0.0000005}, [0], False),
        ({"lte": 100}, [], True),
        ({"gt": 0}, [], False),
        ({"gte": 100, "lt": 200}, [99, 100], True),
        ({"gte": 100, "lt": 200}, [100, 100], False),
        ({"eq": 12.5}, ["10", "2.50", "free", None, True], True),
    ],
)
@pytest.mark.parametrize("window", [{}, {"within": "7d"}], ids=["ever", "within 7d"])
def test_sums_are_exact_to_the_sixth_digit(test: Json, amounts: list[object], result: bool, window: Json) -> None:
    events = paid(*((NOW - number, amount) for number, amount in enumerate(amounts)))
    assert holds({"event": "Paid", "sum": "amount", **test, **window}, events) is result


def test_a_sum_falls_when_the_payment_that_carried_it_is_over_a_week_old() -> None:
    document = {"event": "Paid", "sum": "amount", "gte": 100, "within": "7d"}
    events = paid((NOW - 2 * DAY, 10), (NOW - DAY, 90), (NOW - HOUR, 30))
    falls = NOW - DAY + WEEK  # not when the 10 leave: 120 are left then
    assert outcome(document, events) == (True, falls)
    assert outcome(document, events, falls - 1) == (True, falls)
    assert outcome(document, events, falls) == (False, None)


def test_a_sum_rises_when_a_refund_leaves_the_window() -> None:
    events = paid((NOW - 2 * DAY, -50), (NOW - DAY, 100))
    document = {"event": "Paid", "sum": "amount", "gte": 100, "within": "7d"}
    assert outcome(document, events) == (False, NOW - 2 * DAY + WEEK)
    assert outcome(document, events, NOW - 2 * DAY + WEEK) == (True, NOW - DAY + WEEK)


def test_payments_of_one_instant_leave_together_so_a_sum_between_never_comes() -> None:
    events = paid((NOW - DAY, 60), (NOW - DAY, 60))
    assert outcome({"event": "Paid", "sum": "amount", "eq": 60, "within": "7d"}, events) == (False, None)
    assert outcome({"event": "Paid", "sum": "amount", "ne": 60, "within": "7d"}, events) == (True, None)


def test_within_a_window_the_newest_101_payments_are_summed_and_ever_all_of_them() -> None:
    events = paid(*((NOW - number, 1) for number in range(150)))
    assert holds({"event": "Paid", "sum": "amount", "eq": 101, "within": "7d"}, events)
    assert holds({"event": "Paid", "sum": "amount", "eq": 150}, events)


@pytest.mark.parametrize(("apart", "result"), [(0, False), (1, True), (DAY, True), (DAY + 1, False), (-1, False)])
def test_a_step_is_strictly_later_than_the_one_before_and_the_last_no_later_than_the_span(apart: int, result: bool) -> None:
    events = [happened("Read", NOW - WEEK), happened("Paid", NOW - WEEK + apart)]
    assert outcome({"sequence": [{"event": "Read"}, {"event": "Paid"}], "within": "1d"}, events) == (result, None)


def test_a_sequence_of_one_event_needs_it_again_later() -> None:
    document = {"sequence": [{"event": "Read"}, {"event": "Read"}]}
    assert not holds(document, [happened("Read", NOW), happened("Read", NOW, number=1)])
    assert holds(document, [happened("Read", NOW), happened("Read", NOW + 1)])


def test_a_step_with_a_count_is_done_at_its_last_event_and_the_next_begins_after_that() -> None:
    document = {"sequence": [{"event": "Read", "count": 3}, {"event": "Paid", "count": 2}], "within": "1h"}
    reads = [happened("Read", NOW + day * DAY) for day in range(3)]
    done = NOW + 2 * DAY
    early = happened("Paid", done)
    assert not holds(document, [*reads, early, happened("Paid", done + 1)])
    assert holds(document, [*reads, early, happened("Paid", done + 1), happened("Paid", done + HOUR)])
    assert not holds(document, [*reads, early, happened("Paid", done + 1), happened("Paid", done + HOUR + 1)])
    assert not holds(document, [*reads[1:], happened("Paid", done + 1), happened("Paid", done + 2)])


def test_a_later_start_is_found_where_the_first_one_takes_too_long() -> None:
    events = [happened("Read", NOW), happened("Asked", NOW + 5 * DAY), happened("Read", NOW + 9 * DAY), happened("Paid", NOW + 9 * DAY + 1)]
    assert holds({"sequence": [{"event": "Read"}, {"event": "Paid"}], "within": "1d"}, events)
    assert not holds({"sequence": [{"event": "Read"}, {"event": "Asked"}, {"event": "Paid"}], "within": "1d"}, events)


def test_a_recent_sequence_ends_when_the_latest_one_begins_to_leave_the_window() -> None:
    document = {"sequence": [{"event": "Read", "count": 2}, {"event": "Paid"}], "last": "7d"}
    events = [happened("Read", NOW - hours * HOUR) for hours in (9, 6, 4)] + [happened("Paid", NOW - hours * HOUR) for hours in (5, 1)]
    ends = NOW - 6 * HOUR + WEEK  # the reads 6 and 4 hours ago, then the payment an hour ago
    assert outcome(document, events) == (True, ends)
    assert outcome(document, events, ends - 1) == (True, ends)
    assert outcome(document, events, ends) == (False, None)


@pytest.mark.parametrize(("ago", "asleep"), [(WEEK - 1, False), (WEEK, True), (WEEK + 1, True)])
@pytest.mark.parametrize("which", ["last_seen", "first_seen"])
def test_somebody_last_seen_seven_days_ago_sleeps_and_a_millisecond_less_does_not(which: str, ago: int, asleep: bool) -> None:
    events, begins = [happened("Clicked", NOW - ago)], NOW - ago + WEEK
    assert outcome({which: {"before": "7d"}}, events) == (asleep, None if asleep else begins)
    assert outcome({which: {"within": "7d"}}, events) == (not asleep, None if asleep else begins)


def test_last_seen_is_the_last_event_and_first_seen_the_first() -> None:
    events = [happened("Clicked", NOW - 8 * DAY), happened("Clicked", NOW - DAY)]
    assert holds({"all": [{"last_seen": {"within": "7d"}}, {"first_seen": {"before": "7d"}}]}, events)


def test_a_changed_attribute_is_no_activity_and_who_was_never_seen_neither_sleeps_nor_wakes() -> None:
    events = [happened("", NOW - 30 * DAY, kind=Kind.PROFILE)]
    assert outcome({"last_seen": {"before": "7d"}}, events) == (False, None)
    assert outcome({"last_seen": {"within": "7d"}}, events) == (False, None)


def test_any_event_is_what_a_person_did_and_not_what_rules_found_out() -> None:
    assert holds({"event": "*", "within": "7d"}, [happened("Whatever", NOW)])
    assert not holds({"event": "*"}, [happened("$segment_entered", NOW, kind=Kind.DERIVED, segment="vip")])
    assert holds(
        {"event": "$segment_entered", "where": {"segment": "vip"}}, [happened("$segment_entered", NOW, kind=Kind.DERIVED, segment="vip")]
    )


def test_lengths_of_time_shrink_on_a_stack_whose_time_runs_faster() -> None:
    asked = question({"event": "Clicked", "within": "1h"}, scale=3600)
    assert asked.check(Subject((happened("Clicked", NOW - 999),)), NOW) == (True, NOW + 1)
    assert asked.check(Subject((happened("Clicked", NOW - 1000),)), NOW) == (False, None)
