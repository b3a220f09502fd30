"""What a journey is for: counted by the event's own time, once, within windows after the entry and after messages."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.journeys.engine.chart import Goal, Policy, ReEntry
from chalicelib.journeys.engine.enrolling import MARKED_MS
from chalicelib.journeys.engine.model import Credited, Note, Reached, Tell
from chalicelib.journeys.engine.scope import mark_of
from chalicelib.journeys.nodes.ending import Exit
from chalicelib.journeys.nodes.wait_for import WaitFor
from chalicelib.journeys.nodes.waiting import Wait
from tests.support.charts import DAY, GRACE, HOUR, MINUTE, NOW, Trip, chart, expecting, happened, send

GOAL = Goal(expecting("OrderPaid", "goal"), (("1d", DAY), ("3d", 3 * DAY)), "properties.amount")


def trip_of(**parts: Any) -> Trip:
    steps: dict[str, Any] = {"hold": Wait(2 * HOUR, "offer"), "offer": send("rest"), "rest": Wait(10 * DAY, "again")}
    steps |= {"again": send("done"), "done": Exit("finished"), "goal": GOAL}
    trip = Trip(chart(**(steps | parts)))
    trip.enter()
    return trip


def reached(trip: Trip) -> tuple[int, float, str]:
    found = trip.run.reached
    assert found is not None
    return found.at - NOW, found.revenue, found.message


def goals(trip: Trip) -> list[Any]:
    return [one for one in trip.of(Tell) if one.name == "$journey_goal_reached"]


def test_a_goal_is_noted_with_its_revenue_and_told_and_the_run_goes_on() -> None:
    trip = trip_of()
    trip.hear(happened("OrderPaid", HOUR, amount="99.50"))
    assert reached(trip) == (HOUR, 99.5, "")
    assert (trip.run.node, trip.of(Credited)) == ("hold", [])
    assert [(one.at, one.properties["revenue"]) for one in goals(trip)] == [(NOW + HOUR, 99.5)]


def test_it_is_credited_to_the_newest_message_before_it() -> None:
    trip = trip_of()
    trip.wake(2 * HOUR + GRACE)
    message = trip.run.sent[0].message
    trip.hear(happened("OrderPaid", 3 * HOUR, amount=10))
    assert reached(trip) == (3 * HOUR, 10, message)
    assert trip.of(Credited) == [Credited(trip.run.id, message)]


def test_an_earlier_goal_that_is_heard_of_later_takes_the_credit_along() -> None:
    trip = trip_of()
    trip.wake(2 * HOUR + GRACE)
    message = trip.run.sent[0].message
    trip.hear(happened("OrderPaid", 3 * HOUR))
    trip.hear(happened("OrderPaid", HOUR), at=4 * HOUR)
    assert reached(trip)[2] == ""
    assert trip.of(Credited) == [Credited(trip.run.id, message), Credited(trip.run.id, "", message)]


def test_the_first_goal_event_counts_and_a_second_one_changes_nothing() -> None:
    trip = trip_of()
    trip.hear(happened("OrderPaid", HOUR))
    assert not trip.hear(happened("OrderPaid", 2 * HOUR))
    assert not trip.hear(happened("OrderPaid", HOUR), at=3 * HOUR)


def test_an_earlier_one_that_arrives_later_takes_its_place_and_is_not_told_again() -> None:
    trip = trip_of()
    trip.wake(2 * HOUR + GRACE)
    trip.hear(happened("OrderPaid", 4 * HOUR, amount=4))
    trip.hear(happened("OrderPaid", HOUR, amount=1), at=5 * HOUR)
    assert reached(trip) == (HOUR, 1, "")
    assert len(goals(trip)) == 1


def test_of_two_in_one_millisecond_the_same_one_counts_in_either_order() -> None:
    one, two = happened("OrderPaid", HOUR, key="one", amount=1), happened("OrderPaid", HOUR, key="two", amount=2)
    found = []
    for order in ((one, two), (two, one)):
        trip = trip_of()
        for event in order:
            trip.hear(event)
        found.append(trip.run.reached)
    assert found[0] == found[1]


@pytest.mark.parametrize(("at", "counts"), [(-1, False), (0, True), (3 * DAY, True), (3 * DAY + 1, False)])
def test_it_counts_within_the_longest_window_after_the_entry(at: int, counts: bool) -> None:
    trip = trip_of(hold=Wait(20 * DAY, "offer"))
    assert trip.hear(happened("OrderPaid", at), at=4 * DAY) is counts


def test_and_within_the_longest_window_after_a_message() -> None:
    trip = trip_of()
    trip.wake(2 * HOUR + GRACE)
    assert not trip.hear(happened("OrderPaid", 9 * DAY))
    trip.wake(2 * HOUR + 10 * DAY + GRACE)
    assert trip.hear(happened("OrderPaid", 12 * DAY))
    assert reached(trip)[2] == trip.run.sent[1].message


def test_it_counts_after_the_run_is_over_too() -> None:
    trip = trip_of(hold=Wait(HOUR, "done"))
    trip.wake(HOUR + GRACE)
    assert trip.run.reason == "finished"
    assert trip.hear(happened("OrderPaid", DAY))
    assert len(goals(trip)) == 1


def test_who_is_only_watched_reaches_it_without_anybody_being_told() -> None:
    trip = trip_of(control=1.0)
    trip.hear(happened("OrderPaid", HOUR, amount=5))
    paid = happened("OrderPaid", HOUR)
    assert trip.run.reached == Reached(NOW + HOUR, 5, mark_of(paid))
    assert {type(one) for one in trip.done} == {Note}


def test_one_that_is_waited_for_as_well_does_both() -> None:
    claim = WaitFor(((expecting("OrderPaid", "nodes/hold/wait_for"), "offer"),), DAY, "done")
    trip = trip_of(hold=claim)
    trip.hear(happened("OrderPaid", HOUR))
    assert trip.path[0] == ("hold", "then")
    assert reached(trip) == (HOUR, 0, ""), "the message came of it, and not before it"


def test_a_revenue_that_is_no_number_is_none() -> None:
    trip = trip_of()
    trip.hear(happened("OrderPaid", HOUR, amount="a lot"))
    assert reached(trip) == (HOUR, 0, "")


def test_runs_that_are_over_are_kept_while_their_goal_may_still_be_reached() -> None:
    journey = chart(done=Exit("finished"), goal=GOAL)
    trip = Trip(replace(journey, door=replace(journey.door, re_entry=ReEntry(Policy.ALWAYS))))
    for number in range(20):
        trip.enter(happened("OrderSubmitted", number * HOUR))
    assert len(trip.enrolment.runs) == 20
    trip.hear(happened("OrderPaid", 20 * HOUR))
    assert all(run.reached for run in trip.enrolment.runs)
    trip.enter(happened("OrderSubmitted", 21 * HOUR))
    assert len(trip.enrolment.runs) == 5, "the newest are kept anyhow"
    assert trip.enrolment.expires == NOW + 21 * HOUR + 3 * DAY + MARKED_MS


def test_an_hour_of_a_definition_may_be_a_second() -> None:
    fast = Goal(expecting("OrderPaid", "goal"), (("1d", DAY // 3600),))
    assert trip_of(hold=Wait(MINUTE, "done"), goal=fast).hear(happened("OrderPaid", DAY // 3600))
    assert not trip_of(hold=Wait(MINUTE, "done"), goal=fast).hear(happened("OrderPaid", DAY // 3600 + 1))
