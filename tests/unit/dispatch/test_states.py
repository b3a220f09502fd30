"""Which way a message goes from state to state, and that it leaves a trail of it."""

from dataclasses import replace

import pytest

from chalicelib.dispatch import states
from chalicelib.dispatch.model import NEVER, Message, State, Step
from chalicelib.dispatch.states import LEASE_MS, TransitionForbidden, may_follow
from chalicelib.messages.policy.model import Tried
from chalicelib.providers.model import Result
from tests.unit.dispatch import samples
from tests.unit.dispatch.samples import EVERY_STATE, KEYED, MINUTE, NOW, SECOND, SMS, WECHAT

S = State
ALLOWED = {
    S.ACCEPTED: {S.DEFERRED, S.QUEUED, S.REFUSED},
    S.DEFERRED: {S.DEFERRED, S.QUEUED, S.REFUSED, S.FAILED, S.DELIVERED, S.CLICKED},
    S.QUEUED: {S.QUEUED, S.CLAIMED, S.REFUSED, S.FAILED, S.UNKNOWN, S.SENT, S.DELIVERED, S.CLICKED},
    S.CLAIMED: {S.CLAIMED, S.QUEUED, S.SENT, S.FAILED, S.UNKNOWN, S.DELIVERED, S.CLICKED},
    S.SENT: {S.QUEUED, S.DEFERRED, S.FAILED, S.DELIVERED, S.CLICKED},
    S.UNKNOWN: {S.SENT, S.FAILED, S.DELIVERED, S.CLICKED},
    S.FAILED: {S.QUEUED, S.DEFERRED, S.DELIVERED, S.CLICKED},
    S.DELIVERED: {S.CLICKED},
    S.CLICKED: set(),
    S.REFUSED: set(),
}


@pytest.mark.parametrize("before", State)
@pytest.mark.parametrize("after", State)
def test_which_state_may_follow_which(before: State, after: State) -> None:
    assert may_follow(before, after) is (after in ALLOWED[before])


@pytest.mark.parametrize("before", [S.UNKNOWN, S.SENT, S.DELIVERED, S.CLICKED, S.REFUSED, S.FAILED, S.ACCEPTED, S.DEFERRED])
def test_only_what_is_queued_or_claimed_is_claimed(before: State) -> None:
    with pytest.raises(TransitionForbidden):
        states.claimed(EVERY_STATE[before](), NOW)


@pytest.mark.parametrize("before", [S.UNKNOWN, S.DELIVERED, S.CLICKED, S.REFUSED])
def test_nothing_is_queued_again_that_may_have_arrived(before: State) -> None:
    with pytest.raises(TransitionForbidden):
        states.queued(EVERY_STATE[before](), SMS, NOW + MINUTE)


@pytest.mark.parametrize("state", State)
def test_the_last_step_of_the_trail_is_the_state(state: State) -> None:
    message = EVERY_STATE[state]()
    assert message.state is state
    assert (message.trail[-1].state, message.trail[-1].at, message.trail[-1].reason) == (state, message.at, message.reason)


def test_a_trail_tells_every_state_with_time_reason_and_channel() -> None:
    assert samples.settled(samples.outcome(Result.REFUSED, "content_refused")).trail == (
        Step(S.ACCEPTED, NOW),
        Step(S.QUEUED, NOW + SECOND, "", "template"),
        Step(S.CLAIMED, NOW + 2 * SECOND, "", "template"),
        Step(S.FAILED, NOW + 3 * SECOND, "content_refused", "template"),
    )


def test_every_step_counts_as_one_write() -> None:
    assert [samples.accepted().rev, samples.queued().rev, samples.claimed().rev, samples.settled().rev] == [0, 1, 2, 3]


def test_why_a_message_was_refused_is_kept_with_it() -> None:
    message = states.refused(samples.accepted(), "no_consent", {"checks": [1]}, NOW)
    assert (message.reason, message.why) == ("no_consent", {"checks": [1]})


def test_a_message_that_waited_carries_no_wait_into_the_queue() -> None:
    waiting = EVERY_STATE[S.DEFERRED]()
    assert waiting.until == NOW + MINUTE
    gone = states.queued(waiting, WECHAT, NOW + MINUTE)
    assert (gone.until, gone.why) == (NEVER, None)


def test_the_second_way_is_the_second_trip() -> None:
    message = samples.fallen_back()
    assert message.trip is not None
    assert (message.trip.attempt, message.trip.channel) == (1, SMS.channel)
    assert [(one.channel, one.result, one.address) for one in message.tried] == [(WECHAT.channel, Tried.FAILED, "oFan-1")]


