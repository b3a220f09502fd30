"""What is kept of a person in a journey, and for how long."""

from dataclasses import replace
from typing import Any

from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.chart import Chart, Door, Goal, Policy, ReEntry
from chalicelib.journeys.engine.enrolling import KEPT_WHOLE, MARKED_MS, MOST_MARKS
from chalicelib.journeys.engine.model import Arm, Enrolment, Send
from chalicelib.journeys.nodes.ending import Exit
from chalicelib.journeys.nodes.wait_for import WaitFor
from chalicelib.journeys.nodes.waiting import Wait
from tests.support.charts import DAY, GRACE, HOUR, MINUTE, NOW, SUBMITTED, Somebody, Trip, chart, expecting, happened, send


def journey(policy: Policy = Policy.ALWAYS, within: int = 0, **steps: Any) -> Chart:
    door = Door(expected=SUBMITTED, re_entry=ReEntry(policy, 100 if within else 0, within))
    return chart(door=door, **(steps or {"offer": send("done"), "done": Exit("finished")}))


def entering(trip: Trip, times: list[int]) -> None:
    for at in times:
        assert trip.enter(happened("OrderSubmitted", at)) == ""


def test_the_newest_runs_that_are_over_are_kept_after_the_open_ones() -> None:
    trip = Trip(journey(hold=Wait(HOUR, "done"), done=Exit("finished")))
    entering(trip, list(range(8)))
    trip.wake(HOUR + GRACE + 6)
    entering(trip, [MINUTE])
    found = [(run.entered_at - NOW, run.open) for run in trip.enrolment.runs]
    assert found == [(7, True), (MINUTE, True), *((at, False) for at in (6, 5, 4, 3, 2))]


def test_a_run_that_the_outbox_speaks_of_is_there_for_whoever_carries_it_out() -> None:
    trip = Trip(journey())
    enrolment = trip.enrolment
    for at in range(12):  # one write
        arrival = engine.arrival_of(trip.chart, happened("OrderSubmitted", at), "p_ming")
        assert isinstance(arrival, engine.Arrival)
        found = engine.entered(trip.chart, enrolment, arrival, NOW + at, trip.person)
        assert isinstance(found, Enrolment)
        enrolment = found
    assert {one.run for one in enrolment.outbox if isinstance(one, Send)} == {run.id for run in enrolment.runs}
    trip.put(enrolment)
    entering(trip, [MINUTE])
    assert len(trip.enrolment.runs) == KEPT_WHOLE, "the next write lets them go"


def test_the_reasons_of_steps_go_before_the_way_that_was_gone() -> None:
    claim = WaitFor(((expecting("Clicked", "nodes/claim/wait_for"), "done"),), HOUR, "done")
    trip = Trip(journey(claim=claim, done=Exit("finished"), goal=Goal(expecting("OrderPaid"), (("9d", 9 * DAY),))))
    for at in range(KEPT_WHOLE + 1):
        trip.enter(happened("OrderSubmitted", at * HOUR))
        trip.hear(happened("Clicked", at * HOUR + 1))
    assert [bool(run.visits[0].why) for run in trip.enrolment.runs] == [True] * KEPT_WHOLE + [False]
    assert {visit.node for run in trip.enrolment.runs for visit in run.visits} == {"claim", "done"}


def test_entries_are_known_for_two_days_and_for_as_long_as_a_limit_asks() -> None:
    for within, known in ((0, 1), (7 * DAY, 2)):
        trip = Trip(journey(within=within))
        entering(trip, [0, MARKED_MS + 1])
        assert len(trip.enrolment.marks) == known


def test_entries_that_never_came_to_be_are_forgotten_first() -> None:
    trip = Trip(journey(within=365 * DAY))
    entering(trip, [0, 1])
    first, second = trip.enrolment.marks
    many = tuple(replace(first, run=f"r{number}", at=NOW + 2 + number, counts=False) for number in range(MOST_MARKS - 2))
    trip.enrolment = replace(trip.enrolment, marks=(first, second, *many))
    entering(trip, [HOUR])
    assert {first, second} <= set(trip.enrolment.marks)
    assert len(trip.enrolment.marks) == MOST_MARKS


def test_it_expires_when_nothing_can_depend_on_it_and_never_while_a_run_is_open() -> None:
    trip = Trip(
        journey(within=7 * DAY, hold=Wait(HOUR, "done"), done=Exit("finished"), goal=Goal(expecting("OrderPaid"), (("3d", 3 * DAY),)))
    )
    entering(trip, [0])
    assert trip.enrolment.expires == 0
    trip.wake(HOUR + GRACE)
    assert trip.enrolment.expires == NOW + HOUR + (3 + 7 + 2) * DAY


def test_of_several_timers_of_a_run_in_one_write_only_the_last_is_set() -> None:
    trip = Trip(
        journey(
            claim=WaitFor(((expecting("Clicked", "nodes/claim/wait_for"), "hold"),), HOUR, "done"), hold=Wait(DAY, "done"), done=Exit("x")
        )
    )
    arrival = engine.arrival_of(trip.chart, happened("OrderSubmitted"), "p_ming")
    assert isinstance(arrival, engine.Arrival)
    entered = engine.entered(trip.chart, trip.enrolment, arrival, NOW, Somebody())
    assert isinstance(entered, Enrolment)
    heard = engine.heard(trip.charts, entered, happened("Clicked", 1), NOW + 1, Somebody())
    assert [one for one in heard.outbox if isinstance(one, Arm)] == [Arm(arrival.run, NOW + 1 + DAY + GRACE)]
