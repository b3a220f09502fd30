"""Durations as documents write them: `15m`, `2h`, `7d`. Pure."""

import re
from typing import Annotated, Any, Final

from pydantic import ValidatorFunctionWrapHandler, WithJsonSchema, WrapValidator
from pydantic_core import PydanticCustomError

SECOND_MS: Final = 1000
UNITS_MS: Final = {"s": SECOND_MS, "m": 60 * SECOND_MS, "h": 3600 * SECOND_MS, "d": 86_400 * SECOND_MS, "w": 7 * 86_400 * SECOND_MS}
RETENTION_DAYS: Final = 730  # events are kept so long; a window cannot look further back
MAX_MS: Final = RETENTION_DAYS * UNITS_MS["d"]
_DURATION: Final = re.compile(r"([1-9][0-9]{0,8})([smhdw])", re.ASCII)


def duration_ms(text: object) -> int:
    """Milliseconds of a duration. Raises ValueError for anything else, and for more than the 730 days that events are kept."""
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("a duration is a whole number with a unit: s, m, h, d or w, such as 15m, 2h or 7d")
    length = int(found[1]) * UNITS_MS[found[2]]
    if length > MAX_MS:
        raise ValueError(f"a duration may be {RETENTION_DAYS}d at most: so long events are kept")
    return length


def _checked(value: Any, _: ValidatorFunctionWrapHandler) -> Any:
    """One error with one code, whatever is wrong."""
    try:
        duration_ms(value)
    except ValueError as error:
        raise PydanticCustomError("duration_invalid", "{detail}", {"detail": str(error)}) from error
    return value


_SCHEMA: Final = {
    "type": "string",
    "pattern": "^[1-9][0-9]{0,8}[smhdw]$",
    "description": f"A number and a unit: s, m, h, d or w; {RETENTION_DAYS}d at most.",
    "examples": ["7d"],
}
Duration = Annotated[str, WrapValidator(_checked), WithJsonSchema(_SCHEMA)]
