"""What conditions need to have remembered, and which definitions they ask for."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from chalicelib.audiences.conditions import Condition, Node, placed
from chalicelib.audiences.demands import Reference, demand_of, demands_of, keep_for, references_of, references_of_events
from chalicelib.audiences.kinds import RuleKind
from chalicelib.audiences.matchers import Matcher
from chalicelib.signals.filters import filter_of
from chalicelib.signals.model import KEEPS, Demand

CONDITIONS: TypeAdapter[Node] = TypeAdapter(Condition)


def condition(document: dict[str, Any]) -> Node:
    """The condition of a document."""
    return CONDITIONS.validate_python(document)


@pytest.mark.parametrize(
    ("count", "keep"),
    [
        (None, 4),
        (1, 4),
        (3, 4),
        (4, 16),  # one hit more than the threshold, to tell "more than that"
        ({"lt": 4}, 4),  # the fourth hit ends "less than 4", no need for a fifth
        ({"eq": 0}, 4),
        ({"gt": 5}, 16),
        ({"gte": 15}, 16),
        ({"gte": 16}, 48),
        ({"gte": 1, "lte": 47}, 48),
        ({"gte": 48}, 101),
        (100, 101),
        ({"eq": 100}, 101),
        ({"lt": 101}, 101),
    ],
)
def test_within_a_window_as_many_hits_are_kept_as_the_largest_threshold_needs(count: Any, keep: int) -> None:
    document = {"event": "A", "within": "7d"} | ({} if count is None else {"count": count})
    assert demand_of(condition(document)) == Demand("A", keep=keep)


@pytest.mark.parametrize("count", [1, 5, 100_000, {"lt": 3}])
def test_a_count_of_all_time_needs_no_hits(count: Any) -> None:
    assert demand_of(condition({"event": "A", "count": count})) == Demand("A")


@pytest.mark.parametrize("hits", range(102))
def test_what_is_kept_is_the_smallest_number_that_is_enough(hits: int) -> None:
    keep = keep_for(hits)
    assert keep >= hits
    assert all(other < hits for other in KEEPS if other < keep)


@pytest.mark.parametrize(("window", "keep"), [({"within": "30d"}, 101), ({}, 0)])
def test_a_sum_keeps_its_value(window: dict[str, str], keep: int) -> None:
    document = {"event": "OrderPaid", "where": {"shop": "A"}, "sum": "properties.amount", "gte": 100} | window
    expected = Demand("OrderPaid", filter_of({"shop": "A"}), keep=keep, value="properties.amount")
    assert demand_of(condition(document)) == expected


def test_each_step_of_a_sequence_keeps_its_newest_hits() -> None:
    document = {"sequence": [{"event": "A"}, {"event": "B", "where": {"x": 1}, "count": 3}], "within": "1d"}
    assert demand_of(condition(document)) == (Demand("A", keep=101), Demand("B", filter_of({"x": 1}), keep=101))


@pytest.mark.parametrize("channel", ["template", "customer_service", "subscribe", "mass"])
def test_a_channel_to_fans_needs_to_know_whether_they_stayed(channel: str) -> None:
    assert demand_of(condition({"reachable": channel})) == (Demand("WechatSubscribed"), Demand("WechatUnsubscribed"))


@pytest.mark.parametrize("channel", ["sms", "email", "push"])
def test_a_channel_to_an_address_needs_no_event(channel: str) -> None:
    assert demand_of(condition({"reachable": channel})) == ()


@pytest.mark.parametrize("document", [{"tag": "vip"}, {"attribute": "city", "exists": True}, {"all": [{"event": "A"}]}])
def test_what_asks_for_no_event_needs_nothing_by_itself(document: dict[str, Any]) -> None:
    assert demand_of(condition(document)) == ()


def test_equal_demands_are_one() -> None:
    one = {"event": "A", "where": {"x": 1, "y": {"gt": 1, "lt": 5}}, "count": 5, "within": "7d"}
    other = {"event": "A", "where": {"y": {"lt": 5, "gt": 1}, "x": {"eq": 1.0}}, "count": {"gt": 8}, "within": "30d"}
    found = demands_of(condition({"all": [one, {"not": other}, {"tag": "vip"}, {"sequence": [{"event": "B"}, {"event": "B"}]}]}))
    assert found == [Demand("A", filter_of({"x": 1, "y": {"gt": 1, "lt": 5}}), keep=16), Demand("B", keep=101)]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"score": "activity", "gt": 5}, Reference(RuleKind.SCORES, "activity", "score")),
        ({"segment": "followers"}, Reference(RuleKind.SEGMENTS, "followers", "segment")),
        ({"lifecycle": "asleep"}, Reference(RuleKind.LIFECYCLE, "asleep", "lifecycle")),
        ({"tag": "vip"}, Reference(RuleKind.TAGS, "vip", "tag", optional=True)),  # may be one that only people give
        ({"tag": "vip", "by": "rule"}, Reference(RuleKind.TAGS, "vip", "tag")),
        ({"tag": "活跃", "eq": "7日内"}, Reference(RuleKind.TAGS, "活跃", "tag")),  # only rules give values
        ({"attribute": "taste", "eq": "red"}, Reference(RuleKind.DERIVED, "taste", "attribute", optional=True)),
        ({"event": "$segment_entered", "where": {"segment": "vip"}}, Reference(RuleKind.SEGMENTS, "vip", "where/segment")),
        ({"event": "$segment_left", "where": {"segment": {"eq": "vip"}}}, Reference(RuleKind.SEGMENTS, "vip", "where/segment")),
        ({"event": "$score_band_changed", "where": {"score": "activity"}}, Reference(RuleKind.SCORES, "activity", "where/score")),
        ({"event": "$tag_gained", "where": {"tag": "vip"}}, Reference(RuleKind.TAGS, "vip", "where/tag", optional=True)),
        ({"event": "$tag_lost", "where": {"tag": "vip", "by": "rule"}}, Reference(RuleKind.TAGS, "vip", "where/tag")),
        ({"event": "$lifecycle_changed"}, Reference(RuleKind.LIFECYCLE, "", "event")),
    ],
)
def test_a_condition_names_the_definition_that_it_asks_for(document: dict[str, Any], expected: Reference) -> None:
    assert references_of(condition(document)) == [expected]


@pytest.mark.parametrize(
    "document",
    [
        {"event": "OrderPaid", "where": {"segment": "vip"}},
        {"event": "*"},
        {"tag": "vip", "by": "manual"},
        {"attribute": "$first_touch.campaign.source", "eq": "618"},
        {"last_seen": {"before": "7d"}},
        {"identifier": "mobile", "exists": True},
        {"reachable": "sms"},
    ],
)
def test_what_no_rule_decides_names_no_definition(document: dict[str, Any]) -> None:
    assert references_of(condition(document)) == []


def test_references_are_found_at_any_depth_with_their_places() -> None:
    tree = {
        "any": [
            {"not": {"segment": "vip"}},
            {"sequence": [{"event": "A"}, {"event": "$segment_left", "where": {"segment": {"in": ["a", "b"]}}}]},
            {"all": [{"score": "activity", "band": "high"}]},
        ]
    }
    assert references_of(condition(tree), "values/0/where") == [
        Reference(RuleKind.SEGMENTS, "vip", "values/0/where/any/0/not/segment"),
        Reference(RuleKind.SEGMENTS, "a", "values/0/where/any/1/sequence/1/where/segment"),
        Reference(RuleKind.SEGMENTS, "b", "values/0/where/any/1/sequence/1/where/segment"),
        Reference(RuleKind.SCORES, "activity", "values/0/where/any/2/all/0/score"),
    ]


def test_a_rule_that_listens_to_another_rule_names_it_too() -> None:
    matcher = Matcher.model_validate({"event": "$segment_entered", "where": {"segment": "vip"}})
    assert references_of_events(matcher, "rules/3") == [Reference(RuleKind.SEGMENTS, "vip", "rules/3/where/segment")]


def test_every_condition_of_a_tree_is_looked_at_once() -> None:
    tree = condition({"all": [{"event": "A"}, {"not": {"event": "B"}}]})
    assert [path for path, _ in placed(tree)] == ["", "all/0", "all/1", "all/1/not"]
    assert demands_of(tree) == [Demand("A"), Demand("B")]
