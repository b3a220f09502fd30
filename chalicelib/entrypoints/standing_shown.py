"""Where rules put a person at the moment of asking, as the API shows it."""

from typing import Any

from pydantic import BaseModel

from chalicelib.audiences.facts import Facts
from chalicelib.audiences.judgement import Fact, Judgement
from chalicelib.audiences.transitions import BY_HAND, BY_RULE, moved
from chalicelib.events.clock import rfc3339
from chalicelib.people.standing import Standing


class TagShown(BaseModel):
    """A tag, given `by` a `rule` or by hand (`manual`); one that both gave is there twice. `value` is null for a tag without values."""

    name: str
    value: str | None
    by: str
    since: str


class ScoreShown(BaseModel):
    """A score at this moment; `band` is null for a score without bands."""

    value: int | float
    band: str | None


class DerivedShown(BaseModel):
    """A derived attribute, and when what decided it happened."""

    value: Any
    at: str | None


class StandingShown(BaseModel):
    """What rules and people have made of a person, judged at the moment of asking."""

    tags: list[TagShown]
    scores: dict[str, ScoreShown]
    segments: list[str]
    lifecycle: str | None
    derived: dict[str, DerivedShown]


def standing_at(standing: Standing, judgement: Judgement, facts: Facts, now: int) -> Standing:
    """The standing as it would be written at `now` (ms): what holds since before keeps its date, and what is still being counted stays."""
    return moved(standing, judgement, facts.manual, now, standing.plan) or standing


def standing_shown(current: Standing, judgement: Judgement) -> StandingShown:
    """Where a person stands, with the values of this moment."""
    return StandingShown(
        tags=_tags(current),
        scores={name: ScoreShown(value=value, band=judgement.bands.get(name)) for name, value in sorted(judgement.scores.items())},
        segments=sorted(current.segments),
        lifecycle=current.stage[0] or None,
        derived={name: _derived(fact) for name, fact in sorted(judgement.derived.items())},
    )


def _tags(standing: Standing) -> list[TagShown]:
    by_rule = [TagShown(name=name, value=value or None, by=BY_RULE, since=rfc3339(at)) for name, (value, at) in standing.tags.items()]
    by_hand = [TagShown(name=name, value=None, by=BY_HAND, since=rfc3339(at)) for name, at in standing.manual.items()]
    return sorted([*by_rule, *by_hand], key=lambda one: (one.name, one.by))


def _derived(fact: Fact) -> DerivedShown:
    return DerivedShown(value=fact.value, at=rfc3339(fact.at) if fact.at else None)
