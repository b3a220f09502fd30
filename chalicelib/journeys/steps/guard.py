"""A journey of which too many steps fail pauses itself, and says so: JourneyPaused, which has an alarm.

    passed("coupon", now)      # a step is carried out
    failed("coupon", now)      # it cannot be

What passes is counted in memory and written down together with the next failure, so a journey without failures costs nothing. A process
that sees no failure does not tell what it saw pass: of several the rate is a little too high, of many steps by little.
"""

from collections import Counter
from dataclasses import dataclass
from threading import Lock
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import JourneyState
from chalicelib.telemetry import count_for_stage, logger

WINDOW_MS: Final = 10 * 60_000  # by the true clock
FEWEST: Final = 20  # failures, before the rate is asked for
MOST: Final = 0.2  # of the steps
PAUSED: Final = "JourneyPaused"
BY: Final = "guard"  # who paused it
REASON: Final = "too_many_failures"
_KEPT_MS: Final = 86_400_000
_GOING: Final = (JourneyState.RUNNING, JourneyState.DRAINING)

_passed: Counter[tuple[str, int]] = Counter()  # by journey and window, since they were last written down
_counting: Final = Lock()


class GuardRecord(StoredItem):
    """What became of a journey's steps within a window: pk `guard#<journey>`, sk the window's beginning and since when the journey is in
    its state. `expires` in epoch seconds.
    """

    Meta = meta("tallies")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    passed = NumberAttribute()
    failed = NumberAttribute()
    expires = NumberAttribute()


@dataclass(frozen=True, slots=True)
class Count:
    """Steps of a window, and those of them that failed."""

    steps: int
    failures: int

    @property
    def is_too_many(self) -> bool:
        """Whether the journey is to be paused."""
        return self.failures >= FEWEST and self.failures > MOST * self.steps


def passed(journey: str, now: int) -> None:
    """A step is about to be carried out."""
    with _counting:
        _passed[journey, _window(now)] += 1


def failed(journey: str, now: int) -> None:
    """It could not be. Pauses the journey when that happens too often; what failed before somebody let it go on again does not count."""
    standing = book.current().standing(journey)
    if standing is None:
        return
    found = _noted(journey, _window(now), standing.at)
    if found.is_too_many and standing.state in _GOING:
        _pause(journey, found, now)


def forget() -> None:
    """Nothing was seen to pass."""
    with _counting:
        _passed.clear()


def _window(now: int) -> int:
    return now - now % WINDOW_MS


def _noted(journey: str, window: int, since: int) -> Count:
    with _counting:
        steps = _passed.pop((journey, window), 0)
        for old in [one for one in _passed if one[1] < window]:
            del _passed[old]
    record = GuardRecord(f"guard#{journey}", f"{window:013d}#{since:013d}")
    expires = GuardRecord.expires.set((window + _KEPT_MS) // 1000)
    record.update([GuardRecord.passed.add(steps), GuardRecord.failed.add(1), GuardRecord.v.set(SCHEMA_VERSION), expires])
    return Count(int(record.passed), int(record.failed))


def _pause(journey: str, found: Count, now: int) -> None:
    book.put_state(journey, JourneyState.PAUSED, now, BY, REASON)
    count_for_stage(PAUSED)
    logger.error("a journey has paused itself", journey=journey, steps=found.steps, failures=found.failures)
