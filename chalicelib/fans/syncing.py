"""Syncs: all fans of an account are compared with the platform's list, so that what no push has told is found.

    start("wx77aa00bb11cc22dd", now)

A sync walks the list (10,000 fans a page), marks the item of each, and has fans read who are unknown or were read long ago. Afterwards it
looks through the items for fans who are believed to follow and were not on the list, and has those read too. Reading finds the truth
(`reading.py`).

A worker may die between any two lines, and a message may come twice:
- Marking and asking for a read twice is doing it once, so a slice may be looked at again.
- The place moves in one conditional write that only the worker which took the sync last can make.
- The lease is given up before the message for the next worker is sent. Should that be lost, whoever starts the sync next sends another.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice
from typing import Final

from chalicelib.fans import run_records, store
from chalicelib.fans.keys import SHARDS
from chalicelib.fans.model import Fan
from chalicelib.fans.queue import MAX_OPENIDS, Read, Sync, send
from chalicelib.fans.run_records import LOST_MS, LeaseLost, Taken
from chalicelib.fans.runs import Run
from chalicelib.settings import settings
from chalicelib.telemetry import count_refusals
from chalicelib.wechat.calls import users
from chalicelib.wechat.client import Client
from chalicelib.wechat.errors import Dropped, LimitReached, Misconfigured, Unreachable, WechatError

WORK_MS: Final = 60_000  # of one worker
SLICE: Final = 2_000  # fans that are marked before the place is noted
DAY_MS: Final = 86_400_000
STALE_MS: Final = 30 * DAY_MS  # what was read of a fan is read again after so long
SETTLE_MS: Final = 60_000  # a push of what was just listed may be on its way: it comes three times within 15 s, and is the better witness
FAILED: Final = "sync_failed"
_FOR_GOOD: Final = (Dropped, Misconfigured, Unreachable)


class End(StrEnum):
    """How a worker ended. After all of them the message is done with."""

    DONE = "done"
    HANDED_ON = "handed_on"
    LEFT = "left"  # another worker has it, or it is over
    FAILED = "failed"


@dataclass(slots=True)
class _Worker:
    """One invocation at one sync. `until` is when it stops (ms); `page` is the page of the list that it has in memory."""

    client: Client
    now: Callable[[], int]
    until: int
    page: users.Page | None = field(default=None)

    @property
    def is_tired(self) -> bool:
        """Whether it is another worker's turn."""
        return self.now() >= self.until

    def step(self, run: Run) -> Run:
        """The next slice of the list, or the next shard of our own."""
        return self._compared(run, run.shard) if run.shard is not None else self._listed(run)

    def _listed(self, run: Run) -> Run:
        page = self.page if self.page is not None and run.offset else users.page(self.client, run.after)
        self.page = page
        part = page.openids[run.offset : run.offset + SLICE]
        wanted = [fan.openid for fan in store.listed(run.appid, part, run.id) if _is_to_be_read(fan, self.now())]
        asked = run.asked + _ask(run, wanted)
        run = replace(run, listed=run.listed + len(part), total=page.total, asked=asked)
        if run.offset + SLICE < len(page.openids):
            return replace(run, offset=run.offset + SLICE)
        self.page = None
        following = page.next if page.openids else ""
        return replace(run, after=following, offset=0, shard=None if following else 0)

    def _compared(self, run: Run, shard: int) -> Run:
        missing, asked = store.missing(run.appid, shard, run.id), run.asked
        while some := list(islice(missing, SLICE)):
            asked += _ask(run, some)
        return replace(run, shard=shard + 1, asked=asked)


def start(appid: str, now: int) -> Run:
    """Sees to it that a sync of the account is under way; what it finds open goes on. `now` in epoch ms. Safe to call at any time."""
    begun = run_records.begin(appid, now)
    run = run_records.latest(appid)
    if run is None:
        raise LeaseLost(f"the sync of {appid} that was begun is gone")
    if begun or (run.is_lost(now) and run_records.wake(run, now)):
        send([Sync(appid, run.id)])
    return run


def upkeep(appid: str, now: int) -> None:
    """Begins a sync if the last one began a day ago, and sends a new message for one whose message or worker was lost."""
    run = run_records.latest(appid)
    due = run is None or (not run.is_open and now - run.id >= DAY_MS / settings().time_scale)
    if due or (run is not None and run.is_lost(now)):
        start(appid, now)


def work(message: Sync, name: str, client: Client, now: Callable[[], int]) -> End:
    """Carries on a sync for the message `name`; how that ended.

    Raises TryAgain and LimitReached, with the lease given up, and faults of our own platform: then the message is to come again.
    """
    run = run_records.take(message.appid, message.run, name, now())
    if isinstance(run, Taken):
        return End.LEFT
    try:
        return _carried_on(run, _Worker(client, now, now() + WORK_MS))
    except LeaseLost:
        return End.LEFT


def _carried_on(run: Run, worker: _Worker) -> End:
    while run.shard is None or run.shard < SHARDS:
        try:
            run = run_records.save(worker.step(run), worker.now())
        except _FOR_GOOD as refused:
            return _failed(run, refused, worker.now())
        except WechatError as later:
            waits = later.until if isinstance(later, LimitReached) else None
            run_records.release(run, (waits or worker.now()) + LOST_MS)
            raise
        if worker.is_tired:
            run_records.release(run, worker.now() + LOST_MS)
            send([Sync(run.appid, run.id)])
            return End.HANDED_ON
    run_records.end(run, worker.now())
    return End.DONE


def _failed(run: Run, refused: WechatError, now: int) -> End:
    run_records.end(run, now, refused.number)
    count_refusals([FAILED])
    return End.FAILED


def _is_to_be_read(fan: Fan, now: int) -> bool:
    return not fan.following or fan.read_at < now - STALE_MS


def _ask(run: Run, openids: Sequence[str]) -> int:
    """Has fans read, once pushes on their way have come; how many messages that takes."""
    parts = [tuple(openids[start : start + MAX_OPENIDS]) for start in range(0, len(openids), MAX_OPENIDS)]
    send([Read(run.appid, part, run.id, run=run.id) for part in parts], int(SETTLE_MS / settings().time_scale))
    return len(parts)
