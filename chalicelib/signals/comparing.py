"""How a value of an event or of a person compares with what a rule asks for. Pure.

    compare(Operator.GTE, "99.00", 50)                  # True: a text that is a plain number is one beside a number
    compare(Operator.CONTAINS, ["red", "blue"], "red")  # True: an element of a list, a part of a text
    compare(Operator.NE, ABSENT, "北京")                 # True: what is not there is nothing in particular

The whole table, with every pair of types, stands in docs/conditions.md.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from chalicelib.signals.paths import ABSENT
from chalicelib.signals.patterns import searches

MAX_DIGITS: Final = 38  # of a text that counts as a number, before and after the point; what DynamoDB's numbers hold
_NUMBER: Final = re.compile(rf"-?\d{{1,{MAX_DIGITS}}}(\.\d{{1,{MAX_DIGITS}}})?", re.ASCII)
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MICROSECONDS_OF_MS: Final = 1000

Number = int | float


class Operator(StrEnum):
    """What a rule may ask of a value."""

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    IN = "in"
    NOT_IN = "not_in"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    EXISTS = "exists"
    MATCHES = "matches"


def compare(operator: Operator, actual: Any, operand: Any) -> bool:
    """Whether a value (JSON; null is ABSENT) is as asked. Of what is absent only `exists: false`, `ne` and `not_in` hold."""
    return _of_nothing(operator, operand) if actual is ABSENT else _HOLDS[operator](actual, operand)


def comparison(operator: Operator, operand: Any) -> Callable[[Any], bool]:
    """The comparison of any value with this operand: for what is asked of every event."""
    holds, of_nothing = _HOLDS[operator], _of_nothing(operator, operand)
    return lambda actual: of_nothing if actual is ABSENT else holds(actual, operand)


def number_of(value: Any) -> Number | None:
    """The number that a value is or that its text spells in plain digits (`-12`, `99.00`); None for anything else. Truth is no number."""
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            return None
        return float(value) if "." in value else int(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def plain_text(value: Any) -> str | None:
    """A text as it is, a number as plain digits (5.0 as `5`, 1e-7 as `0.0000001`); None for anything else."""
    if isinstance(value, str):
        return value
    number = number_of(value)
    if number is None:
        return None
    whole = isinstance(number, int) or number.is_integer()
    return str(int(number)) if whole else format(Decimal(repr(number)), "f")


@lru_cache(maxsize=4096)  # the operands of rules, and the same few texts of events
def microseconds_of(text: str) -> int | None:
    """Microseconds since 1970 of an RFC 3339 time; None for a text that is none, or that lacks the offset."""
    if not _TIME.fullmatch(text):
        return None
    try:
        return (datetime.fromisoformat(text.upper()) - _EPOCH) // _MICROSECOND
    except ValueError:  # the 31st of February, the 61st second
        return None


def _of_nothing(operator: Operator, operand: Any) -> bool:
    return operator in _HOLD_FOR_NOTHING or (operator is Operator.EXISTS and operand is False)


def _equal(actual: Any, operand: Any) -> bool:
    if isinstance(actual, bool) or isinstance(operand, bool):
        return actual is operand
    if isinstance(actual, str) and isinstance(operand, str):
        return actual == operand
    if isinstance(actual, list) and isinstance(operand, list):
        return len(actual) == len(operand) and all(map(_equal, actual, operand))
    mine, theirs = number_of(actual), number_of(operand)
    return mine is not None and theirs is not None and mine == theirs


def _order(actual: Any, operand: Any) -> int:
    """-1, 0 or 1 as the value is less than, as large as or greater than the operand. Raises TypeError when they have no order."""
    if isinstance(actual, str) and isinstance(operand, str):
        first, second = microseconds_of(actual), microseconds_of(operand)
        if first is None or second is None:
            return (actual > operand) - (actual < operand)
        return (first > second) - (first < second)
    mine, theirs = _sortable(actual, operand), _sortable(operand, actual)
    return (mine > theirs) - (mine < theirs)


def _sortable(value: Any, beside: Any) -> Number:
    """The number that a value stands for; a time beside a number stands for its milliseconds since 1970."""
    number = number_of(value)
    if number is not None:
        return number
    time = microseconds_of(value) if isinstance(value, str) and not isinstance(beside, str) else None
    if time is None:
        raise TypeError("neither a number nor a time")
    return time / _MICROSECONDS_OF_MS if time % _MICROSECONDS_OF_MS else time // _MICROSECONDS_OF_MS


def _ordered(holds: Callable[[int], bool]) -> Callable[[Any, Any], bool]:
    def ordered(actual: Any, operand: Any) -> bool:
        try:
            return holds(_order(actual, operand))
        except TypeError:
            return False  # what has no order is neither less nor greater

    return ordered


def _in(actual: Any, operand: Any) -> bool:
    values = actual if isinstance(actual, list) else [actual]
    return any(_equal(value, one) for value in values for one in operand)


def _contains(actual: Any, operand: Any) -> bool:
    if isinstance(actual, list):
        return any(_equal(value, operand) for value in actual)
    text, part = plain_text(actual), plain_text(operand)
    return text is not None and part is not None and part in text


def _starts_with(actual: Any, operand: Any) -> bool:
    text, part = plain_text(actual), plain_text(operand)
    return text is not None and part is not None and text.startswith(part)


def _matches(actual: Any, operand: Any) -> bool:
    text = plain_text(actual)
    return text is not None and searches(operand, text)


_HOLD_FOR_NOTHING: Final = frozenset({Operator.NE, Operator.NOT_IN})
_HOLDS: Final[Mapping[Operator, Callable[[Any, Any], bool]]] = {
    Operator.EQ: _equal,
    Operator.NE: lambda actual, operand: not _equal(actual, operand),
    Operator.GT: _ordered(lambda order: order > 0),
    Operator.GTE: _ordered(lambda order: order >= 0),
    Operator.LT: _ordered(lambda order: order < 0),
    Operator.LTE: _ordered(lambda order: order <= 0),
    Operator.IN: _in,
    Operator.NOT_IN: lambda actual, operand: not _in(actual, operand),
    Operator.CONTAINS: _contains,
    Operator.STARTS_WITH: _starts_with,
    Operator.EXISTS: lambda _, operand: operand is True,
    Operator.MATCHES: _matches,
}
