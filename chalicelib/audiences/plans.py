"""The plan: every rule in force, and the signals that they need together. Pure.

    after = next_plan(before, [Published("segments", "dress", 3, document), ...])

A signal keeps its number for as long as some definition needs it, and no number is given twice: what is stored under it in people is
never taken for something else.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from chalicelib.audiences.demands import demands_of
from chalicelib.audiences.derived import attribute_demands
from chalicelib.audiences.documents import DerivedDocument, RuleDocument, document_of
from chalicelib.audiences.facts import Reference
from chalicelib.audiences.kinds import RuleKind
from chalicelib.audiences.parts import EventRule
from chalicelib.audiences.scores import point_demand
from chalicelib.errors import DocumentInvalid, Fault
from chalicelib.events.model import Json
from chalicelib.signals.filters import Filter
from chalicelib.signals.model import Demand, Signal
from chalicelib.signals.plan import SignalPlan

MAX_DEFINITIONS: Final = 500
MAX_SIGNALS: Final = 500


@dataclass(frozen=True, slots=True)
class Published:
    """A definition in force: its document as it is stored. From the plan `since` on all of its signals are there; the plan `changed` is the
    one that brought it in as it is.
    """

    kind: str
    name: str
    version: int
    document: Json
    since: int = 0
    changed: int = 0

    @property
    def key(self) -> Reference:
        """What tells it from all others."""
        return self.kind, self.name


@dataclass(frozen=True, slots=True)
class Plan:
    """A version of all rules, by kind and name. `counter` is the last number that was ever given to a signal."""

    version: int = 0
    definitions: tuple[Published, ...] = ()
    signals: SignalPlan = field(default_factory=SignalPlan)
    counter: int = 0


def next_plan(before: Plan, published: Iterable[Published]) -> Plan:
    """The plan of these definitions, or the same one if they are in force already. Their `since` and `changed` are worked out anew.

    Raises DocumentInvalid for more than 500 definitions or signals, pydantic's ValidationError for a document that breaks its contract.
    """
    definitions = tuple(sorted(map(_undated, published), key=lambda one: one.key))
    if definitions == tuple(map(_undated, before.definitions)):
        return before
    _refuse_over(sum(one.kind != RuleKind.QUESTIONS for one in definitions), MAX_DEFINITIONS, "definitions_too_many", "rules in force")
    needs = [demands_in(document_of(one.kind, one.document)) for one in definitions]
    signals, counter = _signals(before, needs)
    _refuse_over(len(signals), MAX_SIGNALS, "signals_too_many", "different kinds of events and windows that rules in force look at")
    since = {signal.demand: signal.since for signal in signals}
    dated = (
        replace(one, since=max((since[demand] for demand in need), default=0), changed=_changed(one, before))
        for one, need in zip(definitions, needs, strict=True)
    )
    return Plan(before.version + 1, tuple(dated), SignalPlan(before.version + 1, signals), counter)


def demands_in(document: RuleDocument) -> list[Demand]:
    """What a document needs to be kept of a person's events, each demand once."""
    found = [demand for _, condition in document.conditions() for demand in demands_of(condition)]
    if isinstance(document, DerivedDocument):
        found += attribute_demands(document)
    found += [point_demand(matcher) for _, matcher in document.matchers() if isinstance(matcher, EventRule)]
    return list(dict.fromkeys(found))


def to_json(plan: Plan) -> str:
    """The plan as compact JSON text."""
    body = {
        "version": plan.version,
        "counter": plan.counter,
        "definitions": [[one.kind, one.name, one.version, one.since, one.changed, one.document] for one in plan.definitions],
        "signals": [[signal.number, signal.since, *_demand_to_json(signal.demand)] for signal in plan.signals.signals],
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> Plan:
    """The plan of a text that `to_json` made."""
    body = json.loads(text)
    definitions = (
        Published(kind, name, version, document, since, changed) for kind, name, version, since, changed, document in body["definitions"]
    )
    signals = (Signal(number, since, _demand_of_json(*rest)) for number, since, *rest in body["signals"])
    return Plan(body["version"], tuple(definitions), SignalPlan(body["version"], tuple(signals)), body["counter"])


def _undated(one: Published) -> Published:
    return replace(one, since=0, changed=0)


def _changed(one: Published, before: Plan) -> int:
    return next((old.changed for old in before.definitions if _undated(old) == one), before.version + 1)


def _signals(before: Plan, needs: Iterable[Sequence[Demand]]) -> tuple[tuple[Signal, ...], int]:
    """The signals that are needed, by number, and the last number given."""
    known = {signal.demand: signal for signal in before.signals.signals}
    wanted = dict.fromkeys(demand for need in needs for demand in need)
    new = [demand for demand in wanted if demand not in known]
    brought = [Signal(number, before.version + 1, demand) for number, demand in enumerate(new, before.counter + 1)]
    kept = [known[demand] for demand in wanted if demand in known]
    return tuple(sorted([*kept, *brought], key=lambda signal: signal.number)), before.counter + len(new)


def _refuse_over(number: int, limit: int, code: str, what: str) -> None:
    if number > limit:
        fault = Fault("", code, f"there would be {number} {what}, and {limit} is the limit; archive what nobody needs")
        raise DocumentInvalid("the rules in force would be too many", [fault])


def _demand_to_json(demand: Demand) -> list[object]:
    return [demand.event, demand.where.tests, demand.keep, demand.value, demand.per_day, demand.zone]


def _demand_of_json(event: str, tests: list[list[str]], keep: int, value: str, per_day: int, zone: str) -> Demand:
    where = Filter(tuple((path, operator, operand) for path, operator, operand in tests))
    return Demand(event, where, keep, value, per_day, zone)
