"""What time does: timers that are early, late, doubled or lost, clocks that jump, steps that have to be tried again, journeys on hold."""

from typing import Any

import pytest

from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.instants import LAG_MS
from chalicelib.journeys.engine.model import NEVER, Arm, RunState, Send, Tell
from chalicelib.journeys.engine.stepping import MOST_TRIES, MOST_VISITS
from chalicelib.journeys.nodes.choosing import Branch
from chalicelib.journeys.nodes.ending import Exit
from chalicelib.journeys.nodes.node import NotReady
from chalicelib.journeys.nodes.wait_for import WaitFor
from chalicelib.journeys.nodes.waiting import Wait, WaitDate
from tests.support.charts import DAY, GRACE, HOUR, MINUTE, NOW, SECOND, Somebody, Trip, chart, expecting, happened, send

STEPS: dict[str, Any] = {"hold": Wait(HOUR, "offer"), "offer": send("rest"), "rest": Wait(HOUR, "done"), "done": Exit("finished")}
CLICKED = expecting("Clicked", "nodes/claim/wait_for")


def trip_of(person: Somebody | None = None, **parts: Any) -> Trip:
    trip = Trip(chart(**(STEPS | parts)), person or Somebody())
    trip.enter()
    return trip


@pytest.mark.parametrize("at", [-DAY, 0, HOUR, HOUR + GRACE - 1])
def test_woken_early_nothing_happens(at: int) -> None:
    trip = trip_of()
    assert not trip.wake(at)
    assert engine.next_due(trip.enrolment) == NOW + HOUR
    assert engine.next_look(trip.charts, trip.enrolment) == NOW + HOUR + GRACE


def test_woken_twice_something_happens_once() -> None:
    trip = trip_of()
    assert trip.wake(HOUR + GRACE)
    assert not trip.wake(HOUR + GRACE)
    assert len(trip.of(Send)) == 1


def test_a_clock_that_jumps_back_undoes_nothing_and_the_stay_lasts_as_long_as_it_was_to() -> None:
    trip = trip_of()
    trip.wake(HOUR + GRACE)
    assert not trip.wake(0)
    assert trip.run.due == NOW + 2 * HOUR


def test_a_clock_that_jumps_ahead_ends_one_stay_and_the_next_lasts_from_then_on() -> None:
    trip = trip_of()
    trip.wake(10 * HOUR)
    assert (trip.run.node, trip.run.due) == ("rest", NOW + 11 * HOUR)


@pytest.mark.parametrize(("late", "since"), [(GRACE, HOUR), (LAG_MS, HOUR), (LAG_MS + 1, HOUR + LAG_MS + 1)])
def test_the_journeys_own_time_does_not_lag_behind_by_the_time_a_timer_takes(late: int, since: int) -> None:
    trip = trip_of()
    trip.wake(HOUR + late)
    assert (trip.run.since, trip.run.due) == (NOW + since, NOW + since + HOUR)


def test_a_timer_is_set_for_every_stay_at_its_end_and_the_grace() -> None:
    trip = trip_of()
    trip.wake(HOUR + GRACE)
    assert [one.at - NOW for one in trip.of(Arm)] == [HOUR + GRACE, 2 * HOUR + GRACE]


def test_a_definition_may_have_a_grace_of_its_own() -> None:
    trip = trip_of(grace=0)
    assert trip.wake(HOUR)


def test_who_is_through_waits_for_nothing() -> None:
    trip = trip_of()
    trip.wake(HOUR + GRACE)
    trip.wake(2 * HOUR + GRACE)
    assert engine.next_due(trip.enrolment) == engine.next_look(trip.charts, trip.enrolment) == NEVER


def test_what_happened_after_one_stay_was_over_counts_for_the_next_one() -> None:
    """The wait ends at one hour, the click comes two seconds later, and the timer a second after that."""
    trip = trip_of(hold=Wait(HOUR, "claim"), claim=WaitFor(((CLICKED, "offer"),), HOUR, "done"))
    clicked = happened("Clicked", HOUR + 2 * SECOND)
    assert not trip.hear(clicked)
    trip.put(engine.caught_up(trip.charts, trip.enrolment, [clicked], NOW + HOUR + GRACE, trip.person))
    assert trip.path == [("hold", "next"), ("claim", "then"), ("offer", "next"), ("rest", "")]
    assert trip.run.since == clicked.time


def test_catching_up_goes_through_as_many_stays_as_are_over() -> None:
    trip = trip_of(hold=Wait(SECOND, "offer"), rest=Wait(SECOND, "done"))
    trip.put(engine.caught_up(trip.charts, trip.enrolment, [], NOW + MINUTE, trip.person))
    assert (trip.run.reason, trip.run.ended_at) == ("finished", NOW + 2 * SECOND)


def test_a_loop_comes_to_an_end() -> None:
    trip = trip_of(rest=Wait(HOUR, "hold"))
    for number in range(1, 2 * MOST_VISITS):
        trip.wake(number * HOUR + GRACE)
    assert (trip.run.reason, len(trip.run.visits)) == ("too_long", MOST_VISITS)
    assert [one.properties["reason"] for one in trip.of(Tell) if one.name == "$journey_exited"] == ["too_long"]


