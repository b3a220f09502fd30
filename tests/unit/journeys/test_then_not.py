"""Entering by "A, then not B": when what should have followed has not, for so long."""

from typing import Any

import pytest

from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.arrivals import EntryRefusal, Refused
from chalicelib.journeys.engine.chart import Chart, Door, NotThen, Policy, ReEntry
from chalicelib.journeys.engine.model import OUTSIDE, Arm, RunState, Tell, Withdraw
from chalicelib.journeys.nodes.ending import Exit
from chalicelib.journeys.nodes.waiting import Wait
from tests.support.charts import GRACE, HOUR, MINUTE, NOW, SUBMITTED, Somebody, Trip, chart, expecting, happened, send

PAID = expecting("OrderPaid", "entry/then_not", match={"properties.order_id": "entry.key"})


def unpaid(policy: ReEntry | None = None, segment: str = "", person: Somebody | None = None, **parts: Any) -> Trip:
    door = Door(
        expected=SUBMITTED, key="properties.order_id", then_not=NotThen(PAID, 2 * HOUR), segment=segment, re_entry=policy or ReEntry()
    )
    return Trip(chart(door=door, offer=send("hold"), hold=Wait(HOUR, "done"), done=Exit("finished"), **parts), person or Somebody())


def submitted(after: int = 0, order: str = "A1") -> Any:
    return happened("OrderSubmitted", after, order_id=order)


def paid(after: int, order: str = "A1") -> Any:
    return happened("OrderPaid", after, order_id=order)


def test_until_then_the_run_is_outside_and_nobody_is_told() -> None:
    trip = unpaid()
    trip.enter(submitted())
    assert (trip.run.node, trip.run.due, trip.run.inside) == (OUTSIDE, NOW + 2 * HOUR, False)
    assert trip.done == [Arm(trip.run.id, NOW + 2 * HOUR + GRACE)]


def test_without_b_the_person_enters_when_the_time_is_over() -> None:
    trip = unpaid()
    trip.enter(submitted())
    trip.wake(2 * HOUR + GRACE)
    assert (trip.run.node, trip.run.entered_at, trip.run.inside) == ("hold", NOW + 2 * HOUR, True)
    assert trip.path == [(OUTSIDE, "next"), ("offer", "next"), ("hold", "")]
    assert [one.name for one in trip.of(Tell)] == ["$journey_entered"]


@pytest.mark.parametrize(("at", "heard"), [(HOUR, HOUR), (2 * HOUR - MINUTE, 2 * HOUR - MINUTE), (2 * HOUR, 2 * HOUR + GRACE - 1)])
def test_who_paid_at_one_fifty_nine_never_enters(at: int, heard: int) -> None:
    trip = unpaid()
    trip.enter(submitted())
    trip.hear(paid(at), at=heard)
    assert (trip.run.state, trip.run.reason, trip.run.inside) == (RunState.ENDED, "not_entered", False)
    assert not trip.wake(2 * HOUR + GRACE)
    assert trip.of(Tell) == []


def test_who_paid_another_order_or_too_late_enters() -> None:
    trip = unpaid()
    trip.enter(submitted())
    assert not trip.hear(paid(HOUR, "A2"))
    assert not trip.hear(paid(2 * HOUR + 1), at=2 * HOUR + 2)
    trip.wake(2 * HOUR + GRACE)
    assert trip.run.inside


def test_who_paid_in_time_and_is_heard_of_too_late_leaves_at_once() -> None:
    trip = unpaid()
    trip.enter(submitted())
    trip.wake(2 * HOUR + GRACE)
    trip.hear(paid(2 * HOUR - 1), at=2 * HOUR + MINUTE)
    assert trip.run.reason == "exited"
    assert trip.of(Withdraw) == [Withdraw(trip.run.id, tuple(one.message for one in trip.run.sent))]


