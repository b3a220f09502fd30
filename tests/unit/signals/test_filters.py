"""Which events a filter means, and which filters are the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.events.model import Event, Kind
from chalicelib.identifiers import identifier
from chalicelib.signals.comparing import Operator, compare
from chalicelib.signals.filters import Filter, filter_of
from chalicelib.signals.paths import value_at

PROPERTIES = {
    "key": "dress",
    "amount": "120.50",
    "order.id": "A1",
    "order": {"sku": {"size": "M"}, "id": "nested"},
    "tags": ["new", "sale"],
    "nothing": None,
}
CONTEXT = {"channel": "h5", "campaign": {"source": "618"}, "a.b": 1}
EVENT = Event("e", Kind.TRACK, "MenuClicked", 1, (identifier("user_id", "u1"),), "shop", PROPERTIES, (), CONTEXT)

scalars = st.one_of(st.booleans(), st.integers(-3, 3), st.sampled_from([0.5, 1.0, "a", "b", "1", ""]))
operands = st.dictionaries(st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte"]), scalars, min_size=1, max_size=3)
wheres = st.dictionaries(st.sampled_from(["a", "b", "properties.c.d", "context.e"]), st.one_of(scalars, operands), max_size=4)


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"key": "dress"},
        {"key": {"eq": "dress"}},
        {"key": {"in": ["dress", "shoe"], "ne": "shoe"}, "amount": {"gte": 120.5, "lt": 121}},
        {"properties.key": "dress"},
        {"order.id": "A1"},  # a name that holds a dot comes before the way into an object
        {"properties.order.id": "A1"},
        {"properties.order.sku.size": "M"},
        {"context.channel": {"in": ["h5", "app"]}},
        {"context.campaign.source": 618},
        {"context.a.b": 1},
        {"tags": {"contains": "sale"}},
        {"tags": {"eq": ["new", "sale"]}},
        {"colour": {"exists": False}, "key": {"exists": True}, "nothing": {"exists": False}},
        {"colour": {"ne": "red"}},
        {"colour": {"not_in": ["red"]}},
        {"key": {"matches": "^d.{4}$"}},
    ],
)
def test_the_event_is_meant(where: dict[str, Any]) -> None:
    assert filter_of(where).matches(EVENT)


@pytest.mark.parametrize(
    "where",
    [
        {"key": "shoe"},
        {"key": "dress", "amount": {"gt": 120.5}},
        {"amount": {"gte": 120, "lt": 120.5}},
        {"order.id": "nested"},
        {"sku": "M"},
        {"properties.order.sku.size.x": {"exists": True}},
        {"channel": "h5"},
        {"context.key": "dress"},
        {"colour": {"exists": True}},
        {"colour": {"lt": 5}},
        {"tags": "sale"},
    ],
)
def test_the_event_is_not_meant(where: dict[str, Any]) -> None:
    assert not filter_of(where).matches(EVENT)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": {"gt": 1, "lt": 5}}, {"b": {"lt": 5, "gt": 1}, "a": 1}),
        ({"a": 1}, {"a": {"eq": 1}}),
        ({"a": {"gte": 5}}, {"a": {"gte": 5.0}}),
        ({"a": {"in": ["x", "y"]}}, {"a": {"in": ["y", "x", "y"]}}),
        ({"a": {"eq": ["x", 1.0]}}, {"a": {"eq": ["x", 1]}}),
    ],
)
def test_filters_that_mean_the_same_are_one(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert filter_of(one) == filter_of(other)
    assert len({filter_of(one), filter_of(other)}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": True}),
        ({"a": 1}, {"a": "1"}),
        ({"a": {"eq": ["x", "y"]}}, {"a": {"eq": ["y", "x"]}}),
        ({"a": {"in": ["x"]}}, {"a": {"not_in": ["x"]}}),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {}),
    ],
)
def test_filters_that_mean_something_else_are_two(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert filter_of(one) != filter_of(other)


@given(wheres, st.dictionaries(st.sampled_from(["a", "b", "c"]), st.one_of(scalars, st.dictionaries(st.just("d"), scalars)), max_size=3))
def test_a_filter_holds_when_each_of_its_tests_does(where: dict[str, Any], properties: dict[str, Any]) -> None:
    event = Event("e", Kind.TRACK, "n", 1, (identifier("user_id", "u1"),), "shop", properties, (), {"e": 1})
    asked = {path: one if isinstance(one, dict) else {"eq": one} for path, one in where.items()}
    expected = all(compare(Operator(name), value_at(event, path), operand) for path, one in asked.items() for name, operand in one.items())
    assert filter_of(where).matches(event) is expected


@given(wheres)
def test_a_filter_that_was_stored_is_the_same_filter(where: dict[str, Any]) -> None:
    found = filter_of(where)
    assert Filter(tuple((path, operator, operand) for path, operator, operand in found.tests)) == found
    assert filter_of(dict(reversed(where.items()))) == found
