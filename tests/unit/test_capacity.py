"""The arithmetic behind the counted units: sizes and units as DynamoDB's developer guide tells them."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.capacity import Item, Units, item_size, read, read_units, write_units, writes, written

KB = 1024
KEY = {"pk": {"S": "p"}}


def item(size: int) -> dict[str, dict[str, Any]]:
    """An item of so many bytes."""
    return {**KEY, "d": {"S": "x" * (size - 4)}}


def nothing(_table: str, _item: Item) -> None:
    return None


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "abc"}, 3),
        ({"S": "裙子"}, 6),
        ({"S": ""}, 0),
        ({"B": base64.b64encode(b"12345").decode()}, 5),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"N": "0"}, 1),
        ({"N": "7"}, 2),
        ({"N": "-7"}, 3),
        ({"N": "1795300000000"}, 4),
        ({"N": "1795300000001"}, 8),
        ({"N": "12.5"}, 3),
        ({"N": "1E+20"}, 2),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"BOOL": False}]}, 8),
        ({"M": {"name": {"S": "ab"}}}, 10),
        ({"SS": ["ab", "c"]}, 3),
        ({"NS": ["1", "22"]}, 4),
        ({"BS": [base64.b64encode(b"123").decode()]}, 3),
    ],
)
def test_a_value_has_the_size_that_the_guide_tells(value: dict[str, Any], size: int) -> None:
    assert item_size({"n": value}) == 1 + size


def test_names_count_in_utf_8() -> None:
    assert item_size({"名": {"S": "a"}}) == 4


def test_an_item_that_is_not_there_has_no_size() -> None:
    assert item_size(None) == item_size({}) == 0


def test_a_type_that_dynamodb_does_not_have_is_an_error() -> None:
    with pytest.raises(ValueError, match="XX"):
        item_size({"n": {"XX": 1}})


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=20).map(lambda text: {"S": text}), max_size=5), st.text(min_size=1))
def test_one_more_attribute_makes_an_item_larger(attributes: dict[str, dict[str, Any]], name: str) -> None:
    bare = {key: value for key, value in attributes.items() if key != name}
    assert item_size({**bare, name: {"S": ""}}) > item_size(bare)


@pytest.mark.parametrize(("sizes", "units"), [((1,), 1), ((KB,), 1), ((KB + 1,), 2), ((100, 3 * KB), 3), ((3 * KB, 100), 3), ((0,), 1)])
def test_a_write_costs_the_larger_of_before_and_after(sizes: tuple[int, ...], units: int) -> None:
    assert write_units(*sizes) == units


@pytest.mark.parametrize(
    ("size", "consistent", "units"),
    [(1, True, 1), (4 * KB, True, 1), (4 * KB + 1, True, 2), (100, False, 0.5), (5000, False, 1), (0, False, 0.5)],
)
def test_a_read_costs_by_four_kilobytes_and_half_when_it_may_be_old(size: int, consistent: bool, units: float) -> None:
    assert read_units(size, consistent) == units


def test_an_item_that_shrinks_costs_what_it_was() -> None:
    request = {"TableName": "t", "Item": item(100)}
    assert written("PutItem", request, lambda _table, _item: item(3 * KB)) == Units(write=3)


def test_a_delete_costs_what_was_there() -> None:
    assert written("DeleteItem", {"TableName": "t", "Key": KEY}, lambda _table, _item: item(2 * KB)) == Units(write=2)


def test_every_put_of_a_batch_is_a_write_of_its_own() -> None:
    puts = [{"PutRequest": {"Item": item(size)}} for size in (10, 10, 1500)]
    assert written("BatchWriteItem", {"RequestItems": {"t": puts}}, nothing) == Units(write=4)


def test_a_transaction_costs_double_and_a_check_counts_as_a_write() -> None:
    steps = [{"Put": {"TableName": "t", "Item": item(1500)}}, {"ConditionCheck": {"TableName": "t", "Key": KEY}}]
    assert written("TransactWriteItems", {"TransactItems": steps}, nothing) == Units(write=6)


def test_what_a_transaction_writes_is_told_from_what_it_only_checks() -> None:
    steps = [{"Put": {"TableName": "t", "Item": item(10)}}, {"ConditionCheck": {"TableName": "u", "Key": KEY}}]
    found = list(writes("TransactWriteItems", {"TransactItems": steps}, nothing))
    assert [(one.table, one.units, one.check) for one in found] == [("t", 2, False), ("u", 2, True)]


def test_an_update_costs_at_least_what_was_there() -> None:
    request = {"TableName": "t", "Key": KEY, "ExpressionAttributeValues": {":0": {"S": "x"}}}
    assert written("UpdateItem", request, lambda _table, _item: item(1500)) == Units(write=2)


def test_reads_write_nothing_and_writes_read_nothing() -> None:
    assert written("Query", {}, nothing) == Units()
    assert read("PutItem", {}, {}) == Units()


def test_a_batch_read_costs_each_key_found_or_not() -> None:
    request = {"RequestItems": {"t": {"Keys": [KEY, KEY, KEY], "ConsistentRead": True}}}
    assert read("BatchGetItem", request, {"Responses": {"t": [item(10), item(5 * KB)]}}) == Units(read=4)


def test_a_query_costs_by_what_it_reads_together() -> None:
    answer = {"Items": [item(KB)] * 5}
    assert read("Query", {}, answer) == Units(read=1)
    assert read("Query", {"ConsistentRead": True}, {"Items": []}) == Units(read=1)


def test_a_single_read_costs_half_unless_it_must_be_new() -> None:
    assert read("GetItem", {}, {"Item": item(10)}) == read("GetItem", {}, {}) == Units(read=0.5)
    assert read("GetItem", {"ConsistentRead": True}, {"Item": item(10)}) == Units(read=1)


def test_units_add_up() -> None:
    assert Units(1, 2) + Units(0.5, 1) == Units(1.5, 3)
