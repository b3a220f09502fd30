"""Points that journeys give a score: they count by a rule that the score has for them. Pure."""

from collections.abc import Iterable, Iterator
from typing import Final

from chalicelib.audiences.documents import ScoreDocument, document_of, references_in
from chalicelib.audiences.kinds import RuleKind
from chalicelib.audiences.parts import EventRule
from chalicelib.audiences.plans import Published
from chalicelib.errors import Fault
from chalicelib.events.model import Event, Kind
from chalicelib.events.reserved import Journeyed

POINTS: Final = "points"  # the property of `$points_given` that says how many
CODE: Final = "score_takes_no_points"
_GIVING: Final = "/add_score/"  # in the path of a question: a journey gives points there


def takes_points(score: str, document: ScoreDocument) -> bool:
    """Whether a score counts the points that journeys give it."""
    given = Event("", Kind.TRACK, Journeyed.POINTS_GIVEN.value, 0, (), "", properties={"score": score, POINTS: 1})
    return any(
        isinstance(rule, EventRule)
        and rule.event == Journeyed.POINTS_GIVEN
        and rule.per in (POINTS, f"properties.{POINTS}")
        and rule.filter.matches(given)
        for rule in document.rules
    )


def rule_for(score: str) -> str:
    """The rule that a score needs for it."""
    return f'{{"event": "{Journeyed.POINTS_GIVEN}", "where": {{"score": "{score}"}}, "add": 1, "per": "{POINTS}"}}'


def faults_of_score(score: str, document: ScoreDocument, others: Iterable[Published]) -> Iterator[Fault]:
    """The journeys in force whose points a score would not count any more."""
    if takes_points(score, document):
        return
    for one in others:
        if one.kind != RuleKind.QUESTIONS:
            continue
        for reference in references_in(document_of(one.kind, one.document)):
            if (reference.kind, reference.name) == (RuleKind.SCORES, score) and _GIVING in reference.path:
                detail = f"the journey {one.name} gives it points at {reference.path}: it needs the rule {rule_for(score)}"
                yield Fault("rules", CODE, detail)
