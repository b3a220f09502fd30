"""What every compiled condition can do, and how conditions combine. Pure.

A node answers two questions: `check`, the fast one, whether it holds and when that may change by itself; `explain`, why.
Never too late: at every instant before `next` the answer stays the same as long as no new event comes. It may stay the same after it, too.
"""

from dataclasses import dataclass
from typing import Protocol

from chalicelib.audiences.facts import Explanation, Facts, Results
from chalicelib.events.model import Json

Outcome = tuple[bool, int | None]  # (whether it holds, the earliest later instant in ms at which that may change without a new event)


class Node(Protocol):
    """A condition, ready to be checked against many people."""

    def check(self, facts: Facts, results: Results, now: int) -> Outcome:
        """Whether the condition holds at `now` (ms), and until when that is sure to stay so."""
        ...

    def explain(self, facts: Facts, results: Results, now: int) -> Explanation:
        """Why it holds or not, with the numbers found."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Combination:
    """Several conditions of which one that comes out as `decisive` decides alone: one that fails for `all`, one that holds for `any`."""

    what: Json
    parts: tuple[Node, ...]
    decisive: bool

    def check(self, facts: Facts, results: Results, now: int) -> Outcome:
        """While parts decide, nothing changes before the last of them lets go; else the first part that turns may turn everything."""
        released, turned = 0, None
        for part in self.parts:
            holds, at = part.check(facts, results, now)
            if holds is not self.decisive:
                turned = at if turned is None or (at is not None and at < turned) else turned
            elif at is None:
                return self.decisive, None
            else:
                released = max(released, at)
        return (self.decisive, released) if released else (not self.decisive, turned)

    def explain(self, facts: Facts, results: Results, now: int) -> Explanation:
        """The explanations of all parts, in the order of the document."""
        holds, at = self.check(facts, results, now)
        return Explanation(holds, self.what, next=at, parts=tuple(part.explain(facts, results, now) for part in self.parts))


@dataclass(frozen=True, slots=True, eq=False)
class Negation:
    """The opposite of a condition."""

    what: Json
    part: Node

    def check(self, facts: Facts, results: Results, now: int) -> Outcome:
        """Changes whenever the inner one does."""
        holds, at = self.part.check(facts, results, now)
        return not holds, at

    def explain(self, facts: Facts, results: Results, now: int) -> Explanation:
        """The explanation of the inner condition, with the opposite outcome around it."""
        inner = self.part.explain(facts, results, now)
        return Explanation(not inner.holds, self.what, next=inner.next, parts=(inner,))
