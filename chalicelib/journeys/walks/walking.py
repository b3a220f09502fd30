"""Going over a list, part by part: 16 workers side by side, each for a minute, then the next one.

A page is done with everybody on it and only then noted as gone through. Whoever dies in between leaves a page that is gone through again,
and everything that is done with people may be done twice. So:

- A walk is kept before its messages are sent, and that they were is noted behind them: who dies between has them sent twice by whoever asks
  for the walk again. A second worker at a part finds that it was moved, and leaves it to the other one.
- A message is done with when the one for the next worker was sent. Should it be lost all the same, `revive` sends another.
- When all parts are finished, what follows from the whole is done (the ranks, once everybody was counted), and then noted.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final

from chalicelib.journeys.in_force import book
from chalicelib.journeys.walks import deeds, walk_store, work_queue
from chalicelib.journeys.walks.walk_lists import page_of
from chalicelib.journeys.walks.walk_store import Overtaken
from chalicelib.journeys.walks.walks import SETTLE_SECONDS, GoOn, Part, Walk, added

WORK_MS: Final = 60_000  # of one worker
NEW_MS: Final = 60_000  # how long after a walk began what a process remembers of journeys may be older
LOOKED_THROUGH: Final = 100  # walks over a journey: those of some two days, if one begins every half an hour


class End(StrEnum):
    """How a worker ended. After all of them the message is done with."""

    DONE = "done"  # the part is finished
    HANDED_ON = "handed_on"
    WAITING = "waiting"  # for lists to be complete, or the journey to be resumed
    LEFT = "left"  # another worker has it, or there is nothing left to do


def begin(walk: Walk, now: int) -> Walk:
    """Begins a walk, unless it has begun; it may be asked for any number of times."""
    stored = walk_store.put(walk)
    if not stored.sent_at:
        _send(stored, stored.parts)
        walk_store.sent(stored, now)
    return stored


def revive(journey: str, now: int) -> None:
    """Sends new messages for parts of walks over a journey that were lost. Safe to call at any time."""
    for walk in walk_store.newest(journey, LOOKED_THROUGH):
        if not walk.finished_at:
            _revive(begin(walk, now), now)


def work(message: GoOn, name: str, now: Callable[[], int]) -> End:
    """Carries on a part for a message called `name`; how that ended. Faults of the platform are raised: the message comes again."""
    walk = walk_store.find(message.journey, message.walk)
    if walk is None or walk.finished_at:
        return End.LEFT
    part = walk_store.part_of(walk, message.part)
    if part.finished_at:
        settle(walk, now())  # whoever finished the last part may have died before
        return End.LEFT
    if now() - walk.begun_at < NEW_MS:
        book.look_again()
    try:
        return _carried_on(walk, part, name, now)
    except Overtaken:
        return End.LEFT


def settle(walk: Walk, now: int) -> None:
    """Does what follows once everybody was met; nothing before that. May be done twice."""
    parts = walk_store.parts_of(walk)
    if all(part.finished_at for part in parts):
        reason, after = deeds.concluded(walk, parts, now)
        if after is not None:
            begin(after, now)
        walk_store.finish(walk, now, reason)


def _carried_on(walk: Walk, part: Part, name: str, now: Callable[[], int]) -> End:
    until = now() + WORK_MS
    while True:
        message = GoOn(walk.journey, walk.id, part.name)
        if seconds := deeds.seconds_to_wait(walk, part, now()):
            work_queue.send([message], seconds)
            return End.WAITING
        if now() >= until:
            work_queue.send([message])
            return End.HANDED_ON
        moved = _moved(walk, part if part.begun_at else replace(part, begun_at=now()), name, now())
        if deeds.were_turned_away(part, moved) and deeds.seconds_to_wait(walk, moved, now()):
            continue  # it was paused in the middle of the page, which is gone through again when it goes on
        walk_store.save(walk, part, moved)
        part = moved
        if part.finished_at:
            settle(walk, now())
            return End.DONE


def _moved(walk: Walk, part: Part, name: str, now: int) -> Part:
    """The part behind the next page, everybody on which was met."""
    page = page_of(walk, part)
    met = deeds.meet(walk, part, page.people, now)
    return replace(
        part,
        after=page.after,
        pages=part.pages + 1,
        counts=added(part.counts, met.counts),
        histogram=met.histogram,
        holder=name,
        moved_at=now,
        finished_at=0 if page.after and not met.reason else now,
        reason=met.reason,
    )


def _revive(walk: Walk, now: int) -> None:
    parts = walk_store.parts_of(walk)
    lost = [part for part in parts if part.is_lost(walk, now)]
    if lost:
        if not deeds.seconds_to_wait(walk, min(lost, key=lambda part: part.pages), now):  # else they wait, as their messages do
            _send(walk, [part.name for part in lost])
        walk_store.sent(walk, now)
    elif all(part.finished_at for part in parts):
        settle(walk, now)


def _send(walk: Walk, names: Sequence[str]) -> None:
    """Parts of the second round wait until every process knows how the journey stands."""
    for second in (False, True):
        messages = [GoOn(walk.journey, walk.id, name) for name in names if Part(name).is_second is second]
        work_queue.send(messages, SETTLE_SECONDS if second else 0)
