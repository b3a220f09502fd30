"""Whatever goes wrong between client, store and stream, the people are those that the events say, and every event counts once."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random

import pytest

from chalicelib.events.store import EventRecord, Row
from infra.tables import TABLE, create_table
from infra.template import of_type
from tests.simulation.outcome import expected_people, stored_people
from tests.simulation.quick_dynamo import QuickDynamo
from tests.simulation.scenario import PLOTS, scenario
from tests.simulation.signals import PLANS
from tests.simulation.world import World
from tests.support.aws import client, forget_caches, memory_stack
from tests.support.environment import PLACE

SEEDS = int(os.environ.get("HUILIU_SEEDS", "2000"))
FIRST_SEED = int(os.environ.get("HUILIU_FIRST_SEED", "0"))
SHARES = {"family": 0.85, "years": 0.03, "unbinding": 0.05, "hot": 0.05, "crowd": 0.02}  # of the seeds: the larger, the fewer
SEEDS_A_TEST = {"family": 50, "years": 10, "unbinding": 20, "hot": 20, "crowd": 5}
MOTO_SEEDS = max(1, SEEDS // 100)
CRASH_RATES = (0.0, 0.02, 0.02, 0.06)  # by seed: what goes wrong without any death, with some, with many


def _runs() -> Iterator[tuple[str, int, int]]:
    """Plot, first seed, number of seeds of each test."""
    for plot, share in SHARES.items():
        end = FIRST_SEED + max(1, round(SEEDS * share))
        for first in range(FIRST_SEED, end, SEEDS_A_TEST[plot]):
            yield plot, first, min(SEEDS_A_TEST[plot], end - first)


@contextmanager
def _on_moto() -> Iterator[None]:
    """Tables without streams: the world delivers by itself, and moto copies whole streams in every transaction."""
    with memory_stack(only=()):
        for table in of_type(PLACE, TABLE):
            if table.name.removeprefix(f"{PLACE.prefix}-") in {"events", "people", "receipts"}:
                without_stream = {name: value for name, value in table.properties.items() if name != "StreamSpecification"}
                create_table(client("dynamodb"), replace(table, properties=without_stream))
        yield


@contextmanager
def _on_dictionaries() -> Iterator[None]:
    forget_caches()
    with QuickDynamo().serving():
        yield


def check(plot: str, seed: int) -> None:
    random = Random(seed)
    history = scenario(PLOTS[plot], random)
    world = World(PLOTS[plot], random, CRASH_RATES[seed % len(CRASH_RATES)] * PLOTS[plot].danger)
    world.run(history)
    kept = [Row(row.pk, row.sk, row.k, row.n, row.d).event() for pk in {pk for pk, _ in world.written} for row in EventRecord.query(pk)]
    assert sorted(event.id for event in kept) == sorted(draft.id for draft in history), f"{plot} {seed}: kept once, all of them"
    keys = {one.key for event in kept for one in (*event.identifiers, *event.unlink)}
    assert stored_people(keys, PLANS[-1]) == expected_people(kept, PLANS[-1]), f"{plot} {seed}"


@pytest.mark.parametrize(("plot", "first", "count"), list(_runs()))
def test_people_are_those_of_the_events_and_each_event_counts_once(plot: str, first: int, count: int) -> None:
    for seed in range(first, first + count):
        with _on_dictionaries():
            check(plot, seed)


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + MOTO_SEEDS))
def test_so_they_are_on_moto(seed: int) -> None:
    with _on_moto():
        check("family", seed)
