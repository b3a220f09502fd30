"""Read and write units of one event, from the request that brings it to the person that holds it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from chalicelib.people.recent import CHUNK_EVENTS, SPILL_EVENTS
from tests.bench import traffic
from tests.bench.capacity import WRITE_UNIT_BYTES, Units, item_size
from tests.bench.network import Network
from tests.bench.report import Section, judged
from tests.bench.ring import Net, Pack, Ring, ring
from tests.support.environment import PLACE

WRITE_AIM: Final = 2.2  # units an event at steady state; the floor is 1, the event itself
READ_AIM: Final = 1.5
ROUNDS: Final = 2 * SPILL_EVENTS  # two whole cycles of the person's ring of applied events, which spills once in each
PEOPLE: Final = 50
PEOPLE_TABLE: Final = f"{PLACE.prefix}-people"
COLUMNS: Final = ("", "event, bytes", "write: keep", "write: merge", "write", "aim", "read: keep", "read: merge", "read", "aim")
NOTE: Final = (
    "Units of one event, counted from the size of every item in every call, with DynamoDB's rules. Each person has lived before: six "
    "combinations of identifiers, three touches, a full ring of applied events. The keys, the source and the rules, which every lambda "
    "reads anew each minute (4 read units), are not in it."
)

Make = Callable[[int, int], traffic.Json]  # (person, time in ms)


@dataclass(slots=True)
class Cost:
    """What a number of events cost: the HTTP lambda's units and the ID-merge lambda's."""

    events: int = 0
    stored_bytes: int = 0
    keep: Units = field(default_factory=Units)
    merge: Units = field(default_factory=Units)

    @property
    def write(self) -> float:
        """Write units of one event."""
        return (self.keep.write + self.merge.write) / self.events

    @property
    def read(self) -> float:
        """Read units of one event."""
        return (self.keep.read + self.merge.read) / self.events

    def cells(self, judge: bool) -> tuple[str, ...]:
        """As a row of the table."""
        aims = (judged(self.write, WRITE_AIM), judged(self.read, READ_AIM)) if judge else ("", "")
        writes = (f"{self.keep.write / self.events:.2f}", f"{self.merge.write / self.events:.2f}", f"{self.write:.2f}")
        reads = (f"{self.keep.read / self.events:.2f}", f"{self.merge.read / self.events:.2f}", f"{self.read:.2f}")
        return (f"{self.stored_bytes / self.events:,.0f}", *writes, aims[0], *reads, aims[1])


@dataclass(frozen=True, slots=True)
class Flow:
    """Traffic that goes on and on: `each` events of each of `people` in a batch, then `pause` ms until the next."""

    make: Make
    people: int = PEOPLE
    each: int = 1
    rounds: int = ROUNDS
    pause: int = traffic.PAUSE
    pack: Pack = traffic.native_request
    judge: bool = True
    merged: bool = False  # everybody is two people first
    first: int = 0  # number of the first person

    def batch(self, now: int) -> list[traffic.Json]:
        """The events of one request."""
        return [self.make(person, now) for person in self.everybody for _ in range(self.each)]

    @property
    def everybody(self) -> range:
        """The numbers of the people."""
        return range(self.first, self.first + self.people)


FLOWS: Final = {
    "1 KB, one event a person": Flow(traffic.order),
    "0.4 KB, one event a person": Flow(traffic.view),
    "both, ten events each of ten people": Flow(traffic.either, people=10, each=10, rounds=8),
    "one event a request, one every ten minutes": Flow(traffic.view, people=1),
    "Sensors, mini program, one event a person": Flow(traffic.sensors_record, pack=traffic.sensors_request),
    "Segment, one event a person": Flow(traffic.segment_message, pack=traffic.segment_request),
    "0.4 KB, which sets an attribute": Flow(traffic.rating, judge=False),
    "0.4 KB, of an identifier of a person that was merged": Flow(traffic.view, people=10, judge=False, merged=True),
    "0.4 KB, of one person without pause": Flow(traffic.view, people=1, each=100, rounds=5, pause=0, judge=False),
}


def section() -> Section:
    """Counts everything."""
    return Section("Units of DynamoDB", COLUMNS, tuple((name, *flowed(flow).cells(flow.judge)) for name, flow in FLOWS.items()), NOTE)


def flowed(flow: Flow) -> Cost:
    """What a flow costs in memory."""
    with ring() as one:
        prepare(one, flow)
        return spend(one, flow)


def prepare(one: Ring[Net], flow: Flow) -> None:
    """Everybody lives, and the flow begins: the first event of each combination of identifiers links."""
    for person in flow.everybody:
        live(one, person, flow.merged)
    one.merge(one.ingest(flow.batch(one.now), flow.pack))
    one.now += flow.pause


def live(one: Ring[Net], person: int, merged: bool = False) -> None:
    """A person's history: everything that it is known by, how it came, and enough events to fill its ring."""
    parts = [traffic.life, *(traffic.other_life for _ in range(merged)), *(_views for _ in range(2))]
    for part in parts:
        one.merge(one.ingest(part(person, one.now)))
        one.now += traffic.PAUSE


def _views(person: int, at: int) -> list[traffic.Json]:
    return [traffic.view(person, at) for _ in range(CHUNK_EVENTS)]


def spend(one: Ring[Net], flow: Flow) -> Cost:
    """Lets it flow, and counts."""
    cost = Cost()
    for _ in range(flow.rounds):
        bill = one.network.opened()
        records = one.ingest(flow.batch(one.now), flow.pack)
        cost.keep += bill.units
        cost.stored_bytes += sum(map(item_size, bill.events))
        cost.events += len(records)
        bill = one.network.opened()
        one.merge(records)
        cost.merge += bill.units
        one.now += flow.pause
    return cost


def people() -> Section:
    """How large the item of a person gets, which is written with every batch of its events."""
    with ring() as one:
        one.merge(one.ingest([traffic.view(1, one.now)]))
        first = _person_bytes(one.network)
        live(one, 1)
        sizes = []
        for _ in range(ROUNDS):
            one.merge(one.ingest([traffic.view(1, one.now)]))
            one.now += traffic.PAUSE
            sizes.append(_person_bytes(one.network))
    rows = (
        ("after its first event", f"{first:,}", ""),
        (f"after a life: least of {ROUNDS} further events", f"{min(sizes):,}", ""),
        (f"after a life: most of {ROUNDS} further events", f"{max(sizes):,}", judged(max(sizes), WRITE_UNIT_BYTES)),
    )
    return Section("The item of a person", ("", "bytes", "aim: one write unit"), rows)


def _person_bytes(network: Network) -> int:
    """Of the only person that is not merged into another."""
    items = [item for (_, sort), item in network.dynamo.tables[PEOPLE_TABLE].items() if sort == "person" and "into" not in item]
    return max(map(item_size, items))
