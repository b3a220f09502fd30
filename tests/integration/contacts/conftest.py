"""The person whom all of these tests are about, made once for each module and put back before each test."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import pytest
from moto.dynamodb.models import dynamodb_backends

import app as application
from infra.mappings import MERGE, SCORE
from tests.integration.contacts.world import Reached, reached
from tests.support.aws import Stack, memory_stack
from tests.support.pump import Pump
from tests.support.ring import Ring, make_ring


@dataclass(frozen=True)
class Kept:
    """A stage as it was once: its clients, and what lay in each table."""

    ring: Ring
    items: dict[str, Any]


@pytest.fixture(scope="module")
def stores() -> Iterator[Stack]:
    """Every store of the data plane."""
    with memory_stack() as made:
        yield made


@pytest.fixture(scope="module")
def kept(stores: Stack) -> Kept:
    """u1, who can be reached by every channel."""
    stores.clear()  # tests without her may have come first
    ring = make_ring(stores)
    reached(ring)
    return Kept(ring, {name: deepcopy(table.items) for name, table in _tables(stores).items()})


@pytest.fixture
def stack(stores: Stack) -> Stack:
    """The stores, empty."""
    stores.clear()
    return stores


@pytest.fixture
def her(kept: Kept, stack: Stack) -> Reached:
    """u1 as if nothing else had happened."""
    for name, table in _tables(stack).items():
        table.items.update(deepcopy(kept.items[name]))
    pump = Pump(stack)
    pump.stream(MERGE, application.merge)
    pump.stream(SCORE, application.score)
    return Reached(replace(kept.ring, pump=pump))


def _tables(stack: Stack) -> dict[str, Any]:
    return dict(dynamodb_backends[stack.place.account][stack.place.region].tables)
