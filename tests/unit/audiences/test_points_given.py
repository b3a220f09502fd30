"""A score counts the points that journeys give it as long as one of them does."""

from typing import Any

import pytest

from chalicelib.audiences.documents import ScoreDocument
from chalicelib.audiences.kinds import RuleKind
from chalicelib.audiences.plans import Published
from chalicelib.audiences.points_given import faults_of_score, takes_points

GIVEN: dict[str, Any] = {"event": "$points_given", "where": {"score": "activity"}, "add": 1, "per": "points"}
SCAN: dict[str, Any] = {"event": "Scan", "add": 5}


def score(*rules: dict[str, Any]) -> ScoreDocument:
    return ScoreDocument.model_validate({"rules": list(rules)})


def journey(place: str, name: str = "activity") -> Published:
    """A journey that asks for a score."""
    return Published(RuleKind.QUESTIONS.value, "gives@1", 1, {"questions": {place: {"score": name, "gte": 0}}})


@pytest.mark.parametrize(
    ("rules", "counts"),
    [
        ((GIVEN,), True),
        ((SCAN, GIVEN | {"per": "properties.points"}), True),
        ((SCAN,), False),
        ((GIVEN | {"where": {"score": "other"}},), False),
        ((GIVEN | {"per": "amount"},), False),
        (({"event": "$points_given", "where": {"score": "activity"}, "add": 1},), False),
    ],
)
def test_points_count_by_a_rule_for_them(rules: tuple[dict[str, Any], ...], counts: bool) -> None:
    assert takes_points("activity", score(*rules)) is counts


@pytest.mark.parametrize(
    ("other", "codes"),
    [
        (journey("nodes/at/do/0/add_score"), ["score_takes_no_points"]),
        (journey("nodes/at/do/0/add_score", "other"), []),
        (journey("nodes/pick/branch/0/where"), []),  # who asks how many there are gives none
        (Published("segments", "vip", 1, {"where": {"score": "activity", "gte": 5}}), []),
    ],
)
def test_a_score_that_counts_none_is_refused_while_a_journey_gives_it_some(other: Published, codes: list[str]) -> None:
    assert [one.code for one in faults_of_score("activity", score(SCAN), [other])] == codes
    assert not list(faults_of_score("activity", score(SCAN, GIVEN), [other]))
