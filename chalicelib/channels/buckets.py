"""How many calls an account may make now, shared by all workers: a bucket of tokens per account, taken by the chunk. Pure.

A worker takes what it is likely to use within half a second and spends it by itself, so that the account's item is written once a chunk
and not once a message. A chunk is good for a second; what is left of it goes back with the next one. The bucket fills all the time, so a
worker that dies takes nothing along that is missed for longer than that. In any window all workers together call at most what the
account's rate allows, a second's worth that the bucket holds, and a chunk each, which is worth half a second at most. Times are epoch
ms; where a name ends in `_us`, microseconds.
"""

from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from chalicelib.channels import breaker
from chalicelib.channels.breaker import Gate, Guard

HOLDS_MS: Final = 1_000  # what a bucket holds, in time of the account's rate: SQS hides messages for whole seconds
CHUNK_MS: Final = 500  # the most that a worker takes at a time
LEASE_MS: Final = 1_000  # how long a chunk is good for
UNBOUNDED: Final = 1_000_000  # tokens of a lease where nobody counts
DAY_SHARE: Final = 50  # a chunk is at most this part of what is left of a day's quota: so much a worker that dies takes along
LONGEST_LINE_MS: Final = 60_000
CROWDED: Final = 3  # messages that come back for each token: some come a moment too early, and a token that nobody takes is lost
DAY_USED_UP: Final = "day_used_up"
RATE: Final = "rate"
_DAY_MS: Final = 86_400_000
_CHINA_MS: Final = 8 * 3_600_000  # quotas go by China's days
_MINUTE_US: Final = 60_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """What an account may do: calls a minute, messages a day; None: as many as one likes."""

    per_minute: int | None = None
    per_day: int | None = None

    @property
    def interval_us(self) -> int:
        """The time of one token; 0 without a rate."""
        return ceil(_MINUTE_US / self.per_minute) if self.per_minute else 0

    @property
    def capacity(self) -> int:
        """How many tokens the bucket holds, at least one."""
        return max(1, HOLDS_MS * 1000 // self.interval_us) if self.interval_us else UNBOUNDED

    @property
    def chunk(self) -> int:
        """How many a worker may take at a time, at least one."""
        return max(1, CHUNK_MS * 1000 // self.interval_us) if self.interval_us else UNBOUNDED


@dataclass(frozen=True, slots=True)
class Bucket:
    """The state of an account that all workers share. It was empty at `empty_us` and fills since. `used` of `day` (China's, counted from
    1970) are taken. `guard` says whether it may be called at all.
    """

    empty_us: int = 0
    day: int = 0
    used: int = 0
    guard: Guard = breaker.WELL

    def used_on(self, day: int) -> int:
        """What was taken of a day's quota."""
        return self.used if self.day == day else 0


@dataclass(frozen=True, slots=True)
class Lease:
    """Tokens of one worker, good from `at` until `until`; `granted` of them there were."""

    left: int
    granted: int
    at: int
    until: int
    probe: bool = False

    def good(self, now: int) -> bool:
        """Whether there is a token."""
        return self.left > 0 and self.at <= now < self.until


@dataclass(frozen=True, slots=True)
class Wait:
    """No token before `until`; `reason` is RATE, DAY_USED_UP, or the guard's."""

    until: int
    reason: str


NO_LEASE: Final = Lease(0, 0, 0, 0)


def day_of(now: int) -> int:
    """China's day."""
    return (now + _CHINA_MS) // _DAY_MS


def take(bucket: Bucket, rate: Rate, wanted: int, now: int, returned: int = 0) -> tuple[Bucket, Lease] | Wait:
    """A chunk of up to `wanted` tokens, and the bucket without them; or why there is none. `returned` are tokens that the worker took
    before and did not use. A bucket that stays as it is need not be written.
    """
    gate = bucket.guard.gate(now)
    if gate is Gate.SHUT:
        return Wait(bucket.guard.again_at(now), bucket.guard.reason)
    if rate.per_day is None and not rate.interval_us and gate is Gate.OPEN:
        return bucket, Lease(UNBOUNDED, UNBOUNDED, now, now + LEASE_MS)
    day = day_of(now)
    used = max(bucket.used_on(day) - returned, 0)
    left = UNBOUNDED if rate.per_day is None else rate.per_day - used
    if left <= 0:
        return Wait((day + 1) * _DAY_MS - _CHINA_MS, DAY_USED_UP)
    since = max(bucket.empty_us - returned * rate.interval_us, now * 1000 - rate.capacity * rate.interval_us)
    filled = (now * 1000 - since) // rate.interval_us if rate.interval_us else UNBOUNDED
    if filled < 1:
        return Wait(-(-(since + rate.interval_us) // 1000), RATE)
    count = 1 if gate is Gate.PROBE else max(1, min(wanted, filled, rate.chunk, left // DAY_SHARE))
    guard = breaker.probing(bucket.guard, now) if gate is Gate.PROBE else bucket.guard
    taken = replace(bucket, empty_us=since + count * rate.interval_us, day=day, used=used + count, guard=guard)
    return taken, Lease(count, count, now, now + LEASE_MS, gate is Gate.PROBE)


def likely(last: Lease, now: int) -> int:
    """How many tokens a worker is likely to use within half a second, by what it did with its last lease: as many as then, and twice as
    many when they were soon gone.
    """
    used, age = last.granted - last.left, now - last.at
    if age >= 2 * LEASE_MS:
        return 1
    return max(1, used if last.left or age > CHUNK_MS else 2 * used)


@dataclass(frozen=True, slots=True)
class Line:
    """Where messages stand that one worker had to send away: each is told when its turn is likely to be, so that they do not all come
    back at the first token. `tail_us` is the turn of the last, `share` how many workers seem to draw on the account.
    """

    tail_us: int = 0
    share: float = 1.0

    def placed(self, free_at: int, rate: Rate, now: int) -> tuple["Line", int]:
        """The line with one more, and when that one is to come back."""
        turn = max(self.tail_us, free_at * 1000)
        longest = max(free_at, now + LONGEST_LINE_MS) * 1000
        return replace(self, tail_us=min(turn + round(rate.interval_us * self.share / CROWDED), longest)), -(-turn // 1000)

    def measured(self, mine: int, everybodys: int) -> "Line":
        """The line after so many tokens were granted to this worker, and to all together, in the same time."""
        seen = max(everybodys, mine) / max(mine, 1)
        return replace(self, share=max(1.0, (self.share + seen) / 2))
