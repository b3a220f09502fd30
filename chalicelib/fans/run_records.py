"""Syncs in DynamoDB: the last one of each account, in the table `wechat` (pk APPID, sk `sync`).

Every change is conditional on the fence, so that only the worker that took the sync last can make it.
"""

from enum import StrEnum
from typing import Any, Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, UpdateError
from pynamodb.expressions.condition import Condition

from chalicelib.dynamo import StoredItem, meta
from chalicelib.fans.runs import Run

LEASE_MS: Final = 150_000  # a worker stops after a minute and the slice that it is at
LOST_MS: Final = 1_200_000  # a message that no worker has come with for so long is sent again; it may be delayed by 15 minutes
_SYNC: Final = "sync"
_REFUSED: Final = "ConditionalCheckFailedException"


class LeaseLost(Exception):
    """Another worker has taken the sync over, and goes on with it."""


class Taken(StrEnum):
    """Why a sync is not to be worked on."""

    HELD = "held"  # by a worker whose own message comes again should it die
    OVER = "over"  # or a newer one has begun


class RunRecord(StoredItem):
    """A sync; see `Run`. `holder` is the message whose worker has it."""

    Meta = meta("wechat")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    run = NumberAttribute()
    after = UnicodeAttribute(null=True)
    offset = NumberAttribute(default=0)
    shard = NumberAttribute(null=True)
    listed = NumberAttribute(default=0)
    total = NumberAttribute(default=0)
    asked = NumberAttribute(default=0)
    fence = NumberAttribute(default=0)
    holder = UnicodeAttribute(null=True)
    until = NumberAttribute(default=0)
    ended_at = NumberAttribute(null=True)
    error = NumberAttribute(null=True)


def latest(appid: str) -> Run | None:
    """The last sync of an account, or None before the first. Strongly consistent."""
    try:
        return _run(RunRecord.get(appid, _SYNC, consistent_read=True))
    except DoesNotExist:
        return None


def begin(appid: str, now: int) -> bool:
    """Begins a sync unless one is open; whether it did."""
    free = RunRecord.pk.does_not_exist() | RunRecord.ended_at.exists()
    actions: list[Any] = [RunRecord.run.set(now), RunRecord.until.set(now + LOST_MS)]
    actions += [one.set(0) for one in (RunRecord.offset, RunRecord.listed, RunRecord.total, RunRecord.asked, RunRecord.fence)]
    gone = (RunRecord.after, RunRecord.shard, RunRecord.holder, RunRecord.ended_at, RunRecord.error)
    return _changed(appid, [*actions, *(one.remove() for one in gone)], free) is not None


def wake(run: Run, now: int) -> bool:
    """Notes that a new message is sent for a lost sync; False when somebody else has sent one, or a worker came."""
    unchanged = (RunRecord.run == run.id) & (RunRecord.until == run.until) & (RunRecord.fence == run.fence)
    return _changed(run.appid, [RunRecord.until.set(now + LOST_MS)], unchanged) is not None


def take(appid: str, run: int, message: str, now: int) -> Run | Taken:
    """Claims a sync for a message until LEASE_MS from now. The same message may take it again: it comes again when its worker died."""
    free = RunRecord.holder.does_not_exist() | (RunRecord.holder == message) | (RunRecord.until < now)
    there = (RunRecord.run == run) & RunRecord.ended_at.does_not_exist()
    actions = [RunRecord.fence.add(1), RunRecord.holder.set(message), RunRecord.until.set(now + LEASE_MS)]
    taken = _changed(appid, actions, there & free)
    if taken is not None:
        return taken
    found = latest(appid)
    return Taken.HELD if found is not None and found.id == run and found.is_open else Taken.OVER


def save(run: Run, now: int) -> Run:
    """Notes how far the sync has come, and renews the lease. Raises LeaseLost."""
    return _written(run, [*_progress(run), RunRecord.until.set(now + LEASE_MS)])


def release(run: Run, until: int) -> None:
    """Gives the lease up: a message is about to be sent that shows up before `until`. Raises LeaseLost."""
    _written(run, [*_progress(run), RunRecord.holder.remove(), RunRecord.until.set(until)])


def end(run: Run, now: int, error: int | None = None) -> None:
    """Notes that list and comparison are over, or why they cannot go on. Raises LeaseLost."""
    failed = [RunRecord.error.set(error)] if error is not None else []
    _written(run, [*_progress(run), RunRecord.ended_at.set(now), RunRecord.holder.remove(), *failed])


def _progress(run: Run) -> list[Any]:
    actions: list[Any] = [RunRecord.offset.set(run.offset), RunRecord.listed.set(run.listed), RunRecord.total.set(run.total)]
    actions.append(RunRecord.asked.set(run.asked))
    actions.append(RunRecord.after.set(run.after) if run.after else RunRecord.after.remove())
    if run.shard is not None:
        actions.append(RunRecord.shard.set(run.shard))
    return actions


def _written(run: Run, actions: list[Any]) -> Run:
    written = _changed(run.appid, actions, (RunRecord.run == run.id) & (RunRecord.fence == run.fence))
    if written is None:
        raise LeaseLost(f"the sync of {run.appid} was taken by another worker")
    return written


def _changed(appid: str, actions: list[Any], condition: Condition) -> Run | None:
    """The sync after a change, None when the condition did not hold."""
    record = RunRecord(appid, _SYNC)
    try:
        record.update(actions=actions, condition=condition)
    except UpdateError as error:
        if error.cause_response_code != _REFUSED:
            raise
        return None
    return _run(record)


def _run(record: RunRecord) -> Run:
    return Run(
        appid=record.pk,
        id=int(record.run),
        after=record.after or "",
        offset=int(record.offset),
        shard=_whole(record.shard),
        listed=int(record.listed),
        total=int(record.total),
        asked=int(record.asked),
        fence=int(record.fence),
        until=int(record.until),
        ended_at=_whole(record.ended_at),
        error=_whole(record.error),
    )


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
