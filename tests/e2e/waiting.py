"""Waiting for what happens a moment later: asked again until a deadline, never for a fixed time."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from chalicelib.zones import CHINA_TIME

PATIENCE: Final = 60.0  # seconds; what is waited for takes less than three, but two cores may be busy
_PAUSE: Final = 0.05  # seconds between two looks

Seen = TypeVar("Seen")


class NeverHeld(AssertionError):
    """The deadline passed; the message holds the last thing seen."""


def eventually(look: Callable[[], Seen], holds: Callable[[Seen], bool] = bool, seconds: float = PATIENCE) -> Seen:
    """What `look` sees as soon as it `holds`. Raises NeverHeld."""
    end = time.monotonic() + seconds
    while True:
        seen = look()
        if holds(seen):
            return seen
        if time.monotonic() > end:
            raise NeverHeld(f"still not so after {seconds:.0f} s; last seen: {seen!r:.4000}")
        time.sleep(_PAUSE)


def clear_of_the_months_end(seconds: float) -> None:
    """Waits for the next month in China if it begins within so many seconds: what platforms count by months would begin anew meanwhile."""
    today = datetime.now(CHINA_TIME)
    midnight = (today + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    left = (midnight - today).total_seconds()
    if midnight.day == 1 and left < seconds:
        time.sleep(left)
