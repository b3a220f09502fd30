"""How often a call may be made: per China's day, per minute; and what is left of it."""

from typing import Final

from infra.local_wechat.call import Api, Call
from infra.local_wechat.clock import MINUTE_MS, china_day
from infra.local_wechat.refusals import Refused
from infra.local_wechat.state import Account, Kind
from infra.local_wechat.world import World

_DAY: Final = "day"
_MINUTE: Final = "minute"


def daily_limit(api: Api, account: Account) -> int | None:
    """How many calls a day; a test sets its own by the path in the account's `quotas`."""
    if api.path in account.quotas:
        return account.quotas[api.path]
    return api.per_day[account.kind is Kind.TEST] if api.per_day else None


def used_today(world: World, appid: str, path: str) -> int:
    """How many calls were made today, or since the count was last cleared."""
    return world.counters[_DAY, appid, path, china_day(world.clock.world())]


def count_day(call: Call) -> None:
    """Counts a call of the day. Raises Refused (45009) when there are none left."""
    key = (_DAY, call.caller.appid, call.api.path, china_day(call.now))
    limit = daily_limit(call.api, call.caller)
    if limit is not None and call.world.counters[key] >= limit:
        raise Refused(45009)
    call.world.counters[key] += 1


def count_minute(call: Call) -> None:
    """Counts a call of the minute. Raises Refused (45011)."""
    key = (_MINUTE, call.caller.appid, call.api.path, str(call.now // MINUTE_MS))
    if call.api.per_minute is not None and call.world.counters[key] >= call.api.per_minute:
        raise Refused(45011)
    call.world.counters[key] += 1


def clear(world: World, appid: str, path: str | None = None) -> None:
    """Forgets how often calls were made, of one path or of all."""
    for key in [key for key in world.counters if key[0] in {_DAY, _MINUTE} and key[1] == appid and path in {None, key[2]}]:
        del world.counters[key]
