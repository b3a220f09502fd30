"""What Lambda does with a stream batch after a try: go on, try again, cut it smaller, or give a record up. Pure.

Source: Lambda developer guide, "Using Lambda with DynamoDB" (partial batch response, bisect on error, retry attempts).
"""

from dataclasses import dataclass
from typing import Final

FIRST_PAUSE: Final = 0.2  # seconds before the first retry
LONGEST_PAUSE: Final = 5.0
_DOUBLINGS: Final = 10  # more would not be waited for anyway


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a mapping stands: tries used on the record it is stuck at, and how many records the next batch may have (0: any)."""

    tries: int = 0
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next: records to move past, of which the last `given_up` are dead letters, and where that leaves the mapping."""

    done: int
    given_up: int
    progress: Progress
    pause: float = 0.0


def after(progress: Progress, size: int, failed_at: int | None, retries: int, bisect: bool) -> Step:
    """The step after a batch of `size` records. `failed_at` is the first failed record, None when all worked; `retries` -1 is for ever.

    A raised exception is `failed_at` 0 with `bisect` as the mapping says; a reported failure passes `bisect` False: it names its record.
    """
    if failed_at is None:
        return Step(size, 0, Progress())
    if failed_at > 0:
        return Step(failed_at, 0, Progress(tries=1), FIRST_PAUSE)
    if bisect and size > 1:
        return Step(0, 0, Progress(progress.tries, size // 2))
    if 0 <= retries <= progress.tries:
        return Step(1, 1, Progress())
    pause = min(FIRST_PAUSE * 2 ** min(progress.tries, _DOUBLINGS), LONGEST_PAUSE)
    return Step(0, 0, Progress(progress.tries + 1, progress.limit), pause)
