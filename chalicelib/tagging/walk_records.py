"""Walks in DynamoDB: long work that is done in steps by one worker after another, each step from a message of the queue `tagging`.

pk `<appid>`, sk `walk#<name>`: how far the walk has come. Every change is conditional, so a step that comes twice is done once at a time:
whoever holds the step's message may take it, again too when it died; a message of a step that is over is done with.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, PutError, UpdateError
from pynamodb.expressions.condition import Condition

from chalicelib.definitions.records import whole
from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.events.model import Json

WALK_PREFIX: Final = "walk#"
LEASE_MS: Final = 180_000  # a worker stops after a minute and the part that it is at
LOST_MS: Final = 1_800_000  # a message waits for at most 15 minutes; after twice that it was lost
_REFUSED: Final = "ConditionalCheckFailedException"


class LeaseLost(Exception):
    """Another worker has taken the step over, and goes on with it."""


class WalkRecord(StoredItem):
    """A walk: when its round began (ms), its step, the place (`state`) and counts as JSON; whose message has it, until when; its end."""

    Meta = meta("wechat")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    begun = NumberAttribute()
    step = NumberAttribute(default=0)
    state = UnicodeAttribute(default="{}")
    counts = UnicodeAttribute(default="{}")
    holder = UnicodeAttribute(null=True)
    until = NumberAttribute(default=0)
    finished = NumberAttribute(null=True)


@dataclass(frozen=True, slots=True)
class Walk:
    """How far a walk of an account has come. Times are epoch ms; `state` is the walk's own, as JSON."""

    appid: str
    name: str
    begun: int
    step: int = 0
    state: Json = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    until: int = 0
    finished: int | None = None

    def is_lost(self, now: int) -> bool:
        """Whether nobody works on it any more, and no message of it can be under way."""
        return self.finished is None and self.until < now


def walk_of(appid: str, name: str) -> Walk | None:
    """A walk, None if it never began. Strongly consistent."""
    try:
        return _walk(WalkRecord.get(appid, WALK_PREFIX + name, consistent_read=True))
    except DoesNotExist:
        return None


def walks_of(appid: str, prefix: str = "") -> list[Walk]:
    """All walks of an account whose names begin like this."""
    return [_walk(one) for one in WalkRecord.query(appid, WalkRecord.sk.startswith(WALK_PREFIX + prefix), consistent_read=True)]


def begin(appid: str, name: str, now: int, state: Json, before: Walk | None) -> Walk | None:
    """Begins a walk, in place of the one that was read before; None when somebody else has."""
    same = WalkRecord.pk.does_not_exist() if before is None else (WalkRecord.begun == before.begun) & (WalkRecord.step == before.step)
    record = WalkRecord(pk=appid, sk=WALK_PREFIX + name, begun=now, state=json.dumps(state), until=now + LOST_MS)
    try:
        record.save(condition=same)
    except PutError as error:
        if error.cause_response_code != _REFUSED:
            raise
        return None
    return _walk(record)


def take(appid: str, name: str, begun: int, step: int, message: str, now: int) -> Walk | None:
    """Claims a step for a message until LEASE_MS from now; None when the step is over, or in other hands."""
    free = WalkRecord.holder.does_not_exist() | (WalkRecord.holder == message) | (WalkRecord.until < now)
    there = (WalkRecord.begun == begun) & (WalkRecord.step == step) & WalkRecord.finished.does_not_exist()
    actions = [WalkRecord.holder.set(message), WalkRecord.until.set(now + LEASE_MS)]
    return _changed(Walk(appid, name, begun, step), actions, there & free)


def save(walk: Walk, message: str, state: Json, more: Counter[str], now: int) -> Walk:
    """Notes how far the walk has come, and renews the lease. Raises LeaseLost."""
    counts = dict(Counter(walk.counts) + more)
    actions = [
        WalkRecord.state.set(json.dumps(state)),
        WalkRecord.counts.set(json.dumps(counts)),
        WalkRecord.until.set(now + LEASE_MS),
    ]
    return _held(walk, message, actions)


def hand_on(walk: Walk, message: str, now: int) -> Walk:
    """Ends the step: a message of the next one is about to be sent. Raises LeaseLost."""
    actions = [WalkRecord.step.set(walk.step + 1), WalkRecord.holder.remove(), WalkRecord.until.set(now + LOST_MS)]
    return _held(walk, message, actions)


def finish(walk: Walk, message: str, now: int) -> None:
    """Notes that the walk is over. Raises LeaseLost."""
    _held(walk, message, [WalkRecord.finished.set(now), WalkRecord.holder.remove()])


def wake(walk: Walk, now: int) -> bool:
    """Notes that the message of a lost walk is sent again; False when somebody else has."""
    same = (WalkRecord.begun == walk.begun) & (WalkRecord.step == walk.step) & (WalkRecord.until == walk.until)
    return _changed(walk, [WalkRecord.until.set(now + LOST_MS), WalkRecord.holder.remove()], same) is not None


def drop(appid: str, name: str) -> None:
    """Forgets a walk; whoever is at it stops."""
    WalkRecord(pk=appid, sk=WALK_PREFIX + name).delete()


def _held(walk: Walk, message: str, actions: list[Any]) -> Walk:
    mine = (WalkRecord.begun == walk.begun) & (WalkRecord.step == walk.step) & (WalkRecord.holder == message)
    after = _changed(walk, actions, mine)
    if after is None:
        raise LeaseLost(f"step {walk.step} of the walk {walk.name} was taken by another worker")
    return after


def _changed(walk: Walk, actions: list[Any], condition: Condition) -> Walk | None:
    record = WalkRecord(pk=walk.appid, sk=WALK_PREFIX + walk.name)
    try:
        record.update(actions=actions, condition=condition)
    except UpdateError as error:
        if error.cause_response_code != _REFUSED:
            raise
        return None
    return replace(_walk(record), appid=walk.appid, name=walk.name)


def _walk(record: WalkRecord) -> Walk:
    return Walk(
        appid=record.pk,
        name=record.sk.removeprefix(WALK_PREFIX),
        begun=int(record.begun),
        step=int(record.step),
        state=json.loads(record.state),
        counts=json.loads(record.counts),
        until=int(record.until),
        finished=whole(record.finished),
    )
