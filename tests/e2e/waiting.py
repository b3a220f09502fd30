"""Waiting for what happens a moment later: asked again until a deadline, never for a fixed time."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

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
