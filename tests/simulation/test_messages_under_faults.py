"""Whatever goes wrong between the queue, the ledger and a platform: nobody is told twice, and nobody is forgotten unseen.

Where the platform honours a key nobody is forgotten at all, and unless it refuses somebody of whom it may have heard before, all is known.
Where it does not, each death and each lost answer leaves at most one message
of which nobody knows, and that is listed. Peers' retries double in the same worlds. `HUILIU_SEEDS` sets how many worlds there are.
"""

import os

import pytest

from tests.simulation.sending_counts import STORED_EVERY, Counts, ours, tally, theirs
from tests.simulation.sending_peer import Kind
from tests.simulation.sending_world import plan_of

SEEDS = int(os.environ.get("HUILIU_SEEDS", "2000")) * 5
SEEDS_A_TEST = 500
FAULTLESS = range(0, 400, 10)  # seeds of worlds in which nothing goes wrong but doubled deliveries


@pytest.mark.parametrize("first", range(0, SEEDS, SEEDS_A_TEST))
def test_each_message_goes_out_once_whatever_happens(first: int) -> None:
    for seed in range(first, min(first + SEEDS_A_TEST, SEEDS)):
        plan = plan_of(seed)
        found = ours(plan, stored=seed % STORED_EVERY < 2)
        assert (found.doubled, found.lost) == (0, 0), plan
        assert found.unknown <= found.deaths + found.lost_answers, plan
        assert found.unknown == 0 or not plan.keyed or plan.shy, plan


def test_without_deaths_and_lost_answers_nothing_stays_unknown() -> None:
    found = sum((ours(plan_of(seed + keyless)) for seed in FAULTLESS for keyless in (0, 1)), Counts())
    assert found.messages == found.calls
    assert (found.unknown, found.lost, found.doubled) == (0, 0, 0)


@pytest.mark.parametrize("keyed", [True, False])
def test_peers_tell_people_twice_in_the_same_worlds(keyed: bool) -> None:
    found = tally(range(300), keyed=keyed)
    assert found["ours"].doubled == 0
    assert found[Kind.PLAIN].doubled > found["ours"].messages // 20
    assert found[Kind.LOCKED].doubled > 0
    assert found[Kind.LOCKED].lost > 0


def test_peers_do_well_where_nothing_goes_wrong_in_a_call() -> None:
    found = sum((theirs(plan_of(seed), Kind.PLAIN) for seed in FAULTLESS), Counts())
    assert (found.lost, found.unknown) == (0, 0)
