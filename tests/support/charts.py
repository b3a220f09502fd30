"""Journeys made by hand, for tests of the engine: charts of nodes, events, a person as nodes see one.

trip = Trip(chart(hold=Wait(2 * HOUR, "offer"), offer=send("done"), done=Exit("finished")))
trip.enter()
trip.hear(happened("OrderPaid", HOUR))
assert trip.run.reason == "exited"
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.events.model import Event, Json, Kind
from chalicelib.identifiers import Identifier
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.chart import Chart, Door, Expected, Match, Message
from chalicelib.journeys.engine.model import Effect, Enrolment, Run
from chalicelib.journeys.nodes.acting import SendMessage
from chalicelib.journeys.nodes.node import Answer, Node, NotReady
from chalicelib.signals.filters import filter_of

NOW = 1_795_300_000_000
SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
GRACE = 5 * SECOND
MING = Identifier("user_id", "ming")
SUBMITTED = Expected("entry", "OrderSubmitted")


def expecting(event: str, place: str = "exit/0", match: Mapping[str, str] | None = None, **where: Any) -> Expected:
    """Events of a name that are looked out for, with properties as told."""
    return Expected(place, event, filter_of(where), tuple(Match(path, known) for path, known in (match or {}).items()))


def in_segment(segment: str, entered: bool = True, place: str = "nodes/claim/wait_for") -> Expected:
    """A segment that is entered or left."""
    name = "$segment_entered" if entered else "$segment_left"
    return Expected(place, name, filter_of({"segment": segment}), segment=segment, entered=entered)


def send(to: str, template: str = "unpaid") -> SendMessage:
    """A node that sends."""
    return SendMessage(Message(template), to)


def chart(start: str = "", door: Door | None = None, version: int = 1, **nodes: Any) -> Chart:
    """A journey `unpaid` that begins at the first node. What is no node is a part of the chart: `exits`, `goal`, `control`."""
    parts = {name: value for name, value in nodes.items() if not hasattr(value, "arrive")}
    steps: dict[str, Node] = {name: value for name, value in nodes.items() if name not in parts}
    return Chart("unpaid", version, start or next(iter(steps)), steps, door or Door(expected=SUBMITTED), **parts)


def happened(name: str, after: int = 0, key: str = "", who: Identifier = MING, kind: Kind = Kind.TRACK, **properties: Any) -> Event:
    """An event so many ms after NOW."""
    return Event(key or f"{name}@{after}", kind, name, NOW + after, (who,), "shop", properties)


@dataclass(slots=True)
class Somebody:
    """The person as nodes see one. `unready` names places and segments that cannot be told yet."""

    attributes: Json = field(default_factory=dict)
    segments: set[str] = field(default_factory=set)
    holds: set[str] = field(default_factory=set)
    unready: set[str] = field(default_factory=set)

    def asks(self, place: str) -> Answer:
        """Whether the condition at the place holds."""
        if place in self.unready:
            raise NotReady(place)
        return Answer(place in self.holds, {"asked": place})

    def attribute(self, path: str) -> Any:
        """An attribute."""
        return self.attributes.get(path)

    def is_in(self, segment: str) -> bool:
        """Whether the person is in the segment."""
        if segment in self.unready:
            raise NotReady(segment)
        return segment in self.segments

    def __call__(self, _: Chart) -> "Somebody":
        return self


@dataclass(slots=True)
class Trip:
    """One person in the journey of a chart, as a store would keep it: every call begins with an empty outbox, and `done` collects them."""

    chart: Chart
    person: Somebody = field(default_factory=Somebody)
    enrolment: Enrolment = field(default_factory=lambda: Enrolment("p_ming", "unpaid"))
    done: list[Effect] = field(default_factory=list)
    charts: dict[int, Chart] = field(default_factory=dict)
    gate: engine.Gate = engine.anybody

    def __post_init__(self) -> None:
        self.charts = {self.chart.version: self.chart}

    @property
    def run(self) -> Run:
        """The only run."""
        (found,) = self.enrolment.runs
        return found

    @property
    def path(self) -> list[tuple[str, str]]:
        """(node, outcome) of every visit of the only run."""
        return [(one.node, one.outcome) for one in self.run.visits]

    def put(self, after: Enrolment) -> bool:
        """Takes on what the engine made; whether anything changed."""
        changed = after is not self.enrolment
        self.done.extend(after.outbox)
        self.enrolment = replace(after, outbox=()) if changed else after
        return changed

    def enter(self, event: Event | None = None, late: int = 0, **properties: Any) -> str:
        """Somebody comes to the door by an event, heard of `late` ms later. Answers with the reason of a refusal, "" for none."""
        event = event or happened("OrderSubmitted", **properties)
        arrival = engine.arrival_of(self.chart, event, self.enrolment.person)
        assert arrival is not None
        if not isinstance(arrival, engine.EntryRefusal):
            found = engine.entered(self.chart, self.enrolment, arrival, event.time + late, self.person, self.gate)
            if not isinstance(found, engine.EntryRefusal):
                self.put(found)
                return ""
            return found.code
        return arrival.code

    def hear(self, *events: Event, at: int | None = None, held: bool = False) -> bool:
        """Events are heard, at `at` ms after NOW or as the last of them happens."""
        now = max(one.time for one in events) if at is None else NOW + at
        return self.put(engine.heard_all(self.charts, self.enrolment, events, now, self.person, held))

    def wake(self, at: int) -> bool:
        """The enrolment is looked at, at `at` ms after NOW."""
        return self.put(engine.woken(self.charts, self.enrolment, NOW + at, self.person, self.gate))

    def of(self, kind: type[Effect]) -> list[Any]:
        """What followed so far, of a kind."""
        return [one for one in self.done if isinstance(one, kind)]
