"""What is noted of a run: all that counts ask for, in few bytes, and a later word is a greater one."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.journeys.counts.sheets import attribute_of, sheet_of
from chalicelib.journeys.counts.words import Legend, Posted, Where, Word, counted, legend_of, read, version_in, word_of
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.chart import Chart, Door, Goal, NotThen
from chalicelib.journeys.engine.model import Run
from chalicelib.journeys.nodes.ending import Exit
from chalicelib.journeys.nodes.wait_for import WaitFor
from chalicelib.journeys.nodes.waiting import Wait
from tests.support.charts import DAY, GRACE, HOUR, MINUTE, NOW, SUBMITTED, Trip, chart, expecting, happened, send

GOAL = Goal(expecting("OrderPaid", "goal"), (("1d", DAY), ("3d", 3 * DAY)), "properties.amount")
STEPS: dict[str, Any] = {"hold": Wait(2 * HOUR, "offer"), "offer": send("rest"), "rest": Wait(DAY, "done"), "done": Exit("told;off,1:2")}


def trip_of(**parts: Any) -> Trip:
    trip = Trip(chart(**({"goal": GOAL} | STEPS | parts)))
    trip.enter()
    return trip


def noted(trip: Trip, made: Chart | None = None) -> Word:
    legend = legend_of(made or trip.chart)
    return read(word_of(trip.run, 7, legend), legend)


def test_who_waits_is_noted_where_they_wait() -> None:
    assert noted(trip_of()) == Word(1, Where.GOING, stays=(("hold", "@", 1),))


def test_the_way_is_noted_with_the_message_on_it() -> None:
    trip = trip_of()
    trip.wake(2 * HOUR + GRACE)
    assert noted(trip).stays == (("hold", "next", 1), ("offer", "next", 1), ("rest", "@", 1))
    assert noted(trip).posted == (Posted("offer"),)


def test_the_end_is_noted_with_its_reason_whatever_is_in_it() -> None:
    trip = trip_of()
    trip.wake(2 * HOUR + GRACE)
    trip.wake(26 * HOUR + GRACE)
    assert (noted(trip).where, noted(trip).reason) == (Where.ENDED, "told;off,1:2")
    assert noted(trip).stays[-1] == ("done", ".", 1)


def test_a_step_that_failed_is_noted_with_what_was_wrong() -> None:
    trip = trip_of()
    trip.wake(2 * HOUR + GRACE)
    trip.put(engine.failed(trip.enrolment, trip.run.id, "offer", 1, "template_unknown", NOW + 3 * HOUR))
    assert (noted(trip).where, noted(trip).reason, noted(trip).stays) == (
        Where.FAILED,
        "template_unknown",
        (("hold", "next", 1), ("offer", "!", 1)),
    )


def test_a_goal_is_noted_with_how_long_it_took_from_the_entry_and_from_each_message() -> None:
    trip = trip_of()
    trip.wake(2 * HOUR + GRACE)
    trip.hear(happened("OrderPaid", 3 * HOUR, amount=12.5))
    assert noted(trip).goal == (3 * HOUR, Decimal("12.5"))
    assert noted(trip).posted == (Posted("offer", HOUR, credited=True),)


def test_rounds_are_counted_not_listed() -> None:
    again = WaitFor(((expecting("Claimed", "nodes/claim"), "done"),), HOUR, "hold")
    trip = Trip(chart(hold=Wait(HOUR, "claim"), claim=again, done=Exit("claimed")))
    trip.enter()
    for hours in range(1, 11):
        trip.wake(hours * HOUR + GRACE)
    assert noted(trip).stays == (("hold", "next", 5), ("claim", "else", 5), ("hold", "@", 1))
    assert len(word_of(trip.run, 7, legend_of(trip.chart))) < 30


def test_who_is_not_inside_yet_and_who_never_came_to_be_are_told_apart_from_those_inside() -> None:
    door = Door(expected=SUBMITTED, then_not=NotThen(expecting("OrderPaid", "entry/then_not"), HOUR))
    trip = trip_of(door=door, goal=None)
    assert (noted(trip).where, noted(trip).stays) == (Where.NOT_YET, ())
    paid = trip_of(door=door, goal=None)
    paid.hear(happened("OrderPaid", MINUTE))
    assert (noted(paid).where, noted(paid).reason) == (Where.NOT_ENTERED, "not_entered")
    trip.wake(HOUR + GRACE)
    assert noted(trip).stays == (("hold", "@", 1),)


def test_the_control_group_is_nowhere_and_can_reach_the_goal() -> None:
    trip = trip_of(control=1.0)
    trip.hear(happened("OrderPaid", DAY, amount=3))
    assert noted(trip) == Word(1, Where.HELD_OUT, goal=(DAY, Decimal(3)))


def test_nodes_of_a_version_that_a_run_was_moved_from_keep_their_names() -> None:
    trip = trip_of()
    trip.wake(2 * HOUR + GRACE)
    to = chart(version=2, pause=Wait(DAY, "done"), done=Exit("told"))
    trip.charts[2] = to
    trip.put(engine.moved(trip.charts, trip.enrolment, to, {"rest": "pause"}, lambda _: True, NOW + 3 * HOUR, trip.person))
    assert noted(trip, to).stays == (("hold", "next", 1), ("offer", "next", 1), ("rest", "moved", 1), ("pause", "@", 1))
    assert noted(trip, to).posted == (Posted("offer"),)


def test_a_version_that_is_not_at_hand_is_noted_by_names() -> None:
    trip = trip_of()
    word = word_of(trip.run, 1, Legend())
    assert read(word, legend_of(trip.chart)) == noted(trip)


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_of_two_words_the_later_one_is_greater(one: int, other: int) -> None:
    assert (counted(one) < counted(other)) == (one < other)


@given(st.integers(1, 10**6))
def test_a_word_tells_which_write_it_is_of(rev: int) -> None:
    trip = trip_of()
    word = word_of(trip.run, rev, legend_of(trip.chart))
    assert read(word, legend_of(trip.chart)).rev == rev
    assert version_in(word) == 1


def run_of(seed: str, name: str, at: str = "2026-11-22T08:00:03.000Z", run: str = "ab" * 10) -> Run:
    return Run(run, 1, "", "user_id#ming", seed, 5, "hold", 5, entry={"name": name, "time": at})


def test_a_run_is_on_the_sheet_of_its_entry_whoever_has_it_and_wherever_it_is() -> None:
    trip = trip_of()
    before = sheet_of(trip.run), attribute_of(trip.run)
    trip.wake(2 * HOUR + GRACE)
    assert (sheet_of(trip.run), attribute_of(trip.run)) == before
    later = replace(trip.run, entered_at=trip.run.entered_at + DAY, version=9, state=trip.run.state)
    assert sheet_of(later) == before[0]


def test_a_file_that_tells_only_the_day_of_its_orders_is_on_many_sheets() -> None:
    assert sheet_of(run_of("p_7f3a99", "OrderSubmitted", "2026-11-22T00:00:00.000Z")) == "1795305600000#abab"


def test_a_million_who_enter_at_one_instant_are_on_many_sheets() -> None:
    assert sheet_of(run_of("p_7f3a99", "cron")) == "1795334400000#7f3a"
    assert sheet_of(run_of("p_7f3a99", "$segment_entered")) == "1795334400000#ab"
    assert sheet_of(run_of("p_7f3a99", "OrderSubmitted")) == "1795334400000#a"


def test_an_entry_that_does_not_tell_when_it_happened_is_noted_by_when_it_was_dealt_with() -> None:
    assert sheet_of(run_of("p_7f3a99", "", at="")) == "0000000000000#a"
