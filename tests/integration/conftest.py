"""Fixtures of the integration tests: the whole data plane in memory."""

from collections.abc import Iterator

import pytest

from tests.support.aws import Stack, memory_stack


@pytest.fixture
def stack() -> Iterator[Stack]:
    """Every store of the data plane, empty, inside moto."""
    with memory_stack() as made:
        yield made
