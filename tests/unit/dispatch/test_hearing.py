"""What receipts and clicks make of a message: the same in any order, however often they come, and never less than was known."""

from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.dispatch import states
from chalicelib.dispatch.model import Message, State
from chalicelib.dispatch.news import Receipt
from chalicelib.messages.policy.model import Tried
from chalicelib.providers.model import Fate, Result
from tests.unit.dispatch import samples
from tests.unit.dispatch.samples import (
    EVERY_STATE,
    MINUTE,
    NOW,
    SECOND,
    SMS,
    WECHAT,
    claimed,
    doubtful,
    fallen_back,
    outcome,
    receipt,
    settled,
)

S = State
GOOD, BAD = receipt(Fate.DELIVERED), receipt(Fate.FAILED, reason="address_blocked")
KNOWN = {S.QUEUED: 0, S.CLAIMED: 0, S.UNKNOWN: 1, S.SENT: 1, S.FAILED: 2, S.DELIVERED: 3, S.CLICKED: 4}


def heard(message: Message, *news: Receipt | str) -> Message:
    def one(before: Message, what: Receipt | str) -> Message:
        if isinstance(what, str):
            return states.clicked(before, NOW + MINUTE)
        return states.received(before, what, NOW + MINUTE)

    return reduce(one, news, message)


@pytest.mark.parametrize(
    ("before", "good", "bad"),
    [
        (S.ACCEPTED, S.ACCEPTED, S.ACCEPTED),
        (S.DEFERRED, S.DEFERRED, S.DEFERRED),
        (S.QUEUED, S.DELIVERED, S.QUEUED),
        (S.CLAIMED, S.DELIVERED, S.FAILED),
        (S.SENT, S.DELIVERED, S.FAILED),
        (S.UNKNOWN, S.DELIVERED, S.FAILED),
        (S.FAILED, S.DELIVERED, S.FAILED),
        (S.DELIVERED, S.DELIVERED, S.DELIVERED),
        (S.CLICKED, S.CLICKED, S.CLICKED),
        (S.REFUSED, S.REFUSED, S.REFUSED),
    ],
)
def test_what_a_receipt_makes_of_each_state(before: State, good: State, bad: State) -> None:
    message = EVERY_STATE[before]()
    for news, after in ((GOOD, good), (BAD, bad)):
        found = heard(message, news)
        assert found.state is after
        assert (found is message) is (after is before)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (S.ACCEPTED, S.ACCEPTED),
        (S.DEFERRED, S.DEFERRED),
        (S.QUEUED, S.QUEUED),
        (S.CLAIMED, S.CLICKED),
        (S.SENT, S.CLICKED),
        (S.UNKNOWN, S.CLICKED),
        (S.FAILED, S.CLICKED),
        (S.DELIVERED, S.CLICKED),
        (S.CLICKED, S.CLICKED),
        (S.REFUSED, S.REFUSED),
    ],
)
def test_what_a_click_makes_of_each_state(before: State, after: State) -> None:
    assert heard(EVERY_STATE[before](), "click").state is after


def test_why_it_did_not_arrive_is_told() -> None:
    assert heard(settled(), BAD).reason == "address_blocked"
    assert heard(settled(), receipt(Fate.FAILED)).reason == "receipt_failed"


def test_a_message_that_did_not_arrive_may_go_another_way() -> None:
    assert [one.result for one in heard(settled(), BAD).tried] == [Tried.FAILED]


def test_a_receipt_settles_a_call_of_which_nobody_knew() -> None:
    assert heard(doubtful(), GOOD).state is S.DELIVERED
    assert heard(doubtful(), BAD).state is S.FAILED


def test_the_time_of_a_receipt_is_the_platforms_within_reason() -> None:
    assert heard(settled(), receipt(at=NOW + 30 * SECOND)).at == NOW + 30 * SECOND
    assert heard(settled(), receipt(at=NOW)).at == settled().at  # whole seconds, cut off
    assert heard(settled(), receipt(at=NOW + 3 * MINUTE)).at == NOW + MINUTE
    assert heard(settled(), receipt(at=0)).at == NOW + MINUTE


@pytest.mark.parametrize("news", [receipt(trip=SMS), receipt(reference="4412")], ids=["another channel", "another number"])
def test_a_receipt_of_something_else_changes_nothing(news: Receipt) -> None:
    sent = settled()
    assert heard(sent, news) is sent


