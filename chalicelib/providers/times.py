"""Times as Chinese providers write them, without a zone. Pure."""

from datetime import datetime
from typing import Final

from chalicelib.zones import CHINA_TIME

_SECOND_MS: Final = 1000


def china_ms(text: str) -> int | None:
    """Epoch ms of `2026-11-22 08:00:00` in China; None for anything else."""
    try:
        return round(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA_TIME).timestamp()) * _SECOND_MS
    except ValueError:
        return None  # a time that cannot be read is one that was not told


def unix_ms(text: str) -> int | None:
    """Epoch ms of a number of seconds; None for anything else."""
    return int(text) * _SECOND_MS if text.isascii() and text.isdigit() and len(text) <= 11 else None  # noqa: PLR2004 - until the year 5138


def china_day(now: int) -> str:
    """China's day of an epoch ms, as 20261122."""
    return datetime.fromtimestamp(now / _SECOND_MS, CHINA_TIME).strftime("%Y%m%d")
