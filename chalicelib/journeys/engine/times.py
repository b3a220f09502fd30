"""Times as journeys' documents write them: `09:00`, `-3d`, `mon`. Pure."""

from typing import Final

from chalicelib.durations import duration_ms

MINUTES_OF_HOUR: Final = 60
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")  # Monday is 0


def minute_of_day(text: str) -> int:
    """Minutes since midnight of a time of the day."""
    hour, _, minute = text.partition(":")
    return int(hour) * MINUTES_OF_HOUR + int(minute)


def offset_ms(text: str) -> int:
    """Milliseconds, negative for before. Raises ValueError."""
    return -duration_ms(text[1:]) if text.startswith("-") else duration_ms(text)
