"""Units of one event while 100 segments and 10 scores are in force, by what they are for; nobody's standing changes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from chalicelib.people.records import BLOCK_PREFIX, PERSON, SIGNALS, STANDING
from tests.bench import rulebook, traffic
from tests.bench.capacity import Write, item_size
from tests.bench.living import PEOPLE_TABLE, Living, living
from tests.bench.network import Payload
from tests.bench.report import Section, judged

WRITE_AIM: Final = 2.5  # units an event; the floor is 1, the event itself
HISTORY: Final = 480  # events that everybody has lived through: 40 of each name
STEP: Final = len(rulebook.NAMES)  # events in a batch of history
FIRST: Final = 3  # rounds that are not counted: items may be as large still as the batches of history made them
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
PURPOSES: Final = ("event", "person", "marks", "ledger", "standing", "timers", "links")
COLUMNS: Final = ("", *PURPOSES, "write", "aim", "read: keep", "read: merge", "read: score", "read")
NOTE: Final = (
    "Units of one event of 1 KB, counted as above, with the scoring lambda and the timers. There are 12 names of events; each event "
    "hits {hits:.1f} signals on average. `event` is the event itself, `marks` are fingerprints of applied events, `ledger` holds what "
    "is kept of signals, `standing` is where rules have put the person, with the lists of members. In {events:,} events {told} "
    "standing changed. Items have up to {person:,} bytes (person), {ledger:,} (ledger) and {standing:,} (standing)."
)


@dataclass(frozen=True, slots=True)
class Pace:
    """`each` events of each of `people` in a batch, `rounds` times, `pause` ms apart."""

    people: int = 6
    each: int = 1
    rounds: int = 72
    pause: int = traffic.PAUSE

    def batch(self, one: Living, first: int, each: int, spread: int) -> list[Payload]:
        """The events number `first` and on of everybody, the last of them now, `spread` ms apart and no two of them at regular times."""
        times = [one.now - (each - 1 - place) * spread - (first + place) * 104_729 % (spread // 2 + 1) for place in range(each)]
        return [rulebook.happening(person, first + place, at) for person in range(self.people) for place, at in enumerate(times)]


PACES: Final = {
    "an event a person every ten minutes": Pace(),
    "an event a person every day": Pace(pause=DAY_MS, rounds=120),
    "ten events a person at once, every hour": Pace(people=5, each=10, rounds=12, pause=HOUR_MS),
}


@dataclass(slots=True)
class Cost:
    """What a number of events cost: write units by purpose, read units by lambda; the largest item of each sort in bytes."""

    events: int = 0
    told: int = 0
    shares: Counter[str] = field(default_factory=Counter)
    reads: Counter[str] = field(default_factory=Counter)
    largest: Counter[str] = field(default_factory=Counter)

    @property
    def write(self) -> float:
        """Write units of one event."""
        return sum(self.shares.values()) / self.events

    @property
    def read(self) -> float:
        """Read units of one event."""
        return sum(self.reads.values()) / self.events

    def cells(self) -> tuple[str, ...]:
        """As a row of the table."""
        shares = (f"{self.shares[name] / self.events:.2f}" for name in PURPOSES)
        reads = (f"{self.reads[name] / self.events:.2f}" for name in ("keep", "merge", "score"))
        return (*shares, f"{self.write:.2f}", judged(self.write, WRITE_AIM), *reads, f"{self.read:.2f}")


def section() -> Section:
    """Counts everything."""
    found = {name: lived(pace) for name, pace in PACES.items()}
    rows = tuple((name, *cost.cells()) for name, cost in found.items())
    return Section("Units with 100 segments and 10 scores", COLUMNS, rows, _note(list(found.values())))


def lived(pace: Pace) -> Cost:
    """What events cost at a pace, once everybody has lived at it for a while."""
    with living() as one:
        number = _prepared(one, pace)
        _rounds(one, pace, number, FIRST, Cost())
        cost, told = Cost(), one.told
        _rounds(one, pace, number + FIRST * pace.each, pace.rounds, cost)
        cost.told = one.told - told
        for (_, sort), item in one.network.dynamo.tables[PEOPLE_TABLE].items():
            cost.largest[sort] = max(cost.largest[sort], item_size(item))
        return cost


def purpose(write: Write) -> str:
    """What a write is for."""
    table, sort = write.table.rpartition("-")[2], write.item.get("sk", {"S": ""})["S"]
    if table != "people":
        return {"events": "event", "audiences": "standing", "timers": "timers"}[table]
    if write.check:  # of the person, while its standing is written
        return "standing"
    if sort.startswith(BLOCK_PREFIX):
        return "marks"
    return {PERSON: "person", SIGNALS: "ledger", STANDING: "standing"}.get(sort, "links")


def _prepared(one: Living, pace: Pace) -> int:
    """Everybody lives; returns the number of the next event."""
    for person in range(pace.people):
        one.merge(one.ingest(traffic.life(person, one.now)))
    one.follow()
    for number in range(0, HISTORY, STEP):
        one.now += STEP * pace.pause // pace.each
        one.network.opened()
        _through(one, one.ingest(pace.batch(one, number, STEP, pace.pause // pace.each)))
    return HISTORY


def _through(one: Living, records: Sequence[Payload]) -> None:
    one.merge(records)
    one.follow()
    one.ring_timers()


def _rounds(one: Living, pace: Pace, number: int, rounds: int, cost: Cost) -> None:
    for first in range(number, number + rounds * pace.each, pace.each):
        _round(one, pace.batch(one, first, pace.each, pace.pause // (2 * pace.each)), cost, pace.pause)


def _round(one: Living, batch: Sequence[Payload], cost: Cost, pause: int) -> None:
    bill = one.network.opened()
    records = one.ingest(batch)
    cost.events += len(records)
    kept = bill.units.read
    one.merge(records)
    merged = bill.units.read
    one.follow()
    one.now += pause
    one.ring_timers()
    cost.reads.update({"keep": kept, "merge": merged - kept, "score": bill.units.read - merged})
    for write in bill.writes:
        cost.shares[purpose(write)] += write.units


def _note(costs: Sequence[Cost]) -> str:
    largest = {sort: max(cost.largest[sort] for cost in costs) for sort in (PERSON, SIGNALS, STANDING)}
    return NOTE.format(
        hits=rulebook.hits(),
        events=sum(cost.events for cost in costs),
        told=sum(cost.told for cost in costs) or "no",
        person=largest[PERSON],
        ledger=largest[SIGNALS],
        standing=largest[STANDING],
    )
