"""What people are made by: the identity rules and the signals in force, with their versions."""

from dataclasses import dataclass, field

from chalicelib.identity.rules import IdentityRules
from chalicelib.people.model import Person
from chalicelib.signals.plan import SignalPlan


class OutdatedPlan(Exception):
    """A person keeps signals that this worker's plan does not know yet: read the plan, at least at version `needed`, then the delivery."""

    def __init__(self, needed: int, known: int) -> None:
        super().__init__(f"somebody keeps the signals of plan {needed}, this worker knows {known}")
        self.needed = needed


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The identity rules in force, their version, which each piece of evidence remembers, and the signals that people keep."""

    rules: IdentityRules
    version: int
    signals: SignalPlan = field(default_factory=SignalPlan)

    def require(self, person: Person) -> None:
        """Raises OutdatedPlan when the person is ahead of the plan at hand."""
        if person.plan > self.signals.version:
            raise OutdatedPlan(person.plan, self.signals.version)
