"""Who is in a segment: the lists and counts follow the standing in force, whatever is delivered twice, late or in the wrong order."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.audiences.membership import Audience, Place, changed, follow, places
from chalicelib.audiences.membership_records import HOUR_MS, SHARDS, shard_of
from chalicelib.errors import Busy
from chalicelib.people import store
from chalicelib.people.standing import Standing
from tests.support.aws import Stack, memory_stack

NOW: Final = 1_795_300_000_000
NOBODY: Final = Standing()
Step = tuple[Standing, Standing]


@pytest.fixture
def stack() -> Iterator[Stack]:
    """The two tables that this is about."""
    with memory_stack(only=("people", "audiences")) as made:
        yield made


def vip(since: int = NOW, **more: object) -> Standing:
    return replace(Standing(segments={"vip": since}), **more)  # type: ignore[arg-type]


def history(*standings: Standing, person: str = "p_1") -> list[Step]:
    """Stores the standings one after the other; the changes as a stream would tell them."""
    steps: list[Step] = []
    before = store.standing(person)
    for one in standings:
        after = replace(one, version=before.version + 1)
        store.save_standing(person, replace(one, version=before.version))
        steps.append((before, after))
        before = after
    return steps


def drop(person: str = "p_1") -> Step:
    """The person is merged into another."""
    before = store.standing(person)
    writing = store.Transaction()
    writing.drop_standing(person, before.version)
    writing.commit()
    return before, NOBODY


def deliver(steps: Sequence[Step], person: str = "p_1", at: int = NOW) -> None:
    for before, after in steps:
        follow(person, before, after, at)


def listed(stack: Stack, what: str = "segment#vip") -> dict[str, tuple[int, str]]:
    found = {}
    for item in stack.items("audiences"):
        if item["pk"]["S"].rpartition("#")[0] == what and item["sk"]["S"].startswith("person#"):
            assert item["pk"]["S"] == f"{what}#{shard_of(item['sk']['S'].removeprefix('person#'))}"
            found[item["sk"]["S"].removeprefix("person#")] = (int(item["since"]["N"]), item.get("value", {}).get("S", ""))
    return found


def numbers(stack: Stack, what: str = "segment#vip") -> Counter[str]:
    """`members`, `entered` and `left`, over all shards and hours."""
    total: Counter[str] = Counter()
    for item in stack.items("audiences"):
        if item["pk"]["S"].rpartition("#")[0] == what:
            total.update({name: int(item[name]["N"]) for name in ("members", "entered", "left") if name in item})
    return total


def assert_sound(stack: Stack, what: str = "segment#vip") -> None:
    found = numbers(stack, what)
    assert len(listed(stack, what)) == found["members"] == found["entered"] - found["left"]


def test_who_enters_is_listed_and_counted(stack: Stack) -> None:
    deliver(history(vip()))
    assert listed(stack) == {"p_1": (NOW, "")}
    assert numbers(stack) == Counter(members=1, entered=1)


def test_who_leaves_is_not(stack: Stack) -> None:
    deliver(history(vip()))
    deliver(history(NOBODY))
    assert listed(stack) == {}
    assert numbers(stack) == Counter(members=0, entered=1, left=1)


def test_what_was_over_before_it_was_delivered_is_not_counted(stack: Stack) -> None:
    deliver(history(vip(), NOBODY))
    assert stack.items("audiences") == []


def test_a_redelivery_counts_nothing_twice(stack: Stack) -> None:
    steps = history(vip(), NOBODY, vip(NOW + 5))
    for _ in range(3):
        deliver(steps)
    assert listed(stack) == {"p_1": (NOW + 5, "")}
    assert_sound(stack)


def test_a_late_delivery_brings_nobody_back(stack: Stack) -> None:
    entered, left = history(vip(), NOBODY)
    deliver([left, entered])
    assert listed(stack) == {}
    assert_sound(stack)


def test_a_person_merged_away_is_listed_no_more_even_if_what_it_entered_comes_later(stack: Stack) -> None:
    (entered,) = history(vip())
    gone = drop()
    deliver([entered])
    deliver([gone, entered, gone])
    assert listed(stack) == {}
    assert_sound(stack)


def test_who_was_there_stays_when_only_the_beginning_changes(stack: Stack) -> None:
    deliver(history(vip(NOW)))
    deliver(history(vip(NOW - 50)))
    assert listed(stack) == {"p_1": (NOW - 50, "")}
    assert numbers(stack) == Counter(members=1, entered=1)


def test_what_has_nothing_to_do_with_lists_writes_nothing(stack: Stack) -> None:
    deliver(history(Standing(bands={"activity": ("high", NOW)}, stage=("new", NOW), armed=NOW + 5)))
    assert stack.items("audiences") == []


def test_tags_are_listed_with_their_value_by_whomever_they_were_given(stack: Stack) -> None:
    deliver(history(Standing(tags={"tier": ("gold", NOW)}, manual={"friend": NOW}), Standing(tags={"tier": ("silver", NOW + 1)})))
    assert listed(stack, "tag#tier") == {"p_1": (NOW + 1, "silver")}
    assert listed(stack, "tag#friend") == {}
    assert_sound(stack, "tag#tier")
    assert_sound(stack, "tag#friend")


def test_hours_tell_when(stack: Stack) -> None:
    deliver(history(vip()), at=NOW)
    deliver(history(NOBODY), at=NOW + HOUR_MS)
    hours = {item["sk"]["S"]: item for item in stack.items("audiences") if item["sk"]["S"].startswith("hour#")}
    first = NOW // HOUR_MS * HOUR_MS
    assert {name: sorted(set(item) & {"entered", "left"}) for name, item in hours.items()} == {
        f"hour#{first:013d}": ["entered"],
        f"hour#{first + HOUR_MS:013d}": ["left"],
    }


def test_more_lists_than_one_transaction_holds(stack: Stack) -> None:
    names = {f"s{number}": NOW for number in range(70)}
    deliver(history(Standing(segments=names), NOBODY))
    deliver(history(Standing(segments=names)))
    assert sum(item["sk"]["S"] == "person#p_1" for item in stack.items("audiences")) == 70


def test_people_are_spread_over_all_shards() -> None:
    assert {shard_of(f"p_{number}") for number in range(400)} == set(range(SHARDS))


def test_races_without_end_are_tried_again_later(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    class Losing(store.Transaction):
        def commit(self) -> None:
            raise store.Stale

    steps = history(vip())
    monkeypatch.setattr(store, "Transaction", Losing)
    with pytest.raises(Busy):
        deliver(steps)


@pytest.mark.parametrize("seed", range(12))
def test_any_order_and_any_repetition_ends_at_the_standing_in_force(stack: Stack, seed: int) -> None:
    random = Random(seed)
    deliveries: list[tuple[str, Step]] = []
    for person in ("p_1", "p_2"):
        for _ in range(random.randint(1, 6)):
            one = Standing(segments={"vip": random.randint(1, 9)}) if random.random() < 0.6 else NOBODY
            deliveries += [(person, step) for step in history(one, person=person)]
            if random.random() < 0.3:  # in time
                deliver([deliveries[-1][1]], person)
        if random.random() < 0.3:
            deliveries.append((person, drop(person)))
    deliveries += random.choices(deliveries, k=5)
    random.shuffle(deliveries)
    for person, step in deliveries:
        deliver([step], person)
    assert {person: since for person, (since, _) in listed(stack).items()} == {
        person: store.standing(person).segments["vip"] for person in ("p_1", "p_2") if "vip" in store.standing(person).segments
    }
    assert_sound(stack)


_names = st.sampled_from(["a", "b"])
_standings = st.builds(
    Standing,
    segments=st.dictionaries(_names, st.integers(1, 3)),
    tags=st.dictionaries(_names, st.tuples(st.sampled_from(["", "x"]), st.integers(1, 3))),
    manual=st.dictionaries(_names, st.integers(1, 3)),
)


@given(before=_standings, after=_standings)
def test_only_lists_that_changed_are_looked_at(before: Standing, after: Standing) -> None:
    assert set(changed(before, after)) == {key for key, _ in places(before).items() ^ places(after).items()}


def test_a_tag_of_both_kinds_is_listed_as_the_rule_gave_it() -> None:
    both = Standing(tags={"vip": ("gold", 5)}, manual={"vip": 3})
    assert places(both) == {(Audience.TAG, "vip"): Place(5, "gold")}
