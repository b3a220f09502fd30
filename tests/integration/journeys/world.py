"""People, their events and journeys in plain dictionaries: what the merge and score lambdas do, call by call, without a ring around it.

town = Town({"unpaid": UNPAID})
town.happens(town.event("OrderCreated", 0, {"order_id": "o1"}, user_id="ming"))
town.run("user_id#ming", "unpaid").node
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from unittest.mock import patch

from chalicelib.audiences.planbook import NO_PLAN
from chalicelib.events import store as events
from chalicelib.events.model import Event, Kind
from chalicelib.identifiers import identifier
from chalicelib.identity.rules import DEFAULT_RULES
from chalicelib.journeys.definition.compiling import chart_of
from chalicelib.journeys.engine.model import Effect, Enrolment, Run, Send
from chalicelib.journeys.events import hearing
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import Journeys, JourneyState, Standing
from chalicelib.journeys.runs import regrouping, store
from chalicelib.journeys.runs.records import EnrolmentRecord
from chalicelib.people import store as people
from chalicelib.people.absorb import Delivery, absorb
from chalicelib.people.rulebook import Rulebook
from tests.simulation.quick_dynamo import QuickDynamo
from tests.support.aws import forget_caches

NOW: Final = 1_795_300_000_000
SECOND: Final = 1_000
HOUR: Final = 3_600 * SECOND
DAY: Final = 24 * HOUR

UNPAID: Final[dict[str, Any]] = {
    "entry": {"event": "OrderCreated", "key": "properties.order_id"},
    "exit": [{"event": "OrderPaid", "match": {"properties.order_id": "entry.properties.order_id"}}],
    "start": "hold",
    "nodes": {
        "hold": {"wait": "2h", "next": "offer"},
        "offer": {"send": {"template": "coupon"}, "next": "done"},
        "done": {"exit": "offered"},
    },
}
WELCOME: Final[dict[str, Any]] = {
    "entry": {"event": "SignedUp"},
    "exit": [{"event": "Bought"}],
    "start": "hello",
    "nodes": {
        "hello": {"send": {"template": "hello"}, "next": "hold"},
        "hold": {"wait": "1d", "next": "again"},
        "again": {"send": {"template": "again"}, "next": "done"},
        "done": {"exit": "told"},
    },
}


@dataclass(slots=True)
class Town:
    """`journeys` by name are running, as their documents say."""

    journeys: dict[str, dict[str, Any]] = field(default_factory=lambda: {"unpaid": UNPAID, "welcome": WELCOME})
    now: int = NOW
    state: JourneyState = JourneyState.RUNNING
    since: int = NOW - DAY  # when they came in force
    dynamo: QuickDynamo = field(default_factory=QuickDynamo)
    numbers: int = 0

    @contextmanager
    def open(self) -> Iterator["Town"]:
        """Serves everything that is stored, and shows the journeys to everybody."""
        forget_caches()
        with self.dynamo.serving(), patch.object(book, "current", self.book):
            yield self
        forget_caches()

    def book(self) -> Journeys:
        """All journeys."""
        charts = {name: chart_of(name, 1, document) for name, document in self.journeys.items()}
        return Journeys(Standing(name, self.state, 1, at=self.since, since=self.since, charts={1: chart}) for name, chart in charts.items())

    def event(self, name: str, at: int = 0, properties: dict[str, Any] | None = None, **identifiers: str) -> Event:
        """Something that happens `at` ms after NOW; the first identifier is what it is stored under, as the strongest would be."""
        self.numbers += 1
        named = [identifier(namespace.replace("__", ":"), value) for namespace, value in identifiers.items()]
        named.sort(key=lambda one: -one.strength)
        return Event(f"e{self.numbers}", Kind.TRACK, name, NOW + at, tuple(named), "shop", properties or {})

    def stored(self, *told: Event) -> None:
        """Events are kept; nobody has heard of them yet."""
        events.put_own(told)

    def linked(self, *told: Event) -> None:
        """Events are known, and so are the people that they show; it is as late as the last of them, at least."""
        self.now = max(self.now, *(event.time for event in told))
        self.stored(*told)
        outcome = absorb(
            [Delivery(event, self.now, f"{event.primary.key}#{event.id}") for event in told],
            Rulebook(DEFAULT_RULES, 0, NO_PLAN.signals),
            self.now,
        )
        assert not outcome.again
        assert not outcome.poison

    def heard(self, *told: Event) -> None:
        """Journeys hear of events whose people are known."""
        assert not hearing.hear(told, self.now)

    def happens(self, *told: Event) -> None:
        """All of it, as the merge lambda has it."""
        self.linked(*told)
        self.heard(*told)

    def person(self, key: str) -> str:
        """Whose identifier it is."""
        (node,) = people.nodes([key]).values()
        return people.roots([str(node.person)])[str(node.person)].id

    def enrolment(self, key: str, journey: str) -> Enrolment:
        """What is stored under the person that an identifier belongs to."""
        person = self.person(key)
        return store.find(person, journey) or Enrolment(person, journey)

    def run(self, key: str, journey: str) -> Run:
        """The only run of the person."""
        (run,) = self.enrolment(key, journey).runs
        return run

    def effects(self) -> list[Effect]:
        """All that ever followed from a write, in its order."""
        name = EnrolmentRecord.Meta.table_name
        return [one for table, _, _, item in self.dynamo.changes if table == name and item for one in store.of_image(item).outbox]

    def steps(self) -> list[Effect]:
        """The messages that were asked for by any write."""
        return [one for one in self.effects() if isinstance(one, Send)]

    def sends(self) -> list[tuple[str, str]]:
        """The messages that were ever asked for: (run, node), each once."""
        return list(dict.fromkeys((one.run, one.node) for one in self.effects() if isinstance(one, Send)))

    def merges(self, link: Event) -> None:
        """An event shows that people are one, and their runs follow."""
        self.follows(self.merges_unseen(link))

    def merges_unseen(self, link: Event) -> list[str]:
        """An event shows that people are one; the stream of people is late. Who became a part of another."""
        before = {str(node.person) for node in people.nodes([one.key for one in link.identifiers]).values()}
        before = {person.id for person in people.roots(before).values()}
        self.linked(link)
        return [one for one in sorted(before) if people.persons([one])[one].into]

    def follows(self, swallowed: list[str]) -> None:
        """What the stream of people tells of."""
        regrouping.joined(swallowed, self.now)

    def everywhere(self, journey: str) -> dict[str, list[Run]]:
        """The runs in the journey by the person they lie with, of those who have any."""
        items = self.dynamo.tables.get(EnrolmentRecord.Meta.table_name, {}).values()
        found = [store.of_image(item) for item in items]
        return {one.person: list(one.runs) for one in found if one.journey == journey and one.runs}
