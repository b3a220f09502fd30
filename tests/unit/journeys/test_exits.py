"""Exit rules: obeyed at the event, by its own time, and before anything else that the event does."""

import pytest

from chalicelib.events.model import Kind
from chalicelib.journeys.engine.chart import Chart, Door, Goal, Policy, ReEntry
from chalicelib.journeys.engine.model import Do as Done
from chalicelib.journeys.engine.model import RunState, Send, Tell, Visit, Withdraw
from chalicelib.journeys.nodes.ending import Exit
from chalicelib.journeys.nodes.wait_for import WaitFor
from chalicelib.journeys.nodes.waiting import Wait
from tests.support.charts import DAY, GRACE, HOUR, MINUTE, NOW, SUBMITTED, Trip, chart, expecting, happened, in_segment, send

PAID = expecting("OrderPaid")


def unpaid(**parts: object) -> Chart:
    steps = {
        "hold": Wait(2 * HOUR, "offer"),
        "offer": send("claim"),
        "claim": Wait(DAY, "done"),
        "done": Exit("finished"),
        "exits": (PAID,),
    }
    return chart(**(steps | parts))  # type: ignore[arg-type]  # parts of a chart by their names


def inside(at: int = 0, **parts: object) -> Trip:
    trip = Trip(unpaid(**parts))
    trip.enter()
    if at:
        trip.wake(at)
    return trip


def sends(trip: Trip) -> int:
    return len(trip.of(Send))


def test_unpaid_after_two_hours_gets_one_coupon() -> None:
    trip = inside()
    for at in (HOUR, 2 * HOUR, 2 * HOUR + GRACE, 2 * HOUR + GRACE, 3 * HOUR):
        trip.wake(at)
    assert sends(trip) == 1


def test_who_paid_at_one_fifty_nine_gets_none_whenever_the_timer_comes() -> None:
    trip = inside()
    trip.hear(happened("OrderPaid", 2 * HOUR - MINUTE))
    trip.wake(2 * HOUR + GRACE)
    assert (trip.run.state, trip.run.reason, trip.run.ended_at) == (RunState.ENDED, "exited", NOW + 2 * HOUR - MINUTE)
    assert sends(trip) == 0


@pytest.mark.parametrize("at", [2 * HOUR - 1, 2 * HOUR, 2 * HOUR + 1, 2 * HOUR + GRACE - 1])
def test_a_payment_heard_of_within_the_grace_ends_it_whether_before_or_after_the_two_hours(at: int) -> None:
    trip = inside()
    trip.hear(happened("OrderPaid", at), at=2 * HOUR + GRACE - 1)
    trip.wake(2 * HOUR + GRACE)
    assert (trip.run.reason, sends(trip)) == ("exited", 0)


def test_the_end_tells_which_rule_and_which_event() -> None:
    trip = inside()
    paid = happened("OrderPaid", HOUR)
    trip.hear(paid)
    assert trip.run.visits[-1].outcome == "exit"
    why = trip.run.visits[-1].why
    assert why is not None
    assert (why["where"], why["event"], why["at"]) == ("exit/0", "OrderPaid", "2026-11-21T23:26:40.000Z")
    told = trip.of(Tell)[-1]
    assert (told.name, told.properties["reason"], told.properties["node"]) == ("$journey_exited", "exited", "hold")


def test_messages_that_are_not_out_are_called_back() -> None:
    trip = inside(2 * HOUR + GRACE)
    (message,) = [one.message for one in trip.run.sent]
    trip.hear(happened("OrderPaid", 3 * HOUR))
    assert trip.of(Withdraw) == [Withdraw(trip.run.id, (message,))]


def test_a_message_that_nobody_has_asked_for_yet_is_not_asked_for() -> None:
    """The click that sends and the payment come in one batch."""
    claim = WaitFor(((expecting("Clicked", "nodes/claim/wait_for"), "offer"),), HOUR, "done")
    trip = inside(claim=claim, offer=send("hold"), start="claim")
    trip.hear(happened("Clicked", MINUTE), happened("OrderPaid", MINUTE + 1))
    assert (trip.run.reason, trip.run.sent, sends(trip), trip.of(Withdraw)) == ("exited", (), 0, [])


def test_a_payment_that_arrives_late_ends_the_run_wherever_it_is_by_then() -> None:
    trip = inside(2 * HOUR + GRACE)
    trip.hear(happened("OrderPaid", HOUR), at=3 * HOUR)
    assert (trip.run.reason, trip.run.node) == ("exited", "claim")
    assert trip.run.ended_at == NOW + 2 * HOUR, "it had been there since"


