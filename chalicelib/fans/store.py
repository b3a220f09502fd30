"""Fans in DynamoDB. Every write names only what it changes, and doing it twice is doing it once. All times are epoch ms."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from pynamodb.exceptions import DoesNotExist, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.fans.keys import key_of, partition
from chalicelib.fans.model import Change, Fan
from chalicelib.fans.records import FanRecord, fan_of

WORKERS: Final = 8  # updates at a time: ten thousand take a few seconds
_REFUSED: Final = "ConditionalCheckFailedException"


@dataclass(frozen=True, slots=True)
class Reading:
    """What asking the platform has brought: at `read_at`; `told` and `told_at` as on `Fan`."""

    read_at: int
    unionid: str
    told: str
    told_at: int


def get(appid: str, openid: str) -> Fan | None:
    """The fan, or None when nothing is known. Strongly consistent."""
    try:
        return fan_of(FanRecord.get(*key_of(appid, openid), consistent_read=True))
    except DoesNotExist:
        return None


def get_many(appid: str, openids: Iterable[str]) -> dict[str, Fan]:
    """The fans by openid; one of whom nothing is known is a Fan all the same. Strongly consistent."""
    wanted = dict.fromkeys(openids)
    found = FanRecord.batch_get([key_of(appid, openid) for openid in wanted], consistent_read=True)
    return {openid: Fan(appid, openid) for openid in wanted} | {record.sk: fan_of(record) for record in found}


def changed(appid: str, openid: str, change: Change, at: int, run: int | None = None) -> bool:
    """Notes that a fan came or went, unless something newer is known. `run`: the sync that found it, None for a push.

    Of a coming and a going in the same millisecond the coming stays, as it does for conditions on who can be reached.
    """
    newest = FanRecord.changed_at <= at if change.follows else FanRecord.changed_at < at
    actions: list[Action] = [FanRecord.following.set(change.follows), FanRecord.changed_at.set(at)]
    if run is not None:
        actions.append(FanRecord.found_run.set(run))
    return _updated(appid, openid, actions, FanRecord.changed_at.does_not_exist() | newest)


def read(appid: str, openid: str, reading: Reading) -> None:
    """Notes what the platform answered, unless something newer was told meanwhile."""
    actions: list[Action] = [FanRecord.read_at.set(reading.read_at)]
    if reading.unionid:
        actions.append(FanRecord.unionid.set(reading.unionid))
    if reading.told:
        actions += [FanRecord.told.set(reading.told), FanRecord.told_at.set(reading.told_at)]
    newest = FanRecord.told_at.does_not_exist() | (FanRecord.told_at <= reading.told_at) if reading.told else None
    _updated(appid, openid, actions, newest)


def withdrawn(appid: str, openid: str, at: int, told_at: int) -> None:
    """Notes that nothing may be kept of a fan, as of `at`, and the time of the event that tells so."""
    actions: list[Action] = [FanRecord.withdrawn_at.set(at), FanRecord.told.remove(), FanRecord.told_at.set(told_at)]
    newest = FanRecord.withdrawn_at.does_not_exist() | (FanRecord.withdrawn_at < at)
    _updated(appid, openid, actions, newest)


def outdated(appid: str, openid: str) -> None:
    """Notes that what was told of a fan holds no longer, so that it is told anew when it is read."""
    _updated(appid, openid, [FanRecord.told.remove()])


def joined(appid: str, openid: str, unionid: str) -> bool:
    """Notes the unionid of somebody who logged in; whether it was not known before."""
    return _updated(appid, openid, [FanRecord.unionid.set(unionid)], FanRecord.unionid.does_not_exist() | (FanRecord.unionid != unionid))


def listed(appid: str, openids: Sequence[str], run: int) -> list[Fan]:
    """Notes that the list of a sync held these fans, and gives what is known of each."""

    def mark(openid: str) -> Fan:
        record = FanRecord(*key_of(appid, openid))
        record.update(actions=[FanRecord.listed_at.set(run)])
        return fan_of(record)

    with ThreadPoolExecutor(min(WORKERS, len(openids) or 1)) as pool:
        return list(pool.map(mark, openids))


def missing(appid: str, shard: int, run: int) -> Iterator[str]:
    """The fans of a shard whom we believe to follow since before a sync began, and whom its list did not hold."""
    unlisted = FanRecord.listed_at.does_not_exist() | (FanRecord.listed_at < run)
    believed = (FanRecord.following == True) & (FanRecord.changed_at < run)  # noqa: E712 - an expression for DynamoDB
    for record in FanRecord.query(partition(appid, shard), filter_condition=believed & unlisted, consistent_read=True):
        yield str(record.sk)


def _updated(appid: str, openid: str, actions: list[Any], condition: Condition | None = None) -> bool:
    """Whether the condition held."""
    try:
        FanRecord(*key_of(appid, openid)).update(actions=actions, condition=condition)
    except UpdateError as error:
        if error.cause_response_code != _REFUSED:
            raise
        return False
    return True
