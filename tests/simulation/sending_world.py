"""Messages with two ways each, sent while everything that can go wrong does: drawn from one seed, and counted.

Queues deliver twice and late, streams tell again, workers overlap and die between any two writes and before and after a call, answers get
lost, receipts come twice, late, never, and before our own record. `Plan.keyed`: whether the platforms honour keys.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final
from unittest.mock import patch

from pynamodb.connection.base import Connection

from chalicelib.channels.channel import Parcel
from chalicelib.dispatch import states, store
from chalicelib.dispatch.model import Message, State
from chalicelib.dispatch.news import Receipt
from chalicelib.dispatch.sending import Done, carry_out
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Fate, Outcome
from tests.simulation.quick_dynamo import QuickDynamo
from tests.simulation.sending_line import Line, Verdict
from tests.simulation.sending_platform import KEYED_MS, MINUTE, Platform
from tests.support.ledger import Desk, MemoryLedger
from tests.unit.dispatch import samples

WAYS: Final = (samples.WECHAT, samples.SMS)
DELAYS_MS: Final = (0, 1, 500, 5_000, MINUTE, 10 * MINUTE)  # of receipts
MOST: Final = 3  # deaths and lost answers of a world: a key lives for nine minutes, and each costs two of them


@dataclass(frozen=True, slots=True)
class Plan:
    """What a seed stands for. `crash`, `faults`: chances (0-1); `shy`: the chance that a way refuses a message, or loses it, and half of
    that to refuse it at one call and not at the next.
    """

    seed: int
    keyed: bool
    messages: int
    crash: float
    faults: float
    shy: float
    drawn: bool  # whether keys are drawn before the call

    @property
    def ids(self) -> list[str]:
        """The messages' ids."""
        return [f"{self.seed:024x}{number:08x}" for number in range(self.messages)]


def plan_of(seed: int) -> Plan:
    """Half of the seeds have platforms that honour keys; every way of going wrong comes alone and with the others."""
    crash, faults, shy = ((0.0, 0.0, 0.0), (0.04, 0.0, 0.0), (0.04, 0.2, 0.0), (0.15, 0.4, 0.0), (0.1, 0.3, 0.3))[seed // 2 % 5]
    return Plan(seed, seed % 2 == 0, 1 + seed % 3 % 2, crash, faults, shy, seed % 7 == 0)


def platforms_of(plan: Plan, random: Random, line: Line) -> dict[str, Platform]:
    """The two ways of every message."""

    def some() -> frozenset[str]:
        return frozenset(one for one in plan.ids if random.random() < plan.shy)

    def clock() -> int:
        return line.now

    def platform(name: str) -> Platform:
        return Platform(name, random, clock, plan.keyed, plan.faults, line.strike, some(), some(), plan.shy / 2)

    return {trip.account: platform(trip.account) for trip in WAYS}


@dataclass
class Office(Desk):
    """The channel of both platforms, with what sending asks for around it."""

    world: "World | None" = None

    def send(self, parcel: Parcel, now: int) -> Outcome:
        """Calls the platform."""
        assert self.world is not None
        return self.world.call(parcel)

    def draw_key(self, parcel: Parcel, now: int) -> str | Outcome:
        """Another key each time, where keys are drawn."""
        assert self.world is not None
        self.world.line.give_way()
        return f"key-{next(self.numbers)}" if self.world.plan.drawn else ""

    def admit(self, channel: ChannelName, account: str, now: int) -> int | None:
        """Now and then the account has to wait."""
        assert self.world is not None
        return now + 3_000 if self.world.random.random() < self.world.plan.faults / 4 else None


@dataclass
class World:
    """Our side of it: the ledger, the queue, the dispatcher."""

    plan: Plan
    random: Random = field(init=False)
    line: Line = field(init=False)
    office: Office = field(init=False)
    platforms: dict[str, Platform] = field(init=False)
    told: int = 0

    def __post_init__(self) -> None:
        self.random = Random(self.plan.seed)
        self.line = Line(self.random, samples.NOW, self.plan.crash, MOST)
        self.platforms = platforms_of(self.plan, self.random, self.line)
        self.office = Office(keyed=KEYED_MS if self.plan.keyed else 0, world=self)

    def run(self, *, stored: bool = False) -> dict[str, Message]:
        """What became of each message. `stored`: in the tables' items instead of plain memory."""
        with self._on_items() if stored else self._in_memory():
            for one in self.plan.ids:
                assert store.put_new(samples.queued(order=replace(samples.ORDER, id=one)))
            self.line.run()
            return {one: found for one in self.plan.ids if (found := store.find(one)) is not None}

    @contextmanager
    def _in_memory(self) -> Iterator[None]:
        ledger = MemoryLedger(before=self.line.give_way)

        def after() -> None:
            for one in ledger.changes:
                self._tell(one)
            ledger.changes.clear()
            self.line.perhaps_die()

        ledger.after = after
        with ledger.serving():
            yield

    @contextmanager
    def _on_items(self) -> Iterator[None]:
        quick, call = QuickDynamo(), Connection._make_api_call

        def interrupted(connection: Connection, *arguments: object, **named: object) -> object:
            self.line.give_way()
            answer = call(connection, *arguments, **named)  # type: ignore[arg-type]
            for _, _, _, item in quick.changes:
                self._tell(store.of_image(item or {}))
            quick.changes.clear()
            self.line.perhaps_die()
            return answer

        with quick.serving(), patch.object(Connection, "_make_api_call", interrupted):
            yield

    # ---- Dispatch ----

    def _tell(self, image: Message) -> None:
        """The stream: whatever follows from a change is done at least once."""
        if image.state is State.QUEUED and not states.came_back(image):
            self.line.put(lambda: self._enqueue(image))
        if image.state is State.FAILED and len(image.tried) < len(WAYS):
            self.line.put(lambda: self._decide(image))

    def _enqueue(self, image: Message) -> Verdict:
        assert image.trip is not None
        attempt = image.trip.attempt
        self.line.give_way()
        self.line.put(lambda: self._carry_out(image.id, attempt), mortal=True)
        self.line.perhaps_die()
        return None

    def _decide(self, image: Message) -> Verdict:
        store.replace(image, states.queued(image, WAYS[len(image.tried)], self.line.now))
        return None

    def _carry_out(self, message_id: str, attempt: int) -> Verdict:
        what = carry_out(message_id, attempt, self.line.now, self.office)
        return None if isinstance(what, Done) else what.until

    # ---- The platform and its receipts ----

    def call(self, parcel: Parcel) -> Outcome:
        """One call; if the message was taken on, its receipts follow."""
        key = parcel.provider_key or parcel.id
        outcome, new = self.platforms[parcel.account].call(parcel.id, key, self.line.give_way)
        if new:
            self._receipts(parcel)
        self.line.give_way()
        return outcome

    def _receipts(self, parcel: Parcel) -> None:
        lost = parcel.id in self.platforms[parcel.account].bounces
        receipt = Receipt(parcel.channel, parcel.account, Fate.FAILED if lost else Fate.DELIVERED, self.line.now, message=parcel.id)
        for _ in range(self.random.choice((0, 1, 1, 2))):
            self.line.put(lambda: self._hear(receipt), self.random.choice(DELAYS_MS))

    def _hear(self, receipt: Receipt) -> Verdict:
        store.change(receipt.message, lambda found: states.received(found, receipt, self.line.now))
        return None
