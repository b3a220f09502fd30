"""Journeys while everything that can go wrong does: people, events, runs, timers, messages and their lambdas, in one time.

Workers are greenlets that give way at every call to AWS and may die there, before or after it. Streams tell again, late, each shard in its
order; queues deliver twice and in any order; timers are lost and doubled; the state machine's executions run twice; clocks differ.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from random import Random
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

from pynamodb.connection.base import Connection

from chalicelib.audiences.planbook import NO_PLAN
from chalicelib.dispatch import deciding, states
from chalicelib.dispatch import store as ledger
from chalicelib.dispatch.model import Message, Order, State
from chalicelib.entrypoints import score
from chalicelib.events import store as events
from chalicelib.events.model import Event
from chalicelib.identity.rules import DEFAULT_RULES
from chalicelib.journeys.counts import counting
from chalicelib.journeys.counts.census import Census
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.model import Enrolment
from chalicelib.journeys.events import hearing
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import Journeys, JourneyState, Standing
from chalicelib.journeys.runs import joining, regrouping, store
from chalicelib.journeys.runs.viewing import view_of
from chalicelib.journeys.steps import moving_on, performing, timing, watchdog
from chalicelib.journeys.steps.timing import TIMERS, look_at
from chalicelib.messages.templates import published
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.people import clock
from chalicelib.people import store as people
from chalicelib.people.absorb import Delivery, absorb
from chalicelib.people.model import Person
from chalicelib.people.records import PERSON
from chalicelib.people.rulebook import Rulebook
from chalicelib.telemetry import logger
from chalicelib.timers.model import Due
from tests.simulation.journey_plot import HOUR, MINUTE, START, Plot, charts
from tests.simulation.journey_streams import Shard
from tests.simulation.journey_timers import Sleepers
from tests.simulation.quick_dynamo import QuickDynamo
from tests.simulation.sending_line import Line, Verdict
from tests.support.aws import forget_caches
from tests.unit.dispatch import samples

SHARDS: Final = 2  # of each stream
STRIKES: Final = 10_000
COUNTED_EVERY: Final = 4  # worlds
KNOWN_FOR_MS: Final = 20_000  # how long a process goes by what it knows of the journeys
SKEWS_MS: Final = (0, 0, 0, -2_000)
QUEUED_MS: Final = (0, 0, 3_000, 10 * MINUTE)  # how long a message waits in its channel's queue
LATEST_MS: Final = 30 * 24 * HOUR


@dataclass(frozen=True, slots=True)
class Write:
    """An enrolment as it was written, and when."""

    at: int
    enrolment: Enrolment


@dataclass
class World:
    """Plays one history. `writes`: of enrolments; `stored`: when each event was; `out`: when each message went out, every time; `done`:
    when what follows from a write of an enrolment (person, journey, rev) was carried out; `census`: what the notes of runs add up to.
    """

    plot: Plot
    random: Random = field(init=False)
    line: Line = field(init=False)
    dynamo: QuickDynamo = field(default_factory=QuickDynamo)
    writes: list[Write] = field(default_factory=list)
    stored: dict[str, int] = field(default_factory=dict)
    out: dict[str, list[int]] = field(default_factory=dict)
    done: dict[tuple[str, str, int], int] = field(default_factory=dict)
    shards: dict[tuple[str, int], Shard] = field(default_factory=dict)
    census: dict[str, dict[int, Census]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = Random(self.plot.seed)
        self.line = Line(self.random, START, self.plot.crash, STRIKES)

    def run(self) -> None:
        """Until nothing is left to do."""
        with self._serving():
            for told in self.plot.told:
                self.line.put(lambda event=told.event: self._store(event), told.stored_at - START)  # type: ignore[misc]
            self.line.put(self._watch, HOUR, twice=0)
            if self.plot.trouble == "outage":
                self.line.put(self._jump, self.plot.trouble_at - START, twice=0)
            if self.plot.trouble in ("paused", "failing"):
                after = self._trouble_ends - START + KNOWN_FOR_MS + 1
                self.line.put(self._wake_all if self.plot.trouble == "paused" else self._retry_all, after, twice=0)
            self.line.run()
            if self.counts_too:
                self.census = {name: counting.counted(name, START - HOUR, START + LATEST_MS) for name in charts()}

    @property
    def counts_too(self) -> bool:
        """Whether runs are noted and counted in this world: it takes its time."""
        return self.plot.seed % COUNTED_EVERY == 0

    @property
    def enrolments(self) -> list[Enrolment]:
        """All that are stored."""
        found = next((items for name, items in self.dynamo.tables.items() if name.endswith("-runs")), {})
        return [store.of_image(item) for item in found.values()]

    @property
    def messages(self) -> dict[str, Message]:
        """All that are stored."""
        found = next((items for name, items in self.dynamo.tables.items() if name.endswith("-messages")), {})
        return {pk: ledger.of_image(item) for (pk, _), item in found.items()}

    # ---- What goes wrong ----

    @property
    def _trouble_ends(self) -> int:
        return self.plot.trouble_at + self.plot.trouble_for

    def _is_in_trouble(self, trouble: str, at: int) -> bool:
        return self.plot.trouble == trouble and self.plot.trouble_at <= at < self._trouble_ends

    def _jump(self) -> Verdict:
        self.line.now += self.plot.trouble_for
        return None

    def _now(self) -> int:
        return self.line.now + self.random.choice(SKEWS_MS)

    def book(self) -> Journeys:
        """The journeys as some process knows them."""
        at = self.line.now - self.random.choice((0, KNOWN_FOR_MS))
        state = JourneyState.PAUSED if self._is_in_trouble("paused", at) else JourneyState.RUNNING
        return Journeys(Standing(name, state, 1, at=0, since=0, charts={1: chart}) for name, chart in charts().items())

    def template(self, name: str) -> Any:
        """What is in force, unless it is gone."""
        if self._is_in_trouble("failing", self.line.now):
            return None
        bodies = {ChannelName.SMS: None}
        return SimpleNamespace(name=name, version=1, document=SimpleNamespace(category=Category.SERVICE, bodies=lambda: bodies, asked=list))

    # ---- Lambdas ----

    def _store(self, event: Event) -> Verdict:
        events.put_own([event])
        return None

    def _merge(self, batch: Sequence[Delivery]) -> Collection[int]:
        now = self._now()
        outcome = absorb(list(batch), Rulebook(DEFAULT_RULES, 0, NO_PLAN.signals), now)
        assert not outcome.poison, outcome.poison
        taken = [one.event for one in batch if one.token not in outcome.again]
        faults = hearing.hear(taken, now)
        assert not faults, faults
        return {place for place, one in enumerate(batch) if one.token in outcome.again}

    def _score(self, batch: Sequence[tuple[Person | None, Person]]) -> Collection[int]:
        """What the score lambda does for journeys."""
        looks = [score._Look(score._Place("", new.id, PERSON), old, new) for old, new in batch]
        linked = [look.after.id for look in looks if score._links_otherwise(look)]
        merged = [look.after.id for look in looks if score._was_merged(look)]
        regrouping.joined(merged, self._now())
        regrouping.parted(linked, self._now())
        return ()

    def _perform(self, batch: Sequence[Enrolment]) -> Collection[int]:
        performing.perform(batch, self._now())
        for one in batch:
            self.done.setdefault((one.person, one.journey, one.rev), self.line.now)
        return ()

    def _look(self, due: Due) -> None:
        now = self._now()
        if now < due.at:
            TIMERS.arm([due], now)
        else:
            about = timing.about(due.subject)
            moving_on.look_at(about.person, about.journey, now)

    def _dispatch(self, batch: Sequence[Message]) -> Collection[int]:
        for one in batch:
            if one.state is State.QUEUED:
                self.line.put(lambda message=one: self._send(message.id), self.random.choice(QUEUED_MS))  # type: ignore[misc]
        return ()

    def _send(self, message: str) -> Verdict:
        """It goes out as it is claimed; the ledger's own worlds know what may happen after that."""
        ledger.change(message, lambda one: states.claimed(one, self.line.now) if one.state is State.QUEUED else one)
        return None

    # ---- What runs every hour, and what operators do ----

    def _watch(self) -> Verdict:
        late = [one for one in self.enrolments if watchdog.is_late(one, self.line.now)]
        TIMERS.send([look_at(one.person, one.journey, self.line.now) for one in late], self.line.now)
        going = any(run.open for one in self.enrolments for run in one.runs) or self.line.now < START + 8 * HOUR
        return self.line.now + HOUR if going and self.line.now < START + LATEST_MS else None

    def _wake_all(self) -> Verdict:
        for one in self.enrolments:
            moving_on.look_at(one.person, one.journey, self.line.now)
        return None

    def _retry_all(self) -> Verdict:
        def retried(enrolment: Enrolment, person: Person) -> Enrolment:
            known = {1: charts()[enrolment.journey]}
            return engine.retried(known, enrolment, lambda _: True, self.line.now, view_of(person, self.line.now))

        for one in self.enrolments:
            joining.change(one.person, one.journey, self.line.now, retried)
        failed = any(run.state == "failed" for one in self.enrolments for run in one.runs)
        return self.line.now + HOUR if failed or self.line.now < START + 8 * HOUR else None

    # ---- Streams ----

    def _hear_changes(self) -> None:
        changes, self.dynamo.changes = self.dynamo.changes, []
        for table, (pk, sk), before, after in changes:
            if after is None:
                continue
            kind = table.rpartition("-")[2]
            if kind == "events" and before is None:
                event = events.from_image(after)
                self.stored[event.id] = self.line.now
                if event.source == "shop":
                    self._shard(kind, pk, self._merge).add(Delivery(event, self.line.now, f"{pk}{sk}"))
            elif kind == "people" and sk == PERSON:
                old = people.person_of_image(before) if before else None
                self._shard(kind, pk, self._score).add((old, people.person_of_image(after)))
            elif kind == "runs":
                found = store.of_image(after)
                self.writes.append(Write(self.line.now, found))
                self._shard(kind, pk, self._perform).add(found)
            elif kind == "messages":
                self._went_out(before, after)
                self._shard(kind, pk, self._dispatch).add(ledger.of_image(after))

    def _went_out(self, before: Any, after: Any) -> None:
        message = ledger.of_image(after)
        if message.state is State.CLAIMED and (before is None or ledger.of_image(before).state is not State.CLAIMED):
            self.out.setdefault(message.id, []).append(self.line.now)

    def _shard(self, stream: str, pk: str, work: Callable[[Any], Collection[int]]) -> Shard:
        place = stream, sum(pk.encode()) % SHARDS
        if place not in self.shards:
            self.shards[place] = Shard(self.line, work)
        return self.shards[place]

    @contextmanager
    def _serving(self) -> Iterator[None]:
        call = Connection._make_api_call

        def interrupted(connection: Connection, *arguments: Any, **named: Any) -> Any:
            self.line.give_way()
            answer = call(connection, *arguments, **named)
            self._hear_changes()
            self.line.perhaps_die()
            return answer

        def begun(orders: Sequence[Order], now: int) -> list[Message]:
            return [states.queued(states.accepted(one, now), samples.SMS, now) for one in orders]

        forget_caches()
        with ExitStack() as stack:
            stack.enter_context(self.dynamo.serving())
            stack.enter_context(Sleepers(self.line, self._look, self.plot.trouble == "lost").serving())
            for target, name, value in (
                (Connection, "_make_api_call", interrupted),
                (clock, "monotonic", lambda: self.line.now / 1_000),
                (book, "current", self.book),
                (published, "in_force", self.template),
                (deciding, "begun_many", begun),
                *(() if self.counts_too else ((counting, "note", lambda *_: None),)),
                (logger, "warning", lambda *_, **__: None),
            ):
                stack.enter_context(patch.object(target, name, value))
            yield
        forget_caches()
