"""A journey of six nodes with two waits, and people who go through it: by the engine alone, or with all that a step writes."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

from chalicelib.audiences.planbook import NO_PLAN
from chalicelib.dispatch import deciding
from chalicelib.events.model import Event, Kind
from chalicelib.identifiers import identifier
from chalicelib.identity.rules import DEFAULT_RULES
from chalicelib.journeys.definition.compiling import chart_of
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.model import Arm, Do, Effect, Enrolment, Tell
from chalicelib.journeys.events import hearing
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import Journeys, JourneyState, Standing
from chalicelib.journeys.runs import store
from chalicelib.journeys.runs.records import record_of
from chalicelib.journeys.steps import moving_on, performing
from chalicelib.journeys.steps.timing import look_at
from chalicelib.messages.templates import published
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.people.absorb import Delivery, absorb
from chalicelib.people.rulebook import Rulebook
from chalicelib.timers import timers
from chalicelib.timers.model import DELAY_MS, Cohort
from tests.bench.capacity import Write, item_size, write_units
from tests.bench.network import Bill, Network
from tests.support.aws import forget_caches
from tests.support.charts import Somebody

START: Final = 1_795_300_000_000
HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR
JOURNEY: Final = "unpaid"
LATE: Final = 6_000  # how long after a stay's end a timer rings: the grace, and a second
STEPS: Final = 6  # nodes that everybody passes
DOCUMENT: Final[dict[str, Any]] = {
    "entry": {"event": "OrderCreated", "key": "properties.order_id"},
    "exit": [{"event": "OrderPaid", "match": {"properties.order_id": "entry.key"}}],
    "goal": {"event": "OrderPaid", "match": {"properties.order_id": "entry.key"}, "within": ["3d"], "revenue": "properties.amount"},
    "start": "hold",
    "nodes": {
        "hold": {"wait": "2h", "next": "mark"},
        "mark": {"do": [{"add_tag": "unpaid"}], "next": "offer"},
        "offer": {"send": {"template": "coupon"}, "next": "look"},
        "look": {"wait_for": {"event": "Clicked"}, "within": "1d", "then": "close", "else": "close"},
        "close": {"do": [{"remove_tag": "unpaid"}], "next": "done"},
        "done": {"exit": "offered"},
    },
}


def chart() -> Chart:
    """The journey, ready to be applied."""
    return chart_of(JOURNEY, 1, DOCUMENT)


def order(person: int, at: int) -> Event:
    """What sets somebody going."""
    properties = {"order_id": f"2026112200{person:07d}", "amount": 259.5, "items": 3}
    return Event(f"{person:032x}", Kind.TRACK, "OrderCreated", at, (identifier("user_id", f"u{person:07d}"),), "shop", properties)


@dataclass(slots=True)
class Tally:
    """What people have cost by now: write units by what they are for, timers, and the executions that sleep for them."""

    units: Counter[str] = field(default_factory=Counter)
    executions: set[Cohort] = field(default_factory=set)
    steps: int = 0


def walked(one: Chart, person: int, at: int) -> Iterator[tuple[int, Enrolment]]:
    """The writes of somebody who orders and neither pays nor clicks, by the engine alone: when, and what is written."""
    name = f"p_{person:020x}"
    arrival = engine.arrival_of(one, order(person, at), name)
    assert isinstance(arrival, engine.Arrival)
    enrolment, view, now = Enrolment(name, JOURNEY), Somebody(), at
    found = engine.entered(one, enrolment, arrival, now, view)
    assert isinstance(found, Enrolment)
    while found is not enrolment:
        enrolment = replace(found, rev=found.rev + 1)
        yield now, enrolment
        enrolment = replace(enrolment, outbox=())
        now = engine.next_due(enrolment) + LATE
        found = engine.woken({1: one}, enrolment, now, view)


def costs(tally: Tally, one: Chart, person: int, at: int) -> None:
    """Adds what somebody writes, by the sizes of the items."""
    before = 0
    for now, enrolment in walked(one, person, at):
        after = _size(enrolment)
        tally.units["runs"] += write_units(before, after)
        tally.units["index"] += not before
        before = after
        for effect in enrolment.outbox:
            _adds(tally, effect, enrolment.person, now)


def _adds(tally: Tally, effect: Effect, person: str, now: int) -> None:
    if isinstance(effect, Arm):
        due = look_at(person, JOURNEY, effect.at)
        if effect.at - now > DELAY_MS:
            tally.units["timers"] += 1
            tally.executions.add(Cohort.of(due, now))
    if isinstance(effect, Tell | Do):
        tally.units["events"] += 1


def _size(enrolment: Enrolment) -> int:
    """Bytes of the item. One that is deflated counts as it is stored."""
    item = record_of(enrolment).serialize()
    return sum(len(name) + (len(value["B"]) if "B" in value else item_size({"": value})) for name, value in item.items())


@dataclass(slots=True)
class Street:
    """Everything that a step calls, over a network that counts. Messages have a bench of their own, and are left out."""

    network: Network = field(default_factory=Network)
    executions: set[str] = field(default_factory=set)
    chart: Chart = field(default_factory=chart)

    @contextmanager
    def open(self) -> Iterator["Street"]:
        """Serves everything."""
        standing = Standing(JOURNEY, JourneyState.RUNNING, 1, at=0, since=0, charts={1: self.chart})
        bodies = {ChannelName.SMS: None}
        template = SimpleNamespace(
            name="coupon", version=1, document=SimpleNamespace(category=Category.SERVICE, bodies=lambda: bodies, asked=list)
        )
        forget_caches()
        with ExitStack() as stack:
            stack.enter_context(self.network.serving())
            stack.enter_context(patch.object(book, "current", lambda: Journeys([standing])))
            stack.enter_context(patch.object(published, "in_force", lambda _: template))
            stack.enter_context(patch.object(deciding, "begun_many", lambda *_: []))
            stack.enter_context(patch.object(timers, "_queue_client", lambda: self))
            stack.enter_context(patch.object(timers, "_machine_client", lambda: self))
            yield self
        forget_caches()

    def start_execution(self, stateMachineArn: str, name: str, input: str) -> None:  # noqa: N803, A002 - as boto3 calls them
        """One more sleeps."""
        self.executions.add(name)

    class exceptions:  # noqa: N801 - as boto3 calls them
        """What a client raises."""

        class ExecutionAlreadyExists(Exception):
            """There is one of that name."""

    def lives(self, person: int, at: int) -> None:
        """Somebody is known, before anything is counted."""
        born = replace(order(person, at - DAY), name="SignedUp", id=f"{person:031x}b")
        absorb([Delivery(born, at, "1")], Rulebook(DEFAULT_RULES, 0, NO_PLAN.signals), at)

    def goes(self, person: int, at: int) -> Mapping[str, Bill]:
        """Somebody goes all the way: the bills of what is decided and of what follows from that."""
        bills = {"decide": Bill(), "follow": Bill()}
        event = order(person, at)
        bills["decide"] = self.network.opened()
        hearing.hear([event], at)
        for _ in range(STEPS):
            found = self._follow(event, bills, at)
            if not found:
                return bills
            at = found + LATE
            self.network.bill = bills["decide"]
            moving_on.look_at(self._person(), JOURNEY, at)
        raise AssertionError("the journey does not end")

    def entered(self, person: int, at: int) -> str:
        """Somebody comes to the door; who that is."""
        hearing.hear([order(person, at)], at)
        return self._person()

    def _follow(self, event: Event, bills: Mapping[str, Bill], at: int) -> int:
        """What follows from the last write; when the next stay ends, 0 for never."""
        written = self._last()
        self.network.bill = bills["follow"]
        performing.perform([written], at)
        return engine.next_due(written)

    def _last(self) -> Enrolment:
        item = next(item for table, _, _, item in reversed(self.network.dynamo.changes) if table.endswith("-runs") and item)
        return store.of_image(item)

    def _person(self) -> str:
        return self._last().person


def by_table(writes: list[Write]) -> Counter[str]:
    """Units by the end of the table's name."""
    found: Counter[str] = Counter()
    for one in writes:
        found[one.table.rpartition("-")[2]] += one.units
    return found
