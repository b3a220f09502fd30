"""Preview: whom a condition would hold for, found by asking it of everybody, within a time that one request may take.

    asked = question(condition, rules, settings().time_scale)
    preview = ask(asked, Progress(), sample=10, now=now, clock=clock)    # preview.progress.place is None once everybody was asked

The answer is exact: where people do not keep the signals that the condition needs (yet), these are counted from the stored events.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Final

from chalicelib.audiences.combining import Node
from chalicelib.audiences.conditions import Condition
from chalicelib.audiences.demands import demands_of, references_of
from chalicelib.audiences.evaluating import compile_condition
from chalicelib.audiences.facts import Facts, Results
from chalicelib.audiences.kinds import RuleKind
from chalicelib.audiences.reading import assembled, facts_of
from chalicelib.audiences.rules import Rules
from chalicelib.errors import BadRequest, DocumentInvalid, Fault
from chalicelib.events.history import all_events
from chalicelib.paging import decode_cursor, encode_cursor
from chalicelib.people import store
from chalicelib.people.everybody import PERSONS, Found, Place, everybody
from chalicelib.people.model import Person
from chalicelib.people.records import node_partition
from chalicelib.signals.model import Demand, Journal, Ledger, Signal, State
from chalicelib.signals.plan import Gap, SignalPlan

BUDGET_MS: Final = 20_000  # of the 29 s that API Gateway waits for an answer
MAX_DIGITS: Final = 12  # of a count in a cursor
_PARTITIONS: Final = (PERSONS, node_partition(""))

Clock = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a preview has come: how many were asked, for how many it holds, and where the scan is (None before and after it)."""

    checked: int = 0
    count: int = 0
    place: Place | None = None

    def cursor(self, of: str) -> str | None:
        """The cursor to go on with; None at the end. `of` stands for the condition."""
        if self.place is None:
            return None
        return encode_cursor(of, str(self.checked), str(self.count), self.place.pk, self.place.sk)


@dataclass(frozen=True, slots=True)
class Preview:
    """What was found so far, and some of the persons that this part of the scan found."""

    progress: Progress
    sample: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A condition that can be asked of anybody.

    `signals` are those that it needs, under the plan's numbers where the plan has them; people keep all of them from version `kept_since`
    of the plan on; None: not all are kept at all. `refers`: it names scores, tags, segments or the life cycle.
    """

    node: Node
    rules: Rules
    signals: SignalPlan
    kept_since: int | None
    refers: bool

    def holds(self, found: Found, now: int) -> bool:
        """Whether the condition holds for a person at an instant (ms)."""
        facts = self._facts(found)
        results = self.rules.results(facts, now, found.person.plan) if self.refers else Results()
        return self.node.check(facts, results, now)[0]

    def _facts(self, found: Found) -> Facts:
        person = found.person
        counted = {} if self._kept_by(person) else _counted(person.id, self.signals)
        try:
            states = self.rules.plan.signals.states(found.ledger, person.journal, person.plan)
        except Gap:  # the journal was posted to the ledger while the scan went by
            states = dict(facts_of(person, self.rules.plan).states)
        return assembled(person, found.profile, states | counted)

    def _kept_by(self, person: Person) -> bool:
        """Somebody who is at a newer plan than the one at hand may have dropped what it no longer needs."""
        return self.kept_since is not None and self.kept_since <= person.plan <= self.rules.plan.version


def question(condition: Condition, rules: Rules, scale: float) -> Question:
    """The condition, ready to be asked under the rules in force. `scale` as in `compile_condition`.

    Raises DocumentInvalid when it refers to a definition that is not in force.
    """
    refers = _refers(condition, rules)
    known = {signal.demand: signal for signal in rules.plan.signals.signals}
    numbers = count(max((signal.number for signal in known.values()), default=0) + 1)
    demands = dict.fromkeys(demands_of(condition))
    signals = {demand: known.get(demand) or Signal(next(numbers), 0, demand) for demand in demands}

    def number_of(demand: Demand) -> int:
        return signals[demand].number

    all_kept = all(demand in known for demand in demands)
    return Question(
        node=compile_condition(condition, number_of, scale),
        rules=rules,
        signals=SignalPlan(0, tuple(Signal(one.number, 0, one.demand) for one in signals.values())),
        kept_since=max((one.since for one in signals.values()), default=0) if all_kept else None,
        refers=refers,
    )


def ask(asked: Question, start: Progress, sample: int, now: int, clock: Clock, page_items: int | None = None) -> Preview:
    """Asks everybody behind `start`, at least one and at most as many as fit into BUDGET_MS by `clock` (ms, from any beginning)."""
    deadline = clock() + BUDGET_MS
    checked, holds, shown = start.checked, start.count, list[Person]()
    place = start.place
    for step in everybody(start.place, page_items):
        place = step.place
        if step.found:
            checked += 1
            if asked.holds(step.found, now):
                holds += 1
                shown += [step.found.person] if len(shown) < sample else []
        if clock() >= deadline:
            break
    return Preview(Progress(checked, holds, place), tuple(shown))


def progress_of(cursor: str, of: str) -> Progress:
    """The progress that a cursor was made of. Raises BadRequest for one of another condition, or of nobody's making."""
    whose, checked, held, pk, sk = decode_cursor(cursor, 5)
    if whose != of or not pk.startswith(_PARTITIONS) or not (_is_count(checked) and _is_count(held) and int(held) <= int(checked)):
        raise BadRequest("cursor is not one that this preview gave")
    return Progress(int(checked), int(held), Place(pk, sk))


def _refers(condition: Condition, rules: Rules) -> bool:
    """Whether the condition needs what other rules find."""
    asked = references_of(condition, "where")
    defined = {(one.kind, one.name) for one in rules.plan.definitions}
    kinds = {kind for kind, _ in defined}
    found = [one.kind in kinds if one.kind is RuleKind.LIFECYCLE else (one.kind, one.name) in defined for one in asked]
    missing = [one for one, there in zip(asked, found, strict=True) if not there and not one.optional]
    if missing:
        faults = [Fault(one.path, "reference_unknown", f"nothing named {one.name} is published among the {one.kind}") for one in missing]
        raise DocumentInvalid("the condition refers to what is not published", faults)
    return any(found)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS


def _counted(person: str, signals: SignalPlan) -> dict[int, State]:
    """The states of signals that the person does not keep, from all of its stored events, in bounded memory."""
    states: dict[int, State] = {}
    for key, _ in store.members(person):
        for page in all_events(key):
            journal = Journal(tuple(signals.entries_of(page, at=0)))
            states = signals.united([states, signals.states(Ledger(), journal, at=0)])
    return states
