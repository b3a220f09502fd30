"""What a cell says: spreadsheet habits undone, then text, number, truth or time. Pure.

Facts: exports of Taobao and Tmall write long numbers as `="123"` or `'123` and pad them with tabs, so that a spreadsheet leaves the
digits alone; a spreadsheet that was not stopped saves them as 1.23457E+17; phones are often masked as 138****8000.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from chalicelib.events.clock import rfc3339
from chalicelib.events.wire import MAX_TIME_MS
from chalicelib.imports.fields import TimeColumn, Value, ValueType
from chalicelib.zones import zone

MAX_DIGITS: Final = 38  # of a number; what DynamoDB can hold
_FORMULA: Final = re.compile(r'^="(.*)"$', re.DOTALL)
_APOSTROPHE: Final = re.compile(r"^'[+\d]")
_GROUPED: Final = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$")
_SHORTENED: Final = re.compile(r"^\d(\.\d+)?E\+\d{1,2}$")
_CURRENCY: Final = "¥￥"
_TRUE: Final = frozenset({"true", "1", "yes", "y", "是"})
_FALSE: Final = frozenset({"false", "0", "no", "n", "否"})
_DATE: Final = re.compile(
    r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[ T]*(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})(?:[.,](\d{1,6})\d*)?)?[分秒]?)?\s*(Z|[+-]\d{2}:?\d{2})?$"
)
_SECONDS_DIGITS: Final = 10
_MS_DIGITS: Final = 13
_COMPACT: Final = {8: "%Y%m%d", 14: "%Y%m%d%H%M%S"}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)

Row = Mapping[str, Any]


class CellInvalid(ValueError):
    """A cell cannot be what the mapping says. `code` is stable."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def cell(row: Row, column: str) -> Any:
    """The cell of a column, cleaned; None when it is empty or missing. A column that is no key may be a path: `buyer.phone`."""
    if column in row:
        return cleaned(row[column])
    value: Any = row
    for step in column.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return cleaned(value)


def cleaned(value: Any) -> Any:
    """A text without the space around it and without what keeps a spreadsheet from reading it as a number; None for an empty one."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if formula := _FORMULA.match(text):
        text = formula.group(1).strip()
    return (text[1:] if _APOSTROPHE.match(text) else text) or None


def text(value: Any) -> str:
    """A cell as text; whole numbers as their digits, objects and lists as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


def key_text(value: Any, column: str) -> str:
    """A cell that identifies something. Raises CellInvalid (`value_shortened`) for digits that a spreadsheet has cut off."""
    found = text(value)
    if _SHORTENED.match(found):
        raise CellInvalid("value_shortened", f"{column} holds {found}: a spreadsheet has cut the number; export it as text")
    return found


def value_of(row: Row, rule: Value) -> Any:
    """What the mapping wants of a row: JSON, or None for nothing. Raises CellInvalid (`value_invalid`)."""
    if rule.column is None:
        return rule.value
    found = cell(row, rule.column)
    if found is None:
        return rule.default
    try:
        return _converted(found, rule)
    except (ValueError, InvalidOperation, OverflowError) as error:
        raise CellInvalid("value_invalid", f"{rule.column} is not a {rule.type}: {text(found)[:64]!r}") from error


def time_of(row: Row, rule: TimeColumn) -> int:
    """The row's time in epoch ms. Raises CellInvalid (`time_missing`, `time_invalid`)."""
    found = cell(row, rule.column)
    if found is None:
        raise CellInvalid("time_missing", f"{rule.column} is empty; leave such rows out with skip, or map another column")
    try:
        moment = parsed_time(text(found), rule.format, rule.timezone)
        return moment if 0 <= moment <= MAX_TIME_MS else _no_time(text(found))
    except (ValueError, OverflowError) as error:
        raise CellInvalid("time_invalid", f"{rule.column} is not a time of the format {rule.format}: {text(found)[:64]!r}") from error


def parsed_time(value: str, form: str, timezone: str) -> int:
    """Epoch ms of a text in one of the formats of a mapping. Raises ValueError, OverflowError."""
    if form in {"ms", "s"}:
        return int(Decimal(value) * (1 if form == "ms" else 1000)) if _is_number(value) else _no_time(value)
    if form == "auto":
        return _any_time(value, timezone)
    moment = datetime.fromisoformat(value) if form == "iso" else datetime.strptime(value, form)  # noqa: DTZ007 - the zone comes next
    return _epoch_ms(moment, timezone)


def _any_time(value: str, timezone: str) -> int:
    if value.isascii() and value.isdigit():
        if len(value) in {_SECONDS_DIGITS, _MS_DIGITS}:
            return int(value) * (1000 if len(value) == _SECONDS_DIGITS else 1)
        return _epoch_ms(datetime.strptime(value, _COMPACT[len(value)]), timezone) if len(value) in _COMPACT else _no_time(value)  # noqa: DTZ007
    found = _DATE.match(value)
    if found is None:
        return _no_time(value)
    *numbers, fraction, offset = found.groups()
    year, month, day, hour, minute, second = (int(number or 0) for number in numbers)
    moment = datetime(year, month, day, hour, minute, second, int((fraction or "").ljust(6, "0")))  # noqa: DTZ001 - the zone comes next
    return _epoch_ms(moment.replace(tzinfo=datetime.strptime(offset, "%z").tzinfo) if offset else moment, timezone)


def _epoch_ms(moment: datetime, timezone: str) -> int:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone(timezone))
    return (aware - _EPOCH) // _MILLISECOND


def _no_time(value: str) -> int:
    raise ValueError(f"{value[:64]!r} is not a time")


def _converted(found: Any, rule: Value) -> Any:
    if rule.separator is not None:
        return [part.strip() for part in text(found).split(rule.separator) if part.strip()]
    match rule.type:
        case ValueType.TEXT:
            return text(found)
        case ValueType.NUMBER | ValueType.INTEGER:
            return _number(found, rule)
        case ValueType.BOOLEAN:
            return _truth(found)
        case ValueType.TIME:
            return rfc3339(parsed_time(text(found), rule.format, rule.timezone))
    return found


def _number(found: Any, rule: Value) -> int | float:
    """Digits as given: 99 stays whole, 99.00 has a fraction; 1,299.00 and ¥99 are numbers too."""
    digits = "" if isinstance(found, bool) else str(found).strip(_CURRENCY + " ")
    if _GROUPED.match(digits):
        digits = digits.replace(",", "")
    if not _is_number(digits):
        raise ValueError("not a number")
    number = Decimal(digits) * Decimal(str(rule.scale)) if rule.scale is not None else Decimal(digits)
    whole = number == number.to_integral_value()
    if rule.type is ValueType.INTEGER:
        if not whole:
            raise ValueError("not a whole number")
        return int(number)
    return int(number) if number.as_tuple().exponent == 0 else float(number)


def _is_number(digits: str) -> bool:
    """Whether a text is a finite number of a bearable size; Decimal alone would take NaN, 1_000 and 1e999999."""
    return bool(re.fullmatch(rf"[+-]?\d{{1,{MAX_DIGITS}}}(\.\d{{0,{MAX_DIGITS}}})?([eE][+-]?\d{{1,2}})?", digits, re.ASCII))


def _truth(found: Any) -> bool:
    word = text(found).casefold()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError("neither true nor false")


def plain(found: Any) -> str:
    """A cleaned cell as a skip rule sees it: text, and "" when it is empty."""
    return "" if found is None else text(found)
