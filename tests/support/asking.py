"""Conditions asked of people whose events are folded into signals on the way, as the system does it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from chalicelib.audiences.combining import Node, Outcome
from chalicelib.audiences.conditions import Condition
from chalicelib.audiences.conditions import Node as Shape
from chalicelib.audiences.evaluating import compile_condition
from chalicelib.audiences.facts import Explanation, Facts, Results
from chalicelib.events.model import Event, Json, Kind
from chalicelib.identifiers import Identifier, identifier
from chalicelib.signals.model import Demand, Journal, Ledger, Signal, State
from chalicelib.signals.plan import SignalPlan
from tests.support.naive import Subject

FAN = identifier("openid:wx1", "o1")
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
NOW = 1_795_000_000_000  # a Wednesday in November 2026

_SHAPES: TypeAdapter[Shape] = TypeAdapter(Condition)


def happened(
    name: str,
    at: int,
    *,
    number: int = 0,
    kind: Kind = Kind.TRACK,
    by: Sequence[Identifier] = (FAN,),
    context: Json | None = None,
    **properties: object,
) -> Event:
    """An event at a time in ms, number `number` of that moment."""
    return Event(f"{name}-{at}-{number}", kind, name, at, tuple(by), "shop", properties, context=context or {})


def shape(document: Json) -> Shape:
    """The checked condition of a document."""
    return _SHAPES.validate_python(document)


@dataclass(frozen=True)
class Question:
    """A compiled condition with the signals that it needs."""

    node: Node
    signals: SignalPlan

    def states(self, *people: Iterable[Event]) -> dict[int, State]:
        """What is kept of people who were counted each on their own and then became one."""
        journals = [Journal(tuple(self.signals.entries_of(events, 1))) for events in people]
        return self.signals.united([self.signals.states(Ledger(), journal, 1) for journal in journals])

    def facts(self, who: Subject, *people: Iterable[Event]) -> Facts:
        """What is known of a subject, counted as the parts in `people` (by default in one go)."""
        activity = who.activity or [0]
        return Facts(
            states=self.states(*(people or (who.events,))),
            attributes=who.attributes,
            manual=who.manual,
            namespaces=frozenset(who.namespaces),
            first_seen=activity[0],
            last_seen=activity[-1],
            touches=who.touches,
        )

    def check(self, who: Subject, now: int, *people: Iterable[Event]) -> Outcome:
        """Whether it holds for a subject, and until when at least."""
        return self.node.check(self.facts(who, *people), results_of(who), now)

    def explain(self, who: Subject, now: int) -> Explanation:
        """Why."""
        return self.node.explain(self.facts(who), results_of(who), now)


def question(document: Json, scale: float = 1) -> Question:
    """The document's condition, with a signal for each of its demands."""
    numbers: dict[Demand, int] = {}
    node = compile_condition(shape(document), lambda demand: numbers.setdefault(demand, len(numbers) + 1), scale)
    return Question(node, SignalPlan(1, tuple(Signal(number, 1, demand) for demand, number in numbers.items())))


def results_of(who: Subject) -> Results:
    """What earlier rules found of a subject."""
    return Results(
        dict(who.scores), dict(who.bands), dict(who.tags), dict(who.derived), who.stage, set(who.segments)
    )  # fmt: skip


def outcome(document: Json, events: Iterable[Event], now: int = NOW) -> Outcome:
    """Whether a document's condition holds for somebody with these events, and until when at least."""
    return question(document).check(Subject(tuple(events)), now)
