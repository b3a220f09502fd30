"""Whatever goes wrong between the event, the run, its timer and its message: one thread for each entry, every step once, exits obeyed.

`HUILIU_SEEDS` sets how many worlds there are. The bench plays 10,000 of them, and a peer's delay job in the same ones.
"""

import os

import pytest

from chalicelib.journeys.runs import looking_back
from tests.simulation.journey_counts import Counts, is_comparable, ours, theirs, together
from tests.simulation.journey_findings import faults_of
from tests.simulation.journey_plot import plot_of
from tests.simulation.journey_world import World

SEEDS = max(1, int(os.environ.get("HUILIU_SEEDS", "2000")) // 10)
FIRST_SEED = int(os.environ.get("HUILIU_FIRST_SEED", "0"))
SEEDS_A_TEST = 20
BLIND = range(330)
COMPARED = range(3_000)
MINE = 30  # of the worlds are played with our journeys here; the bench plays them all


@pytest.mark.parametrize("first", range(FIRST_SEED, FIRST_SEED + SEEDS, SEEDS_A_TEST))
def test_journeys_come_out_right_whatever_happens(first: int) -> None:
    for seed in range(first, min(first + SEEDS_A_TEST, FIRST_SEED + SEEDS)):
        world = World(plot_of(seed))
        world.run()
        assert not faults_of(world), world.plot


def test_who_does_not_look_back_offers_a_coupon_for_what_is_paid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking_back, "found", lambda *_: [])
    assert any("paid in time" in fault for seed in BLIND for fault in _played(seed))


def test_a_peer_in_the_same_worlds_tells_people_twice_or_not_at_all_and_though_they_have_paid() -> None:
    plots = [plot for seed in COMPARED if is_comparable(plot := plot_of(seed))]
    mine, other = together(map(ours, plots[:MINE])), together(map(theirs, plots))
    assert mine.orders > 0
    assert mine == Counts(mine.orders)
    assert other.twice > 0
    assert other.lost > 0
    assert other.though_paid > 0


def _played(seed: int) -> list[str]:
    world = World(plot_of(seed))
    world.run()
    return faults_of(world)
