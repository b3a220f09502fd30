"""Waiting for something to happen: the first of several, in time, counted once."""

from typing import Any

import pytest

from chalicelib.journeys.engine.chart import Door
from chalicelib.journeys.nodes.ending import Exit
from chalicelib.journeys.nodes.wait_for import WaitFor
from chalicelib.journeys.nodes.waiting import Wait
from tests.support.charts import GRACE, HOUR, MINUTE, NOW, SUBMITTED, Somebody, Trip, chart, expecting, happened, in_segment

CLAIMED = expecting("CouponClaimed", "nodes/claim/wait_for")
CLAIM = WaitFor(((CLAIMED, "thanks"),), 15 * MINUTE, "remind")
ENDS: dict[str, Any] = {"thanks": Exit("claimed"), "remind": Exit("unclaimed")}


def waiting(**nodes: Any) -> Trip:
    trip = Trip(chart(**({"claim": CLAIM} | ENDS | nodes)))
    trip.enter()
    return trip


def test_it_goes_on_at_the_event_and_not_at_the_timer() -> None:
    trip = waiting()
    trip.hear(happened("CouponClaimed", MINUTE))
    assert (trip.run.reason, trip.run.ended_at) == ("claimed", NOW + MINUTE)
    assert not trip.wake(15 * MINUTE + GRACE), "the timer finds the run gone on"


def test_after_the_time_out_it_goes_the_other_way() -> None:
    trip = waiting()
    trip.wake(15 * MINUTE + GRACE)
    assert (trip.run.reason, trip.run.ended_at) == ("unclaimed", NOW + 15 * MINUTE)


@pytest.mark.parametrize(("at", "reason"), [(15 * MINUTE, "claimed"), (15 * MINUTE + 1, "unclaimed")])
def test_an_event_on_the_last_millisecond_counts_and_one_later_does_not(at: int, reason: str) -> None:
    trip = waiting()
    trip.hear(happened("CouponClaimed", at), at=15 * MINUTE + GRACE - 1)
    trip.wake(15 * MINUTE + GRACE)
    assert trip.run.reason == reason


def test_an_event_that_arrives_within_the_grace_counts_by_its_own_time() -> None:
    trip = waiting()
    assert not trip.wake(15 * MINUTE), "nothing is acted on before the grace is over"
    assert trip.hear(happened("CouponClaimed", 14 * MINUTE), at=15 * MINUTE + GRACE - 1)
    assert (trip.run.reason, trip.run.ended_at) == ("claimed", NOW + 14 * MINUTE)


def test_an_event_that_arrives_after_the_grace_finds_the_run_gone_on() -> None:
    trip = waiting()
    trip.wake(15 * MINUTE + GRACE)
    assert not trip.hear(happened("CouponClaimed", 14 * MINUTE), at=15 * MINUTE + GRACE + 1)
    assert trip.run.reason == "unclaimed"


def test_an_event_of_before_the_stay_does_not_count() -> None:
    trip = Trip(chart(hold=Wait(HOUR, "claim"), claim=CLAIM, **ENDS))
    trip.enter()
    trip.wake(HOUR + GRACE)
    assert not trip.hear(happened("CouponClaimed", HOUR - 1), at=HOUR + GRACE + 1)
    assert trip.hear(happened("CouponClaimed", HOUR), at=HOUR + GRACE + 2)


def test_the_first_of_several_events_says_where_it_goes() -> None:
    several = WaitFor(((CLAIMED, "thanks"), (expecting("CouponRefused", "nodes/claim/wait_for/1"), "pity")), 15 * MINUTE, "remind")
    trip = waiting(claim=several, pity=Exit("refused"))
    trip.hear(happened("CouponClaimed", 2 * MINUTE), happened("CouponRefused", MINUTE))
    assert trip.run.reason == "refused"
    assert trip.path[0] == ("claim", "1")
    why = trip.run.visits[0].why
    assert why is not None
    assert (why["where"], why["event"]) == ("nodes/claim/wait_for/1", "CouponRefused")


def test_one_event_ends_one_wait_and_not_two_that_are_alike() -> None:
    trip = waiting(thanks=WaitFor(((CLAIMED, "twice"),), HOUR, "remind"), twice=Exit("claimed twice"))
    claimed = happened("CouponClaimed", MINUTE)
    trip.hear(claimed)
    assert not trip.hear(claimed, at=2 * MINUTE)
    assert trip.run.node == "thanks"
    trip.hear(happened("CouponClaimed", MINUTE, key="another"))
    assert trip.run.reason == "claimed twice"


def test_the_event_that_entered_is_not_waited_for_by_its_own_run() -> None:
    trip = waiting(claim=WaitFor(((expecting("OrderSubmitted"), "thanks"),), HOUR, "remind"))
    assert not trip.hear(happened("OrderSubmitted"))
    assert trip.hear(happened("OrderSubmitted", MINUTE))


def test_who_is_in_the_segment_already_has_nothing_to_wait_for() -> None:
    node = WaitFor(((in_segment("vip"), "thanks"),), 15 * MINUTE, "remind")
    trip = Trip(chart(claim=node, **ENDS), Somebody(segments={"vip"}))
    trip.enter()
    assert trip.run.reason == "claimed"


def test_entering_the_segment_ends_the_wait_and_leaving_another_one_does_not() -> None:
    trip = waiting(claim=WaitFor(((in_segment("vip"), "thanks"),), 15 * MINUTE, "remind"))
    assert not trip.hear(happened("$segment_entered", 1, segment="other"))
    assert not trip.hear(happened("$segment_left", 1, segment="vip"))
    assert trip.hear(happened("$segment_entered", 1, segment="vip"))
    assert trip.run.reason == "claimed"


def test_waiting_for_somebody_to_leave_a_segment() -> None:
    node = WaitFor(((in_segment("trial", entered=False), "thanks"),), 15 * MINUTE, "remind")
    assert Trip(chart(claim=node, **ENDS), Somebody(segments={"trial"})).enter() == ""
    trip = Trip(chart(claim=node, **ENDS), Somebody())
    trip.enter()
    assert trip.run.reason == "claimed"


def test_an_event_is_meant_when_it_has_what_the_run_knows() -> None:
    paid = expecting("OrderPaid", match={"properties.order_id": "entry.key"})
    door = Door(expected=SUBMITTED, key="properties.order_id")
    trip = Trip(chart(door=door, claim=WaitFor(((paid, "thanks"),), HOUR, "remind"), **ENDS))
    trip.enter(order_id="A1")
    assert not trip.hear(happened("OrderPaid", 1, order_id="A2"))
    assert not trip.hear(happened("OrderPaid", 2))
    assert trip.hear(happened("OrderPaid", 3, order_id="A1"))
