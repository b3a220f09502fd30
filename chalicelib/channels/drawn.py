"""Keys that a provider gives out before the messages that they are for: drawn ten at once, for a call each would double all calls."""

from collections import defaultdict, deque
from collections.abc import Callable
from threading import Lock
from typing import Final

from chalicelib.providers.model import Outcome

AT_ONCE: Final = 10  # JPush gives no more to accounts that do not pay
KEPT_MS: Final = 10 * 60_000  # older ones are thrown away: their lives count from who knows when

Draw = Callable[[int], tuple[str, ...] | Outcome]


class DrawnKeys:
    """Keys by account, each handed out once. Those that a process takes with it when it ends harm nobody."""

    def __init__(self) -> None:
        self._keys: dict[str, deque[tuple[str, int]]] = defaultdict(deque)
        self._lock = Lock()

    def next(self, account: str, now: int, draw: Draw) -> str | Outcome:
        """One that nobody has had, or why there is none."""
        kept = self._taken(account, now)
        if kept is not None:
            return kept
        found = draw(AT_ONCE)  # not under the lock: the provider may take its time
        if isinstance(found, Outcome):
            return found
        with self._lock:
            self._keys[account].extend((key, now) for key in found[1:])
        return found[0]

    def clear(self) -> None:
        """Throws all away."""
        with self._lock:
            self._keys.clear()

    def _taken(self, account: str, now: int) -> str | None:
        with self._lock:
            keys = self._keys[account]
            while keys:
                key, drawn_at = keys.popleft()
                if now - drawn_at < KEPT_MS:
                    return key
        return None
