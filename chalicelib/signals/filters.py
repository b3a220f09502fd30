"""Property filters: which events of a name a rule means. Pure.

    filter_of({"key": "dress", "amount": {"gte": 100, "lt": 500}, "context.channel": {"in": ["h5", "app"]}})

A key is a property's name, or a path: `properties.order.sku`, `context.channel`. All must hold.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from chalicelib.events.model import Event
from chalicelib.signals.comparing import Operator, comparison
from chalicelib.signals.paths import value_at

_Check = Callable[[Event], bool]
_CHOICES: Final = frozenset({Operator.IN, Operator.NOT_IN})


@dataclass(frozen=True, slots=True)
class Filter:
    """All tests of a filter as (path, operator, operand as canonical JSON text); hashable, so that equal filters are one."""

    tests: tuple[tuple[str, str, str], ...] = ()

    def matches(self, event: Event) -> bool:
        """Whether every test holds for the event."""
        for holds in _checks(self.tests) if self.tests else ():  # noqa: SIM110 - all() of a generator takes half as long again
            if not holds(event):
                return False
        return True


def filter_of(where: Mapping[str, Any]) -> Filter:
    """The filter of a document's `where`: by path an object of operators and operands, or the value that it must equal."""
    return Filter(tuple(sorted(set(_tests(where)))))


def _tests(where: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for path, asked in where.items():
        operands = asked if isinstance(asked, Mapping) else {Operator.EQ: asked}
        for name, operand in operands.items():
            operator = Operator(name)
            yield path, operator.value, _canonical(operator, operand)


def _canonical(operator: Operator, operand: Any) -> str:
    """One text for operands that mean the same: 5.0 is 5, and choices have no order."""
    if isinstance(operand, list | tuple):
        texts = [_canonical(operator, one) for one in operand]
        return f"[{','.join(sorted(set(texts)) if operator in _CHOICES else texts)}]"
    if isinstance(operand, float) and operand.is_integer():
        operand = int(operand)
    return json.dumps(operand, ensure_ascii=False)


@lru_cache(maxsize=4096)
def _checks(tests: tuple[tuple[str, str, str], ...]) -> tuple[_Check, ...]:
    return tuple(_check(path, Operator(operator), json.loads(operand)) for path, operator, operand in tests)


def _check(path: str, operator: Operator, operand: Any) -> _Check:
    holds = comparison(operator, operand)
    return lambda event: holds(value_at(event, path))
