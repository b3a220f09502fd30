"""A broadcast to very many people: in bounded memory, with few calls, at the provider's rate, and paused in the middle of it.

To a million it is gone through by `make bench`, which says what that took.
"""

import tracemalloc

from chalicelib.broadcasts import part_store, starting, store
from chalicelib.broadcasts.backlog import MOST
from chalicelib.broadcasts.fanning_out import PAGE
from chalicelib.broadcasts.model import Phase
from chalicelib.broadcasts.parts import SHARDS, gone_through
from tests.simulation.broadcast_town import RATE, SECOND, playing
from tests.support.broadcasts import NOW

MANY = 100_000
MOST_WAITING = SHARDS * (MOST + PAGE)


def test_very_many_people_get_one_each_at_the_providers_rate() -> None:
    with playing(MANY) as (run, one):
        run.run()
        town, found = run.town, store.existing(one.id)
        assert gone_through(part_store.parts_of(one.id)).begun == MANY
    assert town.told.count(1) == MANY
    assert found.phase is Phase.DONE
    # The queue is never longer than it may be, for others wait behind it; and the provider hardly ever waits for us.
    assert town.deepest <= MOST_WAITING
    assert town.idle_ms < 0.05 * MANY / RATE * SECOND
    # Beside the write of each message: a dozen calls for a hundred people, and those of workers that looked and found the queue full.
    assert town.calls - MANY <= 0.25 * MANY
    assert run.messages <= 1_200


def test_nothing_is_kept_of_whom_was_told() -> None:
    """Some garbage waits to be collected, whatever the number of people; their messages alone would take 40 MB."""
    with playing(5_000) as (run, _):  # warms up
        run.run()
    with playing(40_000) as (run, _):
        tracemalloc.start()
        run.run()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 2_000_000


def test_paused_in_the_middle_nothing_more_is_put_down_and_afterwards_it_goes_on() -> None:
    with playing(50_000) as (run, one):
        run.run(until=NOW + 20 * SECOND)
        starting.pause(one.id)
        run.town.holds = True
        run.run()
        told = sum(run.town.told)
        assert 10_000 < told < 40_000
        assert run.town.waits <= MOST_WAITING
        run.town.holds, run.town.now = False, run.town.now + 3_600 * SECOND
        starting.resume(one.id, run.town.now)
        run.run()
        assert run.town.told.count(1) == 50_000
        assert store.existing(one.id).phase is Phase.DONE
