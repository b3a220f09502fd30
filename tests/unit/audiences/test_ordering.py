"""Rules are applied after those that they ask for; what is not there, and rings, are refused with the place."""

from typing import Any

import pytest

from chalicelib.audiences.plans import Published
from chalicelib.audiences.rules import compile_rules
from chalicelib.errors import DocumentInvalid, Fault
from tests.unit.audiences.world import plan_of, published, rules_of

SCAN: dict[str, Any] = {"event": "Scan"}
BANDS = [{"name": "low", "upto": 100}, {"name": "high"}]


def segment(name: str, where: dict[str, Any]) -> Published:
    return published("segments", name, where=where)


def score(name: str, where: dict[str, Any], **more: Any) -> Published:
    return published("scores", name, rules=[{"if": where, "add": 5}], **more)


def faults(*definitions: Published, about: tuple[str, str] | None = None) -> list[Fault]:
    with pytest.raises(DocumentInvalid) as error:
        compile_rules(plan_of(*definitions), about=about)
    return list(error.value.faults)


def test_what_a_rule_asks_for_is_decided_before_it() -> None:
    rules = rules_of(
        segment("a", {"score": "z", "gt": 3}),
        score("z", {"tag": "y", "by": "rule"}),
        published("tags", "y", values=[{"value": "x", "where": {"lifecycle": "new"}}]),
        published("lifecycle", "main", stages=[{"name": "new", "where": {"attribute": "w", "gt": 1}}]),
        published("derived-attributes", "w", count=SCAN),
    )
    assert [name for (_, name), _ in rules.order] == ["w", "main", "y", "z", "a"]


@pytest.mark.parametrize(
    ("where", "path"),
    [
        ({"segment": "b"}, "where/segment"),
        ({"all": [SCAN, {"not": {"segment": "b"}}]}, "where/all/1/not/segment"),
        ({"score": "b", "gt": 1}, "where/score"),
        ({"lifecycle": "b"}, "where/lifecycle"),
        ({"tag": "b", "by": "rule"}, "where/tag"),
        ({"tag": "b", "eq": "x"}, "where/tag"),
        ({"event": "$segment_left", "where": {"segment": "b"}}, "where/where/segment"),
        ({"event": "$lifecycle_changed"}, "where/event"),
    ],
)
def test_to_ask_for_what_is_not_in_force_is_refused(where: dict[str, Any], path: str) -> None:
    assert [(one.path, one.code) for one in faults(segment("a", where), about=("segments", "a"))] == [(path, "reference_unknown")]


@pytest.mark.parametrize("where", [{"tag": "b"}, {"tag": "b", "by": "manual"}, {"attribute": "b", "eq": 1}])
def test_tags_given_by_hand_and_attributes_that_are_sent_need_no_definition(where: dict[str, Any]) -> None:
    assert len(rules_of(segment("a", where)).order) == 1


def test_to_ask_for_a_stage_that_the_life_cycle_does_not_have_is_refused() -> None:
    lifecycle = published("lifecycle", "main", stages=[{"name": "new", "where": SCAN}])
    assert len(rules_of(lifecycle, segment("a", {"lifecycle": "new"})).order) == 2
    assert [one.path for one in faults(lifecycle, segment("a", {"lifecycle": "old"}), about=("segments", "a"))] == ["where/lifecycle"]


def test_to_ask_for_a_band_that_the_score_does_not_have_is_refused() -> None:
    banded = score("s", SCAN, bands=BANDS)
    assert len(rules_of(banded, segment("a", {"score": "s", "band": "high"})).order) == 2
    assert [
        one.path for one in faults(banded, segment("a", {"any": [SCAN, {"score": "s", "band": "middle"}]}), about=("segments", "a"))
    ] == ["where/any/1/band"]


def test_what_is_wrong_in_another_document_is_told_with_its_kind_and_name() -> None:
    found = faults(score("s", SCAN, bands=BANDS), segment("a", {"score": "s", "band": "middle"}), about=("scores", "s"))
    assert [one.path for one in found] == ["segments/a/where/band"]


@pytest.mark.parametrize(
    ("definitions", "about", "path", "ring"),
    [
        ([segment("a", {"segment": "a"})], ("segments", "a"), "where/segment", "segments/a → segments/a"),
        (
            [segment("a", {"not": {"segment": "b"}}), segment("b", {"any": [SCAN, {"segment": "a"}]})],
            ("segments", "b"),
            "where/any/1/segment",
            "segments/b → segments/a → segments/b",
        ),
        (
            [segment("a", {"score": "s", "gt": 1}), score("s", {"tag": "t"}), published("tags", "t", where={"segment": "a"})],
            ("tags", "t"),
            "where/segment",
            "tags/t → segments/a → scores/s → tags/t",
        ),
        (
            [
                segment("a", {"event": "$segment_entered", "where": {"segment": {"in": ["b", "c"]}}}),
                segment("b", {"segment": "a"}),
                segment("c", SCAN),
            ],
            ("segments", "a"),
            "where/where/segment",
            "segments/a → segments/b → segments/a",
        ),
        (
            [published("lifecycle", "m", stages=[{"name": "new", "where": {"event": "$lifecycle_changed"}}])],
            ("lifecycle", "m"),
            "stages/0/where/event",
            "lifecycle/m → lifecycle/m",
        ),
    ],
)
def test_a_ring_is_refused_and_named(definitions: list[Published], about: tuple[str, str], path: str, ring: str) -> None:
    (fault,) = faults(*definitions, about=about)
    assert (fault.path, fault.code) == (path, "definition_cycle")
    assert fault.detail.endswith(ring)


def test_a_ring_elsewhere_is_told_with_kind_and_name() -> None:
    (fault,) = faults(segment("a", {"segment": "b"}), segment("b", {"segment": "a"}), segment("c", SCAN), about=("segments", "c"))
    assert fault.path == "segments/a/where/segment"


def test_two_rules_may_ask_for_the_same_without_a_ring() -> None:
    rules = rules_of(
        segment("a", SCAN),
        segment("b", {"segment": "a"}),
        segment("c", {"segment": "a"}),
        segment("d", {"all": [{"segment": "b"}, {"segment": "c"}]}),
    )
    assert [name for (_, name), _ in rules.order] == ["a", "b", "c", "d"]
