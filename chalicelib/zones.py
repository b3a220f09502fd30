"""Time zones by their IANA names. Pure."""

from datetime import timedelta, timezone, tzinfo
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DEFAULT_TIMEZONE: Final = "Asia/Shanghai"
CHINA_TIME: Final = timezone(timedelta(hours=8), DEFAULT_TIMEZONE)


@cache
def zone(name: str) -> tzinfo:
    """The time zone of an IANA name. Raises ValueError.

    A runtime may come without zone files. China's time needs none: it has been UTC+8 all year since 1991.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        if name == DEFAULT_TIMEZONE:
            return CHINA_TIME
        raise ValueError(f"{name!r} is not a time zone that is known here; use an IANA name such as {DEFAULT_TIMEZONE}") from error
