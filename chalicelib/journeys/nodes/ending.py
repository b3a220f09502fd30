"""Nodes that say how far a run has come: a goal on the way, and the end of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from chalicelib.journeys.engine.model import Run
from chalicelib.journeys.nodes.node import End, Go, Passed, Scene, Step


@dataclass(frozen=True, slots=True)
class Milestone(Passed):
    """A goal that is reached by coming here, called `name`."""

    name: str
    next: str
    kind: ClassVar[str] = "goal"

    @property
    def targets(self) -> Sequence[tuple[str, str]]:
        """What comes next."""
        return (("next", self.next),)

    def arrive(self, _: Run, __: Scene) -> Step:
        """Notes it and goes on."""
        return Go(self.next, why={"goal": self.name}, milestone=True)


@dataclass(frozen=True, slots=True)
class Exit(Passed):
    """The end, for a reason."""

    reason: str
    kind: ClassVar[str] = "exit"

    @property
    def targets(self) -> Sequence[tuple[str, str]]:
        """Nothing comes next."""
        return ()

    def arrive(self, _: Run, __: Scene) -> Step:
        """Ends."""
        return End(self.reason)
