"""A town of WeChat accounts for the channels; the stores are made once for all tests of a file."""

from collections.abc import Iterator

import pytest

from tests.support.aws import Stack, memory_stack
from tests.support.senders import Town


@pytest.fixture(scope="module")
def stores() -> Iterator[Stack]:
    with memory_stack() as made:
        yield made


@pytest.fixture
def town(stores: Stack) -> Town:
    stores.clear()
    return Town(stores)
