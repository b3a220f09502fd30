"""Why a rule finds what it finds: the numbers, the parts, and when it may change."""

from typing import Any

import pytest

from chalicelib.audiences.facts import Facts
from chalicelib.audiences.rules import Rules
from chalicelib.errors import NotFound
from chalicelib.events.model import Event
from tests.unit.audiences.world import ACTIVITY, DAY, DRESS, FAN, HOUR, LEVEL, LIFE, NOW, TASTE, clicks, facts_of, happened, rules_of, scans


def explained(rules: Rules, kind: str, name: str, *events: Event, **known: Any) -> Any:
    return rules.explain(kind, name, facts_of(rules.plan, events, **known), NOW + HOUR, rules.plan.version)


def test_a_segment_is_explained_by_its_condition() -> None:
    found = explained(rules_of(DRESS), "segments", "dress", *clicks(*range(NOW, NOW + 5)))
    assert (found.holds, found.what["event"], found.found["count"]) == (False, "MenuClicked", 5)


def test_a_score_is_explained_rule_by_rule() -> None:
    found = explained(rules_of(ACTIVITY), "scores", "activity", *scans(3), manual={"vip": NOW})
    assert found.found == {"value": 115, "band": "middle"}
    assert [part.found["points"] for part in found.parts] == [15, 0, 100]
    assert [part.holds for part in found.parts] == [True, False, True]
    assert found.parts[2].parts[0].what == {"tag": "vip"}


def test_a_tag_and_the_life_cycle_are_explained_value_by_value() -> None:
    found = explained(rules_of(LEVEL), "tags", "level", attributes={"points": 100})
    assert (found.holds, found.found, [part.holds for part in found.parts]) == (True, {"value": "silver"}, [False, True])
    found = explained(rules_of(LIFE), "lifecycle", "main")
    assert (found.holds, found.found, [part.what for part in found.parts]) == (
        False,
        {"stage": None},
        [{"value": "loyal"}, {"value": "new"}],
    )


def test_a_plain_tag_is_explained_by_its_condition() -> None:
    found = explained(rules_of(FAN), "tags", "fan")
    assert (found.holds, found.what, [part.what for part in found.parts]) == (False, {"tag": "fan"}, [{"event": "Subscribe"}])


def test_a_derived_attribute_is_explained_with_its_value_and_date() -> None:
    found = explained(rules_of(TASTE), "derived-attributes", "taste", happened("ArticleRead", NOW, topic="dress"))
    assert (found.holds, found.found["value"], found.found["total"], found.next) == (True, "dress", 1, NOW + 30 * DAY)


def test_what_is_pending_is_explained_by_that() -> None:
    rules = rules_of(DRESS)
    assert rules.explain("segments", "dress", Facts(), NOW, at=0).found == {"backfill": "running"}


def test_what_is_not_in_force_cannot_be_explained() -> None:
    with pytest.raises(NotFound):
        explained(rules_of(DRESS), "segments", "shoes")
