"""A person is looked at again at an instant, though nothing happens: soon by the queue, later by the state machine."""

import json
from typing import Any, Final

import pytest

from chalicelib.audiences.timers import RECHECKS
from chalicelib.entrypoints.recheck_cohort import recheck_cohort
from chalicelib.settings import settings
from chalicelib.timers import sending, timers
from chalicelib.timers.model import DELAY_MS, EARLY_MS, SLEEP_MS, Cohort, Due, due_of
from chalicelib.timers.records import cohort_key
from chalicelib.timers.shards import SHARDS, shard_of
from infra.mappings import QueueMapping
from tests.support.aws import Stack
from tests.support.clock import Clock
from tests.support.deliveries import Context, Payload
from tests.support.pump import Pump

NOW: Final = 1_795_300_000_000
SECOND: Final = 1000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
QUEUE: Final = QueueMapping("recheck", "rechecks", batch_size=10, concurrency=10)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(NOW)
    clock.install(monkeypatch, sending)
    return clock


class Rings:
    """Stands in for the recheck lambda: notes who it was asked to look at, and when; arms again what came too early, as it does."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.heard: list[tuple[str, int]] = []

    def __call__(self, event: Payload, _context: Any) -> Payload:
        for record in event["Records"]:
            one = due_of(record["body"])
            if self.clock.now < one.at:
                RECHECKS.arm([one], self.clock.now)
            else:
                self.heard.append((one.subject, self.clock.now - NOW))
        return {"batchItemFailures": []}


@pytest.fixture
def rings(clock: Clock) -> Rings:
    return Rings(clock)


@pytest.fixture
def pump(stack: Stack, clock: Clock, rings: Rings) -> Pump:
    pump = Pump(stack, clock=clock)
    pump.queue(QUEUE, rings)
    pump.machine(recheck_cohort)
    pump.drain()
    return pump


def until(pump: Pump, clock: Clock, end: int) -> None:
    """Lets the time go on to `end` ms after NOW: in large steps first, in small ones for the last minutes."""
    pump.drain()
    while clock.now < NOW + end:
        left = NOW + end - clock.now
        clock.pass_by(min(left, 10 * SECOND) if left <= 3 * MINUTE else min(left - 3 * MINUTE, HOUR))
        pump.drain()


def executions(stack: Stack) -> list[str]:
    found = stack.client("stepfunctions").list_executions(stateMachineArn=settings().recheck_timer_arn)
    return sorted(one["name"] for one in found["executions"])


@pytest.mark.parametrize("wait", [0, 1, SECOND, MINUTE, 14 * MINUTE, DELAY_MS])
def test_a_near_instant_rings_once_it_has_come_and_needs_no_state_machine(
    stack: Stack, pump: Pump, clock: Clock, rings: Rings, wait: int
) -> None:
    RECHECKS.arm([Due("p_1", NOW + wait)], clock.now)
    if wait:
        until(pump, clock, wait - 1)
        assert rings.heard == []
    until(pump, clock, wait + SECOND)
    assert [person for person, _ in rings.heard] == ["p_1"]
    assert executions(stack) == []
    assert stack.items("timers") == []


@pytest.mark.parametrize("wait", [DELAY_MS + 1, 20 * MINUTE, HOUR + 7 * SECOND + 3, 49 * HOUR, 70 * DAY])
def test_a_far_instant_rings_within_its_second(stack: Stack, pump: Pump, clock: Clock, rings: Rings, wait: int) -> None:
    RECHECKS.arm([Due("p_1", NOW + wait)], clock.now)
    assert len(executions(stack)) == 1
    until(pump, clock, wait - 1)
    assert len(executions(stack)) == 1 + wait // SLEEP_MS
    assert rings.heard == []
    until(pump, clock, wait + SECOND)
    assert [person for person, _ in rings.heard] == ["p_1"]


def test_no_execution_sleeps_for_longer_than_it_may_live(stack: Stack, clock: Clock) -> None:
    RECHECKS.arm([Due("p_1", NOW + 730 * DAY)], clock.now)
    ((_, minute, _),) = [name.rsplit("-", 2) for name in executions(stack)]
    assert NOW + SLEEP_MS - MINUTE < int(minute) <= NOW + SLEEP_MS


def test_an_instant_that_has_passed_rings_at_once(pump: Pump, clock: Clock, rings: Rings) -> None:
    RECHECKS.arm([Due("p_1", NOW - HOUR)], clock.now)
    pump.drain()
    assert rings.heard == [("p_1", 0)]


def test_all_of_a_minute_share_an_execution_for_each_shard(stack: Stack, pump: Pump, clock: Clock, rings: Rings) -> None:
    people = [f"p_{number}" for number in range(40)]
    at = NOW - NOW % MINUTE + HOUR
    RECHECKS.arm([Due(person, at + 1000 * place) for place, person in enumerate(people)], clock.now)
    assert executions(stack) == sorted(RECHECKS.execution(Cohort(at, shard)) for shard in range(SHARDS))
    until(pump, clock, HOUR + MINUTE)
    assert sorted(person for person, _ in rings.heard) == sorted(people)


def test_two_timers_of_a_person_in_one_minute_both_ring(pump: Pump, clock: Clock, rings: Rings) -> None:
    at = NOW - NOW % MINUTE + HOUR
    RECHECKS.arm([Due("p_1", at + 40 * SECOND)], clock.now)
    RECHECKS.arm([Due("p_1", at + 10 * SECOND)], clock.now)
    until(pump, clock, HOUR + MINUTE)
    first, second = (NOW + when - at for _, when in rings.heard)
    assert 10 * SECOND <= first <= 21 * SECOND
    assert 40 * SECOND <= second <= 51 * SECOND


def test_arming_twice_rings_once(pump: Pump, clock: Clock, rings: Rings) -> None:
    for _ in range(2):
        RECHECKS.arm([Due("p_1", NOW + HOUR)] * 2, clock.now)
        RECHECKS.forget()  # another process
    until(pump, clock, HOUR + MINUTE)
    assert [person for person, _ in rings.heard] == ["p_1"]


def test_a_cohort_that_was_sent_already_does_not_swallow_a_timer(stack: Stack, pump: Pump, clock: Clock, rings: Rings) -> None:
    at = NOW + HOUR
    RECHECKS.arm([Due("p_1", at)], clock.now)
    states = stack.client("stepfunctions")
    for one in states.list_executions(stateMachineArn=settings().recheck_timer_arn)["executions"]:
        states.stop_execution(executionArn=one["executionArn"])
    RECHECKS.forget()
    RECHECKS.arm([Due("p_1", at)], clock.now)
    until(pump, clock, HOUR - 1)
    assert rings.heard == []
    until(pump, clock, HOUR + SECOND)
    assert [person for person, _ in rings.heard] == ["p_1"]


@pytest.mark.parametrize("within", [0, 1, MINUTE - 1])
def test_an_item_is_written_long_before_its_cohort_wakes(within: int) -> None:
    """The nearest instant that becomes an item, at any place in its minute: minutes are left for the write, whatever the clock says."""
    for now in range(NOW + within, NOW + within + 2 * MINUTE, 7 * SECOND):
        nearest = Due("p_1", now + DELAY_MS + 1)
        assert Cohort.of(nearest, now).wake - now >= DELAY_MS - EARLY_MS - MINUTE == 13 * MINUTE


def test_a_large_cohort_is_sent_page_by_page(stack: Stack, pump: Pump, clock: Clock, rings: Rings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timers, "PAGE", 3)
    monkeypatch.setattr(sending, "STOP_MS", 30_000)  # no time for a page: the state machine calls again and again
    assert recheck_cohort({"minute": 0, "shard": 0, "cursor": None, "done": False}, Context("c", "r"))["done"] is False
    monkeypatch.setattr(sending, "STOP_MS", 0)
    mine = [f"p_{number}" for number in range(60) if shard_of(f"p_{number}") == 0]
    at = NOW - NOW % MINUTE + HOUR
    RECHECKS.arm([Due(person, at) for person in mine], clock.now)
    until(pump, clock, HOUR + MINUTE)
    assert sorted(person for person, _ in rings.heard) == sorted(mine)


def test_a_page_says_where_to_go_on(stack: Stack, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timers, "PAGE", 2)
    at = NOW - NOW % MINUTE + HOUR
    cohort = Cohort(at, 0)
    mine = [f"p_{number}" for number in range(40) if shard_of(f"p_{number}") == 0][:5]
    RECHECKS.arm([Due(person, at + 1000 * place) for place, person in enumerate(mine)], clock.now)
    found, cursor = RECHECKS.page(cohort, None)
    while cursor:
        more, cursor = RECHECKS.page(cohort, cursor)
        found += more
    assert [one.subject for one in found] == mine


def test_timers_expire_after_a_week(stack: Stack, clock: Clock) -> None:
    RECHECKS.arm([Due("p_1", NOW + HOUR)], clock.now)
    (item,) = stack.items("timers")
    minute = (NOW + HOUR) // MINUTE * MINUTE
    assert item["pk"]["S"] == cohort_key("recheck", minute, shard_of("p_1"))
    assert int(item["expires"]["N"]) == minute // 1000 + 7 * 86_400


def test_what_sqs_refuses_is_not_forgotten(stack: Stack, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        def send_message_batch(self, **_: Any) -> dict[str, Any]:
            return {"Failed": [{"Id": "0", "Message": "throttled"}]}

    monkeypatch.setattr(timers, "_queue_client", Refusing)
    with pytest.raises(timers.NotSent, match="throttled"):
        RECHECKS.arm([Due("p_1", NOW + MINUTE)], clock.now)


def test_a_message_says_who_and_when(stack: Stack, clock: Clock) -> None:
    RECHECKS.arm([Due("p_1", NOW)], clock.now)
    (body,) = stack.messages("rechecks")
    assert json.loads(body) == {"subject": "p_1", "at": NOW}
