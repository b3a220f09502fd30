"""The journeys in force, ready to be applied: which of them an event sets going, and which it may move on. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from chalicelib.events.model import Event, Kind
from chalicelib.journeys.engine.chart import Chart, Expected, occurs

_NO_CHARTS: Final[Mapping[int, Chart]] = MappingProxyType({})
_HEARD: Final = frozenset({Kind.TRACK, Kind.DERIVED})  # attributes and links are nothing that happened


class JourneyState(StrEnum):
    """What a journey does. The values are stable."""

    RUNNING = "running"
    PAUSED = "paused"  # nobody enters, nobody moves on by time
    DRAINING = "draining"  # nobody enters, those inside go on
    STOPPED = "stopped"  # nobody enters, those inside are ended


class Hears(StrEnum):
    """What an event can mean to a journey."""

    ENTERS = "enters"  # its door is open for it
    LOOKS_OUT = "looks_out"  # an exit, a goal or a wait of some version


@dataclass(frozen=True, slots=True)
class Standing:
    """A journey as it stands: `version` is the one that is entered, 0 once it is archived; `charts` are all that runs may be at. `since`
    (epoch ms) that version is in force; others were `left` at their instants.

    `by` (a key's id, or what did it by itself) brought it into the state at `at` (epoch ms), `reason` says why where somebody said so.
    """

    name: str
    state: JourneyState
    version: int
    at: int
    by: str = ""
    reason: str = ""
    since: int = 0
    charts: Mapping[int, Chart] = field(default_factory=dict)
    left: Mapping[int, int] = field(default_factory=dict)

    @property
    def current(self) -> Chart | None:
        """The version that is entered."""
        return self.charts.get(self.version)

    @property
    def open(self) -> bool:
        """Whether anybody can enter."""
        return self.state is JourneyState.RUNNING and self.version in self.charts


class Journeys:
    """All journeys that are in force, or that somebody may still be inside of."""

    def __init__(self, standings: Iterable[Standing] = ()) -> None:
        self._standings = {one.name: one for one in standings}
        self._doors: dict[str, list[tuple[str, Expected]]] = {}
        self._looks: dict[str, dict[str, list[Expected]]] = {}
        for one in self._standings.values():
            self._listen(one)

    def names(self) -> tuple[str, ...]:
        """Their names, in order."""
        return tuple(sorted(self._standings))

    def standing(self, name: str) -> Standing | None:
        """How one stands, None where nothing of the name is known."""
        return self._standings.get(name)

    def state(self, name: str) -> JourneyState | None:
        """What one does, None where nothing of the name is known."""
        found = self._standings.get(name)
        return found.state if found else None

    def chart(self, name: str, version: int) -> Chart | None:
        """A version, None when it is in force no more and nobody is inside."""
        return self.charts(name).get(version)

    def current(self, name: str) -> Chart | None:
        """The version that is entered, None of an archived journey."""
        found = self._standings.get(name)
        return found.current if found else None

    def charts(self, name: str) -> Mapping[int, Chart]:
        """All versions that runs may be at."""
        found = self._standings.get(name)
        return found.charts if found else _NO_CHARTS

    def hearing(self, event: Event) -> Iterator[tuple[str, Hears]]:
        """Which journeys the event may mean something to: first whom it lets in, then where it may move somebody on."""
        if event.kind not in _HEARD:
            return
        yield from ((name, Hears.ENTERS) for name, door in self._doors.get(event.name, ()) if occurs(door, event))
        for name, looks in self._looks.get(event.name, {}).items():
            if any(occurs(one, event) for one in looks):
                yield name, Hears.LOOKS_OUT

    def _listen(self, standing: Standing) -> None:
        chart = standing.current
        if chart is not None and standing.open and chart.door.expected is not None:
            self._doors.setdefault(chart.door.expected.event, []).append((standing.name, chart.door.expected))
        for one in standing.charts.values():
            for expected in one.looks:
                self._looks.setdefault(expected.event, {}).setdefault(standing.name, []).append(expected)
