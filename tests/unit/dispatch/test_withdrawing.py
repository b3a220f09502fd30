"""Whoever asked for a message does not want it any more: what is not out does not go."""

from dataclasses import replace

import pytest

from chalicelib.dispatch import states
from chalicelib.dispatch.model import Message, State
from chalicelib.dispatch.withdrawing import withdrawn
from chalicelib.messages.policy.model import Tried
from chalicelib.providers.model import Result
from tests.unit.dispatch import samples
from tests.unit.dispatch.samples import EVERY_STATE, MINUTE, NOW, SMS, outcome

LATER = NOW + MINUTE
WHY = "journey_exited"


@pytest.mark.parametrize("state", [State.ACCEPTED, State.DEFERRED, State.QUEUED])
def test_what_waits_to_go_out_is_refused(state: State) -> None:
    after = withdrawn(EVERY_STATE[state](), WHY, LATER)
    assert (after.state, after.reason, after.at) == (State.REFUSED, WHY, LATER)


def test_the_place_of_what_waited_in_a_queue_is_given_back() -> None:
    after = withdrawn(samples.queued(), WHY, LATER)
    assert [one.result for one in after.tried] == [Tried.NOT_SENT]


def test_of_what_may_have_gone_out_already_nobody_says_that_it_did_not() -> None:
    assert withdrawn(samples.doubtful(), WHY, LATER).state is State.UNKNOWN


@pytest.mark.parametrize("state", [State.SENT, State.CLAIMED, State.UNKNOWN, State.FAILED])
def test_what_is_on_its_way_stays_so_but_is_worth_no_other_way(state: State) -> None:
    before = EVERY_STATE[state]()
    after = withdrawn(before, WHY, LATER)
    assert (after.state, after.trail, after.trip) == (before.state, before.trail, before.trip)
    assert (after.order.expires, after.rev) == (LATER, before.rev + 1)


def test_a_call_that_is_under_way_is_settled_as_ever() -> None:
    claimed = samples.claimed()
    after = states.settled(withdrawn(claimed, WHY, LATER), samples.SENT, 0, LATER, 0.5)
    assert after.state is State.SENT


def test_a_call_that_came_to_nothing_is_not_tried_again() -> None:
    claimed = withdrawn(samples.claimed(), WHY, LATER)
    after = states.settled(claimed, outcome(Result.RETRY), 0, LATER, 0.5)
    assert after.state is State.FAILED


def test_a_second_way_that_waits_is_given_up_and_the_first_may_still_turn_out_to_have_arrived() -> None:
    waiting = states.queued(samples.settled(), SMS, LATER)
    after = withdrawn(waiting, WHY, LATER)
    assert (after.state, after.reason, after.order.expires) == (State.FAILED, WHY, LATER)
    assert states.received(after, samples.receipt(), LATER).state is State.DELIVERED


def test_a_second_way_that_is_put_off_is_given_up() -> None:
    waiting = states.deferred(samples.settled(), LATER + MINUTE, "quiet_hours", {}, LATER)
    after = withdrawn(waiting, WHY, LATER)
    assert (after.state, after.reason, after.order.expires) == (State.FAILED, WHY, LATER)


@pytest.mark.parametrize("state", [State.REFUSED, State.DELIVERED, State.CLICKED])
def test_what_is_over_is_let_be(state: State) -> None:
    before = EVERY_STATE[state]()
    assert withdrawn(before, WHY, LATER) is before


@pytest.mark.parametrize("state", State)
def test_withdrawing_twice_is_withdrawing_once(state: State) -> None:
    once: Message = withdrawn(EVERY_STATE[state](), WHY, LATER)
    assert withdrawn(once, WHY, LATER + MINUTE) is once


def test_a_message_that_was_worth_nothing_before_keeps_its_end() -> None:
    sent = samples.settled()
    before = replace(sent, order=replace(sent.order, expires=NOW))
    assert withdrawn(before, WHY, LATER) is before
