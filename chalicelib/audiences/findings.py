"""What definitions find while they are applied one after another to a person. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from chalicelib.audiences.facts import Explanation, Facts, Reference, Results
from chalicelib.audiences.judgement import Fact
from chalicelib.audiences.kinds import RuleKind
from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Json
from chalicelib.signals.model import NOTHING, State

LIFECYCLE: Final[Reference] = (RuleKind.LIFECYCLE, "")  # there is one, so that its changes need no name


@dataclass(slots=True)
class Findings(Results):
    """Results with the dates of derived attributes, and when the band of a score may become another one by itself (ms)."""

    dated: dict[str, Fact] = field(default_factory=dict)
    turns: dict[str, int] = field(default_factory=dict)


class Pending(LookupError):
    """What is asked for is still being counted of this person, or the rules at hand are too old to know of it."""


class Compiled(Protocol):
    """A definition that can be applied."""

    def apply(self, facts: Facts, results: Findings, now: int) -> None:
        """Adds what the definition finds of a person at `now` (ms), and when that may change by itself."""
        ...

    def explain(self, facts: Facts, results: Findings, now: int) -> Explanation:
        """Why it finds that. `results` are those of all definitions."""
        ...


def earliest(one: int | None, two: int | None) -> int | None:
    """The earlier of two instants that there may be."""
    if one is None or two is None:
        return two if one is None else one
    return min(one, two)


def note(results: Findings, key: Reference, at: int | None) -> None:
    """Keeps when the result of a definition may change by itself."""
    if at is not None:
        results.changes[key] = at


def happened(states: Mapping[int, State], number: int) -> Json:
    """How often the events of a signal have happened at all, and when last."""
    state = states.get(number, NOTHING)
    return {"total": state.total, "last": rfc3339(state.last)} if state.total else {"total": 0}
