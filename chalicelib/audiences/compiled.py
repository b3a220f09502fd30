"""Tags, segments, the life cycle and derived attributes, ready to be applied to many people. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.audiences.combining import Node
from chalicelib.audiences.derived import Attribute
from chalicelib.audiences.facts import Explanation, Facts
from chalicelib.audiences.findings import LIFECYCLE, Findings, Pending, earliest, happened, note
from chalicelib.audiences.judgement import Scale
from chalicelib.audiences.kinds import RuleKind
from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Json


@dataclass(frozen=True, slots=True)
class FirstMatch:
    """Conditions in their order, each with the step that it stands for: the first that holds wins."""

    steps: tuple[tuple[str, Node], ...]

    def of(self, facts: Facts, results: Findings, now: int) -> tuple[str | None, int | None]:
        """The step, or None, and when it may become another one by itself: later steps have no say while an earlier one holds."""
        changes = None
        for step, condition in self.steps:
            holds, at = condition.check(facts, results, now)
            changes = earliest(changes, at)
            if holds:
                return step, changes
        return None, changes

    def explain(self, facts: Facts, results: Findings, now: int) -> tuple[Explanation, ...]:
        """The explanation of each condition, inside one that names the step."""
        inner = ((step, condition.explain(facts, results, now)) for step, condition in self.steps)
        return tuple(Explanation(one.holds, {"value": step}, {}, one.next, (one,)) for step, one in inner)


@dataclass(frozen=True, slots=True)
class CompiledTag:
    """A tag; the value of a plain one is ""."""

    name: str
    values: FirstMatch

    def apply(self, facts: Facts, results: Findings, now: int) -> None:
        """The value, if there is one."""
        value, at = self.values.of(facts, results, now)
        if value is not None:
            results.tags[self.name] = value
        note(results, (RuleKind.TAGS, self.name), at)

    def explain(self, facts: Facts, results: Findings, now: int) -> Explanation:
        """With the value and the conditions of all values; of a plain tag, with its condition."""
        value, at = self.values.of(facts, results, now)
        parts = self.values.explain(facts, results, now)
        if self.scale is None:
            return Explanation(value is not None, {"tag": self.name}, {}, at, parts[0].parts)
        return Explanation(value is not None, {"tag": self.name}, {"value": value}, at, parts)

    @property
    def scale(self) -> Scale | None:
        """The values as steps, the first one the highest; None for a plain tag."""
        names = [name for name, _ in self.values.steps]
        return None if names == [""] else Scale({name: len(names) - place for place, name in enumerate(names)})


@dataclass(frozen=True, slots=True)
class CompiledLifecycle:
    """The life cycle."""

    name: str
    stages: FirstMatch

    def apply(self, facts: Facts, results: Findings, now: int) -> None:
        """The stage, if there is one."""
        stage, at = self.stages.of(facts, results, now)
        results.stage = stage or ""
        note(results, LIFECYCLE, at)

    def explain(self, facts: Facts, results: Findings, now: int) -> Explanation:
        """With the stage and the conditions of all stages."""
        stage, at = self.stages.of(facts, results, now)
        parts = self.stages.explain(facts, results, now)
        return Explanation(stage is not None, {"lifecycle": self.name}, {"stage": stage}, at, parts)


@dataclass(frozen=True, slots=True)
class CompiledSegment:
    """A segment."""

    name: str
    condition: Node

    def apply(self, facts: Facts, results: Findings, now: int) -> None:
        """Whether the person is in it."""
        holds, at = self.condition.check(facts, results, now)
        if holds:
            results.segments.add(self.name)
        note(results, (RuleKind.SEGMENTS, self.name), at)

    def explain(self, facts: Facts, results: Findings, now: int) -> Explanation:
        """That of its condition."""
        return self.condition.explain(facts, results, now)


@dataclass(frozen=True, slots=True)
class CompiledAttribute:
    """A derived attribute."""

    name: str
    what: Json
    attribute: Attribute

    def apply(self, facts: Facts, results: Findings, now: int) -> None:
        """The value with its date, if there is one."""
        fact, at = self.attribute.found(facts.states, now)
        if fact is not None:
            results.derived[self.name], results.dated[self.name] = fact.value, fact
        note(results, (RuleKind.DERIVED, self.name), at)

    def explain(self, facts: Facts, results: Findings, now: int) -> Explanation:  # noqa: ARG002 - every definition is asked alike
        """With the value, its date, and how often it has happened at all."""
        fact, at = self.attribute.found(facts.states, now)
        found: Json = {"value": fact.value if fact else None, **happened(facts.states, self.attribute.number)}
        if fact and fact.at:
            found["at"] = rfc3339(fact.at)
        return Explanation(fact is not None, self.what, found, at)


@dataclass(frozen=True, slots=True)
class CompiledQuestions:
    """The questions of a journey, by their places in its document."""

    name: str
    conditions: Mapping[str, Node]

    def apply(self, facts: Facts, results: Findings, now: int) -> None:
        """Nothing: they are answered when somebody asks."""

    def explain(self, facts: Facts, results: Findings, now: int) -> Explanation:
        """Those of all conditions."""
        parts = tuple(condition.explain(facts, results, now) for condition in self.conditions.values())
        return Explanation(all(one.holds for one in parts), {"questions": self.name}, {}, None, parts)

    def answer(self, place: str, facts: Facts, results: Findings, now: int) -> Explanation:
        """The explanation of the condition at a place. Raises Pending where there is none."""
        condition = self.conditions.get(place)
        if condition is None:
            raise Pending(f"{self.name} asks nothing at {place}")
        return condition.explain(facts, results, now)
