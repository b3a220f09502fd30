"""Values of Sensors Analytics properties as we keep them: bookkeeping taken out, date-times written the same way for every SDK. Pure."""

import re
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from chalicelib.events.model import Json

# Names that SDKs put among the properties for the collector, not for the reader: who is meant, and where the record is to go.
BOOKKEEPING: Final = frozenset({"$is_login_id", "$project", "$token"})
TIMEZONE: Final = "$timezone_offset"  # minutes with JavaScript's sign: -480 is UTC+8

_DATE_TIME: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,3}))?")
_LENGTHS: Final = range(19, 24)  # of a date-time; most texts are told apart by this alone
_MAX_OFFSET_MINUTES: Final = 14 * 60


def stored(properties: Json, without: frozenset[str] = BOOKKEEPING) -> Json:
    """The properties as they are kept: names in `without` left out, date-times rewritten in the record's own time zone."""
    offset = properties.get(TIMEZONE)
    return {
        name: date_time(value, offset) if isinstance(value, str) and len(value) in _LENGTHS else value
        for name, value in properties.items()
        if name not in without
    }


def date_time(text: str, timezone_offset: Any = None) -> str:
    """A client's local date-time as RFC 3339 with milliseconds, without offset when the record does not tell its zone. Other texts stay.

    The SDKs write milliseconds as a bare count, not as a decimal fraction: 7 ms is `.7` from Python, `.07` from browsers and
    `.007` from Node, so the digits are read as an integer.
    """
    if len(text) not in _LENGTHS or text[4] != "-":
        return text
    found = _DATE_TIME.fullmatch(text)
    if not found:
        return text
    try:
        moment = datetime.fromisoformat(f"{found[1]} {found[2]}") + timedelta(milliseconds=int(found[3] or 0))
    except ValueError:
        return text  # shaped like a date-time, but there is no such day or hour
    return _written(moment, timezone_offset) if _is_offset(timezone_offset) else _zoneless(text, found[3])


def _written(moment: datetime, timezone_offset: int) -> str:
    return moment.replace(tzinfo=timezone(timedelta(minutes=-timezone_offset))).isoformat(timespec="milliseconds")


def _zoneless(text: str, fraction: str | None) -> str:
    return f"{text[:19]}.{int(fraction):03}" if fraction else text


def _is_offset(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _MAX_OFFSET_MINUTES
