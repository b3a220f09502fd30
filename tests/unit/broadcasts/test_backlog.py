"""How many messages of its own hold a part of a broadcast up, and for how long."""

from collections import Counter

import pytest

from chalicelib.broadcasts.backlog import (
    AGAIN_SECONDS,
    MASS,
    MOST,
    PAGES,
    PATIENCE_MS,
    RECENT,
    SELDOM_SECONDS,
    looked_at,
    may_be_many,
    seconds_until_again,
    waiting,
)
from chalicelib.broadcasts.fanning_out import PAGE
from chalicelib.broadcasts.parts import SHARDS, Part, numbers_for
from chalicelib.dispatch.model import State
from chalicelib.dispatch.tally_sheets import Counts, Note
from chalicelib.messages.templates.model import ChannelName

NOW = 1_795_300_000_000


def noted(**states: int) -> Counts:
    return Counts(Counter({Note(State(name), "sms"): number for name, number in states.items()}))


@pytest.mark.parametrize(
    ("brought", "counts", "expected"),
    [
        ((100, 100), noted(queued=120, claimed=30, sent=50), 150),
        ((100, 100), noted(deferred=100, refused=50, failed=20, unknown=10, delivered=10, clicked=10), 0),
        ((100, 100), noted(sent=100), 100),  # the others' notes are still to come
        ((0, 100), noted(queued=200), 200),  # gone through twice, so it brought none the second time
        ((), noted(), 0),
    ],
)
def test_what_waits_is_what_is_in_a_queue_or_not_noted_yet(brought: tuple[int, ...], counts: Counts, expected: int) -> None:
    assert waiting(brought, counts) == expected


def test_mass_messages_wait_for_company_so_many_of_them_count_as_one() -> None:
    counts = Counts(Counter({Note(State.QUEUED, "mass"): 100 * MASS, Note(State.QUEUED, "sms"): 7}))
    assert waiting((100 * MASS + 7,), counts) == 107
    assert SHARDS * MOST * MASS == 100_000


def test_only_the_last_pages_are_looked_at_and_more_of_them_where_there_are_mass_messages() -> None:
    part = Part("b_1", 0, pages=100, recent=(PAGE,) * RECENT)
    assert len(looked_at(part, [ChannelName.SMS])) == PAGES
    assert len(looked_at(part, [ChannelName.SMS, ChannelName.MASS])) == RECENT
    assert RECENT * PAGE >= MOST * MASS


def test_nothing_is_read_while_there_cannot_be_too_many() -> None:
    assert not may_be_many((100, 100))
    assert may_be_many((100, 100, 50))


@pytest.mark.parametrize(
    ("held_up", "seconds"),
    [(0, AGAIN_SECONDS), (30_000, AGAIN_SECONDS), (200_000, 20), (600_000, SELDOM_SECONDS), (PATIENCE_MS, 0)],
)
def test_the_longer_it_is_held_up_the_more_seldom_it_is_looked_at_until_a_page_may_pass(held_up: int, seconds: int) -> None:
    assert seconds_until_again(Part("b_1", 0, paged_at=NOW), NOW + held_up) == seconds


@pytest.mark.parametrize("expected", [0, 1, 1_000, 1_001, 3_000, 10_000, 10**6])
def test_however_many_parts_there_are_they_go_through_every_shard_once_a_round(expected: int) -> None:
    numbers = numbers_for(expected)
    of = len(numbers) // 2
    gone = [part.shard for one in numbers for done in range(SHARDS // of) if (part := Part("b_1", one, of=of, shards=done))]
    assert sorted(gone) == sorted([*range(SHARDS), *range(SHARDS)])
    assert all(Part("b_1", one, of=of, shards=SHARDS // of).shard >= SHARDS for one in numbers)
