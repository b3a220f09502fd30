"""The tables of the events room alone: a tenth of the time that the whole data plane takes."""

from collections.abc import Iterator

import pytest

from tests.support.aws import Stack, memory_stack

TABLES = ("events", "receipts", "rejections", "items")


@pytest.fixture
def stack() -> Iterator[Stack]:
    """Empty tables, inside moto."""
    with memory_stack(only=TABLES) as made:
        yield made
