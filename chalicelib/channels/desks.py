"""One worker's knowledge of one account: its chunk of tokens, until when there are none, and what the shared item said last."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import random
from threading import Lock
from typing import Final

from chalicelib.channels import breaker, buckets, rate_records
from chalicelib.channels.breaker import BEHIND_PROBE_MS, WELL, Guard
from chalicelib.channels.buckets import NO_LEASE, Bucket, Lease, Line, Rate, Wait
from chalicelib.errors import Busy
from chalicelib.providers.model import Outcome

MAX_RACES: Final = 3  # lost ones, before a worker leaves a chunk to the others
MAX_ATTEMPTS: Final = 20  # of writing down what was learned
LOST_PAUSE_MS: Final = 50
TRUSTED_MS: Final = 5_000  # for how long a worker believes that there is nothing; somebody may have repaired the account


@dataclass(slots=True)
class Desk:
    """What is known of the account `pk` of the table `rates`. `wait` stands until `trusted_until`; `waiting` is how many
    threads stand at the desk; `day` and `used` are those of the shared item after this worker's last chunk. `chance` (0 to 1) spreads those
    who wait for a probe.
    """

    pk: str
    lock: Lock = field(default_factory=Lock)
    lease: Lease = NO_LEASE
    wait: Wait | None = None
    trusted_until: int = 0
    guard: Guard = WELL
    waiting: int = 0
    line: Line = field(default_factory=Line)
    day: int = 0
    used: int = 0
    chance: Callable[[], float] = random

    def admit(self, rate: Rate, now: int) -> int | None:
        """None: go, and a token is spent. Else epoch ms of when to ask again."""
        self.waiting += 1  # two threads may count as one: then the chunk is smaller than it could be
        with self.lock:
            self.waiting = max(0, self.waiting - 1)
            if not self.lease.good(now):
                wait = self._known_wait(now) or self._fetched(rate, now)
                if wait is not None:
                    return self._sent_away(wait, rate, now)
            self.lease = replace(self.lease, left=self.lease.left - 1)
        return None

    def known_shut(self, rate: Rate, now: int) -> int | None:
        """As `admit`, where it is known without asking that there is no token for a moment; None where it is not, and in long pauses."""
        with self.lock:
            wait = None if self.lease.good(now) else self._known_wait(now)
            return self._sent_away(wait, rate, now) if wait is not None and wait.reason == buckets.RATE else None

    def learned(self, outcome: Outcome, now: int) -> tuple[Guard, Guard] | None:
        """As `change`, for what a call came to. None, and no call of a store, where that is nothing new."""
        if breaker.learned(self.guard, outcome, now) == self.guard:
            return None
        return self.change(lambda guard: breaker.learned(guard, outcome, now), now)

    def change(self, changed: Callable[[Guard], Guard], now: int) -> tuple[Guard, Guard]:
        """Changes the shared guard; returns it before and after. Raises Busy when others keep changing it."""
        for _ in range(MAX_ATTEMPTS):
            seen = rate_records.read(self.pk)
            before, after = seen.bucket.guard, changed(seen.bucket.guard)
            if after == before or rate_records.replace(self.pk, seen, replace(seen.bucket, guard=after), now):
                self._noted(after)
                return before, after
        raise Busy("the guard of an account is being changed by many at once")

    def _sent_away(self, wait: Wait, rate: Rate, now: int) -> int:
        self.line, until = self.line.placed(wait.until, rate, now)
        return until + round(self.chance() * BEHIND_PROBE_MS) if self.guard.probed(now) else until

    def _known_wait(self, now: int) -> Wait | None:
        return self.wait if self.wait is not None and now < min(self.wait.until, self.trusted_until) else None

    def _fetched(self, rate: Rate, now: int) -> Wait | None:
        """Takes a chunk from the shared bucket; or why there is none, which is believed for a while."""
        wanted = max(1 + self.waiting, buckets.likely(self.lease, now))
        unused = self.lease.left if self.day == buckets.day_of(now) and self.lease.granted < buckets.UNBOUNDED else 0
        for _ in range(MAX_RACES):
            seen = rate_records.read(self.pk)
            self.guard = seen.bucket.guard
            found = buckets.take(seen.bucket, rate, wanted, now, unused)
            if isinstance(found, Wait):
                self.wait, self.trusted_until = found, now + TRUSTED_MS
                return found
            bucket, lease = found
            if bucket == seen.bucket or rate_records.replace(self.pk, seen, bucket, now):
                self._granted(bucket, lease)
                return None
        return Wait(now + LOST_PAUSE_MS, buckets.RATE)

    def _granted(self, bucket: Bucket, lease: Lease) -> None:
        if self.day == bucket.day and lease.granted < buckets.UNBOUNDED:
            self.line = self.line.measured(lease.granted, bucket.used - self.used)
        self.lease, self.wait, self.guard = lease, None, bucket.guard
        self.day, self.used = bucket.day, bucket.used

    def _noted(self, guard: Guard) -> None:
        """A worker that knows the account to be shut uses no tokens that it took before."""
        with self.lock:
            self.guard, self.wait = guard, None
            if guard.shut_until:
                self.lease = NO_LEASE
