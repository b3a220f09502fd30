"""The time of a test: it stands still until the test moves it on.

clock = Clock(NOW)
clock.install(monkeypatch, score, recheck)     # the modules of handlers that look at the time
clock.pass_by(15 * MINUTE)
"""

from dataclasses import dataclass
from types import ModuleType

import pytest


@dataclass(slots=True)
class Clock:
    """Epoch ms in `now`."""

    now: int

    def install(self, monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> None:
        """Lets modules that import `time.time` by its name see this time."""
        for module in modules:
            monkeypatch.setattr(module, "time", self.time)

    def time(self) -> float:
        """As `time.time`: seconds."""
        return self.now / 1000

    def pass_by(self, milliseconds: int) -> None:
        """Moves on."""
        self.now += milliseconds