def test_a_late_receipt_of_the_first_way_stops_the_second() -> None:
    waiting = states.queued(settled(), SMS, NOW + 30 * SECOND, "no_receipt")
    message = heard(waiting, GOOD)
    assert (message.state, message.trail[-1].channel) == (S.DELIVERED, "template")
    assert [one.result for one in message.tried] == [Tried.DELIVERED, Tried.NOT_SENT]
    assert message.rev == waiting.rev + 1


def test_a_late_receipt_of_the_first_way_waits_for_whoever_calls_by_the_second() -> None:
    mine = states.claimed(states.queued(settled(), SMS, NOW + 30 * SECOND), NOW + 31 * SECOND)
    found = heard(mine, GOOD)
    assert (found.state, found.tried[0].result) == (S.CLAIMED, Tried.DELIVERED)
    failed = states.settled(found, outcome(Result.UNREACHABLE), 0, NOW + 2 * MINUTE, 0.5)
    assert (failed.state, failed.trail[-1].channel) == (S.DELIVERED, "template")
    assert states.settled(found, outcome(Result.RETRY), 0, NOW + 2 * MINUTE, 0.5).state is S.DELIVERED
    assert states.settled(found, samples.SENT, 0, NOW + 2 * MINUTE, 0.5).state is S.SENT


def test_a_late_refusal_of_the_first_way_is_noted_and_no_more() -> None:
    waiting = states.queued(settled(), SMS, NOW + 30 * SECOND)
    message = heard(waiting, BAD)
    assert (message.state, message.tried[0].result) == (S.QUEUED, Tried.FAILED)
    assert heard(message, BAD) is message


def test_of_two_numbers_the_receipt_says_which() -> None:
    other = replace(SMS, address="13900000000")
    second = states.queued(settled(outcome(Result.UNREACHABLE), SMS), other, NOW + 5 * SECOND)
    sent = states.settled(states.claimed(second, NOW + 6 * SECOND), samples.SENT, 0, NOW + 7 * SECOND, 0.5)
    assert heard(sent, receipt(Fate.FAILED, SMS, address="13800000000")) is sent
    assert heard(sent, receipt(Fate.FAILED, SMS, address="13900000000")).state is S.FAILED
    assert heard(sent, receipt(Fate.FAILED, SMS, reference="4411")).state is S.FAILED


def test_a_click_in_the_first_message_stops_the_second() -> None:
    message = heard(fallen_back(), "click")
    assert message.state is S.CLICKED
    assert [one.result for one in message.tried] == [Tried.FAILED, Tried.NOT_SENT]


def test_a_click_on_a_message_that_nobody_sent_proves_nothing() -> None:
    back = settled(outcome(Result.RETRY))
    assert heard(back, "click") is back
    assert heard(doubtful(), "click").state is S.CLICKED


NEWS = st.sampled_from([GOOD, BAD, receipt(trip=SMS), receipt(Fate.FAILED, SMS), receipt(reference="4411"), "click"])
STARTS = st.sampled_from(
    [
        claimed,
        doubtful,
        settled,
        lambda: settled(outcome(Result.UNKNOWN)),
        fallen_back,
        lambda: states.queued(settled(), SMS, NOW + SECOND * 9),
    ]
)


@given(STARTS, st.lists(NEWS, max_size=8))
def test_nothing_that_is_known_is_taken_back(start: Callable[[], Message], news: list[Receipt | str]) -> None:
    message: Message = start()
    for one in news:
        after = heard(message, one)
        assert KNOWN[after.state] >= KNOWN[message.state]
        assert after.rev == message.rev + (after is not message)
        assert len(after.trail) - len(message.trail) in (0, 1)
        message = after


@given(STARTS, st.lists(NEWS, max_size=6), st.randoms())
def test_news_may_come_in_any_order_and_twice(start: Callable[[], Message], news: list[Receipt | str], chance: Random) -> None:
    message: Message = start()
    shuffled = chance.sample(news * 2, 2 * len(news))
    assert heard(message, *news).state is heard(message, *shuffled).state


def test_the_same_receipt_twice_is_written_once() -> None:
    once = heard(settled(), GOOD)
    assert heard(once, GOOD) is once
    assert WECHAT.channel.value == once.trail[-1].channel
