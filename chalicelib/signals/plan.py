"""All signals that the published rules need, and what they make of events. Pure.

    plan = SignalPlan(3, signals)
    entry = plan.entry_of(event, at=3)
    plan.states(ledger, journal.added([entry]), at=3)

`at` is the version of the plan whose signals are complete for a person: what came in later is not counted until the person has been
brought up, for the events of before are missing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chalicelib.events.model import Event, Kind
from chalicelib.pace import STEADY, Pace
from chalicelib.signals.fold import added, union, value_of
from chalicelib.signals.model import ANY_EVENT, Demand, Entry, Hit, Journal, Ledger, Signal, State
from chalicelib.signals.paths import value_at


class Gap(ValueError):
    """The journal begins after the ledger ends: the two were not read at the same time."""


@dataclass(frozen=True, slots=True)
class SignalPlan:
    """The signals of a version of the plan. `pace` is the stage's: it says which days events fall on."""

    version: int = 0
    signals: tuple[Signal, ...] = ()
    pace: Pace = field(default=STEADY, repr=False, compare=False)
    _by_event: dict[str, list[Signal]] = field(init=False, repr=False, compare=False, default_factory=dict)
    _by_number: dict[int, Signal] = field(init=False, repr=False, compare=False, default_factory=dict)
    _by_demand: dict[Demand, int] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for signal in self.signals:
            self._by_event.setdefault(signal.demand.event, []).append(signal)
            self._by_number[signal.number] = signal
            self._by_demand[signal.demand] = signal.number

    def number_of(self, demand: Demand) -> int | None:
        """The number of the signal that meets a demand."""
        return self._by_demand.get(demand)

    def entry_of(self, event: Event, at: int, after: int = -1) -> Entry | None:
        """What the event adds to a person at version `at`, or None. With `after`, only to signals that came in later than that version."""
        hits = tuple(
            (signal.number, value_of(value_at(event, signal.demand.value)) if signal.demand.value else None)
            for signal in self._candidates(event)
            if after < signal.since <= at and signal.demand.where.matches(event)
        )
        return (event.time, hits) if hits else None

    def entries_of(self, events: Iterable[Event], at: int) -> list[Entry]:
        """What each of the events adds, in their order."""
        return [entry for event in events if (entry := self.entry_of(event, at))]

    def states(self, ledger: Ledger, journal: Journal, at: int) -> dict[int, State]:
        """The states of a person at version `at`, by number. Raises Gap when ledger and journal do not meet."""
        if ledger.through < journal.start:
            raise Gap(f"the ledger ends at {ledger.through}, the journal begins at {journal.start}")
        known = {number: state for number, state in ledger.states.items() if self._counts(number, at)}
        return self._with(known, journal.entries[ledger.through - journal.start :], at)

    def posted(self, ledger: Ledger, journal: Journal, at: int) -> Ledger:
        """The ledger with the whole journal in it. Raises Gap."""
        through = max(ledger.through, journal.start + len(journal.entries))
        return Ledger(self.states(ledger, journal, at), through)

    def united(self, people: Iterable[Mapping[int, State]]) -> dict[int, State]:
        """The states of people who become one."""
        found: dict[int, State] = {}
        for states in people:
            for number, state in states.items():
                signal = self._by_number.get(number)
                if signal is not None:
                    found[number] = union(signal.demand, found[number], state) if number in found else state
        return found

    def _candidates(self, event: Event) -> list[Signal]:
        if event.kind is Kind.PROFILE:
            return []
        named = self._by_event.get(event.name, [])
        return named if event.kind is Kind.DERIVED else [*named, *self._by_event.get(ANY_EVENT, ())]

    def _counts(self, number: int, at: int) -> bool:
        signal = self._by_number.get(number)
        return signal is not None and signal.since <= at

    def _with(self, states: dict[int, State], entries: Iterable[Entry], at: int) -> dict[int, State]:
        hits: dict[int, list[Hit]] = {}
        for time, numbers in entries:
            for number, value in numbers:
                if self._counts(number, at):
                    hits.setdefault(number, []).append((time, value))
        found = dict(states)
        for number, new in hits.items():
            found[number] = added(self._by_number[number].demand, found.get(number, State()), new, self.pace)
        return found
