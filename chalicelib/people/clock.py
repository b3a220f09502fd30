"""The time while a long piece of work goes on. Work is given the moment at which it began; leases and memories need the present."""

from time import monotonic


class Clock:
    """Counts on from a given moment (epoch ms) as real time goes by, whatever the machine's calendar does."""

    def __init__(self, began: int) -> None:
        self._began = began
        self._started = monotonic()

    def now(self) -> int:
        """Epoch ms."""
        return self._began + int((monotonic() - self._started) * 1000)