def test_what_did_not_come_to_be_does_not_count_for_a_limit() -> None:
    trip = unpaid(ReEntry(Policy.AFTER_EXIT, 1, 24 * HOUR))
    trip.enter(submitted())
    assert trip.enter(submitted(MINUTE, "A2")) == "limit", "it may still come to be"
    trip.hear(paid(HOUR))
    assert trip.enter(submitted(HOUR, "A3")) == ""


def test_who_never_enters_twice_may_after_having_been_let_off() -> None:
    trip = unpaid(ReEntry(Policy.NEVER))
    trip.enter(submitted())
    trip.hear(paid(HOUR))
    assert trip.enter(submitted(HOUR + 1)) == ""


def test_the_same_a_again_while_it_waits_begins_nothing_and_neither_does_its_redelivery_afterwards() -> None:
    trip = unpaid()
    trip.enter(submitted())
    assert trip.enter(submitted(MINUTE)) == "inside"
    trip.hear(paid(HOUR))
    assert trip.enter(submitted(), late=HOUR + 1) == ""
    assert trip.run.reason == "not_entered"


def test_the_segment_is_asked_when_the_time_is_over() -> None:
    trip = unpaid(segment="followers")
    trip.enter(submitted())
    trip.wake(2 * HOUR + GRACE)
    assert (trip.run.reason, trip.run.visits[0].why) == ("not_entered", {"because": "not_in_segment", "segment": "followers"})
    trip = unpaid(segment="followers")
    trip.enter(submitted())
    trip.person.segments.add("followers")
    trip.wake(2 * HOUR + GRACE)
    assert trip.run.inside


def test_while_the_segment_is_counted_b_of_then_no_longer_counts_and_b_of_before_still_does() -> None:
    trip = unpaid(segment="followers", person=Somebody(unready={"followers"}))
    trip.enter(submitted())
    trip.wake(2 * HOUR + GRACE)
    assert not trip.hear(paid(2 * HOUR + MINUTE), at=2 * HOUR + MINUTE)
    assert trip.hear(paid(2 * HOUR - 1), at=2 * HOUR + 2 * MINUTE)
    assert trip.run.reason == "not_entered"


def full(_: Chart, __: str) -> EntryRefusal:
    """A gate that lets nobody in."""
    return EntryRefusal(Refused.CAP_REACHED, {"entries": 9})


def test_the_gate_is_asked_when_the_time_is_over_and_who_is_turned_away_has_not_entered() -> None:
    trip = unpaid(ReEntry(Policy.NEVER))
    trip.gate = full
    assert trip.enter(submitted()) == ""
    trip.wake(2 * HOUR + GRACE)
    assert (trip.run.reason, trip.run.visits[0].why, trip.of(Tell)) == ("not_entered", {"because": "cap_reached", "entries": 9}, [])
    trip.gate = engine.anybody
    assert trip.enter(submitted(3 * HOUR)) == "", "it does not count as an entry"


def test_who_is_turned_away_by_the_segment_is_not_brought_to_the_gate() -> None:
    asked: list[str] = []
    trip = unpaid(segment="followers", person=Somebody(unready={"followers"}))
    trip.gate = lambda _, run: asked.append(run)
    trip.enter(submitted())
    trip.wake(2 * HOUR + GRACE)
    trip.person.unready.clear()
    trip.wake(2 * HOUR + MINUTE + 2 * GRACE)
    assert (trip.run.reason, asked) == ("not_entered", [])


def test_an_exit_rule_holds_outside_too() -> None:
    trip = unpaid(exits=(expecting("OrderCancelled"),))
    trip.enter(submitted())
    trip.hear(happened("OrderCancelled", HOUR))
    assert (trip.run.reason, trip.run.inside) == ("not_entered", False)


def test_the_control_group_is_drawn_among_those_who_would_have_entered() -> None:
    trip = unpaid(control=1.0)
    trip.enter(submitted())
    assert trip.run.state is RunState.GOING
    trip.wake(2 * HOUR + GRACE)
    assert (trip.run.state, trip.run.entered_at, trip.run.inside) == (RunState.HELD_OUT, NOW + 2 * HOUR, True)
