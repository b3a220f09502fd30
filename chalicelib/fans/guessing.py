"""Who tries codes out: an address whose codes the platform keeps refusing is not asked for any more for a while. Pure.

Each refusal costs a call to the platform, of which an account has so many a minute. The memory is one process's own and bounded: it dampens
guessing, and never keeps anybody out for long.
"""

from typing import Final

WINDOW_MS: Final = 60_000
MOST: Final = 20  # refusals of one address in a window: more than a family behind one address makes
MAX_ADDRESSES: Final = 10_000


class Guesses:
    """Counts refusals by address. Times are epoch ms.

    guesses = Guesses()
    guesses.are_too_many("203.0.113.7", now)
    """

    def __init__(self) -> None:
        self._counted: dict[str, tuple[int, int]] = {}  # address -> (begin of its window, refusals)

    def are_too_many(self, address: str, now: int) -> bool:
        """Whether the address has been refused too often within its window."""
        begun, count = self._counted.get(address, (0, 0))
        return count >= MOST and now - begun < WINDOW_MS

    def note(self, address: str, now: int) -> None:
        """Counts a refusal."""
        begun, count = self._counted.get(address, (now, 0))
        if now - begun >= WINDOW_MS:
            begun, count = now, 0
        if len(self._counted) >= MAX_ADDRESSES and address not in self._counted:
            self._counted.clear()
        self._counted[address] = (begun, count + 1)

    def clear(self) -> None:
        """Forgets everything."""
        self._counted.clear()