def test_what_happened_before_the_entry_does_not_end_it_and_what_happened_with_it_does() -> None:
    assert not inside().hear(happened("OrderPaid", -1), at=HOUR)
    assert inside().hear(happened("OrderPaid", 0))


def test_the_event_that_entered_does_not_end_its_own_run() -> None:
    trip = inside(exits=(expecting("OrderSubmitted"),))
    assert not trip.hear(happened("OrderSubmitted"))


def test_one_event_ends_a_run_and_begins_the_next() -> None:
    trip = inside(exits=(expecting("OrderSubmitted"),))
    newer = happened("OrderSubmitted", HOUR)
    trip.hear(newer)
    assert trip.enter(newer) == ""
    assert [run.reason for run in trip.enrolment.runs] == ["", "exited"]


def test_only_the_run_of_the_order_that_was_paid_ends() -> None:
    door = Door(expected=SUBMITTED, key="properties.order_id", re_entry=ReEntry(Policy.AFTER_EXIT))
    trip = Trip(unpaid(door=door, exits=(expecting("OrderPaid", match={"properties.order_id": "entry.key"}),)))
    for number, order in enumerate(("A1", "A2", "A3")):
        trip.enter(happened("OrderSubmitted", number, order_id=order))
    trip.hear(happened("OrderPaid", HOUR, order_id="A2"))
    assert {run.key: run.reason for run in trip.enrolment.runs} == {"A1": "", "A2": "exited", "A3": ""}


def test_entering_a_segment_ends_it() -> None:
    trip = inside(exits=(in_segment("buyers", place="exit/0"),))
    assert not trip.hear(happened("$segment_entered", 1, kind=Kind.DERIVED, segment="others"))
    assert trip.hear(happened("$segment_entered", 1, kind=Kind.DERIVED, segment="buyers"))


@pytest.mark.parametrize("kind", [Kind.PROFILE, Kind.LINK, Kind.UNLINK])
def test_what_is_no_deed_ends_nothing(kind: Kind) -> None:
    assert not inside().hear(happened("OrderPaid", 1, kind=kind))


def test_exit_comes_first_then_the_goal_and_what_the_run_waits_for_no_more() -> None:
    claim = WaitFor(((expecting("OrderPaid", "nodes/claim/wait_for"), "offer"),), HOUR, "done")
    trip = inside(claim=claim, offer=send("done"), start="claim", goal=Goal(PAID, (("1d", DAY),)))
    trip.hear(happened("OrderPaid", MINUTE))
    assert (trip.run.reason, sends(trip)) == ("exited", 0)
    assert trip.run.reached is not None


def test_heard_twice_ends_once() -> None:
    trip = inside(2 * HOUR + GRACE)
    paid = happened("OrderPaid", 3 * HOUR)
    trip.hear(paid)
    assert not trip.hear(paid, at=4 * HOUR)
    assert len(trip.of(Withdraw)) == 1


def test_messages_of_a_run_that_has_come_to_its_end_are_called_back_once() -> None:
    """It was night, the coupon waits for the morning, and the order is paid before."""
    trip = Trip(chart(offer=send("done"), done=Exit("finished"), exits=(PAID,)))
    trip.enter()
    assert trip.hear(happened("OrderPaid", HOUR))
    assert trip.run.reason == "finished", "how it ended stays as it was"
    assert trip.of(Withdraw) == [Withdraw(trip.run.id, (trip.run.sent[0].message,))]
    assert not trip.hear(happened("OrderPaid", 2 * HOUR))
    late = Trip(chart(offer=send("done"), done=Exit("finished"), exits=(PAID,)))
    late.enter()
    assert not late.hear(happened("OrderPaid", 3 * DAY)), "they are out, or will never be"


def test_a_run_of_a_version_that_is_not_at_hand_stays_as_it_is() -> None:
    trip = inside()
    trip.charts = {}
    assert not trip.hear(happened("OrderPaid", 1))
    assert not trip.wake(3 * HOUR)


def test_nothing_is_done_after_the_end() -> None:
    trip = inside()
    trip.hear(happened("OrderPaid", 1))
    before = len(trip.done)
    trip.wake(3 * DAY)
    trip.hear(happened("Clicked", 2))
    assert (len(trip.done), trip.of(Done)) == (before, [])
    assert trip.run.visits == (Visit("hold", NOW, NOW + 1, "exit", trip.run.visits[0].why),)
