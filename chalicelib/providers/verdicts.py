"""What a provider's error codes ask for: the shape of their tables, and when a limit is over. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from chalicelib.providers.model import Outcome, Reason, Result
from chalicelib.zones import CHINA_TIME

SECOND_MS: Final = 1000
_MORNING_HOUR: Final = 8  # from when carriers take marketing
_SERVER_FAULT: Final = 500
_CLIENT_FAULT: Final = 400
_TOO_MANY: Final = 429
_REFUSING_CALLERS: Final = frozenset({401, 403, 404, 405, 407})  # whoever answers so is not what we think, or does not know us


class Wait(StrEnum):
    """When a limit is over. Days and months are China's."""

    SECONDS = "seconds"
    HALF_MINUTE = "half_minute"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    MORNING = "morning"  # 08:00 in China, when marketing may go


_LENGTHS: Final = {
    Wait.SECONDS: timedelta(seconds=5),
    Wait.HALF_MINUTE: timedelta(seconds=30),
    Wait.MINUTE: timedelta(minutes=1),
    Wait.HOUR: timedelta(hours=1),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a code means. `wait` belongs to LIMITED alone."""

    result: Result
    reason: Reason = Reason.NONE
    wait: Wait | None = None

    def outcome(self, code: str, now: int, provider_id: str = "") -> Outcome:
        """The outcome of a call that was answered so at `now` (epoch ms)."""
        end = until(self.wait, now) if self.wait else None
        return Outcome(self.result, self.reason, provider_id, end, code)


def until(wait: Wait, now: int) -> int:
    """Epoch ms of the end of a limit that was met at `now`."""
    if wait in _LENGTHS:
        return now + int(_LENGTHS[wait].total_seconds()) * SECOND_MS
    there = datetime.fromtimestamp(now / SECOND_MS, CHINA_TIME)
    midnight = there.replace(hour=0, minute=0, second=0, microsecond=0)
    if wait is Wait.DAY:
        end = midnight + timedelta(days=1)
    elif wait is Wait.MONTH:
        end = (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
    else:
        end = midnight.replace(hour=_MORNING_HOUR)
        end += timedelta(days=0 if there < end else 1)
    return round(end.timestamp()) * SECOND_MS


def family_of(code: str, table: Mapping[str, Verdict], families: Mapping[str, Verdict]) -> Verdict | None:
    """What is known of a code: its own entry, or that of the longest family whose name it begins with."""
    if code in table:
        return table[code]
    known = [family for family in families if code.startswith(family)]
    return families[max(known, key=len)] if known else None


def by_status(status: int, now: int, retry_after: str = "") -> Outcome:
    """What an answer came to of which only the HTTP status could be understood. An answer below 400 that nobody can read proves nothing."""
    raw = f"http {status}"
    if status == _TOO_MANY:
        return Outcome(Result.LIMITED, Reason.ACCOUNT_LIMIT, until=now + retry_after_ms(retry_after, now), raw_code=raw)
    if status in _REFUSING_CALLERS:
        return Outcome(Result.MISCONFIGURED, Reason.REQUEST_INVALID, raw_code=raw)
    if _CLIENT_FAULT <= status < _SERVER_FAULT:
        return Outcome(Result.REFUSED, Reason.REQUEST_INVALID, raw_code=raw)
    reason = Reason.PROVIDER_FAULT if status >= _SERVER_FAULT else Reason.ANSWER_UNREADABLE
    return Outcome(Result.UNKNOWN, reason, raw_code=raw)


DEFAULT_PAUSE_MS: Final = 60 * SECOND_MS
_LONGEST_PAUSE_MS: Final = 24 * 3600 * SECOND_MS  # whoever asks for more is not believed


def retry_after_ms(text: str, now: int) -> int:
    """How long a Retry-After header asks to wait: seconds, or a date (RFC 9110, 10.2.3). A minute when it says nothing useful."""
    from email.utils import parsedate_to_datetime

    if text.isascii() and text.isdigit():
        return min(int(text[:9]) * SECOND_MS, _LONGEST_PAUSE_MS)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return DEFAULT_PAUSE_MS
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(0, round(aware.timestamp() * SECOND_MS) - now), _LONGEST_PAUSE_MS)
