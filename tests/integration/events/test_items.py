"""The newest description of a catalogue item wins, in whatever order and however often descriptions arrive."""

from itertools import permutations

import pytest

from chalicelib.errors import NotFound
from chalicelib.events import items
from chalicelib.events.items import Item
from chalicelib.events.model import ItemChange
from tests.support.aws import Stack
from tests.support.records import NOW, item


def properties() -> object:
    return items.get("goods", "g1").properties


def test_an_item_is_read_as_it_was_described(stack: Stack) -> None:
    items.put([item(name="裙子", price=99.5, tags=["a"])], "shop")
    assert items.get("goods", "g1") == Item("goods", "g1", {"name": "裙子", "price": 99.5, "tags": ["a"]}, NOW, "shop")


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_newest_description_wins_in_any_order(stack: Stack, order: tuple[int, ...]) -> None:
    changes = [item(time=NOW + place, price=place) for place in range(3)]
    items.put([changes[place] for place in order] * 2, "shop")
    assert properties() == {"price": 2}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_descriptions_at_the_same_time_end_the_same_in_any_order(stack: Stack, order: tuple[int, ...]) -> None:
    changes = [item(price=1), item(price=2)]
    items.put([changes[place] for place in order], "shop")
    first = properties()
    items.put([changes[place] for place in reversed(order)], "shop")
    assert properties() == first


@pytest.mark.parametrize("late", [item(time=NOW - 1), item(time=NOW - 1, deleted=True)])
def test_a_late_description_does_not_bring_a_deleted_item_back(stack: Stack, late: ItemChange) -> None:
    items.put([item(deleted=True), late], "shop")
    with pytest.raises(NotFound):
        properties()


def test_a_deleted_item_can_be_described_anew(stack: Stack) -> None:
    items.put([item(deleted=True), item(time=NOW + 1, price=5)], "shop")
    assert properties() == {"price": 5}


def test_items_of_one_id_and_two_types_are_two(stack: Stack) -> None:
    items.put([item(price=1), item(item_type="articles", price=2)], "shop")
    assert properties() == {"price": 1}
    assert items.get("articles", "g1").properties == {"price": 2}


def test_unknown_items_are_not_found(stack: Stack) -> None:
    with pytest.raises(NotFound):
        properties()
