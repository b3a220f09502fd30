"""Whatever goes wrong between client, store and stream, the people are those that the events say, and every event counts once."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random

import pytest

from chalicelib.events.store import EventRecord, Row
from chalicelib.identity.rules import DEFAULT_RULES
from chalicelib.people import store
from infra.tables import TABLE, create_table
from infra.template import of_type
from tests.simulation.quick_dynamo import QuickDynamo
from tests.simulation.reference import Expected, people_of
from tests.simulation.scenario import scenario
from tests.simulation.world import World
from tests.support.aws import client, forget_caches, memory_stack
from tests.support.environment import PLACE

SEEDS = int(os.environ.get("HUILIU_SEEDS", "2000"))
FIRST_SEED = int(os.environ.get("HUILIU_FIRST_SEED", "0"))
SEEDS_A_TEST = 50
MOTO_SEEDS = max(1, SEEDS // 100)
CRASH_RATES = (0.0, 0.02, 0.02, 0.06)  # by seed: what goes wrong without any death, with some, with many


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


def _people(keys: set[str]) -> list[Expected]:
    nodes = store.nodes(sorted(keys))
    roots = store.roots(str(node.person) for node in nodes.values())
    found = []
    for person in {root.id: root for root in roots.values()}.values():
        assert person.settled, "somebody waits for a settle that nobody does"
        members = [key for key, _ in store.members(person.id)]
        assert len(members) == len(set(members)) == person.cluster.size
        profile = store.profile(person.id).profile
        activity = person.activity
        found.append(Expected(frozenset(members), activity.events, activity.first_seen, activity.last_seen, profile.values()))
    return sorted(found, key=lambda one: sorted(one.identifiers))


def check(seed: int) -> None:
    random = Random(seed)
    history = scenario(random)
    world = World(random, CRASH_RATES[seed % len(CRASH_RATES)])
    world.run(history)
    kept = [Row(row.pk, row.sk, row.k, row.n, row.d).event() for pk in {pk for pk, _ in world.written} for row in EventRecord.query(pk)]
    assert sorted(event.id for event in kept) == sorted(draft.id for draft in history), f"seed {seed}: kept once, all of them"
    keys = {one.key for event in kept for one in (*event.identifiers, *event.unlink)}
    expected = sorted(people_of(kept, DEFAULT_RULES), key=lambda one: sorted(one.identifiers))
    assert _people(keys) == expected, f"seed {seed}"


@pytest.mark.parametrize("first", range(FIRST_SEED, FIRST_SEED + SEEDS, SEEDS_A_TEST))
def test_people_are_those_of_the_events_and_each_event_counts_once(first: int) -> None:
    for seed in range(first, first + SEEDS_A_TEST):
        with _on_dictionaries():
            check(seed)


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + MOTO_SEEDS))
def test_so_they_are_on_moto(seed: int) -> None:
    with _on_moto():
        check(seed)
