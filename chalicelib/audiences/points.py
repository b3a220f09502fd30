"""Scores, ready to be applied to many people. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from chalicelib.audiences.combining import Node
from chalicelib.audiences.counting import shown
from chalicelib.audiences.facts import Explanation, Facts
from chalicelib.audiences.findings import Findings, earliest, happened, note
from chalicelib.audiences.kinds import RuleKind
from chalicelib.audiences.scores import Bands, PointRule
from chalicelib.events.model import Json

LOOKAHEAD: Final = 8  # steps of fading points that are taken to find out when a band turns; a timer at the last one finds out the rest


@dataclass(frozen=True, slots=True)
class CompiledScore:
    """A score: its rules in the order of the document, and its bands."""

    name: str
    rules: tuple["EventPoints | ConditionPoints", ...]
    bands: Bands

    def apply(self, facts: Facts, results: Findings, now: int) -> None:
        """Value and band."""
        total, changes = _total(self.rules, facts, results, now)
        results.scores[self.name] = shown(total)
        note(results, (RuleKind.SCORES, self.name), changes)
        if self.bands.steps:
            band = results.bands[self.name] = self.bands.of(total)
            turn = None if changes is None else self._turn(band, facts, results, now)
            if turn is not None:
                results.turns[self.name] = turn

    def _turn(self, band: str, facts: Facts, results: Findings, now: int) -> int | None:
        """When the band may turn. Points that fade change often and seldom cross a border, so some steps are taken beforehand."""
        counting = [(rule, rule.points(facts, results, now)) for rule in self.rules if isinstance(rule, EventPoints)]
        changing = [rule for rule, (_, at) in counting if at is not None]
        asked, until = _total((rule for rule in self.rules if isinstance(rule, ConditionPoints)), facts, results, now)
        fixed = asked + sum(points for _, (points, at) in counting if at is None)
        at = min((at for _, (_, at) in counting if at is not None), default=None)
        for _ in range(LOOKAHEAD):
            if at is None or (until is not None and until <= at):
                return until
            points, following = _total(changing, facts, results, at)
            if self.bands.of(fixed + points) != band:
                return at
            at = following
        return at

    def explain(self, facts: Facts, results: Findings, now: int) -> Explanation:
        """With the points of each rule."""
        found: Json = {"value": results.scores[self.name]}
        if self.bands.steps:
            found["band"] = results.bands[self.name]
        parts = tuple(rule.explain(facts, results, now) for rule in self.rules)
        return Explanation(True, {"score": self.name}, found, results.changes.get((RuleKind.SCORES, self.name)), parts)


@dataclass(frozen=True, slots=True)
class EventPoints:
    """A rule of a score that counts events."""

    what: Json
    rule: PointRule

    def points(self, facts: Facts, results: Findings, now: int) -> tuple[int, int | None]:  # noqa: ARG002 - all rules are asked alike
        """Millionths of points, and when they change by themselves."""
        return self.rule.points(facts.states, now)

    def explain(self, facts: Facts, results: Findings, now: int) -> Explanation:
        """With the points and how often it has happened at all."""
        points, at = self.points(facts, results, now)
        return Explanation(points != 0, self.what, {"points": shown(points), **happened(facts.states, self.rule.number)}, at)


@dataclass(frozen=True, slots=True)
class ConditionPoints:
    """A rule of a score that asks a condition; `add` in millionths."""

    what: Json
    add: int
    condition: Node

    def points(self, facts: Facts, results: Findings, now: int) -> tuple[int, int | None]:
        """Millionths of points, and when they change by themselves."""
        holds, at = self.condition.check(facts, results, now)
        return (self.add if holds else 0), at

    def explain(self, facts: Facts, results: Findings, now: int) -> Explanation:
        """With the points and the condition's own explanation."""
        inner = self.condition.explain(facts, results, now)
        return Explanation(inner.holds, self.what, {"points": shown(self.add) if inner.holds else 0}, inner.next, (inner,))


def _total(rules: Iterable[EventPoints | ConditionPoints], facts: Facts, results: Findings, now: int) -> tuple[int, int | None]:
    """The points of several rules in millionths, and when the first of them change by themselves."""
    total, changes = 0, None
    for rule in rules:
        points, at = rule.points(facts, results, now)
        total += points
        changes = earliest(changes, at)
    return total, changes
