"""Two workers at once: one stops at a chosen call to AWS, the other does all of its work, then the first goes on.

def once(number: int) -> bool:
    crossed = crossed_at(number, first, second)      # False: the first one made fewer calls
    assert ...
    return crossed

assert at_every_call(once) > 3                       # or the work has become less than the test thinks
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from tests.support.deliveries import Killed


def crossed_at(number: int, first: Callable[[], Any], second: Callable[[], Any]) -> bool:
    """Does the work of `second` before the call `number` (from 0) of `first`; False, and no second, if it made fewer."""
    with _before_call(number, second) as met:
        first()
    return bool(met)


def died_at(number: int, work: Callable[[], Any]) -> bool:
    """Ends the work before its call `number` (from 0), reads among them; False if it made fewer."""

    def dies() -> None:
        raise Killed

    with _before_call(number, dies) as met:
        try:
            work()
        except Killed:
            return True
    return bool(met)


def at_every_call(once: Callable[[int], bool]) -> int:
    """Does something for call 0, 1, 2, ... until it says that there is no such call; how many there were."""
    number = 0
    while once(number):
        number += 1
    return number


@contextmanager
def _before_call(number: int, happens: Callable[[], Any]) -> Iterator[list[str]]:
    calls = 0
    met: list[str] = []
    real = BaseClient._make_api_call

    def call(self: Any, operation: str, arguments: dict[str, Any]) -> Any:
        nonlocal calls
        calls += 1
        if calls == number + 1:
            met.append(operation)
            with patch.object(BaseClient, "_make_api_call", real):
                happens()
        return real(self, operation, arguments)

    with patch.object(BaseClient, "_make_api_call", call):
        yield met
