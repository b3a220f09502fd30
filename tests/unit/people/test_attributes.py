"""Attributes come out as if their operations had been applied in the order of event time, however they arrived."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.events.model import AttributeChange, Event, Operation
from chalicelib.people.attributes import MAX_ATTRIBUTES, MAX_BYTES, Profile
from chalicelib.people.operations import MAX_LIST, MAX_OPERATIONS
from chalicelib.people.packing import pack_profile
from tests.unit.people.events import change, event

SET, ONCE, ADD = Operation.SET, Operation.SET_ONCE, Operation.INCREMENT
APPEND, UNSET, CLEAR = Operation.APPEND, Operation.UNSET, Operation.CLEAR


def values(*events: Event) -> dict[str, object]:
    return Profile().applied(events).values()


@pytest.mark.parametrize(
    ("operations", "value"),
    [
        ([(SET, 1), (SET, 2)], 2),
        ([(ONCE, 1), (ONCE, 2)], 1),
        ([(SET, 1), (ONCE, 2)], 1),
        ([(ADD, 2), (ADD, 3)], 5),
        ([(SET, 10), (ADD, 5)], 15),
        ([(ADD, 5), (SET, 10)], 10),
        ([(SET, "gold"), (ADD, 5)], 5),
        ([(SET, True), (ADD, 5)], 5),
        ([(APPEND, ["a"]), (APPEND, ["b", "a"])], ["a", "b"]),
        ([(SET, "a"), (APPEND, ["b"])], ["a", "b"]),
        ([(SET, 1), (UNSET, None), (ONCE, 7)], 7),
        ([(ONCE, 1), (ADD, 1)], 2),
    ],
)
def test_operations_act_in_the_order_of_event_time(operations: list[tuple[Operation, object]], value: object) -> None:
    events = [event(at, change(operation, operand)) for at, (operation, operand) in enumerate(operations)]
    assert values(*events) == values(*reversed(events)) == {"points": value}


def test_an_attribute_that_was_unset_is_gone() -> None:
    assert values(event(1, change(SET, 5)), event(2, change(UNSET))) == {}


def test_clearing_forgets_every_attribute_of_before() -> None:
    events = [event(1, change(SET, "北京", "city")), event(2, change(CLEAR, None, "*")), event(3, change(SET, 1))]
    assert values(*events) == values(*reversed(events)) == {"points": 1}


def test_clearing_leaves_tags_given_by_hand() -> None:
    events = [event(1, change(SET, True, "$tag:vip")), event(2, change(CLEAR, None, "*"))]
    assert values(*events) == values(*reversed(events)) == {"$tag:vip": True}


def test_operations_of_one_event_act_in_their_order() -> None:
    assert values(event(1, change(SET, 3), change(ADD, 4))) == {"points": 7}


def test_the_time_of_the_last_change_is_known() -> None:
    profile = Profile().applied([event(5, change(SET, 1)), event(3, change(SET, 2))])
    assert (profile.changed_at("points"), profile.changed_at("city")) == (5, 0)


def _operations() -> st.SearchStrategy[AttributeChange]:
    numbers = st.integers(-5, 9)
    return st.one_of(
        st.builds(change, st.sampled_from([SET, ONCE, ADD]), numbers, st.sampled_from(["points", "level"])),
        st.builds(change, st.just(APPEND), st.lists(st.sampled_from("abc"), min_size=1, max_size=3), st.just("tags")),
        st.builds(change, st.just(UNSET), st.none(), st.sampled_from(["points", "tags"])),
        st.just(change(CLEAR, None, "*")),
    )


def _histories(first: int = 0) -> st.SearchStrategy[list[Event]]:
    """Histories whose events are all different; `first` is the number from which they count within a moment."""
    one = st.tuples(st.integers(0, 12), st.integers(first, first + 2), st.lists(_operations(), max_size=3))
    drawn = st.lists(one, max_size=12, unique_by=lambda event_: event_[:2])
    return drawn.map(lambda history: [event(at, *changes, number=number) for at, number, changes in history])


@given(_histories(), st.randoms(), st.integers(1, 4))
def test_order_batching_and_repetition_do_not_matter(history: list[Event], random: object, parts: int) -> None:
    mixed = history + history[: len(history) // 2]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    profile = Profile()
    for part in range(parts):
        profile = profile.applied(mixed[part::parts])
    assert profile == Profile().applied(history)


@given(_histories(), _histories(first=10))
def test_joining_two_people_is_as_if_all_events_had_come_to_one(mine: list[Event], theirs: list[Event]) -> None:
    one, two = Profile().applied(mine), Profile().applied(theirs)
    assert one.union(two) == two.union(one) == Profile().applied(mine + theirs)


def test_many_increments_keep_their_sum_in_bounded_space() -> None:
    profile = Profile()
    for at in range(1_000):
        profile = profile.applied([event(at, change(ADD, 2))])
        assert len(profile.operations["points"]) <= MAX_OPERATIONS
    assert profile.values() == {"points": 2_000}


def test_a_repeated_increment_does_not_count_twice_even_after_it_was_sealed() -> None:
    events = [event(at, change(ADD, 1)) for at in range(3 * MAX_OPERATIONS)]
    assert Profile().applied(events).applied(events[:10]).values() == {"points": 3 * MAX_OPERATIONS}


def _increments(times: range, by: int = 1) -> Profile:
    """Of one person, one event after the other."""
    profile = Profile()
    for at in times:
        profile = profile.applied([event(at, change(ADD, by), number=by)])
    return profile


@pytest.mark.parametrize("others", [range(1, 20), range(1, 400), range(300, 320), range(290, 700)])
def test_increments_of_two_people_add_up_however_many_each_had(others: range) -> None:
    mine, theirs = _increments(range(300)), _increments(others, by=1_000)
    total = 300 + 1_000 * len(others)
    assert mine.union(theirs).values() == theirs.union(mine).values() == {"points": total}
    assert mine.union(theirs).applied([event(900, change(ADD, 1))]).values() == {"points": total + 1}


def test_a_base_that_was_set_stays_under_many_increments_and_yields_to_a_later_one() -> None:
    mine = Profile().applied([event(1, change(SET, 10))]).union(_increments(range(2, 202)))
    assert mine.values() == {"points": 210}
    assert mine.applied([event(500, change(SET, 7))]).values() == {"points": 7}
    assert mine.union(_increments(range(3, 13), by=5)).values() == {"points": 260}


def test_many_firsts_keep_the_earliest() -> None:
    profile = Profile()
    for at in range(300, 1, -1):
        profile = profile.applied([event(at, change(ONCE, at))])
        assert len(profile.operations["points"]) <= MAX_OPERATIONS
    assert profile.values() == {"points": 2}


def test_many_appends_of_two_people_are_all_on_the_list() -> None:
    mine, theirs = Profile(), Profile()
    for at in range(100):
        mine = mine.applied([event(at, change(APPEND, [f"m{at}"]))])
        theirs = theirs.applied([event(at, change(APPEND, [f"t{at % 3}"]), number=1)])
    tags = mine.union(theirs).values()["points"]
    assert sorted(tags) == sorted({*(f"m{at}" for at in range(100)), "t0", "t1", "t2"})


def test_many_operations_of_all_sorts_stay_bounded_and_keep_their_value() -> None:
    profile, at = Profile(), 0
    for at in range(200):
        profile = profile.applied([event(at, change(ADD, 1) if at % 2 else change(ONCE, 5))])
        assert len(profile.operations["points"]) <= MAX_OPERATIONS + 1
    assert profile.values() == {"points": 5 + 100}


def test_what_was_cleared_leaves_nothing_behind_and_makes_room() -> None:
    full = Profile().applied([event(1, change(SET, at, f"a{at}")) for at in range(MAX_ATTRIBUTES)])
    cleared = full.applied([event(9, change(CLEAR, None, "*"))])
    assert list(cleared.operations) == ["*"]
    assert cleared.applied([event(10, change(SET, "北京", "city")), event(2, change(SET, "上海", "town"))]).values() == {"city": "北京"}


def test_changes_without_room_are_counted_and_the_others_stay() -> None:
    full = Profile().applied([event(1, change(SET, at, f"a{at}")) for at in range(MAX_ATTRIBUTES)])
    after = full.applied([event(2, change(SET, 1, "one more"), change(SET, "new", "a0"))])
    assert after.refused == 1
    assert after.values() == {**full.values(), "a0": "new"}


@pytest.mark.parametrize("letter", ["a", "京", "😀"])
def test_all_attributes_together_fit_one_item_in_any_script(letter: str) -> None:
    mine, theirs = (
        Profile().applied([event(at, change(SET, letter * 9_000, f"{name}{at}")) for at in range(40)]) for name in ("mine", "theirs")
    )
    together = mine.union(theirs)
    item = pack_profile("p_1", together, 1, 0).serialize()
    assert len(item["d"]["S"].encode()) <= MAX_BYTES
    assert together.refused > 0
    assert together.values().items() >= mine.values().items()


def test_lists_and_numbers_of_attributes_are_bounded() -> None:
    crowded = Profile().applied([event(at, change(SET, at, f"a{at}")) for at in range(MAX_ATTRIBUTES + 50)])
    assert len(crowded.values()) == MAX_ATTRIBUTES
    long = values(*(event(at, change(APPEND, [f"{at}-{n}" for n in range(20)])) for at in range(30)))
    assert len(long["points"]) == MAX_LIST  # type: ignore[arg-type]
