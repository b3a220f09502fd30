"""What all nodes have in common: what a run does when it comes to one, and while it stays there. Pure.

step = node.arrive(run, scene)                  # Go, Stay or End
step = node.hear(run, event, scene)             # None: the event is nothing to it
step = node.wake(run, scene)                    # its time is up
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from chalicelib.events.model import Event, Json
from chalicelib.pace import Pace

if TYPE_CHECKING:
    from chalicelib.journeys.engine.model import Run


class NotReady(Exception):
    """A condition asks for what is still being counted of this person: the step is tried again in a minute."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a condition holds, and the numbers that decided, ready to be shown."""

    holds: bool
    found: Json = field(default_factory=dict)


class View(Protocol):
    """The person as nodes see one, at one instant. Nothing of it is read before a node asks."""

    def asks(self, place: str) -> Answer:
        """The condition at a place of the document (`nodes/pick/branch/0/where`). Raises NotReady."""
        ...

    def attribute(self, path: str) -> Any:
        """An attribute (`birthday`, `address.city`), None for none."""
        ...

    def is_in(self, segment: str) -> bool:
        """Whether the rules put the person into a segment at this instant. Raises NotReady."""
        ...


@dataclass(frozen=True, slots=True)
class Scene:
    """What a step depends on besides the run: the journey's own instant (ms), the true one, the pace, the person, the journey's name."""

    at: int  # by the journey's own time: when the stay before ended, which lags behind `now` by the time a timer takes
    now: int
    pace: Pace
    view: View
    journey: str = ""


@dataclass(frozen=True, slots=True)
class Go:
    """On to the next node. `acts`: whether the node's own message or acts are carried out."""

    to: str
    outcome: str = "next"
    why: Json | None = None
    acts: bool = False
    milestone: bool = False


@dataclass(frozen=True, slots=True)
class Stay:
    """The run stays until `due` (ms), or until something happens; `why` says what for."""

    due: int
    why: Json | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The journey is over, for the reason that the node names."""

    reason: str


Step = Go | Stay | End


class Node(Protocol):
    """A node of a journey. `kind` is the key that tells it in a document."""

    kind: ClassVar[str]

    @property
    def targets(self) -> Sequence[tuple[str, str]]:
        """(path in the node, name) of every node that may come next."""
        ...

    @property
    def waits(self) -> bool:
        """Whether time passes at it."""
        ...

    def arrive(self, run: "Run", scene: Scene, /) -> Step:
        """What happens when the run comes to it. Raises NotReady."""
        ...

    def hear(self, run: "Run", event: Event, scene: Scene, /) -> Step | None:
        """What an event does to a run that stays at it; None for nothing."""
        ...

    def wake(self, run: "Run", scene: Scene, /) -> Step:
        """What happens when `due` has come. Raises NotReady."""
        ...


class Passed:
    """What all nodes have in common at which nobody stays: there is nothing to hear, and whoever is woken there has just arrived."""

    __slots__ = ()
    waits: ClassVar[bool] = False

    def arrive(self, run: "Run", scene: Scene, /) -> Step:
        """What happens when the run comes to it. Raises NotReady."""
        raise NotImplementedError

    def hear(self, _: "Run", __: Event, ___: Scene, /) -> Step | None:
        """Nobody stays at it."""
        return None

    def wake(self, run: "Run", scene: Scene, /) -> Step:
        """As on arrival."""
        return self.arrive(run, scene)
