"""Many workers, few accounts, virtual time: none calls more than is allowed, what is allowed is used, and a bad account slows no other."""

from collections.abc import Iterator
from random import Random
from typing import Final

import pytest

from chalicelib.channels.buckets import LEASE_MS, Rate
from chalicelib.channels.desks import Desk
from tests.simulation.quick_dynamo import QuickDynamo
from tests.support.throughput import BAD, PER_MINUTE, START, WORKERS, Crowd, Provider, slowed

SECONDS: Final = 60
SEEDS: Final = range(40)
SLOWED_AIM: Final = 0.95  # of what goes out without the bad account


@pytest.fixture
def dynamo() -> Iterator[QuickDynamo]:
    quick = QuickDynamo()
    with quick.serving():
        yield quick


def _most_over(times: list[int], per_minute: int) -> float:
    """By how many calls a window holds more than the rate alone allows, at worst."""
    per_ms, lowest, most = per_minute / 60_000, float("inf"), 0.0
    for number, at in enumerate(sorted(times)):
        lowest = min(lowest, number - (at - START) * per_ms)
        most = max(most, number + 1 - (at - START) * per_ms - lowest)
    return most


@pytest.mark.parametrize("seed", SEEDS)
def test_however_workers_come_and_go_they_never_call_more_than_the_rate_and_a_chunk_each(seed: int, dynamo: QuickDynamo) -> None:
    """Workers ask at any time, in bursts, let go of what they took, or die with it."""
    chance = Random(seed)
    workers, per_minute = chance.randint(2, 30), chance.choice([60, 300, 1_200, 12_000])
    rate, now, times = Rate(per_minute), START, list[int]()
    desks = [Desk("sms#main") for _ in range(workers)]
    for _ in range(200):
        now += chance.choice([0, 0, 5, 40, 700])
        place = chance.randrange(workers)
        if chance.random() < 0.02:
            desks[place] = Desk("sms#main")  # another lambda in its place
        desk, burst = desks[place], chance.randint(1, 12)
        for left in reversed(range(burst)):
            desk.waiting = left
            times += [now] * (desk.admit(rate, now) is None)
    assert _most_over(times, per_minute) <= rate.capacity + workers * rate.chunk
    assert _most_over(times, per_minute) <= max(1, workers) * max(1, per_minute / 60) + 1


def test_a_worker_that_dies_with_its_chunk_is_not_missed_for_longer_than_a_second(dynamo: QuickDynamo) -> None:
    rate, dead, heir = Rate(PER_MINUTE), Desk("sms#main"), Desk("sms#main")
    dead.waiting = 1_000
    assert dead.admit(rate, START) is None
    assert dead.lease.left == rate.chunk - 1
    got = sum(heir.admit(rate, START + LEASE_MS) is None for _ in range(100))
    assert got == rate.capacity


@pytest.mark.parametrize("per_minute", [600, 1_200, 6_000])
def test_a_backlog_goes_out_at_the_accounts_rate(per_minute: int, dynamo: QuickDynamo) -> None:
    crowd = Crowd([Provider("main", per_minute)], WORKERS)
    seconds = 30
    crowd.ask("main", per_minute)
    crowd.run(seconds * 1000)
    allowed = per_minute * seconds / 60
    assert 0.9 * allowed <= crowd.called["main"] <= allowed + per_minute / 60
    assert _most_over(crowd.times["main"], per_minute) <= Rate(per_minute).capacity + WORKERS * Rate(per_minute).chunk


def test_the_account_is_written_less_than_once_a_message(dynamo: QuickDynamo) -> None:
    crowd = Crowd([Provider("main", 6_000)], WORKERS)
    crowd.ask("main", 3_000)
    crowd.run(30_000)
    assert len(dynamo.changes) < 0.5 * crowd.called["main"]


def test_a_hot_account_is_written_a_hundred_times_a_second_at_most(dynamo: QuickDynamo) -> None:
    crowd = Crowd([Provider("main", 60_000)], WORKERS)
    crowd.ask("main", 8_000)
    crowd.run(4_000)
    assert crowd.called["main"] >= 3_500
    assert len(dynamo.changes) <= 4 * 150


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_an_account_that_hangs_or_fails_or_is_slow_slows_no_other(bad: Provider, dynamo: QuickDynamo) -> None:
    assert slowed(bad) >= SLOWED_AIM


def test_nobody_calls_a_hanging_account_but_a_probe_now_and_then(dynamo: QuickDynamo) -> None:
    crowd = Crowd([Provider("bad", hangs=True)], WORKERS)
    crowd.ask("bad", 500, spread_ms=SECONDS * 1000)
    crowd.run(15_000)
    first = crowd.called["bad"]
    crowd.run(5 * SECONDS * 1000)
    assert crowd.called["bad"] - first <= 5 * SECONDS // 40 + 2
