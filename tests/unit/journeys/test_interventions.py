"""What operators do to runs, and what becomes of steps that fail."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.identifiers import identifier
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.acts import AddTag, CallWebhook, NotifyStaff
from chalicelib.journeys.engine.asked import of_act
from chalicelib.journeys.engine.chart import Chart, Door, NotThen, Policy, ReEntry
from chalicelib.journeys.engine.model import OUTSIDE, Arm, RunState, Send, Tell, Why, Withdraw, message_of
from chalicelib.journeys.nodes.acting import Do
from chalicelib.journeys.nodes.ending import Exit, Milestone
from chalicelib.journeys.nodes.wait_for import WaitFor
from chalicelib.journeys.nodes.waiting import Wait
from tests.support.charts import GRACE, HOUR, MINUTE, NOW, SUBMITTED, Somebody, Trip, chart, expecting, happened, send

ANNA = identifier("user_id", "anna")
STEPS: dict[str, Any] = {"offer": send("hold"), "hold": Wait(HOUR, "last"), "last": send("done"), "done": Exit("finished")}


def trip_of(**parts: Any) -> Trip:
    trip = Trip(chart(**(STEPS | parts)))
    trip.enter()
    return trip


def all_of_them(_: object) -> bool:
    return True


def stop(trip: Trip, at: int = MINUTE) -> bool:
    return trip.put(engine.ended(trip.charts, trip.enrolment, all_of_them, Why.STOPPED, NOW + at))


def fail(trip: Trip, node: str, visit: int, at: int = 1) -> bool:
    return trip.put(engine.failed(trip.enrolment, trip.enrolment.runs[0].id, node, visit, "template_unknown", NOW + at))


def retry(trip: Trip, at: int = HOUR) -> bool:
    return trip.put(engine.retried(trip.charts, trip.enrolment, all_of_them, NOW + at, trip.person))


def test_stopping_ends_those_inside_and_calls_their_messages_back() -> None:
    trip = trip_of()
    assert stop(trip)
    assert (trip.run.state, trip.run.reason, trip.run.ended_at) == (RunState.ENDED, "stopped", NOW + MINUTE)
    assert trip.of(Withdraw) == [Withdraw(trip.run.id, (trip.run.sent[0].message,))]
    assert not stop(trip), "once"


def test_only_the_runs_that_are_wanted_end() -> None:
    trip = trip_of()
    assert not trip.put(engine.ended(trip.charts, trip.enrolment, lambda run: run.version == 2, Why.STOPPED, NOW))


def test_who_waits_outside_is_stopped_without_a_word_and_may_enter_again() -> None:
    door = Door(expected=SUBMITTED, then_not=NotThen(expecting("OrderPaid"), HOUR), re_entry=ReEntry(Policy.NEVER))
    trip = trip_of(door=door)
    stop(trip)
    assert (trip.run.reason, trip.run.inside, trip.of(Tell)) == ("stopped", False, [])
    assert trip.enter(happened("OrderSubmitted", HOUR)) == ""


def test_a_failed_step_holds_the_run_where_it_failed_however_far_it_has_gone_since() -> None:
    trip = trip_of()
    assert fail(trip, "offer", 0)
    assert (trip.run.state, trip.run.node, trip.run.reason, trip.run.due) == (RunState.FAILED, "offer", "template_unknown", 0)
    assert trip.path == [("offer", "failed")]
    assert trip.run.sent == (), "that message does not exist"
    assert not trip.wake(HOUR + GRACE)
    assert not fail(trip, "offer", 0), "once"


def test_tried_again_it_is_the_same_visit_and_so_the_same_message() -> None:
    trip = trip_of()
    fail(trip, "offer", 0)
    assert retry(trip)
    assert trip.path == [("offer", "next"), ("hold", "")]
    assert {message_of(one.run, one.node, one.visit) for one in trip.of(Send)} == {trip.run.sent[0].message}
    assert trip.run.due == NOW + 2 * HOUR, "what comes after begins then"
    assert not retry(trip), "nothing stands still any more"


def test_a_run_that_walked_to_its_end_meanwhile_is_brought_back() -> None:
    trip = trip_of(start="last")
    assert trip.run.reason == "finished"
    assert fail(trip, "last", 0)
    assert (trip.run.open, trip.run.ended_at) == (True, 0)


def test_but_not_when_another_one_has_taken_its_place() -> None:
    trip = trip_of(start="last")
    first = trip.run.id
    trip.chart = trip.charts[1] = chart(**STEPS)
    trip.enter(happened("OrderSubmitted", HOUR))
    assert engine.failed(trip.enrolment, first, "last", 0, "template_unknown", NOW + HOUR) is trip.enrolment


@pytest.mark.parametrize("reason", [Why.EXITED, Why.STOPPED, Why.MERGED])
def test_nor_when_it_has_ended_for_good(reason: Why) -> None:
    trip = trip_of()
    trip.put(engine.ended(trip.charts, trip.enrolment, all_of_them, reason, NOW))
    assert not fail(trip, "offer", 0)


def test_what_was_asked_for_after_a_failed_step_is_not_asked_for() -> None:
    trip = trip_of(start="tag", tag=Do((AddTag("late"),), "offer"))
    asked = [one.message for one in trip.run.sent]
    fail(trip, "tag", 0)
    assert list(trip.run.sent) == []
    retry(trip)
    assert [one.message for one in trip.run.sent] == asked, "the same one"


@pytest.mark.parametrize(("node", "visit"), [("nowhere", 0), ("hold", 0), ("offer", 9)])
def test_a_step_that_the_run_has_not_taken_cannot_fail(node: str, visit: int) -> None:
    assert not fail(trip_of(), node, visit)


def test_a_run_that_is_not_known_any_more_cannot_fail() -> None:
    trip = trip_of()
    assert engine.failed(trip.enrolment, "another", "offer", 0, "template_unknown", NOW) is trip.enrolment


def test_what_came_after_a_failed_step_is_taken_again_and_noted_once() -> None:
    trip = trip_of(start="tag", tag=Do((AddTag("late"),), "won"), won=Milestone("tagged", "offer"))
    fail(trip, "tag", 0)
    assert len(trip.run.milestones) == 0
    retry(trip)
    assert list(trip.run.milestones) == [("won", NOW + HOUR)]


def test_an_exit_rule_ends_a_run_that_stands_still() -> None:
    trip = trip_of(exits=(expecting("OrderPaid"),))
    fail(trip, "offer", 0)
    trip.hear(happened("OrderPaid", MINUTE))
    assert trip.run.reason == "exited"
    assert not retry(trip)


def newer(**parts: Any) -> Chart:
    return replace(chart(**(STEPS | parts)), version=2)


def move(trip: Trip, to: Chart, nodes: dict[str, str] | None = None, at: int = MINUTE) -> bool:
    trip.charts[to.version] = to
    return trip.put(engine.moved(trip.charts, trip.enrolment, to, nodes or {}, all_of_them, NOW + at, trip.person))


def test_in_flight_people_keep_their_version() -> None:
    trip = trip_of()
    trip.charts[2] = newer(hold=Wait(5 * HOUR, "done"))
    trip.wake(HOUR + GRACE)
    assert (trip.run.version, trip.run.reason) == (1, "finished")


def test_moved_to_another_version_the_stay_goes_on_with_the_new_length() -> None:
    trip = trip_of()
    assert move(trip, newer(hold=Wait(3 * HOUR, "done")))
    assert (trip.run.version, trip.run.node, trip.run.since, trip.run.due) == (2, "hold", NOW, NOW + 3 * HOUR)
    assert trip.run.visits[-1].why == {"moved": [1, 2]}
    assert trip.of(Arm)[-1].at == NOW + 3 * HOUR + GRACE
    assert not move(trip, newer(hold=Wait(3 * HOUR, "done"))), "once"


def test_a_stay_that_is_over_by_the_new_length_ends_at_the_next_look() -> None:
    trip = trip_of()
    move(trip, newer(hold=Wait(1, "last")))
    assert trip.wake(MINUTE)
    assert trip.run.reason == "finished"


def test_moved_to_another_node_the_stay_begins_there() -> None:
    trip = trip_of()
    steps: dict[str, Any] = {"offer": send("pause"), "pause": Wait(2 * HOUR, "done"), "done": Exit("finished")}
    assert move(trip, replace(chart(**steps), version=2), {"hold": "pause"})
    assert trip.path == [("offer", "next"), ("hold", "moved"), ("pause", "")]
    assert trip.run.due == NOW + MINUTE + 2 * HOUR


def test_moved_to_a_node_that_does_not_wait_the_run_goes_on_from_there() -> None:
    trip = trip_of()
    move(trip, newer(), {"hold": "last"})
    assert trip.path == [("offer", "next"), ("hold", "moved"), ("last", "next"), ("done", "exit")]
    assert trip.run.ended_at == NOW + MINUTE


def test_where_there_is_no_such_node_a_run_keeps_its_version() -> None:
    trip = trip_of()
    assert not move(trip, replace(chart(done=Exit("finished")), version=2))
    assert trip.run.version == 1


def test_a_run_that_stands_still_does_so_in_the_new_version_which_may_mend_it() -> None:
    trip = trip_of()
    fail(trip, "offer", 0)
    move(trip, newer(offer=Wait(HOUR, "done")))
    assert (trip.run.state, trip.run.version) == (RunState.FAILED, 2)
    retry(trip)
    assert (trip.run.state, trip.run.node, trip.run.due) == (RunState.GOING, "offer", NOW + 2 * HOUR)


@pytest.mark.parametrize(("within", "due"), [(2 * HOUR, 2 * HOUR), (MINUTE, MINUTE)])
def test_who_waits_outside_is_moved_there(within: int, due: int) -> None:
    unpaid = expecting("OrderPaid")
    trip = trip_of(door=Door(expected=SUBMITTED, then_not=NotThen(unpaid, HOUR)))
    move(trip, newer(door=Door(expected=SUBMITTED, then_not=NotThen(unpaid, within))))
    assert (trip.run.node, trip.run.version, trip.run.due) == (OUTSIDE, 2, NOW + due)


def test_a_version_without_then_not_lets_in_who_waits_outside() -> None:
    trip = trip_of(door=Door(expected=SUBMITTED, then_not=NotThen(expecting("OrderPaid"), HOUR)))
    move(trip, newer())
    assert (trip.run.node, trip.run.entered_at) == ("hold", NOW + MINUTE)


def test_a_noted_step_is_forgotten_by_a_move_and_events_count_anew() -> None:
    claim = WaitFor(((expecting("Clicked", "nodes/hold/wait_for"), "last"),), HOUR, "done")
    trip = trip_of(hold=claim)
    trip.hear(happened("Clicked", MINUTE), held=True)
    move(trip, newer(hold=claim), at=2 * MINUTE)
    assert (trip.run.visits[-1].until, trip.run.due) == (0, NOW + HOUR)
    assert trip.hear(happened("Clicked", MINUTE), at=3 * MINUTE)
    assert trip.run.reason == "finished"


def test_whoever_is_outside_and_cannot_be_told_stands_still_and_is_tried_again() -> None:
    trip = Trip(chart(door=Door(expected=SUBMITTED, segment="vip"), **STEPS), Somebody(unready={"vip"}))
    trip.enter()
    for number in range(70):
        trip.wake((number + 1) * 2 * MINUTE)
    assert (trip.run.state, trip.run.node, trip.run.reason) == (RunState.FAILED, OUTSIDE, "not_ready")
    trip.person = Somebody(segments={"vip"})
    retry(trip, 5 * HOUR)
    assert (trip.run.node, trip.run.entered_at) == ("hold", NOW + 5 * HOUR)


def test_whoever_is_outside_and_cannot_be_told_is_moved_as_such() -> None:
    trip = Trip(chart(door=Door(expected=SUBMITTED, segment="vip"), **STEPS), Somebody(unready={"vip"}))
    trip.enter()
    move(trip, newer(door=Door(expected=SUBMITTED, segment="vip")))
    assert (trip.run.version, trip.run.node, trip.run.tries) == (2, OUTSIDE, 1)


def test_tried_again_an_act_is_one_of_the_same_visit_and_time() -> None:
    trip = trip_of(start="tag", tag=Do((AddTag("late"),), "hold"))
    fail(trip, "tag", 0)
    retry(trip)
    assert (trip.run.visits[0].since, trip.run.visits[0].until) == (NOW, NOW + HOUR)
    assert trip.run.due == NOW + 2 * HOUR, "what comes after begins when it was tried again"


def test_an_exit_calls_back_what_acts_have_asked_for() -> None:
    acts = (AddTag("late"), CallWebhook("crm", {}), NotifyStaff("lead", (ANNA, ANNA), ()))
    trip = trip_of(start="tell", tell=Do(acts, "hold"))
    assert stop(trip)
    wanted = {of_act(trip.run.id, "tell", 0, 1), of_act(trip.run.id, "tell", 0, 2, 0), of_act(trip.run.id, "tell", 0, 2, 1)}
    (effect,) = trip.of(Withdraw)
    assert set(effect.messages) == wanted
