"""The documents of rules: what they take, and what they refuse and where."""

from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.audiences.documents import MODELS, document_of, references_in
from chalicelib.audiences.kinds import RuleKind
from chalicelib.problems import faults_of

SCAN: dict[str, Any] = {"event": "Scan", "add": 5}
VIP: dict[str, Any] = {"tag": "vip"}

ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    (
        "scores",
        {
            "title": "活跃度",
            "rules": [SCAN | {"max_per_day": 20}, {"event": "Unsubscribe", "add": -20}, {"if": VIP, "add": 0.5}],
            "bands": [{"name": "low", "upto": 100}, {"name": "middle", "upto": 400}, {"name": "high"}],
        },
    ),
    ("scores", {"rules": [SCAN | {"per": "amount", "within": "30d"}, SCAN | {"decay": {"every": "30d", "keep": 0.5}, "timezone": "UTC"}]}),
    ("tags", {"title": "女装", "where": {"any": [{"event": "MenuClicked", "where": {"key": "dress"}}, VIP]}}),
    ("tags", {"values": [{"value": "7日内", "where": {"last_seen": {"within": "7d"}}}, {"value": "30日内", "where": VIP}]}),
    ("segments", {"title": "裙装爱好者", "where": VIP}),
    ("lifecycle", {"stages": [{"name": "loyal", "where": {"event": "OrderPaid", "count": {"gte": 3}}}, {"name": "new", "where": VIP}]}),
    ("derived-attributes", {"title": "渠道", "most": {"event": "*", "property": "context.channel", "within": "90d"}}),
    ("derived-attributes", {"count": {"event": "OrderPaid"}}),
    ("derived-attributes", {"latest_before": {"event": "ArticleRead", "property": "title", "then": {"event": "OrderPaid"}}}),
]


@pytest.mark.parametrize(("kind", "document"), ACCEPTED)
def test_what_an_author_wrote_comes_out_as_it_was_written(kind: str, document: dict[str, Any]) -> None:
    assert document_of(kind, document).model_dump(mode="json", by_alias=True, exclude_unset=True) == document


@pytest.mark.parametrize("kind", list(RuleKind))
def test_each_kind_has_a_schema_to_publish(kind: RuleKind) -> None:
    assert MODELS[kind].model_json_schema()["additionalProperties"] is False


