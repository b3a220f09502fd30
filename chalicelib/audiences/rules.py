"""All rules in force, compiled once, and what they make of one person. Pure.

    rules = compile_rules(plan)
    rules.judge(facts, now, at=person.plan)

`at` is the version of the plan whose signals are complete for the person: what needs newer ones is pending, and so is whoever asks for it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from chalicelib.audiences.compiled import CompiledQuestions, CompiledTag
from chalicelib.audiences.compiling import compile_document
from chalicelib.audiences.conditions import AttributeTest, SeenTest, conditions_in
from chalicelib.audiences.conditions import Node as Condition
from chalicelib.audiences.documents import QuestionsDocument, RuleDocument, document_of
from chalicelib.audiences.evaluating import scaled
from chalicelib.audiences.facts import Explanation, Facts, Reference
from chalicelib.audiences.findings import Compiled, Findings, Pending
from chalicelib.audiences.judgement import Judgement, Outline, Scale
from chalicelib.audiences.kinds import RuleKind
from chalicelib.audiences.ordering import dependencies_of, effective, ordered
from chalicelib.audiences.plans import Plan
from chalicelib.audiences.points import CompiledScore
from chalicelib.audiences.traits import TOUCHES
from chalicelib.errors import NotFound
from chalicelib.signals.model import Demand

# A change of what these find is one of standing. Scores place people by their bands; what else depends on a score or a derived attribute
# passes its changes on.
_PLACING: Final = frozenset({RuleKind.TAGS, RuleKind.SEGMENTS, RuleKind.LIFECYCLE})
_NOBODY: Final[frozenset[Reference]] = frozenset()


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a plan, each after those that it asks for.

    `questions` are what journeys ask, by `<journey>@<version>`: judging a person does not ask them. `since` tells from which version of the
    plan on each rule applies, `changed` which version last changed it or something that it asks for.
    `windows` (ms) are those that rules ask of when a person was last seen; `touches` names what rules ask of how a person came
    (`first_touch`, ...), `first_seen` tells whether some rule asks when they were first seen.
    """

    plan: Plan = field(default_factory=Plan)
    order: tuple[tuple[Reference, Compiled], ...] = ()
    questions: Mapping[str, CompiledQuestions] = field(default_factory=dict)
    since: Mapping[Reference, int] = field(default_factory=dict)
    changed: Mapping[Reference, int] = field(default_factory=dict)
    outline: Outline = field(default_factory=Outline)
    windows: tuple[int, ...] = ()
    touches: frozenset[str] = frozenset()
    first_seen: bool = False

    def judge(self, facts: Facts, now: int, at: int) -> Judgement:
        """Where a person of these facts stands at `now` (ms)."""
        found = self.results(facts, now, at)
        return Judgement(
            scores=found.scores,
            bands=found.bands,
            tags=found.tags,
            stage=found.stage,
            segments=frozenset(found.segments),
            derived=found.dated,
            next=min((*found.turns.values(), *(change for (kind, _), change in found.changes.items() if kind in _PLACING)), default=None),
            pending=self._pending(at),
            outline=self.outline,
        )

    def newer_than(self, version: int) -> frozenset[Reference]:
        """The rules that find something else than those of that version of the plan may have found."""
        return frozenset(key for key, changed in self.changed.items() if changed > version)

    def results(self, facts: Facts, now: int, at: int) -> Findings:
        """What all rules find, as conditions see it."""
        found, pending = Findings(), self._pending(at)
        for key, rule in self.order:
            if key not in pending:
                rule.apply(facts, found, now)
        return found

    def explain(self, kind: str, name: str, facts: Facts, now: int, at: int) -> Explanation:
        """Why one definition finds what it finds. Raises NotFound when it is not in force."""
        rule = dict(self.order).get((kind, name))
        if rule is None:
            raise NotFound(f"there is no definition {name} of the kind {kind} in force")
        if (kind, name) in self._pending(at):
            return Explanation(False, {"kind": str(kind), "name": name}, {"backfill": "running"})
        return rule.explain(facts, self.results(facts, now, at), now)

    def asked(self, name: str, place: str, facts: Facts, found: Findings, now: int, at: int) -> Explanation:
        """The answer to a question of a journey, and why. `found` is what `results` gave for these facts.

        Raises Pending while a signal or definition that it asks for is still being counted of the person, and when this plan does not
        have the question.
        """
        questions = self.questions.get(name)
        if questions is None or not self.applies(RuleKind.QUESTIONS, name, at):
            raise Pending(f"{name} cannot be asked yet by the plan {self.plan.version}, of a person at the plan {at}")
        return questions.answer(place, facts, found, now)

    def applies(self, kind: RuleKind, name: str, at: int) -> bool:
        """Whether a definition is in force and all that it needs is counted of a person who is at the version `at`."""
        since = self.since.get((kind.value, name))
        return since is not None and (at >= self.plan.version or since <= at)

    def _pending(self, at: int) -> frozenset[Reference]:
        if at >= self.plan.version:
            return _NOBODY
        return frozenset(key for key, since in self.since.items() if since > at)


