"""What falls due when, and who falls due together. Pure. Times are epoch ms."""

import json
from dataclasses import dataclass
from typing import Final

from chalicelib.timers.shards import MINUTE_MS, shard_of

DELAY_MS: Final = 900_000  # the longest delay of a message in SQS
SLEEP_MS: Final = 30 * 86_400_000  # the longest sleep: 173,000 executions if every minute of it is somebody's
EARLY_MS: Final = 60_000  # how long before its minute a cohort wakes: time to send some 40,000 of each shard


@dataclass(frozen=True, slots=True)
class Due:
    """A subject to look at again, at an instant in ms."""

    subject: str
    at: int


@dataclass(frozen=True, slots=True)
class Cohort:
    """All timers of one minute (ms of its beginning) in one shard."""

    minute: int
    shard: int

    @classmethod
    def of(cls, one: Due, now: int) -> "Cohort":
        """The cohort that brings something to its instant, or as far as a cohort may sleep."""
        wanted = min(one.at, now + SLEEP_MS)
        return cls(wanted - wanted % MINUTE_MS, shard_of(one.subject))

    @property
    def wake(self) -> int:
        """When it is time to send them (ms)."""
        return self.minute - EARLY_MS


def due_of(body: str) -> Due:
    """What a message of the queue is about. Raises ValueError, KeyError or TypeError for anything else."""
    message = json.loads(body)
    return Due(str(message["subject"]), int(message["at"]))
