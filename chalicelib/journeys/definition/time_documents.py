"""Times as journeys write them: of the day, on days of the week, before and after dates. Pydantic."""

import re
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, StrictBool, StrictStr, ValidatorFunctionWrapHandler, WithJsonSchema, WrapValidator

from chalicelib.audiences.matchers import MAX_PATH
from chalicelib.audiences.operands import Clause, Optional, refuse
from chalicelib.audiences.parts import FILLED, TimeZone
from chalicelib.journeys.engine.scope import ENTRY_TIME
from chalicelib.journeys.engine.times import DAYS, offset_ms
from chalicelib.zones import DEFAULT_TIMEZONE

ATTRIBUTES: Final = "attributes."
DATES: Final = (ATTRIBUTES, "entry.properties.")  # how the paths of dates begin
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


def _time_of_day(text: str) -> str:
    if not _CLOCK.fullmatch(text):
        refuse((), "time_invalid", "a time of the day is written 09:00, from 00:00 to 23:59")
    return text


def _offset(value: Any, _: ValidatorFunctionWrapHandler) -> Any:
    try:
        offset_ms(value if isinstance(value, str) else "")
    except ValueError:
        refuse((), "offset_invalid", "a length of time with its unit, a minus in front for before: -3d, 2h")
    return value


def _date(path: str) -> str:
    if path != ENTRY_TIME and not any(path.startswith(root) and len(path) > len(root) for root in DATES):
        refuse((), "date_unknown", "a date is in attributes.NAME of the person or entry.properties.NAME, or it is entry.time")
    return path


_OFFSET_SCHEMA: Final = {
    "type": "string",
    "pattern": "^-?[1-9][0-9]{0,8}[smhdw]$",
    "description": "How long after the date, or with a minus before it.",
    "examples": ["-3d"],
}
TimeOfDay = Annotated[StrictStr, Field(examples=["09:00"]), AfterValidator(_time_of_day)]
Offset = Annotated[str, WrapValidator(_offset), WithJsonSchema(_OFFSET_SCHEMA)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Days = Annotated[tuple[Day, ...], FILLED, Field(max_length=len(DAYS))]
DatePath = Annotated[
    StrictStr,
    Field(min_length=1, max_length=MAX_PATH, examples=["entry.properties.starts_at", "attributes.birthday"]),
    AfterValidator(_date),
]


class UntilTime(Clause):
    """The next time that it is so late, on one of the days."""

    until: TimeOfDay
    on: Optional[Days] = Field(default=None, description="Every day where it is left out.")
    timezone: TimeZone = DEFAULT_TIMEZONE


class UntilDate(Clause):
    """A date that the person or the entry has, or so long before or after it; with `at`, at that time of that day."""

    date: DatePath
    offset: Optional[Offset] = None
    at: Optional[TimeOfDay] = None
    yearly: StrictBool = Field(default=False, description="The next such day, as for a birthday, whatever the year of the date.")
    timezone: TimeZone = DEFAULT_TIMEZONE
