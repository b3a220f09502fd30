"""How a broadcast begins, goes on after a pause, and comes back to life when its messages or workers were lost.

Messages are sent before it is noted that they were: whoever dies in between has them sent twice, and the second finds nothing to do.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

from chalicelib.audiences import planbook
from chalicelib.audiences.membership import Audience
from chalicelib.audiences.populations import count_of
from chalicelib.broadcasts import part_store, queue, ranks, store
from chalicelib.broadcasts.model import Broadcast, Phase, cancelled, finished, paused, resumed, started
from chalicelib.broadcasts.parts import LOST_MS, Part, due, is_complete
from chalicelib.broadcasts.queue import Begin, CarryOn

SETTLE_SECONDS: Final = 30  # from the end of the first round to the second: until lists say who has become one with whom
BACKFILL_SECONDS: Final = 20  # until it is looked again whether everybody has been judged by the rules in force


def begin(broadcast: str, now: int) -> None:
    """Begins a broadcast whose time has come (ms); one that has begun is looked after. May be done twice.

    While newly published rules are still being applied to everybody, it waits: the list of the segment's people is not complete.
    """
    one = store.find(broadcast)
    if one is None or one.hold is not None:
        return  # resuming sends it again
    if one.phase is Phase.SCHEDULED:
        if waits := _seconds_to_wait(one, now):
            queue.send([Begin(broadcast)], waits)
            return
        expected = count_of(Audience.SEGMENT, one.wanted.segment)
        part_store.begin(broadcast, expected, ranked=one.wanted.rank is not None)
        one = store.changed(broadcast, partial(started, expected=expected, now=now))
    revive(one, now)


def revive(one: Broadcast, now: int) -> None:
    """Sends new messages for parts that are due and lost, and says when all are finished. Safe to call at any time."""
    if one.hold is not None:
        return
    if one.phase is Phase.COUNTING:
        one = _counted_on(one, now)
    if one.phase is Phase.SCHEDULED and max(one.wanted.at, one.created_at) + LOST_MS < now:
        # One that still waits for the rules has a message that comes back every few seconds: whoever looks would add one for good.
        if not _seconds_to_wait(one, now):
            queue.send([Begin(one.id)])
    elif one.phase is Phase.RUNNING:
        parts = part_store.parts_of(one.id)
        _wake([part for part in due(parts) if part.is_lost(now)], now)
        if is_complete(parts):
            store.changed(one.id, partial(finished, now=now))


def _counted_on(one: Broadcast, now: int) -> Broadcast:
    """The broadcast after everybody was counted; before that, parts that were lost get new messages."""
    counts = part_store.counts_of(one.id)
    if is_complete(counts):
        return ranks.settled(one, counts, now)
    _wake([part for part in counts if part.is_lost(now)], now)
    return one


def _wake(lost: Sequence[Part], now: int) -> None:
    """Parts of the second round that nobody has begun wait for a while."""
    for begun in (True, False):
        mine = [CarryOn(part.broadcast, part.number) for part in lost if bool(part.fence or not part.is_second) is begun]
        queue.send(mine, 0 if begun else SETTLE_SECONDS)
    for part in lost:
        part_store.wake(part, now)


def pause(broadcast: str) -> Broadcast:
    """Nothing more goes out, after a few seconds. Raises NotFound, BroadcastCancelled."""
    return store.changed(broadcast, paused)


def resume(broadcast: str, now: int) -> Broadcast:
    """It goes on where it was; also one that was not paused, but whose messages were lost. Raises NotFound, BroadcastCancelled."""
    one = store.changed(broadcast, resumed)
    if one.phase is Phase.SCHEDULED:
        queue.send([Begin(one.id)], _seconds_to_wait(one, now))
    else:
        revive(one, now)
    return one


def cancel(broadcast: str) -> Broadcast:
    """Nothing more goes out, for good. Raises NotFound."""
    return store.changed(broadcast, cancelled)


def look_after(broadcast: str, now: int) -> None:
    """What is due of it, or was lost, is set going: when a part is finished, and every hour. May be done twice."""
    one = store.find(broadcast)
    if one is not None:
        revive(one, now)


def _seconds_to_wait(one: Broadcast, now: int) -> int:
    """Rounded up."""
    early = -(-max(one.wanted.at - now, 0) // 1000)
    if early:
        return early
    stored = planbook.stored()
    return 0 if stored.passed >= stored.plan.version else BACKFILL_SECONDS
