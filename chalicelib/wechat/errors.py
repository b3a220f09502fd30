"""What a refusal of WeChat's API asks for, as exceptions: try again, take another token, wait, drop, give up on the person, repair. Pure.

Numbers decide, never texts: those are translated and change. An answer that never came, or is no JSON, counts as -1.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from chalicelib.wechat.error_numbers import VERDICTS, Remedy, Verdict, Wait

SECOND_MS: Final = 1000
MINUTE_MS: Final = 60 * SECOND_MS
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS
CHINA_OFFSET_MS: Final = 8 * HOUR_MS  # quotas are counted by China's days; it has no summer time
_WAITS_MS: Final = {Wait.SECONDS: 5 * SECOND_MS, Wait.MINUTE: MINUTE_MS, Wait.HOURS: 3 * HOUR_MS}
_FIRST_DAY: Final = date(1970, 1, 1)
_RID: Final = re.compile(r"rid: ([0-9a-f][0-9a-f-]{5,63})")

# For numbers nobody has met yet: the thousands tell the subject. Whatever else comes is dropped, since that can never loop.
_BY_THOUSANDS: Final = {48: Remedy.FIX_CONFIGURATION, 61: Remedy.FIX_CONFIGURATION, 89: Remedy.FIX_CONFIGURATION}


class WechatError(Exception):
    """A call that WeChat refused. `verdict` says why and what to do; `rid` is the platform's own number of the call, or ""."""

    def __init__(self, verdict: Verdict, api: str, rid: str = "") -> None:
        super().__init__(f"{api}: {verdict.number}, {verdict.meaning}" + (f" (rid {rid})" if rid else ""))
        self.verdict = verdict
        self.api = api
        self.rid = rid

    @property
    def number(self) -> int:
        """The platform's error number."""
        return self.verdict.number


class TryAgain(WechatError):
    """A fault of the moment. `sent_maybe`: the call may have had its effect all the same; False when it cannot have gone out."""

    def __init__(self, verdict: Verdict, api: str, rid: str = "", sent_maybe: bool = True) -> None:
        super().__init__(verdict, api, rid)
        self.sent_maybe = sent_maybe


class TokenRefused(WechatError):
    """The access token was not accepted."""


class LimitReached(WechatError):
    """A limit is used up; `until` is epoch ms, None when only the person can lift it."""

    def __init__(self, verdict: Verdict, api: str, rid: str = "", until: int | None = None) -> None:
        super().__init__(verdict, api, rid)
        self.until = until


class Dropped(WechatError):
    """The call can never succeed as it is."""


class Unreachable(WechatError):
    """The person cannot be reached this way now."""


class Misconfigured(WechatError):
    """Every call will fail until somebody repairs the account or the settings."""


_RAISED: Final[Mapping[Remedy, type[WechatError]]] = {
    Remedy.RETRY: TryAgain,
    Remedy.REFRESH_TOKEN: TokenRefused,
    Remedy.DROP: Dropped,
    Remedy.UNREACHABLE: Unreachable,
    Remedy.FIX_CONFIGURATION: Misconfigured,
}


def verdict_of(number: int, asks_for_token: bool = False) -> Verdict:
    """What the number asks for. When the call is the one that asks for a token, no newer token can help: the secret is wrong."""
    verdict = VERDICTS.get(number) or _by_rule(number)
    if asks_for_token and verdict.remedy is Remedy.REFRESH_TOKEN:
        return Verdict(number, Remedy.FIX_CONFIGURATION, "the AppSecret is wrong")
    return verdict


def error_of(number: int, text: str, api: str, now: int, asks_for_token: bool = False) -> WechatError | None:
    """The exception for an answer's `errcode` and `errmsg`, None when there is nothing to raise. Of the text only the rid is kept:
    it may repeat what was sent. `now` is epoch ms.
    """
    verdict = verdict_of(number, asks_for_token)
    found = _RID.search(text)
    rid = found.group(1) if found else ""
    if verdict.wait is not None:
        return LimitReached(verdict, api, rid, until(verdict.wait, now))
    kind = _RAISED.get(verdict.remedy)
    return kind(verdict, api, rid) if kind else None


def until(wait: Wait, now: int) -> int | None:
    """Epoch ms of the end of a limit that was met at `now`; None when it ends with the person's next contact."""
    if wait is Wait.CONTACT:
        return None
    if wait in _WAITS_MS:
        return now + _WAITS_MS[wait]
    days = (now + CHINA_OFFSET_MS) // DAY_MS + 1
    if wait is Wait.MONTH:
        days = _first_of_next_month(days - 1)
    return days * DAY_MS - CHINA_OFFSET_MS


def _first_of_next_month(day: int) -> int:
    """Both as days since 1970."""
    today = _FIRST_DAY + timedelta(days=day)
    first = date(today.year + today.month // 12, today.month % 12 + 1, 1)
    return (first - _FIRST_DAY).days


def _by_rule(number: int) -> Verdict:
    remedy = Remedy.RETRY if number < 0 else _BY_THOUSANDS.get(number // 1000, Remedy.DROP)
    return Verdict(number, remedy, "a number that is not known yet", known=False)
