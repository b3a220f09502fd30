"""The platform's own protection: an account whose callback address fails again and again gets no pushes for a while; those are lost."""

from collections import Counter
from dataclasses import dataclass, field

from infra.local_wechat.deliveries import Ways


@dataclass(slots=True)
class Breaker:
    """Counts failures in a row, by account. Times are epoch ms of the world."""

    _failures: Counter[str] = field(default_factory=Counter)
    _open_until: dict[str, int] = field(default_factory=dict)

    def is_open(self, appid: str, now: int) -> bool:
        """Whether the account gets no pushes at the moment."""
        return now < self._open_until.get(appid, 0)

    def count(self, appid: str, failed: bool, now: int, ways: Ways) -> None:
        """One push more; the last failure that is tolerated opens the breaker."""
        if not failed:
            self._failures[appid] = 0
            return
        self._failures[appid] += 1
        if self._failures[appid] >= ways.breaker_failures:
            self._failures[appid] = 0
            self._open_until[appid] = now + ways.breaker_ms
