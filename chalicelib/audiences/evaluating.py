"""Conditions made ready to be checked against many people: each becomes a node that knows its signals and lengths of time. Pure.

node = compile_condition(condition, number_of)
holds, until = node.check(facts, results, now)
node.explain(facts, results, now).found
"""

import operator
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import singledispatchmethod
from typing import Any, Final

from chalicelib.audiences import conditions as language
from chalicelib.audiences.combining import Combination, Negation, Node
from chalicelib.audiences.conditions import Channel
from chalicelib.audiences.counting import CountEver, CountWithin, NumberTests, SumEver, SumWithin, flips_of, passes
from chalicelib.audiences.demands import demand_of
from chalicelib.audiences.operands import Clause
from chalicelib.audiences.sequences import InOrder, Step
from chalicelib.audiences.traits import CanReach, HasAttribute, HasIdentifier, HasScore, HasTag, InSegment, InStage, Seen
from chalicelib.durations import duration_ms
from chalicelib.events.model import Json
from chalicelib.signals.comparing import Operator
from chalicelib.signals.model import MILLION, Demand

NumberOf = Callable[[Demand], int]

PUSH_TOKEN: Final = "push_token"  # noqa: S105 - the attribute that holds the address of a person's app
_COMPARISONS: Final = {
    Operator.EQ: operator.eq,
    Operator.NE: operator.ne,
    Operator.GT: operator.gt,
    Operator.GTE: operator.ge,
    Operator.LT: operator.lt,
    Operator.LTE: operator.le,
}
_DIRECT: Final = {Channel.SMS: ("mobile", ""), Channel.EMAIL: ("email", ""), Channel.PUSH: ("device_id", PUSH_TOKEN)}
_FAN: Final = "openid"  # what the other channels need: a fan of some account


def compile_condition(condition: language.Node, number_of: NumberOf, scale: float = 1) -> Node:
    """The node of a condition. `number_of` knows the signal of each demand; all lengths of time are divided by `scale`.

    Whatever `number_of` raises for a demand that it does not know is passed on.
    """
    return _Compiler(number_of, scale).node(condition)


def scaled(duration: str, scale: float = 1) -> int:
    """Milliseconds, at least one, that a duration of a document takes on a stack whose time runs `scale` times as fast."""
    return max(1, round(duration_ms(duration) / scale))


def number_tests(operations: Iterable[tuple[Operator, Any]], unit: int = 1) -> NumberTests:
    """Operators and operands of a document as comparisons of numbers that are counted in 1/`unit`; exact."""
    return tuple((_COMPARISONS[one], _exactly(operand, unit)) for one, operand in operations)


def _exactly(operand: int | float, unit: int) -> int | Fraction:
    exact = Fraction(str(operand)) * unit
    return exact.numerator if exact.denominator == 1 else exact


class _Compiler:
    """What all conditions of one document are compiled with."""

    def __init__(self, number_of: NumberOf, scale: float) -> None:
        self._number_of = number_of
        self._scale = scale

    @singledispatchmethod
    def node(self, condition: language.Node) -> Node:
        """The node of a condition of any shape."""
        raise TypeError(f"no condition: {condition!r}")

    @node.register
    def _(self, condition: language.All) -> Node:
        return Combination(_document(condition), self._nodes(condition.all_), decisive=False)

    @node.register
    def _(self, condition: language.AnyOf) -> Node:
        return Combination(_document(condition), self._nodes(condition.any_), decisive=True)

    @node.register
    def _(self, condition: language.Not) -> Node:
        return Negation(_document(condition), self.node(condition.not_))

    @node.register
    def _(self, condition: language.EventCount) -> Node:
        what, signal, tests = _document(condition), self._signal(condition), number_tests(condition.thresholds)
        if condition.within is None:
            return CountEver(what, signal, tests)
        return CountWithin(what, signal, self._length(condition.within), flips_of(tests), passes(tests, 0))

    @node.register
    def _(self, condition: language.EventSum) -> Node:
        what, signal, tests = _document(condition), self._signal(condition), number_tests(condition.operations(), MILLION)
        if condition.within is None:
            return SumEver(what, signal, tests)
        return SumWithin(what, signal, self._length(condition.within), tests)

    @node.register
    def _(self, condition: language.Sequence) -> Node:
        signals = self._signals(condition)
        steps = (Step(signal, step.count or 1, step.event) for signal, step in zip(signals, condition.sequence, strict=True))
        return InOrder(_document(condition), tuple(steps), self._length(condition.within), self._length(condition.last))

    @node.register
    def _(self, condition: language.AttributeTest) -> Node:
        return HasAttribute(_document(condition), condition.attribute, condition.operations())

    @node.register
    def _(self, condition: language.TagTest) -> Node:
        return HasTag(_document(condition), condition.tag, condition.eq, condition.by)

    @node.register
    def _(self, condition: language.ScoreTest) -> Node:
        return HasScore(_document(condition), condition.score, condition.operations(), condition.band)

    @node.register
    def _(self, condition: language.SegmentTest) -> Node:
        return InSegment(_document(condition), condition.segment)

    @node.register
    def _(self, condition: language.LifecycleTest) -> Node:
        return InStage(_document(condition), condition.lifecycle)

    @node.register
    def _(self, condition: language.SeenTest) -> Node:
        seen = condition.seen
        length = self._length(seen.within or seen.before)
        return Seen(_document(condition), condition.which == "first_seen", seen.before is not None, length)

    @node.register
    def _(self, condition: language.IdentifierTest) -> Node:
        return HasIdentifier(_document(condition), condition.identifier, condition.exists)

    @node.register
    def _(self, condition: language.ReachableTest) -> Node:
        if condition.reachable in _DIRECT:
            base, attribute = _DIRECT[condition.reachable]
            return CanReach(_document(condition), base, attribute)
        follows, leaves = self._signals(condition)
        return CanReach(_document(condition), _FAN, follows=follows, leaves=leaves)

    def _nodes(self, conditions: Sequence[language.Node]) -> tuple[Node, ...]:
        return tuple(self.node(one) for one in conditions)

    def _length(self, duration: str | None) -> int:
        return scaled(duration, self._scale) if duration else 0

    def _signal(self, condition: language.Node) -> int:
        (signal,) = self._signals(condition)
        return signal

    def _signals(self, condition: language.Node) -> tuple[int, ...]:
        demands = demand_of(condition)
        return tuple(self._number_of(one) for one in (demands if isinstance(demands, tuple) else (demands,)))


def _document(condition: Clause) -> Json:
    return condition.model_dump(mode="json", by_alias=True, exclude_unset=True)