def compile_rules(plan: Plan, scale: float = 1, about: Reference | None = None) -> Rules:
    """The rules of a plan. All durations are divided by `scale`.

    Raises DocumentInvalid, with the places, when a rule asks for something that is not in force (`reference_unknown`), or rules ask for one
    another in a ring (`definition_cycle`). Places in the definition `about` (kind, name) are given as paths within its document.
    """

    def number_of(demand: Demand) -> int:
        number = plan.signals.number_of(demand)
        if number is None:
            raise LookupError(f"the plan {plan.version} has no signal for {demand}")
        return number

    documents = {one.key: document_of(one.kind, one.document) for one in plan.definitions}
    dependencies = dependencies_of(documents, about)
    order = ordered(dependencies, about)
    compiled = [(key, compile_document(key[1], documents[key], number_of, scale, plan.signals.pace)) for key in order]
    rules = tuple((key, one) for key, one in compiled if not isinstance(one, CompiledQuestions))
    placing = [document for document in documents.values() if not isinstance(document, QuestionsDocument)]
    asked = [condition for document in placing for condition in _conditions(document)]
    return Rules(
        plan=plan,
        order=rules,
        questions={one.name: one for _, one in compiled if isinstance(one, CompiledQuestions)},
        since=effective(order, dependencies, {one.key: one.since for one in plan.definitions}),
        changed=effective(order, dependencies, {one.key: one.changed for one in plan.definitions}),
        outline=_outline(rules),
        windows=tuple(sorted({scaled(duration, scale) for condition in asked for duration in _windows(condition)})),
        touches=frozenset(filter(None, map(_touch, asked))),
        first_seen=any(isinstance(one, SeenTest) and one.which == "first_seen" for one in asked),
    )


def _conditions(document: RuleDocument) -> Iterator[Condition]:
    for _, condition in document.conditions():
        yield from conditions_in(condition)


def _touch(condition: Condition) -> str:
    """The touch that the condition looks into, "" if none."""
    name = condition.attribute.partition(".")[0] if isinstance(condition, AttributeTest) else ""
    return name[1:] if name in TOUCHES else ""


def _windows(condition: Condition) -> Iterator[str]:
    if isinstance(condition, SeenTest) and condition.which == "last_seen":
        yield from filter(None, (condition.seen.before, condition.seen.within))


def _outline(rules: tuple[tuple[Reference, Compiled], ...]) -> Outline:
    scales: dict[Reference, Scale] = {}
    for key, rule in rules:
        if isinstance(rule, CompiledScore) and rule.bands.steps:
            scales[key] = rule.bands.scale
        elif isinstance(rule, CompiledTag) and rule.scale is not None:
            scales[key] = rule.scale
    lifecycle = next((name for (kind, name), _ in rules if kind == RuleKind.LIFECYCLE), "")
    return Outline(frozenset(key for key, _ in rules), scales, lifecycle)
