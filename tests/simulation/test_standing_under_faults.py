"""Whatever goes wrong, rules put people where their events say, lists hold exactly those, and every change is told once."""

import os
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from chalicelib.audiences import membership_records
from chalicelib.events.model import Event, Kind
from chalicelib.events.store import EventRecord, Row
from chalicelib.identity.rules import DEFAULT_RULES
from chalicelib.people import store
from chalicelib.people.standing import Standing
from chalicelib.signals.plan import SignalPlan
from tests.simulation.living import LivingWorld
from tests.simulation.quick_dynamo import QuickDynamo
from tests.simulation.reference import Expected, people_of
from tests.simulation.rules import EARLY, LATE
from tests.simulation.scenario import PLOTS, scenario
from tests.support.aws import forget_caches
from tests.support.naive import Subject, holds

SEEDS = max(1, int(os.environ.get("HUILIU_SEEDS", "2000")) // 8)
FIRST_SEED = int(os.environ.get("HUILIU_FIRST_SEED", "0"))
SEEDS_A_TEST = 10
PLOTS_IN_TURN = ("family", "family", "years", "unbinding")
CRASH_RATES = (0.0, 0.01, 0.03)
RULES: dict[tuple[str, str], Any] = {(kind, name): document for kind, name, document in (*EARLY, *LATE)}


@dataclass
class Placed:
    """Where rules put somebody."""

    bands: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    stage: str = ""
    segments: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Held(Subject):
    """A person who may have let go of identifiers that events came with."""

    held: frozenset[str] = frozenset()

    @property
    def namespaces(self) -> set[str]:
        return {key.partition("#")[0] for key in self.held}


def naively(person: Expected, events: list[Event], now: int) -> Placed:
    """Where the rules put a person with these events, from the documents themselves."""
    scanned = sum(event.name == "Scanned" and event.kind is not Kind.PROFILE for event in events)
    dresses = sum(event.name == "Clicked" and event.kind is not Kind.PROFILE and event.properties["key"] == "dress" for event in events)
    points = min(5 * scanned, 15) + 10 * dresses  # all happens on one day
    placed = Placed(bands={"activity": "low" if points <= 20 else "middle" if points <= 40 else "high"})

    def meets(condition: Any) -> bool:
        who = Held(
            events,
            person.attributes,
            scores={"activity": points},
            bands=placed.bands,
            tags=placed.tags,
            segments=frozenset(placed.segments),
            held=person.identifiers,
        )
        return holds(condition, who, now)

    placed.tags |= {"spender": ""} if meets(RULES["tags", "spender"]["where"]) else {}
    value = next((step["value"] for step in RULES["tags", "level"]["values"] if meets(step["where"])), None)
    placed.tags |= {"level": value} if value else {}
    placed.segments = {name for kind, name in RULES if kind == "segments" and meets(RULES[kind, name]["where"])}
    placed.stage = next((stage["name"] for stage in RULES["lifecycle", "default"]["stages"] if meets(stage["where"])), "")
    return placed


def stored(standing: Standing) -> Placed:
    return Placed(
        {"activity": "low"} | {name: band for name, (band, _) in standing.bands.items()},
        {name: value for name, (value, _) in standing.tags.items()},
        standing.stage[0],
        set(standing.segments),
    )


def listed(dynamo: QuickDynamo) -> tuple[set[tuple[str, str]], dict[str, int]]:
    """(partition, person) of everybody on a list, and the count that each partition tells."""
    (table,) = [name for name in dynamo.tables if name.endswith("-audiences")] or [""]
    items = dynamo.tables.get(table, {})
    people = {
        (pk, sk.removeprefix(membership_records.PERSON_PREFIX)) for pk, sk in items if sk.startswith(membership_records.PERSON_PREFIX)
    }
    counts = {pk: int(item["members"]["N"]) for (pk, sk), item in items.items() if sk == membership_records.COUNT}
    return people, counts


def check(seed: int, plot: str) -> None:
    random, dynamo = Random(seed), QuickDynamo()
    forget_caches()
    with dynamo.serving():
        world = LivingWorld(PLOTS[plot], random, CRASH_RATES[seed % len(CRASH_RATES)] * PLOTS[plot].danger, dynamo=dynamo)
        world.run(scenario(PLOTS[plot], random))
        kept = [Row(row.pk, row.sk, row.k, row.n, row.d).event() for pk in {pk for pk, _ in world.written} for row in EventRecord.query(pk)]
        assert {event.id for event in kept if event.kind is Kind.DERIVED} == world.told, f"{seed}: every change is told, once"
        on_lists = set[tuple[str, str]]()
        for person in people_of([event for event in kept if event.kind is not Kind.DERIVED], DEFAULT_RULES, SignalPlan()):
            events = [event for event in kept if event.primary.key in person.identifiers]
            root = next(iter(store.roots([str(store.nodes([key])[key].person) for key in sorted(person.identifiers)[:1]]).values()))
            standing = store.standing(root.id)
            assert stored(standing) == naively(person, events, world.now), f"{seed}: {root.id}"
            shard = membership_records.shard_of(root.id)
            on_lists |= {(f"segment#{name}#{shard}", root.id) for name in standing.segments}
            on_lists |= {(f"tag#{name}#{shard}", root.id) for name in standing.tags}
        people, counts = listed(dynamo)
        assert people == on_lists, f"{seed}: the lists hold exactly those"
        assert {pk: count for pk, count in counts.items() if count} == {
            pk: sum(one == pk for one, _ in people) for pk in {pk for pk, _ in people}
        }


@pytest.mark.parametrize("first", range(FIRST_SEED, FIRST_SEED + SEEDS, SEEDS_A_TEST))
def test_people_are_where_their_events_put_them_and_every_change_is_told_once(first: int) -> None:
    for seed in range(first, min(first + SEEDS_A_TEST, FIRST_SEED + SEEDS)):
        check(seed, PLOTS_IN_TURN[seed % len(PLOTS_IN_TURN)])