def test_a_message_without_a_receipt_in_time_goes_another_way() -> None:
    sent = samples.settled()
    message = states.queued(sent, SMS, NOW + MINUTE, "no_receipt")
    assert [(one.result, one.at) for one in message.tried] == [(Tried.SENT, sent.at)]
    assert message.trip is not None
    assert message.trip.earlier == "template#wx0000000000000001#4411"
    assert states.deferred(sent, NOW + MINUTE, "quiet_hours", None, NOW + 30 * SECOND).tried[0].result is Tried.SENT


def test_a_message_that_waits_for_another_way_fails_when_there_is_none() -> None:
    waiting = states.deferred(samples.settled(samples.outcome(Result.UNREACHABLE)), NOW + MINUTE, "quiet_hours", None, NOW + 4 * SECOND)
    message = states.gave_up(waiting, "no_address", None, NOW + MINUTE)
    assert (message.state, message.reason, len(message.tried)) == (S.FAILED, "no_address", 1)


def test_who_died_with_a_message_is_followed_by_another_call_while_the_key_lives() -> None:
    taken = states.lost(samples.claimed(), NOW + LEASE_MS, KEYED, "worker_died")
    assert taken.state is S.CLAIMED
    assert taken.trip is not None
    assert (taken.trip.calls, taken.trip.first_at) == (2, NOW + 2 * SECOND)


@pytest.mark.parametrize(("keyed", "at"), [(0, NOW + LEASE_MS), (KEYED, NOW + 2 * SECOND + KEYED)])
def test_who_died_with_a_message_leaves_it_unknown_where_no_key_protects_it(keyed: int, at: int) -> None:
    message = states.lost(samples.claimed(), at, keyed, "worker_died")
    assert (message.state, message.reason) == (S.UNKNOWN, "worker_died")


def test_a_queued_message_that_must_not_go_any_more_fails() -> None:
    message = states.stopped(samples.queued(), "not_following", NOW + MINUTE)
    assert (message.state, message.reason, message.tried[-1].result) == (S.FAILED, "not_following", Tried.FAILED)


def test_a_cancelled_message_is_refused() -> None:
    message = states.cancelled(samples.queued(), "cancelled", NOW + MINUTE)
    assert (message.state, message.tried[-1].result) == (S.REFUSED, Tried.NOT_SENT)


def test_what_may_have_gone_out_is_neither_failed_nor_refused() -> None:
    assert states.stopped(samples.doubtful(), "not_following", NOW + MINUTE).state is S.UNKNOWN
    assert states.cancelled(samples.doubtful(), "cancelled", NOW + MINUTE).state is S.UNKNOWN


def test_a_message_whose_group_was_never_called_for_is_free_again() -> None:
    group = states.claimed(samples.queued(), NOW + 2 * SECOND, group="g-1")
    message = states.never_called(group, NOW + LEASE_MS)
    assert message.trip is not None
    assert (message.state, message.trip.group, message.trip.calls) == (S.QUEUED, "", 0)
    assert not states.in_doubt(message)


def test_a_trail_does_not_grow_with_a_platform_that_is_busy_for_days() -> None:
    message = samples.queued()
    for minute in range(1, 100):
        mine = states.claimed(message, NOW + minute * MINUTE)
        message = states.settled(mine, samples.outcome(Result.LIMITED, "account_limit"), 0, NOW + minute * MINUTE, 0.5)
    assert [one.state for one in message.trail] == [S.ACCEPTED, S.QUEUED, S.QUEUED]
    assert states.came_back(message)
    assert states.queued_at(message) == NOW + SECOND
    assert message.trail[-1].at == NOW + 99 * MINUTE


def test_a_message_is_new_in_its_queue_only_once_a_trip() -> None:
    assert not states.came_back(samples.queued())
    assert states.came_back(samples.doubtful())
    assert not states.came_back(samples.fallen_back())
    assert not states.came_back(samples.claimed())


def test_when_it_was_queued_and_claimed_can_be_told_of_what_became_of_it() -> None:
    sent = samples.settled()
    assert (states.queued_at(sent), states.claimed_at(sent)) == (NOW + SECOND, NOW + 2 * SECOND)
    assert (states.queued_at(samples.accepted()), states.claimed_at(samples.accepted())) == (NEVER, NEVER)
    assert states.queued_at(samples.fallen_back()) == NOW + 5 * SECOND


def test_a_message_without_a_trip_cannot_be_called_for() -> None:
    broken: Message = replace(samples.queued(), trip=None)
    with pytest.raises(TransitionForbidden):
        states.claimed(broken, NOW)
