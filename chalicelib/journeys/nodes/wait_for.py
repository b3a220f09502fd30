"""The node at which a run waits for something to happen, for a while. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from chalicelib.events.model import Event
from chalicelib.journeys.engine.chart import Expected
from chalicelib.journeys.engine.model import Run
from chalicelib.journeys.engine.scope import meant
from chalicelib.journeys.nodes.node import Go, Scene, Stay, Step


@dataclass(frozen=True, slots=True)
class WaitFor:
    """For the first of several events, each with what comes then, or until `within` ms are over.

    Who is in a segment already that is waited for (or out of it, where leaving is) has nothing to wait for.
    """

    expected: tuple[tuple[Expected, str], ...]
    within: int
    otherwise: str
    kind: ClassVar[str] = "wait_for"
    waits: ClassVar[bool] = True

    @property
    def targets(self) -> Sequence[tuple[str, str]]:
        """What comes then, by event, and after the time-out."""
        alone = len(self.expected) == 1
        thens = tuple(("then" if alone else f"wait_for/{place}/then", then) for place, (_, then) in enumerate(self.expected))
        return (*thens, ("else", self.otherwise))

    def arrive(self, _: Run, scene: Scene) -> Step:
        """Stays, unless a segment makes that needless."""
        for place, (one, then) in enumerate(self.expected):
            if one.segment and scene.view.is_in(one.segment) is one.entered:
                return Go(then, self._outcome(place), {"where": one.place, "segment": one.segment, "already": True})
        return Stay(scene.at + self.within)

    def hear(self, run: Run, event: Event, _: Scene) -> Step | None:
        """Goes on at the first event that is meant; the order of the document decides between two that mean the same event."""
        for place, (one, then) in enumerate(self.expected):
            if meant(one, run, event):
                return Go(then, self._outcome(place), {"where": one.place})
        return None

    def wake(self, _: Run, __: Scene) -> Step:
        """Nothing of it happened in time."""
        return Go(self.otherwise, "else")

    def _outcome(self, place: int) -> str:
        return "then" if len(self.expected) == 1 else str(place)
