"""How far a pass over all people has come: its segments, and what they add up to. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

# Eight parts of the table, read side by side. A person takes some seven calls one after the other, so at 4 ms a call one worker brings up
# thirty people a second: a million take about an hour, and a few hundred write units a second, a tenth of what a table on demand serves
# from its first second. More would be quicker, and would take lambdas and capacity from the events that come in meanwhile.
SEGMENTS: Final = 8
_MOST_UNFINISHED: Final = 0.99  # of a segment: only its end is known for certain

Place = tuple[str, str]  # partition and sort key of an item of the people table


class Phase(StrEnum):
    """Where a pass stands."""

    WAITING = "waiting"  # no worker has begun
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Tally:
    """What has been looked at: `items` of the table, and of them people: `seen` are all, `recounted` those whose events were counted
    anew, `failed` those who could not be brought up and are among the dead letters.
    """

    items: int = 0
    seen: int = 0
    recounted: int = 0
    failed: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.items + other.items,
            self.seen + other.seen,
            self.recounted + other.recounted,
            self.failed + other.failed,
        )


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a pass. Times are epoch ms, None for what has not happened.

    `cursor` is the last place that was looked at, None at the beginning. `fence` counts the workers that took the segment; only the last
    of them may write it. `expected` is about how many items it has, 0 if nobody knows. `until` is when the worker, or the message that is
    to bring one, may be taken for lost.
    """

    plan: int
    number: int
    begun_at: int
    cursor: Place | None = None
    tally: Tally = field(default_factory=Tally)
    expected: int = 0
    fence: int = 0
    until: int = 0
    finished_at: int | None = None

    @property
    def share(self) -> float:
        """How much of it has been looked at, 0 to 1; an estimate until it is finished."""
        if self.finished_at is not None:
            return 1.0
        return min(_MOST_UNFINISHED, self.tally.items / self.expected) if self.expected else 0.0

    def is_lost(self, now: int) -> bool:
        """Whether it needs a new message: its worker died, or its message never came."""
        return self.finished_at is None and self.until < now


@dataclass(frozen=True, slots=True)
class Progress:
    """How a pass stands. `share` is 0 to 1, times are epoch ms."""

    plan: int
    phase: Phase
    tally: Tally = field(default_factory=Tally)
    share: float = 0.0
    started_at: int | None = None
    finished_at: int | None = None


def progress_of(plan: int, segments: Sequence[Segment], passed: int) -> Progress:
    """What the segments of a plan's pass add up to; `passed` is the version whose pass is over."""
    over = passed >= plan
    share = sum(one.share for one in segments) / SEGMENTS
    return Progress(
        plan=plan,
        phase=_phase(segments, over),
        tally=sum((one.tally for one in segments), Tally()),
        share=1.0 if over else round(min(share, _MOST_UNFINISHED), 3),
        started_at=min((one.begun_at for one in segments), default=None),
        finished_at=max((one.finished_at for one in segments if one.finished_at is not None), default=None) if over else None,
    )


def is_complete(segments: Sequence[Segment]) -> bool:
    """Whether everybody has been looked at."""
    return len(segments) == SEGMENTS and all(one.finished_at is not None for one in segments)


def _phase(segments: Sequence[Segment], over: bool) -> Phase:
    if over:
        return Phase.DONE
    return Phase.RUNNING if any(one.fence for one in segments) else Phase.WAITING
