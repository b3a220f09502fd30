"""How often something happened and what it sums up to, ever or within a window before now. Pure.

A window slides: an event at t is inside while t > now - within, so at t + within it is out. What is kept are the newest hits; an event less
can only be the oldest one, so each answer changes when one certain hit leaves the window.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Any

from chalicelib.audiences.combining import Outcome
from chalicelib.audiences.facts import Explanation, Facts, Results
from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Json
from chalicelib.signals.fold import summand
from chalicelib.signals.model import MILLION, NOTHING, State

NumberTests = tuple[tuple[Callable[[Any, Any], bool], int | Fraction], ...]  # (comparison, operand), all of which must hold


def passes(tests: NumberTests, number: int) -> bool:
    """Whether a number stands all tests."""
    for compares, operand in tests:  # noqa: SIM110 - a generator would take twice as long, and this is asked of everybody
        if not compares(number, operand):
            return False
    return True


def flips_of(tests: NumberTests) -> tuple[int, ...]:
    """The counts, largest first, whose reaching changes the outcome: (6,) for "more than 5", (6, 5) for "exactly 5"."""
    highest = int(max(operand for _, operand in tests)) + 1
    outcomes = [passes(tests, count) for count in range(highest + 1)]
    return tuple(count for count in range(highest, 0, -1) if outcomes[count] is not outcomes[count - 1])


@dataclass(frozen=True, slots=True, eq=False)
class CountEver:
    """How often something has happened since the first stored event."""

    what: Json
    signal: int
    tests: NumberTests

    def check(self, facts: Facts, results: Results, now: int) -> Outcome:  # noqa: ARG002 - every node is asked alike
        """Nothing leaves a count without a window."""
        return passes(self.tests, facts.states.get(self.signal, NOTHING).total), None

    def explain(self, facts: Facts, results: Results, now: int) -> Explanation:
        """With the count and the first and last time."""
        state = facts.states.get(self.signal, NOTHING)
        return Explanation(self.check(facts, results, now)[0], self.what, {"count": state.total, **_times(state)})


@dataclass(frozen=True, slots=True, eq=False)
class CountWithin:
    """How often something has happened in the last `within` ms. `flips` are those of the count's tests, `never` the outcome for none."""

    what: Json
    signal: int
    within: int
    flips: tuple[int, ...]
    never: bool

    def check(self, facts: Facts, results: Results, now: int) -> Outcome:  # noqa: ARG002 - every node is asked alike
        """A flip at the count n is in force while the n-th newest hit is inside, and each turns the outcome once."""
        state = facts.states.get(self.signal)
        if state is None:
            return self.never, None
        hits, begin = state.hits, now - self.within
        number = len(hits)
        times = [hits[flip - 1][0] for flip in self.flips if flip <= number and hits[flip - 1][0] > begin]
        if len(times) == 1:
            return not self.never, times[0] + self.within
        leaving = _first_single(times)
        return self.never is (len(times) % 2 == 0), None if leaving is None else leaving + self.within

    def explain(self, facts: Facts, results: Results, now: int) -> Explanation:
        """With the count inside the window; `or_more` says that older hits inside it are not kept, for no test looks at them."""
        holds, at = self.check(facts, results, now)
        state = facts.states.get(self.signal, NOTHING)
        return Explanation(holds, self.what, _inside(state, now - self.within), at)


@dataclass(frozen=True, slots=True, eq=False)
class SumEver:
    """What a property sums up to over all events; operands in millionths."""

    what: Json
    signal: int
    tests: NumberTests

    def check(self, facts: Facts, results: Results, now: int) -> Outcome:  # noqa: ARG002 - every node is asked alike
        """Nothing leaves a sum without a window."""
        return passes(self.tests, facts.states.get(self.signal, NOTHING).sum), None

    def explain(self, facts: Facts, results: Results, now: int) -> Explanation:
        """With the sum and the number of events."""
        state = facts.states.get(self.signal, NOTHING)
        found = {"sum": shown(state.sum), "count": state.total, **_times(state)}
        return Explanation(self.check(facts, results, now)[0], self.what, found)


@dataclass(frozen=True, slots=True, eq=False)
class SumWithin:
    """What a property sums up to over the newest events, as far as they are of the last `within` ms; operands in millionths."""

    what: Json
    signal: int
    within: int
    tests: NumberTests

    def check(self, facts: Facts, results: Results, now: int) -> Outcome:  # noqa: ARG002 - every node is asked alike
        """Numbers may be negative: every instant at which hits leave is looked at until one turns the outcome."""
        state, begin = facts.states.get(self.signal, NOTHING), now - self.within
        inside = [hit for hit in state.hits if hit[0] > begin]
        sums = list(accumulate((summand(value) for _, value in inside), initial=0))
        holds = passes(self.tests, sums[-1])
        for place in range(len(inside) - 1, -1, -1):
            last_of_its_time = not place or inside[place - 1][0] != inside[place][0]
            if last_of_its_time and passes(self.tests, sums[place]) is not holds:
                return holds, inside[place][0] + self.within
        return holds, None

    def explain(self, facts: Facts, results: Results, now: int) -> Explanation:
        """With the sum inside the window; `or_more` says that more events are inside than the newest, which alone count."""
        holds, at = self.check(facts, results, now)
        state, begin = facts.states.get(self.signal, NOTHING), now - self.within
        total = sum(summand(value) for time, value in state.hits if time > begin)
        return Explanation(holds, self.what, {"sum": shown(total), **_inside(state, begin)}, at)


def shown(millionths: int) -> int | float:
    """A sum as it is shown: a whole number where it is one."""
    return millionths / MILLION if millionths % MILLION else millionths // MILLION


def _first_single(times: Sequence[int]) -> int | None:
    """The first of the times, which ascend, that is there an odd number of times: hits of one instant leave together."""
    return next((time for time in times if times.count(time) % 2), None)


def _inside(state: State, begin: int) -> Json:
    count = sum(time > begin for time, _ in state.hits)
    cut = count == len(state.hits) < state.total
    return {"count": count, **({"or_more": True} if cut else {}), "since": rfc3339(begin), **_times(state)}


def _times(state: State) -> Json:
    return {"total": state.total, "first": rfc3339(state.first), "last": rfc3339(state.last)} if state.total else {}
