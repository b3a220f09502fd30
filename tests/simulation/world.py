"""A world in which everything that can go wrong between a client and a person does, drawn from one seed.

Clients and workers run as greenlets and give way at every call to DynamoDB, so that any interleaving can come up; a call may be the
last thing that one of them does (before it is carried out, or after). Clients send again what was not answered, and sometimes what
was; stream batches are cut at random, come twice, come out of order, come again hours later. Time is a number; a lambda that takes
longer than it may is killed.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from typing import Any
from unittest.mock import patch

from greenlet import getcurrent, greenlet
from pynamodb.connection.base import Connection

from chalicelib.errors import Busy
from chalicelib.events.keep import keep
from chalicelib.events.model import Draft, Source
from chalicelib.events.store import EventRecord, from_image
from chalicelib.identity.rules import DEFAULT_RULES
from chalicelib.people import absorb as absorbing
from chalicelib.people import clock
from chalicelib.people.absorb import Delivery, Outcome, absorb
from chalicelib.people.packing import unpack_person
from chalicelib.people.records import PERSON, PersonRecord
from chalicelib.people.recount import bring_up
from chalicelib.people.rulebook import OutdatedPlan, Rulebook
from chalicelib.signals.plan import SignalPlan
from tests.simulation.scenario import NOON, Plot
from tests.simulation.signals import PLANS

SHARDS = 3
MAX_STEPS = 100_000
LIFE_MS = 300_000  # of a lambda
STEPS_MS = (1, 10, 100, 1_000)  # what one step takes; the long ones are rare
STEP_WEIGHTS = (10, 10, 5, 1)
BEGUN = (0, 1, 2, 2, 2)  # the plan that is in force when it begins: a recount hides how people came by what is kept
HOT_BYTES = (500, 1_000)  # of a person, beyond which the journal goes into the ledger
PUBLISHED = 0.02  # the chance in a step that another plan is in force
PASSED = 0.1  # the chance in a step that a pass looks at somebody
SHOP = Source("shop")


class Died(BaseException):
    """The process was killed here. Not an Exception: nothing may catch it and go on."""


@dataclass(slots=True)
class Worker:
    """An invocation under way: the batch that it was given, and the greenlet that works on it."""

    batch: list[Delivery]
    thread: greenlet
    began: int
    again: list[str] | None = None


@dataclass(slots=True)
class World:
    """Brings one history to its people, until nothing is left to do. `crash` is the chance (0-1) to die at a call."""

    plot: Plot
    random: Random
    crash: float
    now: int = NOON + 3_600_000
    sending: list[list[Draft]] = field(default_factory=list)
    shards: list[list[Delivery]] = field(default_factory=lambda: [[] for _ in range(SHARDS)])
    workers: dict[int, Worker] = field(default_factory=dict)
    late: list[tuple[int, list[Delivery]]] = field(default_factory=list)
    written: set[tuple[str, str]] = field(default_factory=set)
    plans: Sequence[SignalPlan] = PLANS
    version: int = 0
    behind: set[str] = field(default_factory=set)
    _client: greenlet | None = None
    _pass: greenlet | None = None
    _main: Any = None

    def run(self, history: list[Draft]) -> None:
        """Sends the records in requests of any size and works until everything has been delivered."""
        self._main = getcurrent()
        self._open()
        left = list(history)
        while left:
            size = self.random.randint(1, self.plot.request)
            self.sending.append([replace(draft, index=place) for place, draft in enumerate(left[:size])])
            left = left[size:]
        with self._faults():
            for _ in range(MAX_STEPS):
                if not self._step():
                    return
        raise AssertionError("the world does not come to rest")

    def _step(self) -> bool:
        actions: list[Callable[[], None]] = [self._send] if self.sending else []
        for shard in range(SHARDS):
            if shard in self.workers:
                actions.append(partial(self._resume, shard))
            elif self.shards[shard]:
                actions.append(partial(self._begin, shard))
        if self._unpublished() and (not actions or self.random.random() < PUBLISHED):
            actions = [self._publish]
        elif not actions or self.random.random() < PASSED:
            actions = [*actions, self._bring_up] if self._behind() else actions
        if self.late and (not actions or self.random.random() < 0.01):
            actions = [self._deliver_late]
        if not actions:
            return False
        self.now += self.random.choices(STEPS_MS, STEP_WEIGHTS)[0]
        self.random.choice(actions)()
        return True

    def _open(self) -> None:
        """What is in force before anything happens."""
        self.version = self.random.choice(BEGUN)

    def _unpublished(self) -> bool:
        return self.version + 1 < len(self.plans)

    def _publish(self) -> None:
        """A new plan is in force. Lambdas that run go on with the one that they know; others may know no better for a while."""
        self.version += 1

    def _behind(self) -> bool:
        """Whether a pass still has to bring somebody up; it looks at everybody who is stored."""
        if not self.behind and self._pass is None:
            people = (person for person in map(unpack_person, PersonRecord.scan(PersonRecord.sk == PERSON)) if not person.into)
            self.behind = {person.id for person in people if person.plan < self.version}
        return bool(self.behind) or self._pass is not None

    def _bring_up(self) -> None:
        """Begins or goes on with bringing up one person. Who was not finished is found again."""
        if self._pass is None:
            person = self.random.choice(sorted(self.behind))
            self.behind.discard(person)
            self._pass = greenlet(lambda: self._bring(person))
        self._switch(self._pass)
        if self._pass.dead:
            self._pass = None

    def _bring(self, person: str) -> None:
        try:
            bring_up(person, Rulebook(DEFAULT_RULES, 0, self.plans[self.version]), self.now)
        except Busy:
            self.now += 1_000

    def _deliver_late(self) -> None:
        """What was done long ago comes once more, before everything that waits."""
        self.now += self.random.choice((1_000, 100_000, 3_600_000))
        shard, batch = self.late.pop(self.random.randrange(len(self.late)))
        waiting = {delivery.token for delivery in self.shards[shard]}
        self.shards[shard][:0] = [delivery for delivery in batch if delivery.token not in waiting]

    def _send(self) -> None:
        """Begins or goes on with the first request. It stays the first until it was answered, and now and then beyond that."""
        if self._client is None:
            self._client = greenlet(lambda: keep(self.sending[0], SHOP, DEFAULT_RULES, self.now))
        answered = self._switch(self._client)
        if self._client.dead:
            self._client = None
            if answered and self.random.random() < 0.8:
                self.sending.pop(0)

    def _insert(self, item: dict[str, Any]) -> None:
        """A put that changes nothing makes no stream record; a new item makes one in the shard of its key."""
        key = item["pk"]["S"], item["sk"]["S"]
        if key in self.written:
            return
        self.written.add(key)
        shard = self.shards[sum(key[0].encode()) % SHARDS]
        shard.append(Delivery(from_image(item), self.now, key[1]))
        if self.random.random() < 0.2:
            self.random.shuffle(shard)

    def _begin(self, shard: int) -> None:
        batch = self.shards[shard][: self.random.randint(1, self.plot.batch)]
        self.workers[shard] = Worker(batch, greenlet(lambda: self._work(self.workers[shard])), self.now)
        self._resume(shard)

    def _resume(self, shard: int) -> None:
        worker = self.workers[shard]
        self._switch(worker.thread)
        if worker.thread.dead:
            del self.workers[shard]
            self._settle_batch(shard, worker)

    def _switch(self, thread: greenlet) -> bool:
        """Whether the thread came to its end, or gave way, alive."""
        try:
            thread.switch()
        except Died:
            return False
        return True

    def _work(self, worker: Worker) -> None:
        outcome = self._absorbed(worker.batch)
        assert not outcome.poison, outcome.poison[0][1]
        worker.again = outcome.again

    def _absorbed(self, batch: list[Delivery]) -> Outcome:
        """By a lambda that may know no better than the plan before, until somebody is found who does."""
        known = self.random.choice(self.plans[max(self.version - 1, 0) : self.version + 1])
        while True:
            try:
                return absorb(batch, Rulebook(DEFAULT_RULES, 0, known), self.now)
            except OutdatedPlan as error:
                known = self.plans[error.needed]

    def _settle_batch(self, shard: int, worker: Worker) -> None:
        """A death brings the whole batch again; a success sometimes does so too. Nobody but the last one waits for long."""
        if worker.again is None or self.random.random() < 0.15:
            self.now += self.random.choice((10, 1_000 if self.workers else 20_000))
            return
        if worker.again:
            self.now += self.random.choice((100, 1_000)) if self.workers else 20_000
        elif self.random.random() < self.plot.late:
            self.late.append((shard, worker.batch))
        done = {delivery.token for delivery in worker.batch} - set(worker.again)
        self.shards[shard] = [delivery for delivery in self.shards[shard] if delivery.token not in done]

    @contextmanager
    def _faults(self) -> Iterator[None]:
        call = Connection._make_api_call

        def interrupted(connection: Connection, operation: str, request: dict[str, Any], *more: Any) -> Any:
            self._give_way()
            answer = call(connection, operation, request, *more)
            for write in request.get("RequestItems", {}).get(EventRecord.Meta.table_name, ()):
                if operation == "BatchWriteItem":
                    self._insert(write["PutRequest"]["Item"])
            self._perhaps_die()
            return answer

        with (
            patch.object(Connection, "_make_api_call", interrupted),
            patch.object(clock, "monotonic", lambda: self.now / 1_000),
            patch.object(absorbing, "HOT_BYTES", self.random.choice(HOT_BYTES)),
        ):
            yield

    def _give_way(self) -> None:
        if getcurrent() is not self._main:
            self._perhaps_die()
            self._main.switch()
            if any(worker.thread is getcurrent() and self.now - worker.began > LIFE_MS for worker in self.workers.values()):
                raise Died

    def _perhaps_die(self) -> None:
        if getcurrent() is not self._main and self.random.random() < self.crash:
            raise Died
