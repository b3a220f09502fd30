"""What people on a journey cost: write units and state transitions, steps a second, how late timers are, and what faults do."""

import heapq
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from time import process_time
from typing import Final

from chalicelib.journeys.steps import moving_on
from chalicelib.timers.shards import MINUTE_MS, SHARDS
from infra.mappings import MOVE_ON
from tests.bench.journey_flow import DAY, HOUR, JOURNEY, LATE, START, STEPS, Street, Tally, by_table, chart, costs, walked
from tests.bench.report import Section, judged
from tests.bench.timing import Work, cpu_per_event
from tests.simulation.journey_counts import Counts, is_comparable, ours, theirs, together
from tests.simulation.journey_plot import plot_of

FEW: Final = 1_000
MANY: Final = 100_000
MOST: Final = 1_000_000
TRANSITIONS: Final = 4  # of an execution for a cohort: Sleep, Send, More, Sent
THEIRS: Final = STEPS  # of one execution for a person: at least one for each node
WRITE_PRICE: Final = 0.625  # dollars a million
TRANSITION_PRICE: Final = 25.0
PRICE_AIM: Final = 10.0  # of a million people who come in a day
RATE_AIM: Final = 10_000.0
SEEDS: Final = range(10_000)
WALKERS: Final = 5_000
LOOKERS: Final = 40
THREADS: Final = 8  # of the lambda that moves people on
CALL_MS: Final = 5.0  # of DynamoDB, as assumed
WINDOW_MS: Final = 1_000
COST_COLUMNS: Final = ("a person", "1,000 in a day", "100,000 in a day", "100,000 in a minute", "1,000,000 in a day", "aim, a million")
COST_NOTE: Final = (
    "A journey of six nodes, two of them waits (two hours; a day for a click that never comes), two acts, one a message, with a goal. "
    "Runs, index and timers by the engine and the sizes of the items; with everything called, 1,000 people come to {checked}. Counts are "
    "words on sheets of those who enter together, here one person each. What merging the events costs, and the message, stand elsewhere. "
    "Prices: us-west-2, $0.625 a million write units, $25 a million transitions."
)
FAULT_NOTE: Final = (
    f"{len(SEEDS):,} worlds of one or two people: deliveries doubled and in any order, workers that die before and after any call, timers "
    "lost and doubled, clocks that jump, pauses, templates that are gone, people who become one, or two. The peer is a small model of "
    "Parcelvoy's delay job (all that is pending is queued again each minute, under a lock that is not given back) in the same histories; "
    "orders are counted where nobody becomes anybody else."
)
LOOK_NOTE: Final = "Looking at somebody: whose they are, what happened lately, the step, the write."
LAG_NOTE: Final = (
    f"Virtual time: {MOVE_ON.concurrency} lambdas with {MOVE_ON.batch_size} people and {THREADS} threads each, {CALL_MS:g} ms a call of "
    "DynamoDB, the CPU as measured. Cohorts are sent a minute ahead, so they are in the queue when the time comes. The journey's own time "
    "does not lag: the next stay begins when the one before it ended."
)


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many people: the write units of each by what they are for, and all executions that sleep for them."""

    people: int
    units: Mapping[str, float]
    executions: int

    @property
    def transitions(self) -> float:
        """State transitions of a person."""
        return TRANSITIONS * self.executions / self.people


def section() -> Section:
    """Write units and transitions."""
    measured, checked = _measured()
    crowds = [_spread(FEW, DAY), _spread(MANY, DAY), _spread(MANY, MINUTE_MS), _crowd(MOST, DAY)]
    rows = [
        (f"write units: {title}", *(f"{one.units[name]:.2f}" for one in crowds), "")
        for name, title in (("runs", "the run's item"), ("index", "its index"), ("timers", "timers"), ("events", "events on the timeline"))
    ]
    units = [sum(one.units.values()) + measured for one in crowds]
    rows.append(("write units: counts", *(f"{measured:.2f}" for _ in crowds), ""))
    rows.append(("write units together", *(f"{one:.2f}" for one in units), ""))
    rows.append(("state transitions", *(f"{one.transitions:.4f}" for one in crowds), ""))
    rows.append(("state transitions, an execution for each person", *(f"{THEIRS}" for _ in crowds), ""))
    rows.append(("executions in all", *(f"{one.executions:,}" for one in crowds), ""))
    prices = [WRITE_PRICE * unit + TRANSITION_PRICE * one.transitions for unit, one in zip(units, crowds, strict=True)]
    rows.append(("$ a million people", *(f"{one:.2f}" for one in prices), judged(prices[-1], PRICE_AIM)))
    apart = [WRITE_PRICE * (unit - one.units["timers"]) + TRANSITION_PRICE * THEIRS for unit, one in zip(units, crowds, strict=True)]
    rows.append(("$ a million people, an execution for each", *(f"{one:.2f}" for one in apart), ""))
    return Section("Cost of a journey", COST_COLUMNS, tuple(rows), COST_NOTE.format(checked=checked))


def cpu() -> Section:
    """Steps a second of the engine alone, and CPU of what looks at somebody."""
    one = chart()
    began = process_time()
    steps = sum(len(write.runs[0].visits) for person in range(WALKERS) for _, write in list(walked(one, person, START))[-1:])
    rate = steps / (process_time() - began)
    found = _looked()
    rows = (
        (
            "nodes passed in a second, engine alone, one core",
            f"{rate:,.0f}",
            _at_least(rate, RATE_AIM),
        ),
        ("looking at one whose time has come: CPU ms", f"{found[0]:.1f}", ""),
        ("calls of that", f"{found[1]:.1f}", ""),
    )
    return Section(
        "Speed of journeys", ("", "", "aim"), rows, "Looking at somebody: whose they are, what happened lately, the step, the write."
    )


def lag() -> Section:
    """How late people of one instant are looked at, in virtual time."""
    spent, calls = _looked()
    rows = []
    for people in (FEW, 10_000, MANY):
        late = _late(people, spent, calls)
        numbers = (median(late), late[len(late) * 99 // 100], late[-1])
        rows.append((f"{people:,} due in one second", *(f"{one / 1_000:,.1f}" for one in numbers)))
    return Section(
        "Lag of people whose time has come", ("seconds after the grace", "half of them", "99 %", "the last"), tuple(rows), LAG_NOTE
    )


def faults() -> Section:
    """What goes wrong in the worlds of the simulation."""
    mine, same, peers = Counts(), Counts(), Counts()
    for plot in map(plot_of, SEEDS):
        found = ours(plot)
        mine += found
        if is_comparable(plot):
            same += found
            peers += together([theirs(plot)])
    rows = (
        ("all worlds", *_cells(mine), f"{mine.faulty:,}"),
        ("worlds that the peer's model knows: journeys", *_cells(same), f"{same.faulty:,}"),
        ("worlds that the peer's model knows: its delay job", *_cells(peers), ""),
    )
    columns = ("", "orders", "told twice", "forgotten", "told though paid in time", "worlds not as they should be")
    return Section("Journeys under faults", columns, rows, FAULT_NOTE)


def _at_least(value: float, aim: float) -> str:
    return f"≥ {aim:,.0f}: {'met' if value >= aim else '**missed**'}"


def _cells(found: Counts) -> tuple[str, ...]:
    return tuple(f"{one:,}" for one in (found.orders, found.twice, found.lost, found.though_paid))


def _spread(people: int, span: int) -> Crowd:
    """So many people, who order at even distances."""
    tally, one = Tally(), chart()
    for person in range(people):
        costs(tally, one, person, START + person * span // people)
    return Crowd(people, {name: units / people for name, units in tally.units.items()}, len(tally.executions))


def _crowd(people: int, span: int) -> Crowd:
    """As many as one cannot wait for here: what each writes is known, and of every minute all shards are in use."""
    entered = range(START, START + span, MINUTE_MS)
    minutes = {(at + wait) // MINUTE_MS for at in (*entered, START + span - 1) for wait in (2 * HOUR, 26 * HOUR)}
    return Crowd(people, _spread(FEW, span).units, SHARDS * len(minutes))


def _measured() -> tuple[float, str]:
    """Units of counts for a person with everything called, and those of the rest, to hold the arithmetic against."""
    found: Counter[str] = Counter()
    with Street().open() as street:
        for person in range(FEW):
            at = START + person * DAY // FEW
            street.lives(person, at)
            for bill in street.goes(person, at).values():
                found += by_table(bill.writes)
    units = {name: found[name] / FEW for name in ("runs", "timers", "events", "tallies")}
    text = f"{units['runs']:.2f} (runs), {units['timers']:.2f} (timers) and {units['events']:.2f} (events)"
    return units["tallies"], f"{text}, in {len(street.executions):,} executions"


def _looked() -> tuple[float, float]:
    """CPU (ms) and calls of looking at somebody whose time has come."""
    with Street().open() as street:
        for person in range(LOOKERS):
            street.lives(person, START)
        names = [street.entered(person, START) for person in range(LOOKERS)]
        kept = {table: dict(items) for table, items in street.network.dynamo.tables.items()}

        def before() -> None:
            street.network.dynamo.tables.clear()
            street.network.dynamo.tables.update({table: dict(items) for table, items in kept.items()})

        def run() -> None:
            for name in names:
                moving_on.look_at(name, JOURNEY, START + 2 * HOUR + LATE)

        (spent,) = cpu_per_event({"look": Work(run, LOOKERS, before)}, street.network).values()
    return spent.cpu, spent.calls


def _late(people: int, cpu: float, calls: float) -> list[float]:
    """How late (ms) each is, in order. A lambda's threads share its processor."""
    free = [0.0] * MOVE_ON.concurrency
    late: list[float] = []
    left = people
    while left:
        began = max(heapq.heappop(free), WINDOW_MS if left < MOVE_ON.batch_size else 0.0)
        batch = min(left, MOVE_ON.batch_size)
        one = max(cpu * THREADS, cpu + calls * CALL_MS)  # of a thread: the others' work is in its way
        late += [began + one * (place // THREADS + 1) for place in range(batch)]
        heapq.heappush(free, began + one * -(-batch // THREADS))
        left -= batch
    return sorted(late)
