"""Values of documents and events, taken apart and compared the plain way; see naive.py. Texts that are times are not told apart here."""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from chalicelib.events.model import Json

LONGEST_NUMBER = 32  # characters of a text that still counts as a number of a sum
LARGEST_SUMMAND = Decimal(10) ** 12


def into(value: Any, path: str) -> Any:
    """What lies at a dotted path in nested objects, or None."""
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def summand(value: Any) -> Decimal:
    """What a value adds: to the sixth digit, and nothing if it is no number."""
    if isinstance(value, bool | dict | list | None) or len(str(value)) > LONGEST_NUMBER:
        return Decimal(0)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)
    return round(number, 6) if number.is_finite() and abs(number) <= LARGEST_SUMMAND else Decimal(0)


def asked(value: Any, tests: Json) -> bool:
    """Whether a value stands every test of an object of operators and operands."""
    return all(_compares(operator, value, operand) for operator, operand in tests.items())


def _compares(operator: str, value: Any, operand: Any) -> bool:
    if operator == "exists":
        return (value is not None) is operand
    if operator in {"ne", "not_in"}:
        return value is None or not _compares({"ne": "eq", "not_in": "in"}[operator], value, operand)
    if value is None:
        return False
    if operator == "in":
        return any(_equal(one, other) for one in (value if isinstance(value, list) else [value]) for other in operand)
    if operator == "contains" and isinstance(value, list):
        return any(_equal(one, operand) for one in value)
    return _compares_simply(operator, value, operand)


def _compares_simply(operator: str, value: Any, operand: Any) -> bool:
    if operator in TEXT:
        return not isinstance(value, bool | list | dict) and TEXT[operator](_plain(value), _plain(operand))
    return _equal(value, operand) if operator == "eq" else _ordered(operator, value, operand)


def _plain(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _equal(value: Any, operand: Any) -> bool:
    if isinstance(value, bool) or isinstance(operand, bool):
        return value is operand
    if isinstance(value, str) is isinstance(operand, str):
        return bool(value == operand)
    one, two = _number(value), _number(operand)
    return one is not None and one == two


def _ordered(operator: str, value: Any, operand: Any) -> bool:
    if isinstance(value, str) and isinstance(operand, str):
        return bool(COMPARISONS[operator](value, operand))
    one, two = _number(value), _number(operand)
    return one is not None and two is not None and bool(COMPARISONS[operator](one, two))


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool | list | dict) or not re.fullmatch(r"-?\d+(\.\d+)?", str(value)):
        return None
    return Decimal(str(value))


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda one, two: one == two,
    "ne": lambda one, two: one != two,
    "gt": lambda one, two: one > two,
    "gte": lambda one, two: one >= two,
    "lt": lambda one, two: one < two,
    "lte": lambda one, two: one <= two,
}
TEXT: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "starts_with": lambda text, part: text.startswith(part),
    "matches": lambda text, pattern: re.search(pattern, text) is not None,
}
