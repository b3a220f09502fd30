"""What is to happen later, by the world's clock: in the order of its time, by whoever looks next."""

import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

Act = Callable[[], None]


@dataclass(slots=True)
class Timers:
    """A schedule. Any thread may add to it or run what is due; nothing runs twice, and nothing while the lock is held."""

    _heap: list[tuple[int, int, Act]] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def add(self, due: int, act: Act) -> None:
        """To be done at `due`, epoch ms."""
        with self._changed:
            heapq.heappush(self._heap, (due, next(self._numbers), act))
            self._changed.notify_all()

    def run(self, now: int, do: Callable[[Act], None] = lambda act: act()) -> None:
        """Does what is due at `now`, and what that makes due, or has it done."""
        while (act := self._next(now)) is not None:
            do(act)

    def wait(self, now: int, at_most: float) -> None:
        """Waits until the first is due, something is added, or `at_most` seconds are over."""
        with self._changed:
            due = (self._heap[0][0] - now) / 1000 if self._heap else at_most
            if due > 0:
                self._changed.wait(min(due, at_most))

    def wake(self) -> None:
        """Lets those who wait look again."""
        with self._changed:
            self._changed.notify_all()

    def clear(self) -> None:
        """Forgets everything."""
        with self._changed:
            self._heap.clear()

    def __len__(self) -> int:
        return len(self._heap)

    def _next(self, now: int) -> Act | None:
        with self._changed:
            return heapq.heappop(self._heap)[2] if self._heap and self._heap[0][0] <= now else None
