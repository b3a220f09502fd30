"""Which twenty tags a fan has, and what is done to get there."""

from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.tagging.batching import Act, Deed
from chalicelib.tagging.choosing import MAX_TAGS_OF_A_FAN, Carried, Plan, gives_way, plan

OURS = range(100, 130)
TAGS = st.frozensets(st.sampled_from(OURS))
WANTED = st.lists(st.sampled_from(OURS), unique=True)


def carried(held: Collection[int] = (), begun: Collection[int] = (), refused: Collection[int] = ()) -> Carried:
    return Carried(frozenset(held), frozenset(begun), frozenset(refused))


def planned(wanted: list[int], before: Carried, looked_at: Collection[int] = (), ours: Collection[int] = OURS) -> Plan:
    return plan("oMing", wanted, before, looked_at, ours)


def acts(found: Plan) -> list[tuple[Act, int]]:
    return [(deed.act, deed.tag) for deed in found.deeds]


@pytest.mark.parametrize(
    ("wanted", "before", "looked_at", "deeds"),
    [
        ([], carried(), [], []),
        ([100], carried(), [], [(Act.TAG, 100)]),
        ([100], carried(held=[100]), [], []),
        ([100], carried(held=[100]), [100], [(Act.TAG, 100)]),
        ([100], carried(begun=[100]), [], [(Act.TAG, 100)]),
        ([], carried(held=[100]), [], [(Act.UNTAG, 100)]),
        ([], carried(begun=[100]), [], [(Act.UNTAG, 100)]),
        ([], carried(), [100], [(Act.UNTAG, 100)]),
        ([101], carried(held=[100]), [], [(Act.UNTAG, 100), (Act.TAG, 101)]),
        ([], carried(held=[7]), [7], []),
    ],
    ids=[
        "nothing", "what is wanted comes", "what is there stays", "what was heard of is set again", "what was begun is set again",
        "what is wanted no more goes", "also if it was only begun", "what was heard of is taken whatever is remembered",
        "going makes room", "what is not ours is left alone",
    ],
)  # fmt: skip
def test_what_is_done(wanted: list[int], before: Carried, looked_at: list[int], deeds: list[tuple[Act, int]]) -> None:
    assert acts(planned(wanted, before, looked_at)) == deeds


def test_the_least_important_beyond_twenty_are_refused() -> None:
    found = planned(list(OURS), carried())
    assert found.chosen == tuple(OURS)[:MAX_TAGS_OF_A_FAN]
    assert found.refused == frozenset(OURS[MAX_TAGS_OF_A_FAN:])
    assert [tag for _, tag in acts(found)] == list(found.chosen)


def test_what_comes_before_displaces_what_is_there() -> None:
    twenty = list(OURS[1:21])
    assert acts(planned([100, *twenty], carried(held=twenty), [100])) == [(Act.UNTAG, 120), (Act.TAG, 100)]


def test_a_tag_without_room_is_tried_again_only_when_something_goes() -> None:
    before = carried(held=[100], refused=[101])
    assert acts(planned([100, 101], before)) == []
    assert planned([100, 101], before).refused == {101}
    assert acts(planned([101], before)) == [(Act.UNTAG, 100), (Act.TAG, 101)]


@given(WANTED, TAGS, TAGS, TAGS)
def test_afterwards_a_fan_has_what_is_chosen_and_nothing_else_of_ours(
    wanted: list[int], held: frozenset[int], begun: frozenset[int], looked_at: frozenset[int]
) -> None:
    found = planned(wanted, carried(held, begun - held), looked_at)
    has = set(held) | set(begun)  # what is begun may be there
    for deed in found.deeds:
        (has.add if deed.act is Act.TAG else has.discard)(deed.tag)
    assert has == set(found.chosen) == set(wanted[:MAX_TAGS_OF_A_FAN])
    assert Deed(Act.TAG, 0, "oMing") not in found.deeds


@pytest.mark.parametrize(
    ("tag", "held", "loser"),
    [(100, [101, 102], 102), (102, [100, 101], 102), (101, [100, 102], 102), (100, [], 100), (100, [7], 100), (100, [99], 100)],
)
def test_the_least_important_of_ours_gives_way(tag: int, held: list[int], loser: int) -> None:
    assert gives_way(tag, held, {100: 0, 101: 1, 102: 2}) == loser
