"""Carrying on a walk: part after part until a minute is over, then the next message.

- A worker may die between any two lines: its message comes again and goes on at the last part that was noted.
- Each part follows what is true now, so doing it twice is doing it once.
- A limit of the platform ends the step: the next one's message waits for as long as SQS lets it.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from chalicelib.events.model import Json
from chalicelib.tagging import errands, tag_records, walk_records
from chalicelib.tagging.bringing import TagLost
from chalicelib.tagging.errands import Step
from chalicelib.tagging.platform import Tags
from chalicelib.tagging.walk_records import LeaseLost, Walk
from chalicelib.wechat.errors import Dropped, LimitReached

WORK_MS: Final = 45_000  # of one worker; a part may take half a minute more


class End(StrEnum):
    """How a step ended. After all of them its message is done with."""

    DONE = "done"  # the walk is over
    HANDED_ON = "handed_on"
    HELD_BACK = "held_back"  # by a limit of the platform
    LEFT = "left"  # another worker has it, or it was done before


@dataclass(frozen=True, slots=True)
class Part:
    """What a part of a walk left: where to go on (None: it is over), and what it counted."""

    state: Json | None
    counts: Counter[str] = field(default_factory=Counter)


Walker = Callable[[Walk, Tags], Part]


def carry_on(step: Step, message: str, now: Callable[[], int], walker: Walker, platform: Tags) -> tuple[End, Counter[str]]:
    """Takes the step of a message; how it ended, and what it counted. What the platform refuses for good is raised, and faults of its."""
    began, counted = now(), Counter[str]()
    walk = walk_records.take(step.appid, step.walk, step.round, step.number, message, began)
    if walk is None:
        return End.LEFT, counted
    try:
        while now() - began < WORK_MS:
            part = _part(walk, walker, platform)
            counted += part.counts
            walk = walk_records.save(walk, message, walk.state if part.state is None else part.state, part.counts, now())
            if part.state is None:
                walk_records.finish(walk, message, now())
                return End.DONE, counted
        _next(walk, message, now(), 0)
    except LimitReached as reached:
        _next(walk, message, now(), errands.seconds_until(reached.until, now()))
        return End.HELD_BACK, counted
    except LeaseLost:
        return End.LEFT, counted
    except Dropped:  # so that it is not sent again for ever; what is left undone the next round finds
        walk_records.finish(walk, message, now())
        raise
    return End.HANDED_ON, counted


def revive(walk: Walk, now: int) -> None:
    """Sends the message of a walk again that nobody works on."""
    if walk.is_lost(now) and walk_records.wake(walk, now):
        errands.send([Step(walk.appid, walk.name, walk.begun, walk.step)])


def begin(appid: str, name: str, now: int, state: Json, before: Walk | None, delay: int = 0) -> None:
    """Begins a walk, in place of the one before, unless somebody else does. A message that is lost is sent again by `revive`."""
    walk = walk_records.begin(appid, name, now, state, before)
    if walk is not None:
        errands.send([Step(appid, name, walk.begun, walk.step)], delay)


def remake(appid: str, number: int) -> None:
    """A tag that somebody has deleted on the platform is made anew, and given to everybody who stands for it."""
    for tag in tag_records.tags_of(appid):
        if tag.id == number:
            tag_records.drop(appid, tag)
    errands.ask_for(appid)


def _part(walk: Walk, walker: Walker, platform: Tags) -> Part:
    try:
        return walker(walk, platform)
    except TagLost as lost:
        remake(walk.appid, lost.tag)
        return Part(walk.state)


def _next(walk: Walk, message: str, now: int, delay: int) -> None:
    """The lease first: should the message be lost, `revive` sends another."""
    after = walk_records.hand_on(walk, message, now)
    errands.send([Step(after.appid, after.name, after.begun, after.step)], delay)
