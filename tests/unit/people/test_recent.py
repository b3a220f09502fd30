"""An applied event is recognised for as long as it can be delivered again, in bounded space."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.people.recent import (
    BLOCK_LIFE_MS,
    CHUNK_EVENTS,
    CLOCK_MARGIN_MS,
    KNOWN_SETS,
    RING_EVENTS,
    KnownSets,
    Recent,
    fingerprint,
)

MARKS = [fingerprint(str(number)) for number in range(400)]


def test_what_was_added_is_held_and_nothing_else() -> None:
    recent, spilled = Recent().added(MARKS[:3], "p", 1)
    assert all(recent.holds(mark) for mark in MARKS[:3])
    assert not recent.holds(MARKS[3])
    assert spilled == ()


@given(st.lists(st.integers(1, CHUNK_EVENTS), max_size=40))
def test_nothing_is_forgotten_only_spilled_and_never_what_was_just_added(sizes: list[int]) -> None:
    recent, blocks, at = Recent(), set[bytes](), 0
    marks = [fingerprint(str(number)) for number in range(sum(sizes))]
    for size in sizes:
        chunk, at = marks[at : at + size], at + size
        recent, spilled = recent.added(chunk, "p", 1_000 + at)
        assert not set(spilled) & set(chunk)
        assert len(recent.ring) <= RING_EVENTS
        blocks.update(spilled)
    assert blocks | set(recent.ring) == set(marks)
    assert bool(blocks) is bool(recent.spills)


def test_blocks_are_asked_only_about_events_written_before_the_last_spill() -> None:
    recent = Recent(spills={"p": 1_000_000})
    assert recent.owners_to_ask(1_000_000) == ("p",)
    assert recent.owners_to_ask(1_000_000 + CLOCK_MARGIN_MS + 1) == ()
    assert recent.owners_to_ask(0) == ("p",)


def test_a_spill_is_forgotten_once_no_stream_can_redeliver() -> None:
    old = Recent(spills={"p": 1})
    assert old.added(MARKS[:1], "p", BLOCK_LIFE_MS)[0].spills == {"p": 1}
    assert old.added(MARKS[:1], "p", BLOCK_LIFE_MS + 1)[0].spills == {}


def test_a_merge_remembers_what_either_applied() -> None:
    one, _ = Recent(spills={"p": 5, "x": 9}).added(MARKS[:RING_EVENTS], "p", 10)
    two, _ = Recent(spills={"q": 7, "x": 4}).added(MARKS[RING_EVENTS : 2 * RING_EVENTS], "q", 10)
    both = one.union(two)
    assert all(both.holds(mark) for mark in MARKS[: 2 * RING_EVENTS])
    assert both.spills == {"p": 5, "q": 7, "x": 9}
    later, spilled = both.added(MARKS[200:201], "p", 20)
    assert len(later.ring) == RING_EVENTS
    assert set(spilled) | set(later.ring) == set(MARKS[: 2 * RING_EVENTS]) | {MARKS[200]}


def test_a_known_set_covers_events_from_its_first_sighting_on() -> None:
    known = KnownSets().added(MARKS[0], 100)
    assert known.covers(MARKS[0], 100)
    assert known.covers(MARKS[0], 200)
    assert not known.covers(MARKS[0], 99)
    assert not known.covers(MARKS[1], 200)
    assert known.added(MARKS[0], 300).covers(MARKS[0], 100)
    assert known.added(MARKS[0], 50).covers(MARKS[0], 50)


def test_the_oldest_known_set_makes_room() -> None:
    known = KnownSets()
    for mark in MARKS[: KNOWN_SETS + 1]:
        known = known.added(mark, 1)
    assert not known.covers(MARKS[0], 1)
    assert all(known.covers(mark, 1) for mark in MARKS[1 : KNOWN_SETS + 1])
