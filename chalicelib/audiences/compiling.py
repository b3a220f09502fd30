"""From documents to what can be applied. Pure."""

from collections.abc import Callable
from functools import singledispatchmethod
from typing import Final

from chalicelib.audiences.combining import Node
from chalicelib.audiences.compiled import CompiledAttribute, CompiledLifecycle, CompiledQuestions, CompiledSegment, CompiledTag, FirstMatch
from chalicelib.audiences.conditions import Node as Condition
from chalicelib.audiences.derived import attribute_demands, attribute_of
from chalicelib.audiences.documents import (
    DerivedDocument,
    LifecycleDocument,
    QuestionsDocument,
    RuleDocument,
    ScoreDocument,
    SegmentDocument,
    TagDocument,
)
from chalicelib.audiences.evaluating import compile_condition
from chalicelib.audiences.findings import Compiled
from chalicelib.audiences.operands import Clause
from chalicelib.audiences.parts import ConditionRule, EventRule
from chalicelib.audiences.points import CompiledScore, ConditionPoints, EventPoints
from chalicelib.audiences.scores import bands_of, millionths, point_demand, point_rule
from chalicelib.events.model import Json
from chalicelib.pace import STEADY, Pace
from chalicelib.signals.model import Demand

NumberOf = Callable[[Demand], int]
PLAIN: Final = ""  # the value of a tag without values


def compile_document(name: str, document: RuleDocument, number_of: NumberOf, scale: float = 1, pace: Pace = STEADY) -> Compiled:
    """The definition of that name, over the signals that `number_of` knows.

    All durations are divided by `scale`; `pace` says which day an event falls on.
    """
    return _Compiler(number_of, scale, pace).compiled(document, name)


class _Compiler:
    """What all definitions of a plan are compiled with."""

    def __init__(self, number_of: NumberOf, scale: float, pace: Pace) -> None:
        self._number_of = number_of
        self._scale = scale
        self._pace = pace

    @singledispatchmethod
    def compiled(self, document: RuleDocument, name: str) -> Compiled:
        """The definition of a document of any kind."""
        raise TypeError(f"{name}: no document of rules: {document!r}")

    @compiled.register
    def _(self, document: ScoreDocument, name: str) -> Compiled:
        return CompiledScore(name, tuple(map(self._points, document.rules)), bands_of(document.bands))

    @compiled.register
    def _(self, document: TagDocument, name: str) -> Compiled:
        if document.where is not None:
            return CompiledTag(name, FirstMatch(((PLAIN, self._node(document.where)),)))
        return CompiledTag(name, FirstMatch(tuple((one.value, self._node(one.where)) for one in document.values or ())))

    @compiled.register
    def _(self, document: SegmentDocument, name: str) -> Compiled:
        return CompiledSegment(name, self._node(document.where))

    @compiled.register
    def _(self, document: LifecycleDocument, name: str) -> Compiled:
        return CompiledLifecycle(name, FirstMatch(tuple((stage.name, self._node(stage.where)) for stage in document.stages)))

    @compiled.register
    def _(self, document: DerivedDocument, name: str) -> Compiled:
        numbers = [self._number_of(demand) for demand in attribute_demands(document)]
        return CompiledAttribute(name, _written(document), attribute_of(document, numbers, self._scale))

    @compiled.register
    def _(self, document: QuestionsDocument, name: str) -> Compiled:
        return CompiledQuestions(name, {place: self._node(condition) for place, condition in document.questions.items()})

    def _points(self, rule: EventRule | ConditionRule) -> EventPoints | ConditionPoints:
        if isinstance(rule, ConditionRule):
            return ConditionPoints(_written(rule), millionths(rule.add), self._node(rule.condition))
        return EventPoints(_written(rule), point_rule(rule, self._number_of(point_demand(rule)), self._scale, self._pace))

    def _node(self, condition: Condition) -> Node:
        return compile_condition(condition, self._number_of, self._scale)


def _written(part: Clause) -> Json:
    return part.model_dump(mode="json", by_alias=True, exclude_unset=True)
