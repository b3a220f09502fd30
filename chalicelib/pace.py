"""How fast a stage's time runs: as everybody's in production, faster on a local stack, so that a person can watch a week. Pure.

    pace = Pace(3600, anchor)          # an hour of a definition is a second
    pace.span(7_200_000)               # 2000: how long "2h" takes
    pace.told(now)                     # what the clock on the wall would show at an instant of this stack
    pace.instant(wall)                 # when that clock shows it

What asks only how long something takes divides it (`span`). What asks for the time of day, a day of the week or a date asks the clock on
the wall, which showed the true time at `anchor` and has run `scale` times as fast ever since.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """`scale` hours of definitions go by in one; `anchor` (epoch ms) is when both clocks showed the same."""

    scale: float = 1
    anchor: int = 0

    def span(self, length: int) -> int:
        """Milliseconds, at least one, that a length of time (ms) of a definition takes."""
        return max(1, round(length / self.scale))

    def told(self, now: int) -> int:
        """What the clock on the wall shows (epoch ms) at an instant (epoch ms)."""
        return now if self.scale == 1 else self.anchor + round((now - self.anchor) * self.scale)

    def instant(self, wall: int) -> int:
        """The earliest instant (epoch ms) at which the clock on the wall shows so late."""
        return wall if self.scale == 1 else self.anchor + -int((self.anchor - wall) // self.scale)


STEADY = Pace()
