"""Nodes that choose the way: by what is known of the person, or by lot. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import ClassVar, Final

from chalicelib.events.model import Json
from chalicelib.journeys.engine.model import Run
from chalicelib.journeys.nodes.node import Go, Passed, Scene, Step

_LOT_BYTES: Final = 8
_LOTS: Final = 1 << (8 * _LOT_BYTES)


def lot(*seed: str) -> float:
    """A number from 0 to below 1 that is always the same for what these name, and even over all that they may name."""
    drawn = blake2b("\n".join(seed).encode("utf-8", "surrogatepass"), digest_size=_LOT_BYTES).digest()
    return int.from_bytes(drawn, "big") / _LOTS


@dataclass(frozen=True, slots=True)
class Branch(Passed):
    """The first way whose condition holds: (its place in the document, what comes then). Each is judged as the person is at that moment."""

    ways: tuple[tuple[str, str], ...]
    otherwise: str
    kind: ClassVar[str] = "branch"

    @property
    def targets(self) -> Sequence[tuple[str, str]]:
        """What comes next, way by way."""
        return (*((f"branch/{number}/next", then) for number, (_, then) in enumerate(self.ways)), ("else", self.otherwise))

    def arrive(self, _: Run, scene: Scene) -> Step:
        """Goes the way."""
        found: dict[str, Json] = {}
        for number, (place, then) in enumerate(self.ways):
            answer = scene.view.asks(place)
            found[str(number)] = answer.found
            if answer.holds:
                return Go(then, str(number), {"found": found})
        return Go(self.otherwise, "else", {"found": found})


@dataclass(frozen=True, slots=True)
class Split(Passed):
    """A way by lot: (weight, what comes then). A person draws the same lot at a node of a journey every time."""

    ways: tuple[tuple[float, str], ...]
    kind: ClassVar[str] = "split"

    @property
    def targets(self) -> Sequence[tuple[str, str]]:
        """What comes next, way by way."""
        return tuple((f"split/{number}/next", then) for number, (_, then) in enumerate(self.ways))

    def arrive(self, run: Run, scene: Scene) -> Step:
        """Goes the way that is drawn."""
        drawn = lot("split", run.seed, scene.journey, run.node)
        left = drawn * sum(weight for weight, _ in self.ways)
        for number, (weight, then) in enumerate(self.ways):
            left -= weight
            if left < 0:
                return Go(then, str(number), {"lot": round(drawn, 4)})
        number = max(place for place, (weight, _) in enumerate(self.ways) if weight > 0)  # what is left of rounding
        return Go(self.ways[number][1], str(number), {"lot": round(drawn, 4)})