def refused(kind: str, document: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as error:
        document_of(kind, document)
    return [(fault.path, fault.code) for fault in faults_of(error.value)]


@pytest.mark.parametrize(
    ("parts", "path", "code"),
    [
        ({"add": 0}, "rules/0/add", "points_missing"),
        ({"add": True}, "rules/0/add", "operand_invalid"),
        ({"add": 1_000_001}, "rules/0/add", "points_too_many"),
        ({"add": 0.0000001}, "rules/0/add", "points_too_fine"),
        ({"max_per_day": 0}, "rules/0/max_per_day", "cap_invalid"),
        ({"max_per_day": 5, "per": "amount"}, "rules/0/max_per_day", "cap_with_per"),
        ({"timezone": "Mars/Olympus"}, "rules/0/timezone", "timezone_unknown"),
        ({"within": "731d"}, "rules/0/within", "duration_invalid"),
        ({"decay": {"every": "1d", "keep": 1}}, "rules/0/decay/keep", "decay_invalid"),
        ({"decay": {"every": "1d", "keep": -0.1}}, "rules/0/decay/keep", "decay_invalid"),
        ({"weight": 3}, "rules/0/weight", "extra_forbidden"),
        ({"if": VIP}, "rules/0/event", "extra_forbidden"),
        ({"event": "$segment_entered"}, "rules/0/where", "derived_event_unnamed"),
        ({"where": {"key": {"like": "dress"}}}, "rules/0/where/key/like", "extra_forbidden"),
    ],
)
def test_a_rule_of_a_score_is_refused_with_the_place(parts: dict[str, Any], path: str, code: str) -> None:
    assert refused("scores", {"rules": [SCAN | parts]}) == [(path, code)]


@pytest.mark.parametrize(("add", "max_per_day"), [(1_000_000, 1), (-1_000_000, 1_000_000), (0.000001, 0.000001)])
def test_the_largest_and_smallest_points_are_taken(add: float, max_per_day: float) -> None:
    document_of("scores", {"rules": [SCAN | {"add": add, "max_per_day": max_per_day}]})


@pytest.mark.parametrize(
    ("bands", "path", "code"),
    [
        ([{"name": "low", "upto": 100}], "bands/0/upto", "bands_incomplete"),
        ([{"name": "low"}, {"name": "high"}], "bands/0/upto", "bands_incomplete"),
        ([{"name": "low", "upto": 100}, {"name": "middle", "upto": 100}, {"name": "high"}], "bands/1/upto", "bands_unordered"),
        ([{"name": "low", "upto": 100}, {"name": "low"}], "bands/1/name", "name_repeated"),
        ([{"name": "", "upto": 100}, {"name": "high"}], "bands/0/name", "string_too_short"),
    ],
)
def test_bands_must_go_from_low_to_high_and_leave_nothing_out(bands: list[Any], path: str, code: str) -> None:
    assert refused("scores", {"rules": [SCAN], "bands": bands}) == [(path, code)]


@pytest.mark.parametrize(
    ("kind", "document", "path", "code"),
    [
        ("scores", {"rules": []}, "rules", "list_expected"),
        ("scores", {"rules": [SCAN] * 101}, "rules", "too_long"),
        ("tags", {}, "", "where_or_values"),
        ("tags", {"where": VIP, "values": [{"value": "a", "where": VIP}]}, "", "where_or_values"),
        ("tags", {"values": []}, "values", "list_expected"),
        ("tags", {"values": [{"value": "a", "where": VIP}] * 2}, "values/1/value", "name_repeated"),
        ("tags", {"where": None}, "where", "null_forbidden"),
        ("segments", {}, "where", "missing"),
        ("segments", {"where": {"any": [VIP, {"tagg": "vip"}]}}, "where/any/1", "condition_unknown"),
        ("lifecycle", {"stages": [{"name": "new", "where": VIP}, {"name": "new", "where": VIP}]}, "stages/1/name", "name_repeated"),
        ("derived-attributes", {}, "", "one_way_expected"),
        ("derived-attributes", {"count": {"event": "A"}, "sum": {"event": "A", "property": "b"}}, "", "one_way_expected"),
        ("derived-attributes", {"most": {"event": "A"}}, "most/property", "missing"),
        ("derived-attributes", {"latest_before": {"event": "A", "property": "b"}}, "latest_before/then", "missing"),
    ],
)
def test_a_document_is_refused_with_the_place(kind: str, document: Any, path: str, code: str) -> None:
    assert refused(kind, document) == [(path, code)]


def test_a_document_has_at_most_100_conditions_in_all() -> None:
    half = {"any": [VIP] * 49}
    document_of("tags", {"values": [{"value": "a", "where": half}, {"value": "b", "where": half}]})
    one_more = [{"value": "a", "where": half}, {"value": "b", "where": half}, {"value": "c", "where": VIP}]
    assert refused("tags", {"values": one_more}) == [("values/2/where", "conditions_too_many")]


def test_what_a_document_asks_for_is_found_with_its_place() -> None:
    document = {
        "rules": [{"event": "$segment_entered", "where": {"segment": "dress"}, "add": 5}, {"if": {"not": {"segment": "staff"}}, "add": 1}],
    }
    found = [(one.kind, one.name, one.path) for one in references_in(document_of("scores", document))]
    assert sorted(found) == [("segments", "dress", "rules/0/where/segment"), ("segments", "staff", "rules/1/if/not/segment")]


def test_a_document_that_looks_back_from_a_derived_event_asks_for_its_definition() -> None:
    then = {"event": "$tag_gained", "where": {"tag": "vip", "by": "rule"}}
    document = document_of("derived-attributes", {"latest_before": {"event": "ArticleRead", "property": "title", "then": then}})
    assert [(one.name, one.path, one.optional) for one in references_in(document)] == [("vip", "latest_before/then/where/tag", False)]
