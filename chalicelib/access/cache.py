"""A small memory of look-ups: bounded in time and size, negative answers included."""

from collections.abc import Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class LookupCache(Generic[Key, Value]):
    """Remembers what `load` answered for a key, None too, for `seconds`, and at most `size` answers (the oldest go first).

    cache = LookupCache(load, seconds=60, size=1000)
    cache.get("a")
    """

    def __init__(self, load: Callable[[Key], Value], seconds: float, size: int, clock: Callable[[], float] = monotonic) -> None:
        self._load, self._seconds, self._size, self._clock = load, seconds, size, clock
        self._kept: dict[Key, tuple[float, Value]] = {}

    def get(self, key: Key) -> Value:
        """The answer for a key, at most `seconds` old."""
        kept = self._kept.get(key)
        now = self._clock()
        if kept is not None and now < kept[0]:
            return kept[1]
        value = self._load(key)
        self._kept.pop(key, None)
        if len(self._kept) >= self._size:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = (now + self._seconds, value)
        return value

    def clear(self) -> None:
        """Forgets everything."""
        self._kept.clear()