def test_a_loop_in_which_no_time_passes_ends_within_as_many_steps_as_there_are_nodes() -> None:
    trip = trip_of(hold=send("offer"), offer=send("hold"))
    assert (trip.run.reason, len(trip.run.visits)) == ("too_long", len(STEPS) + 1)


PICK = Branch((("nodes/pick/branch/0/where", "offer"),), "done")


def test_a_step_that_nobody_can_decide_yet_is_tried_again_in_a_minute() -> None:
    trip = trip_of(Somebody(unready={"nodes/pick/branch/0/where"}), hold=Wait(HOUR, "pick"), pick=PICK)
    trip.wake(HOUR + GRACE)
    assert (trip.run.node, trip.run.tries, trip.run.due) == ("pick", 1, NOW + HOUR + GRACE + MINUTE)
    trip.wake(HOUR + 2 * MINUTE)
    assert trip.run.tries == 2
    trip.person = Somebody(holds={"nodes/pick/branch/0/where"})
    trip.wake(HOUR + 4 * MINUTE)
    assert (trip.run.node, trip.run.tries, trip.run.since) == ("rest", 0, NOW + HOUR), "the minutes are not the journey's"


def test_and_fails_when_nobody_can_for_an_hour() -> None:
    trip = trip_of(Somebody(unready={"nodes/pick/branch/0/where"}), hold=Wait(HOUR, "pick"), pick=PICK)
    for number in range(MOST_TRIES + 2):
        trip.wake(HOUR + GRACE + number * 2 * MINUTE)
    assert (trip.run.state, trip.run.reason, trip.run.node, trip.run.due) == (RunState.FAILED, "not_ready", "pick", NEVER)


def test_on_hold_exits_and_goals_act_and_nobody_goes_on() -> None:
    parts: dict[str, Any] = {"claim": WaitFor(((CLICKED, "offer"),), HOUR, "done"), "start": "claim", "exits": (expecting("OrderPaid"),)}
    trip = trip_of(**parts)
    assert trip.hear(happened("Clicked", MINUTE), held=True)
    assert (trip.run.node, trip.of(Send)) == ("claim", [])
    other = trip_of(**parts)
    other.hear(happened("OrderPaid", MINUTE), held=True)
    assert other.run.reason == "exited"


def test_what_ended_a_wait_on_hold_is_acted_on_when_the_journey_is_resumed() -> None:
    trip = trip_of(claim=WaitFor(((CLICKED, "offer"),), HOUR, "done"), start="claim")
    trip.hear(happened("Clicked", 5 * MINUTE), held=True)
    assert not trip.hear(happened("Clicked", 6 * MINUTE), held=True), "the first one counts"
    assert trip.hear(happened("Clicked", 4 * MINUTE), at=7 * MINUTE, held=True), "by its own time"
    trip.wake(3 * HOUR)
    assert trip.path == [("claim", "then"), ("offer", "next"), ("rest", "")]
    assert trip.run.visits[0].until == NOW + 4 * MINUTE
    assert trip.run.since == NOW + 3 * HOUR, "after so long its own time gives in to the clock"


def test_the_time_out_on_hold_counts_when_nothing_happened_in_time() -> None:
    trip = trip_of(claim=WaitFor(((CLICKED, "offer"),), HOUR, "done"), start="claim")
    assert not trip.hear(happened("Clicked", HOUR + 1), held=True)
    trip.wake(3 * HOUR)
    assert trip.path == [("claim", "else"), ("done", "exit")]


class Hesitant(Somebody):
    """Somebody whose attributes nobody can tell yet."""

    def attribute(self, path: str) -> Any:
        raise NotReady(path)


def test_a_stay_that_nobody_can_say_the_end_of_is_looked_at_again_in_a_minute() -> None:
    trip = trip_of(Somebody({"day": "2026-11-25"}), start="until", until=WaitDate("attributes.day", 0, None, "UTC", "done"))
    day = trip.run.due - NOW
    trip.person = Hesitant()
    trip.wake(day + GRACE)
    assert (trip.run.node, trip.run.due) == ("until", NOW + day + GRACE + MINUTE)
    trip.person = Somebody({"day": "2026-11-25"})
    trip.wake(day + 2 * MINUTE)
    assert trip.run.reason == "finished"


CLAIMS: dict[str, Any] = {
    "claim": WaitFor(((CLICKED, "more"),), HOUR, "done"),
    "more": WaitFor(((expecting("Signed"), "offer"),), HOUR, "done"),
}


def test_events_of_one_batch_act_in_the_order_of_their_times_however_they_stand_in_it() -> None:
    trip = trip_of(start="claim", **CLAIMS)
    trip.hear(happened("Signed", 2 * MINUTE), happened("Clicked", MINUTE))
    assert trip.path[:2] == [("claim", "then"), ("more", "then")]
    other = trip_of(start="claim", **CLAIMS)
    other.hear(happened("Signed", MINUTE), happened("Clicked", 2 * MINUTE))
    assert other.path == [("claim", "then"), ("more", "")], "it signed before it was waited for"


def test_events_of_one_millisecond_count_in_whatever_order_they_stand() -> None:
    for names in (("Signed", "Clicked"), ("Clicked", "Signed")):
        trip = trip_of(start="claim", **CLAIMS)
        trip.hear(*(happened(name, MINUTE) for name in names))
        assert trip.path[:2] == [("claim", "then"), ("more", "then")]
