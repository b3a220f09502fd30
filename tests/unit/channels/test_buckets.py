"""Tokens of an account: no more than its rate and its day allow, whoever takes them and when."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels import breaker, buckets
from chalicelib.channels.buckets import (
    CHUNK_MS,
    CROWDED,
    DAY_USED_UP,
    LEASE_MS,
    LONGEST_LINE_MS,
    RATE,
    Bucket,
    Lease,
    Line,
    Rate,
    Wait,
    take,
)

NOW: Final = 1_795_300_000_000  # 2026-11-22, 06:26:40 in China
DAY: Final = 86_400_000
MIDNIGHT: Final = NOW - (NOW + 8 * 3_600_000) % DAY + DAY


def _taken(bucket: Bucket, rate: Rate, wanted: int, now: int, returned: int = 0) -> tuple[Bucket, Lease]:
    found = take(bucket, rate, wanted, now, returned)
    assert not isinstance(found, Wait)
    return found


def _waits(bucket: Bucket, rate: Rate, now: int) -> Wait:
    found = take(bucket, rate, 1, now)
    assert isinstance(found, Wait)
    return found


def test_a_chunk_is_worth_at_most_half_a_second_of_the_accounts_rate() -> None:
    _, lease = _taken(Bucket(), Rate(per_minute=6_000), 1_000, NOW)
    assert lease.granted == 100 * CHUNK_MS // 1000


def test_a_worker_takes_no_more_than_it_is_likely_to_use() -> None:
    assert _taken(Bucket(), Rate(per_minute=6_000), 7, NOW)[1].granted == 7


def test_an_empty_bucket_says_when_there_is_a_token() -> None:
    bucket, _ = _taken(Bucket(), Rate(per_minute=60), 5, NOW)
    assert _waits(bucket, Rate(per_minute=60), NOW + 1) == Wait(NOW + 1000, RATE)
    assert _taken(bucket, Rate(per_minute=60), 5, NOW + 1000)[1].granted == 1


def test_an_account_slower_than_one_call_a_second_may_still_make_one() -> None:
    bucket, lease = _taken(Bucket(), Rate(per_minute=2), 5, NOW)
    assert lease.granted == 1
    assert _waits(bucket, Rate(per_minute=2), NOW + 29_999).until == NOW + 30_000


def test_a_chunk_is_good_for_a_second() -> None:
    _, lease = _taken(Bucket(), Rate(per_minute=6_000), 10, NOW)
    assert lease.good(NOW + LEASE_MS - 1)
    assert not lease.good(NOW + LEASE_MS)


def test_the_days_quota_counts_in_the_same_write_and_begins_anew_at_midnight_in_china() -> None:
    rate = Rate(per_day=2)
    bucket, _ = _taken(_taken(Bucket(), rate, 1, NOW)[0], rate, 1, NOW)
    assert bucket.used == 2
    assert _waits(bucket, rate, NOW) == Wait(MIDNIGHT, DAY_USED_UP)
    assert _taken(bucket, rate, 1, MIDNIGHT)[0].used == 1


def test_what_a_worker_did_not_use_of_the_days_quota_goes_back() -> None:
    bucket = Bucket(day=buckets.day_of(NOW), used=20)
    assert _taken(bucket, Rate(per_minute=600, per_day=1000), 3, NOW, returned=4)[0].used == 19


def test_a_worker_that_dies_takes_a_fiftieth_of_the_days_quota_along_at_most() -> None:
    assert _taken(Bucket(), Rate(per_minute=60_000, per_day=1000), 500, NOW)[1].granted == 20


def test_an_account_without_limits_needs_no_write() -> None:
    bucket, lease = _taken(Bucket(), Rate(), 10, NOW)
    assert bucket == Bucket()
    assert lease.good(NOW + LEASE_MS - 1)


def test_a_shut_account_gives_no_token() -> None:
    assert _waits(Bucket(guard=breaker.shut(NOW + 500, "hanging")), Rate(), NOW) == Wait(NOW + 500, "hanging")


@pytest.mark.parametrize("rate", [Rate(), Rate(per_minute=6_000), Rate(per_day=9)])
def test_after_a_pause_one_call_goes_first(rate: Rate) -> None:
    bucket, lease = _taken(Bucket(guard=breaker.shut(NOW, "hanging")), rate, 10, NOW)
    assert (lease.granted, lease.probe) == (1, True)
    assert _waits(bucket, rate, NOW + 1).reason == "hanging"


def test_a_worker_asks_for_what_it_used_and_for_more_when_that_was_soon_gone() -> None:
    def asked(used: int, after: int) -> int:
        return buckets.likely(Lease(20 - used, 20, NOW, NOW + LEASE_MS), NOW + after)

    assert (asked(20, 100), asked(20, 900), asked(6, 900), asked(0, 900), asked(20, 5000)) == (40, 20, 6, 1, 1)


def test_what_a_worker_did_not_use_goes_back_to_the_bucket() -> None:
    rate = Rate(per_minute=600)
    bucket, _ = _taken(_taken(Bucket(), rate, 5, NOW)[0], rate, 5, NOW)
    assert _waits(bucket, rate, NOW).reason == RATE
    assert _taken(bucket, rate, 5, NOW, returned=4)[1].granted == 4


def test_what_goes_back_makes_no_bucket_hold_more_than_it_does() -> None:
    rate = Rate(per_minute=600)
    bucket, _ = _taken(Bucket(), rate, 5, NOW)
    after, _ = _taken(bucket, rate, 1, NOW + 60_000, returned=5)
    assert (NOW + 60_000) * 1000 - after.empty_us == (rate.capacity - 1) * rate.interval_us


def test_messages_that_are_sent_away_are_told_different_times_in_the_order_of_the_rate() -> None:
    line, told = Line(), []
    for _ in range(3):
        line, until = line.placed(NOW + 100, Rate(per_minute=600), NOW)
        told.append(until - NOW)
    assert told == [100, 100 + 100 // CROWDED + 1, 100 + 200 // CROWDED + 1]


def test_a_worker_that_shares_an_account_leaves_room_for_the_others() -> None:
    line = Line().measured(10, 70)
    assert line.share == 4.0
    line, _ = line.placed(NOW, Rate(per_minute=600), NOW)
    assert line.placed(NOW, Rate(per_minute=600), NOW)[1] == NOW + 400 // CROWDED + 1


def test_nobody_is_told_to_wait_for_their_turn_for_longer_than_a_minute() -> None:
    line = Line()
    for _ in range(1000):
        line, until = line.placed(NOW, Rate(per_minute=2), NOW)
    assert until == NOW + LONGEST_LINE_MS


@given(
    per_minute=st.sampled_from([1, 20, 600, 1000, 60_000]),
    asks=st.lists(st.tuples(st.integers(0, 3_000), st.integers(1, 2_000)), min_size=1, max_size=60),
)
def test_in_no_window_is_more_granted_than_the_rate_and_one_chunk(per_minute: int, asks: list[tuple[int, int]]) -> None:
    rate, bucket, now, grants = Rate(per_minute), Bucket(), NOW, list[tuple[int, int]]()
    for pause, wanted in asks:
        now += pause
        found = take(bucket, rate, wanted, now)
        if not isinstance(found, Wait):
            bucket = found[0]
            grants.append((now, found[1].granted))
    for place, (since, _) in enumerate(grants):
        total = 0
        for at, count in grants[place:]:
            total += count
            assert total <= (at - since) * per_minute / 60_000 + rate.capacity


@given(st.integers(1, 60_000), st.integers(0, 10**6))
def test_when_a_bucket_says_there_is_a_token_then_there_is_one(per_minute: int, later: int) -> None:
    rate = Rate(per_minute)
    bucket = Bucket(empty_us=NOW * 1000)
    wait = take(bucket, rate, 1, NOW)
    assert isinstance(wait, Wait)
    assert _taken(bucket, rate, 1, wait.until + later)[1].granted == 1
