"""The calls that the platform allows in a day (China's): counted where they are few, and remembered for all workers where they are used up.

Items of the table `wechat`, one per account, day and interface: sk `quota#2026-11-22#/cgi-bin/user/get`.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from chalicelib.access.cache import LookupCache
from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.wechat import errors
from chalicelib.wechat.error_numbers import Wait
from chalicelib.wechat.errors import CHINA_OFFSET_MS, LimitReached

DAY_USED_UP: Final = 45009
MASS_USED_UP: Final = 45028
FORCED_TOKEN: Final = "/cgi-bin/stable_token?force_refresh"  # noqa: S105 - a name; of the same interface, with a quota of its own

# Of an account without many fans; the platform allows more from 100,000 fans on, and says when it allows less. Interfaces that allow
# more than anybody makes (500,000 messages, 5,000,000 profiles) are not counted here: each count costs a write.
DAILY: Final = {
    FORCED_TOKEN: 20,
    "/cgi-bin/menu/create": 1_000,
    "/cgi-bin/menu/get": 10_000,
    "/cgi-bin/menu/delete": 1_000,
    "/cgi-bin/menu/addconditional": 2_000,
    "/cgi-bin/menu/delconditional": 2_000,
    "/cgi-bin/menu/trymatch": 20_000,
    "/cgi-bin/user/get": 500,
    "/cgi-bin/user/info/updateremark": 10_000,
    "/cgi-bin/message/mass/sendall": 100,
    "/cgi-bin/message/mass/send": 100,
    "/cgi-bin/message/mass/preview": 100,
    "/cgi-bin/qrcode/create": 100_000,
    "/cgi-bin/media/upload": 100_000,
}
_NOTED: Final = (DAY_USED_UP, MASS_USED_UP)  # limits of the account; the others are of a person, or over at once
_KEPT_MS: Final = 3 * 86_400_000  # how long a count can still be looked at
_PREFIX: Final = "quota#"
_LOOK_SECONDS: Final = 60.0  # how long a worker may not know that a quota is used up
_LOOKED: Final = 500  # accounts
_CONDITION_FAILED: Final = "ConditionalCheckFailedException"


class QuotaRecord(StoredItem):
    """What was used of a day's calls, and until when (epoch ms) the platform refuses more."""

    Meta = meta("wechat")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    used = NumberAttribute(null=True)
    closed_until = NumberAttribute(null=True)
    expires = NumberAttribute(null=True)


def spend(appid: str, api: str, now: int, n: int = 1) -> None:
    """Takes `n` calls of today's. Raises LimitReached, with `until`, when there are none left, or the platform said so."""
    day = _day(now)
    until = _closed.get((appid, day)).get(api, 0)
    if until > now:
        raise _used_up(api, until)
    if (limit := DAILY.get(api)) is not None and not _taken(appid, api, now, n, limit):
        _closed.clear()
        raise _used_up(api, _end(appid, api, now))


def closed_until(appid: str, api: str, now: int) -> int | None:
    """Until when (ms) the platform refuses an interface, as somebody was told within the last minute or before; None when it is open."""
    until = _closed.get((appid, _day(now))).get(api, 0)
    return until if until > now else None


def note(appid: str, reached: LimitReached, now: int) -> None:
    """Remembers a limit of the account that the platform told of, so that nobody calls in vain before it is over."""
    if reached.number not in _NOTED or reached.until is None:
        return
    close(appid, reached.api, reached.until, now)


def close(appid: str, api: str, until: int, now: int) -> None:
    """Remembers for all workers that an interface, or whatever else of an account has a name, is of no use before `until` (ms)."""
    actions: list[Action] = [
        QuotaRecord.closed_until.set(until),
        QuotaRecord.expires.set(_expiry(now)),
        QuotaRecord.v.set(SCHEMA_VERSION),
    ]
    QuotaRecord(appid, _key(_day(now), api)).update(actions=actions)
    _closed.clear()


def clear(appid: str, api: str, now: int) -> None:
    """Counts an interface's day, or with "" every one's, from nothing: the platform does. Others notice within a minute."""
    day = _day(now)
    for record in list(QuotaRecord.query(appid, QuotaRecord.sk.startswith(_key(day, api)), consistent_read=True)):
        if not api or record.sk == _key(day, api):
            record.delete()
    _closed.clear()


def forget() -> None:
    """Look anew at what is used up."""
    _closed.clear()


def _taken(appid: str, api: str, now: int, n: int, limit: int) -> bool:
    left = QuotaRecord.used.does_not_exist() | (QuotaRecord.used <= limit - n)
    open_ = QuotaRecord.closed_until.does_not_exist() | (QuotaRecord.closed_until <= now)
    actions: list[Action] = [QuotaRecord.used.add(n), QuotaRecord.expires.set(_expiry(now)), QuotaRecord.v.set(SCHEMA_VERSION)]
    try:
        QuotaRecord(appid, _key(_day(now), api)).update(actions=actions, condition=left & open_)
    except UpdateError as error:
        if error.cause_response_code != _CONDITION_FAILED:
            raise
        return False
    return True


def _end(appid: str, api: str, now: int) -> int:
    """When calls are possible again: as the platform said, or tomorrow."""
    told = _closed.get((appid, _day(now))).get(api, 0)
    return told if told > now else errors.until(Wait.DAY, now) or now


def _used_up(api: str, until: int) -> LimitReached:
    return LimitReached(errors.verdict_of(DAY_USED_UP), api, until=until)


def _load(key: tuple[str, str]) -> dict[str, int]:
    """Until when each interface of an account is closed."""
    appid, day = key
    prefix = _key(day, "")
    found = QuotaRecord.query(appid, QuotaRecord.sk.startswith(prefix))
    return {record.sk.removeprefix(prefix): int(record.closed_until or 0) for record in found}


_closed: Final = LookupCache(_load, _LOOK_SECONDS, _LOOKED)


def _day(now: int) -> str:
    """China's date, e.g. `2026-11-22`."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=now + CHINA_OFFSET_MS)).date().isoformat()


def _key(day: str, api: str) -> str:
    return f"{_PREFIX}{day}#{api}"


def _expiry(now: int) -> int:
    return (now + _KEPT_MS) // 1000
