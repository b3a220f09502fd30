"""Nodes at which something is done to or for the person. What it is is carried out once the step is written. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from chalicelib.events.model import Event
from chalicelib.journeys.engine.acts import Act
from chalicelib.journeys.engine.chart import Message
from chalicelib.journeys.engine.model import Run
from chalicelib.journeys.nodes.node import Go, Scene, Step


@dataclass(frozen=True, slots=True)
class Do:
    """Acts, one after the other."""

    acts: tuple[Act, ...]
    next: str
    kind: ClassVar[str] = "do"
    waits: ClassVar[bool] = False

    @property
    def targets(self) -> Sequence[tuple[str, str]]:
        """What comes next."""
        return (("next", self.next),)

    def arrive(self, _: Run, __: Scene) -> Step:
        """Acts and goes on."""
        return Go(self.next, acts=True)

    def hear(self, _: Run, __: Event, ___: Scene) -> Step | None:
        """Nobody stays at it."""
        return None

    def wake(self, run: Run, scene: Scene) -> Step:
        """As on arrival."""
        return self.arrive(run, scene)


@dataclass(frozen=True, slots=True)
class SendMessage:
    """A message. The run goes on at once; what becomes of the message is its own story."""

    message: Message
    next: str
    kind: ClassVar[str] = "send"
    waits: ClassVar[bool] = False

    @property
    def targets(self) -> Sequence[tuple[str, str]]:
        """What comes next."""
        return (("next", self.next),)

    def arrive(self, _: Run, __: Scene) -> Step:
        """Asks for it and goes on."""
        return Go(self.next, acts=True)

    def hear(self, _: Run, __: Event, ___: Scene) -> Step | None:
        """Nobody stays at it."""
        return None

    def wake(self, run: Run, scene: Scene) -> Step:
        """As on arrival."""
        return self.arrive(run, scene)
