"""The language of conditions: what can be said, what is refused and where, and that a document comes out as it went in."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from chalicelib.audiences.conditions import (
    All,
    AnyOf,
    AttributeTest,
    Condition,
    EventCount,
    EventSum,
    IdentifierTest,
    LifecycleTest,
    Node,
    Not,
    ReachableTest,
    ScoreTest,
    SeenTest,
    SegmentTest,
    Sequence,
    TagTest,
    conditions_in,
    placed,
)
from chalicelib.problems import faults_of
from chalicelib.signals.comparing import Operator
from chalicelib.signals.filters import filter_of

CONDITIONS: TypeAdapter[Node] = TypeAdapter(Condition)
SHAPES: list[tuple[type[Node], dict[str, Any]]] = [
    (All, {"all": [{"tag": "vip"}]}),
    (AnyOf, {"any": [{"tag": "vip"}, {"tag": "新客"}]}),
    (Not, {"not": {"event": "OrderPaid", "within": "7d"}}),
    (EventCount, {"event": "*"}),
    (EventCount, {"event": "OrderPaid", "count": 5}),
    (EventCount, {"event": "MenuClicked", "where": {"key": {"eq": "dress"}}, "count": {"gt": 5}, "within": "7d"}),
    (EventCount, {"event": "MenuClicked", "where": {"key": "dress", "n": 1, "f": 1.5, "new": True, "context.channel": "h5"}}),
    (EventCount, {"event": "$segment_entered", "where": {"segment": {"eq": "followers"}}}),
    (EventCount, {"event": "$tag_lost", "where": {"tag": {"in": ["a", "b"]}}}),
    (EventCount, {"event": "$lifecycle_changed", "where": {"to": "asleep"}}),
    (EventSum, {"event": "OrderPaid", "sum": "amount", "gte": 1000}),
    (EventSum, {"event": "OrderPaid", "sum": "properties.amount", "gt": 0.5, "lt": 10, "within": "30d", "where": {"shop": "A"}}),
    (Sequence, {"sequence": [{"event": "ArticleRead"}, {"event": "OrderPaid", "count": 2, "where": {"shop": "A"}}], "within": "1d"}),
    (Sequence, {"sequence": [{"event": "A"}, {"event": "B"}], "last": "30d"}),
    (AttributeTest, {"attribute": "city", "eq": "北京"}),
    (AttributeTest, {"attribute": "$first_touch.campaign.source", "in": ["618", 11, True, 0.5]}),
    (AttributeTest, {"attribute": "age", "gte": 18, "lt": 65, "exists": True}),
    (AttributeTest, {"attribute": "nickname", "matches": "^小", "starts_with": "小", "contains": "明", "not_in": ["小明"], "ne": "小红"}),
    (TagTest, {"tag": "活跃", "eq": "7日内", "by": "rule"}),
    (TagTest, {"tag": "vip", "by": "manual"}),
    (ScoreTest, {"score": "activity", "gt": 300}),
    (ScoreTest, {"score": "activity", "band": "high"}),
    (SegmentTest, {"segment": "followers"}),
    (LifecycleTest, {"lifecycle": "asleep"}),
    (SeenTest, {"last_seen": {"before": "7d"}}),
    (SeenTest, {"first_seen": {"within": "1h"}}),
    (IdentifierTest, {"identifier": "mobile", "exists": True}),
    (IdentifierTest, {"identifier": "openid:wx0a1b", "exists": False}),
    (ReachableTest, {"reachable": "template"}),
]


class Document(BaseModel):
    """A document with a condition."""

    where: Condition


def nested(depth: int) -> dict[str, Any]:
    """So many conditions, one in the other."""
    return {"not": nested(depth - 1)} if depth > 1 else {"tag": "vip"}


def faults(condition: Any) -> list[tuple[str, str]]:
    """(path, code) of what a document with the condition is refused for."""
    with pytest.raises(ValidationError) as caught:
        Document.model_validate({"where": condition})
    return [(one.path, one.code) for one in faults_of(caught.value)]


@pytest.mark.parametrize(("model", "condition"), SHAPES)
def test_every_shape_is_told_by_its_key_and_comes_out_as_it_was_written(model: type[Node], condition: dict[str, Any]) -> None:
    found = CONDITIONS.validate_python(condition)
    assert type(found) is model
    assert json.loads(CONDITIONS.dump_json(found, by_alias=True, exclude_unset=True)) == condition


leaves = st.sampled_from([condition for _, condition in SHAPES if not {"all", "any", "not"} & condition.keys()])
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda some: {"all": some}),
        st.lists(inner, min_size=1, max_size=3).map(lambda some: {"any": some}),
        inner.map(lambda one: {"not": one}),
    ),
    max_leaves=8,
)


@settings(max_examples=50)
@given(trees.filter(lambda tree: str(tree).count("'all'") + str(tree).count("'any'") + str(tree).count("'not'") < 8))
def test_whatever_is_nested_comes_out_as_it_was_written(tree: dict[str, Any]) -> None:
    document = Document.model_validate({"where": tree})
    text = document.model_dump_json(by_alias=True, exclude_unset=True)
    assert json.loads(text) == {"where": tree}
    assert Document.model_validate_json(text) == document


@pytest.mark.parametrize(
    ("condition", "path", "code"),
    [
        ({}, "where", "condition_unknown"),
        ({"evnt": "OrderPaid"}, "where", "condition_unknown"),
        ("vip", "where", "condition_unknown"),
        (None, "where", "condition_unknown"),
        ([{"tag": "vip"}], "where", "condition_unknown"),
        ({"all": [{"tag": "vip"}, {"tags": "vip"}]}, "where/all/1", "condition_unknown"),
        ({"not": {"any": [{"event": "A", "colour": "red"}]}}, "where/not/any/0/colour", "extra_forbidden"),
        ({"all": [{"tag": "vip"}], "any": [{"tag": "vip"}]}, "where/any", "extra_forbidden"),
        ({"event": "A", "tag": "vip"}, "where/tag", "extra_forbidden"),
        ({"all": []}, "where/all", "list_expected"),
        ({"any": {"tag": "vip"}}, "where/any", "list_expected"),
        ({"not": [{"tag": "vip"}]}, "where/not", "condition_unknown"),
        ({"event": ""}, "where/event", "string_too_short"),
        ({"event": "*x"}, "where/event", "event_name_invalid"),
        ({"event": 5}, "where/event", "string_type"),
        ({"event": "A", "within": "7"}, "where/within", "duration_invalid"),
        ({"event": "A", "within": "731d"}, "where/within", "duration_invalid"),
        ({"event": "A", "within": None}, "where/within", "null_forbidden"),
        ({"event": "A", "count": 0}, "where/count", "count_invalid"),
        ({"event": "A", "count": True}, "where/count", "count_invalid"),
        ({"event": "A", "count": "5"}, "where/count", "count_invalid"),
        ({"event": "A", "count": {}}, "where/count", "operator_missing"),
        ({"event": "A", "count": {"gt": 1.5}}, "where/count/gt", "int_type"),
        ({"event": "A", "count": {"gt": -1}}, "where/count/gt", "greater_than_equal"),
        ({"event": "A", "count": {"contains": 1}}, "where/count/contains", "extra_forbidden"),
        ({"event": "A", "where": {"key": {"eql": 1}}}, "where/where/key/eql", "extra_forbidden"),
        ({"event": "A", "where": {"key": {"in": []}}}, "where/where/key/in", "operand_invalid"),
        ({"event": "A", "where": {"key": ["a"]}}, "where/where/key", "operand_invalid"),
        ({"event": "A", "where": {"key": None}}, "where/where/key", "operand_invalid"),
        ({"event": "A", "where": {"key": {}}}, "where/where/key", "operator_missing"),
        ({"event": "A", "where": {"context.": 1}}, "where/where/context./[key]", "path_invalid"),
        ({"event": "A", "where": ["key"]}, "where/where", "dict_type"),
        ({"event": "A", "where": {"key": {"matches": "(a+)+"}}}, "where/where/key/matches", "pattern_unsafe"),
        ({"event": "$segment_entered"}, "where/where", "derived_event_unnamed"),
        ({"event": "$segment_left", "where": {"segment": {"ne": "x"}}}, "where/where", "derived_event_unnamed"),
        ({"event": "$tag_gained", "where": {"value": "x"}}, "where/where", "derived_event_unnamed"),
        ({"event": "$score_band_changed", "where": {"tag": "x"}}, "where/where", "derived_event_unnamed"),
        ({"event": "A", "sum": "amount"}, "where", "operator_missing"),
        ({"event": "A", "sum": "amount", "gt": "5"}, "where/gt", "operand_invalid"),
        ({"event": "A", "sum": "amount", "gt": float("nan")}, "where/gt", "operand_invalid"),
        ({"event": "A", "sum": "amount", "gt": 5, "count": 1}, "where/count", "extra_forbidden"),
        ({"sum": "amount", "gt": 5}, "where/event", "missing"),
        ({"sequence": [{"event": "A"}]}, "where/sequence", "sequence_invalid"),
        ({"sequence": [{"event": "A"}] * 9}, "where/sequence", "sequence_invalid"),
        ({"sequence": [{"event": "A"}, {"event": "B", "count": 101}]}, "where/sequence/1/count", "less_than_equal"),
        ({"sequence": [{"event": "A"}, {"event": "$tag_lost"}]}, "where/sequence/1/where", "derived_event_unnamed"),
        ({"attribute": "city"}, "where", "operator_missing"),
        ({"attribute": "city", "eq": None}, "where/eq", "operand_invalid"),
        ({"attribute": "city", "eq": {"a": 1}}, "where/eq", "operand_invalid"),
        ({"attribute": "city", "gt": True}, "where/gt", "operand_invalid"),
        ({"attribute": "city", "contains": ["a"]}, "where/contains", "operand_invalid"),
        ({"attribute": "city", "exists": 1}, "where/exists", "operand_invalid"),
        ({"attribute": "city", "in": "北京"}, "where/in", "operand_invalid"),
        ({"attribute": "city", "not_in": [["a"]]}, "where/not_in", "operand_invalid"),
        ({"attribute": "city", "matches": 5}, "where/matches", "pattern_unsafe"),
        ({"tag": ""}, "where/tag", "string_too_short"),
        ({"tag": "vip", "by": "hand"}, "where/by", "enum"),
        ({"tag": "vip", "by": "manual", "eq": "x"}, "where/eq", "tag_value_manual"),
        ({"score": "activity"}, "where", "operator_missing"),
        ({"score": "activity", "gt": 5, "band": "high"}, "where", "operator_missing"),
        ({"score": "no name", "gt": 5}, "where/score", "string_pattern_mismatch"),
        ({"segment": "全部"}, "where/segment", "string_pattern_mismatch"),
        ({"last_seen": {}}, "where/last_seen", "operator_missing"),
        ({"last_seen": {"before": "1d", "within": "2d"}}, "where/last_seen", "operator_missing"),
        ({"last_seen": "7d"}, "where/last_seen", "model_type"),
        ({"last_seen": {"before": "1d"}, "first_seen": {"before": "1d"}}, "where/first_seen", "condition_unclear"),
        ({"identifier": "mobile"}, "where/exists", "missing"),
        ({"identifier": "Mobile", "exists": True}, "where/identifier", "namespace_invalid"),
        ({"reachable": "fax"}, "where/reachable", "enum"),
    ],
)
def test_a_faulty_condition_is_refused_with_the_one_place(condition: Any, path: str, code: str) -> None:
    assert faults(condition) == [(path, code)]


def test_every_faulty_place_is_named_at_once() -> None:
    wrong = {"all": [{"event": "A", "within": "7"}, {"tag": "vip"}, {"any": [{"score": "s", "gt": "x"}]}]}
    assert faults(wrong) == [("where/all/0/within", "duration_invalid"), ("where/all/2/any/0/gt", "operand_invalid")]


def test_eight_conditions_deep_is_taken_and_nine_is_refused_at_the_ninth() -> None:
    assert len(list(conditions_in(CONDITIONS.validate_python(nested(8))))) == 8
    assert faults(nested(9)) == [("where/not/not/not/not/not/not/not/not", "condition_too_deep")]


def test_a_thousand_deep_is_refused_as_well() -> None:
    deep: dict[str, Any] = {"tag": "vip"}
    for _ in range(1000):
        deep = {"not": deep}
    assert [code for _, code in faults(deep)] == ["condition_too_deep"]


def test_a_hundred_conditions_are_taken_and_the_next_is_refused() -> None:
    assert len(list(conditions_in(CONDITIONS.validate_python({"all": [{"tag": "vip"}] * 99})))) == 100
    assert faults({"all": [{"tag": "vip"}] * 100}) == [("where/all/99", "conditions_too_many")]


def test_each_condition_of_a_document_is_counted_on_its_own() -> None:
    hundred = {"any": [{"tag": "vip"}] * 99}
    assert TypeAdapter(list[Condition]).validate_python([hundred, hundred])


@pytest.mark.parametrize(
    ("largest", "too_large", "place"),
    [
        (100, 101, "count"),
        ({"gte": 100}, {"gte": 101}, "count/gte"),
        ({"gt": 100}, {"gt": 101}, "count/gt"),
        ({"eq": 100}, {"eq": 101}, "count/eq"),
        ({"ne": 100}, {"ne": 101}, "count/ne"),
        ({"lte": 100}, {"lte": 101}, "count/lte"),
        ({"lt": 101}, {"lt": 102}, "count/lt"),
        ({"gte": 1, "lt": 101}, {"gte": 1, "lt": 102}, "count/lt"),
    ],
)
def test_within_a_window_a_hundred_are_counted_and_ever_any_number(largest: Any, too_large: Any, place: str) -> None:
    assert CONDITIONS.validate_python({"event": "A", "count": largest, "within": "7d"})
    assert faults({"event": "A", "count": too_large, "within": "7d"}) == [(f"where/{place}", "count_too_large")]
    assert CONDITIONS.validate_python({"event": "A", "count": too_large})


@pytest.mark.parametrize(
    ("condition", "thresholds"),
    [
        ({"event": "A"}, ((Operator.GTE, 1),)),
        ({"event": "A", "count": 5}, ((Operator.GTE, 5),)),
        ({"event": "A", "count": {"eq": 0}}, ((Operator.EQ, 0),)),
        ({"event": "A", "count": {"lt": 5, "gt": 1}}, ((Operator.GT, 1), (Operator.LT, 5))),
    ],
)
def test_a_count_that_is_not_given_means_at_least_one(condition: dict[str, Any], thresholds: tuple[tuple[Operator, int], ...]) -> None:
    found = CONDITIONS.validate_python(condition)
    assert isinstance(found, EventCount)
    assert found.thresholds == thresholds


def test_the_filter_of_an_event_is_that_of_its_where() -> None:
    found = CONDITIONS.validate_python({"event": "A", "where": {"b": {"lt": 5, "gt": 1, "in": [2, 3]}, "a": "x"}})
    assert isinstance(found, EventCount)
    assert found.filter == filter_of({"a": {"eq": "x"}, "b": {"gt": 1, "in": [3, 2], "lt": 5}})


def test_several_operators_are_all_kept_with_their_operands() -> None:
    found = CONDITIONS.validate_python({"attribute": "age", "lt": 65, "gte": 18, "in": [20, 30]})
    assert isinstance(found, AttributeTest)
    assert found.operations() == ((Operator.GTE, 18), (Operator.LT, 65), (Operator.IN, [20, 30]))


@pytest.mark.parametrize(("key", "which"), [("last_seen", "last_seen"), ("first_seen", "first_seen")])
def test_which_time_was_seen_is_told(key: str, which: str) -> None:
    found = CONDITIONS.validate_python({key: {"within": "7d"}})
    assert isinstance(found, SeenTest)
    assert (found.which, found.seen.within, found.seen.before) == (which, "7d", None)


def test_all_conditions_are_found_with_their_places() -> None:
    found = CONDITIONS.validate_python({"all": [{"tag": "a"}, {"not": {"any": [{"tag": "b"}, {"tag": "c"}]}}]})
    places = {path: type(one) for path, one in placed(found, "stages/0/where")}
    assert places == {
        "stages/0/where": All,
        "stages/0/where/all/0": TagTest,
        "stages/0/where/all/1": Not,
        "stages/0/where/all/1/not": AnyOf,
        "stages/0/where/all/1/not/any/0": TagTest,
        "stages/0/where/all/1/not/any/1": TagTest,
    }


def _each(schema: Any, holds: Callable[[dict[str, Any]], bool]) -> bool:
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    return (not isinstance(schema, dict) or holds(schema)) and all(_each(one, holds) for one in inner)


def test_the_schema_shows_each_shape_once_and_no_null() -> None:
    schema = Document.model_json_schema(by_alias=True)
    shapes = {one["$ref"].rpartition("/")[2] for one in schema["$defs"]["Condition"]["anyOf"]}
    assert shapes == {model.__name__ for model, _ in SHAPES}
    assert schema["properties"]["where"] == {"$ref": "#/$defs/Condition"}
    assert schema["$defs"]["All"]["properties"]["all"]["items"] == {"$ref": "#/$defs/Condition"}
    assert _each(schema, lambda part: part.get("type") != "null" and part.get("default", "") is not None)


@pytest.mark.parametrize("name", [model.__name__ for model, _ in SHAPES])
def test_the_schema_of_each_shape_takes_nothing_beyond_its_keys(name: str) -> None:
    assert Document.model_json_schema()["$defs"][name]["additionalProperties"] is False
