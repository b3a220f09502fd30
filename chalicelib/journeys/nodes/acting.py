"""Nodes at which something is done to or for the person. What it is is carried out once the step is written. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from chalicelib.journeys.engine.acts import Act
from chalicelib.journeys.engine.chart import Message
from chalicelib.journeys.engine.model import Run
from chalicelib.journeys.nodes.node import Go, Passed, Scene, Step


@dataclass(frozen=True, slots=True)
class Do(Passed):
    """Acts, one after the other."""

    acts: tuple[Act, ...]
    next: str
    kind: ClassVar[str] = "do"

    @property
    def targets(self) -> Sequence[tuple[str, str]]:
        """What comes next."""
        return (("next", self.next),)

    def arrive(self, _: Run, __: Scene) -> Step:
        """Acts and goes on."""
        return Go(self.next, acts=True)


@dataclass(frozen=True, slots=True)
class SendMessage(Passed):
    """A message. The run goes on at once; what becomes of the message is its own story."""

    message: Message
    next: str
    kind: ClassVar[str] = "send"

    @property
    def targets(self) -> Sequence[tuple[str, str]]:
        """What comes next."""
        return (("next", self.next),)

    def arrive(self, _: Run, __: Scene) -> Step:
        """Asks for it and goes on."""
        return Go(self.next, acts=True)
