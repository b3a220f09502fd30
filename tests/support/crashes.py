"""Ends the work at a chosen call to AWS, as a lambda that dies does, and leaves what was written before."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from tests.support.deliveries import Killed

WRITES = frozenset({"PutItem", "UpdateItem", "BatchWriteItem", "TransactWriteItems", "DeleteItem"})


def writes_of(work: Callable[[], Any]) -> int:
    """How many write calls the work makes."""
    with _watched() as calls:
        work()
    return len(calls)


def killed_at(number: int, work: Callable[[], Any], *, after: bool) -> bool:
    """Runs the work and kills it at its write call `number` (from 0), before the call or after it took effect; False if it made fewer."""
    with _watched(number, after=after):
        try:
            work()
        except Killed:
            return True
    return False


@contextmanager
def _watched(kill_at: int | None = None, *, after: bool = False) -> Iterator[list[str]]:
    calls: list[str] = []
    real = BaseClient._make_api_call

    def call(self: Any, operation: str, arguments: dict[str, Any]) -> Any:
        if operation not in WRITES:
            return real(self, operation, arguments)
        calls.append(operation)
        deadly = len(calls) - 1 == kill_at
        if deadly and not after:
            raise Killed
        answer = real(self, operation, arguments)
        if deadly:
            raise Killed
        return answer

    with patch.object(BaseClient, "_make_api_call", call):
        yield calls
