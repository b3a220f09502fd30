"""One thing after another: whether steps happened in their order, near enough together, and recently enough. Pure.

A step is done at its n-th event after the step before was done; an event of the same instant is not after it. Only kept hits are looked at.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.audiences.combining import Outcome
from chalicelib.audiences.facts import Explanation, Facts, Results
from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Json
from chalicelib.signals.model import NOTHING

Times = Sequence[int]  # of the hits of one step, ascending

_ALL_TIME: Final = -1


@dataclass(frozen=True, slots=True)
class Step:
    """The signal of a step, how many of its events it takes, and the name of the event."""

    signal: int
    count: int
    event: str


@dataclass(frozen=True, slots=True, eq=False)
class InOrder:
    """All steps in their order. `span` is the longest time between the first step's being done and the last's, `window` how long ago all of
    their events may lie at most; both in ms, 0 for any.
    """

    what: Json
    steps: tuple[Step, ...]
    span: int
    window: int

    def check(self, facts: Facts, results: Results, now: int) -> Outcome:  # noqa: ARG002 - every node is asked alike
        """Of all ways through the steps the one that starts last stays in the window longest."""
        if any(step.signal not in facts.states for step in self.steps):
            return False, None
        times = self._times(facts, now)
        if len(self._walk(times, self.steps[0].count - 1)) < len(self.steps):
            return False, None  # a later start cannot end earlier
        for start in range(len(times[0]) - 1, self.steps[0].count - 2, -1):
            done = self._walk(times, start)
            if len(done) == len(self.steps) and (not self.span or done[-1] - done[0] <= self.span):
                return True, times[0][start - self.steps[0].count + 1] + self.window if self.window else None
        return False, None

    def explain(self, facts: Facts, results: Results, now: int) -> Explanation:
        """With the time of each step, the number of the first that is missing, or how near together the steps were at best."""
        holds, at = self.check(facts, results, now)
        times = self._times(facts, now)
        ways = [self._walk(times, start) for start in range(self.steps[0].count - 1, len(times[0]))]
        best = max(ways, key=lambda way: (len(way), way[0] - way[-1]), default=[])
        return Explanation(holds, self.what, self._found(best), at)

    def _times(self, facts: Facts, now: int) -> list[Times]:
        begin = now - self.window if self.window else _ALL_TIME
        hits = (facts.states.get(step.signal, NOTHING).hits for step in self.steps)
        return [[time for time, _ in reversed(newest_first) if time > begin] for newest_first in hits]

    def _walk(self, times: Sequence[Times], start: int) -> list[int]:
        """When each step is done, as far as they go, if the first is done by its hit number `start`."""
        if start >= len(times[0]):
            return []
        done = [times[0][start]]
        for step, mine in zip(self.steps[1:], times[1:], strict=True):
            place = bisect_right(mine, done[-1]) + step.count - 1
            if place >= len(mine):
                break
            done.append(mine[place])
        return done

    def _found(self, done: Sequence[int]) -> Json:
        reached = [{"event": step.event, "time": rfc3339(time)} for step, time in zip(self.steps, done, strict=False)]
        if len(done) < len(self.steps):
            return {"steps": reached, "missing_step": len(done) + 1, "missing_event": self.steps[len(done)].event}
        return {"steps": reached, "span_seconds": (done[-1] - done[0]) / 1000}
