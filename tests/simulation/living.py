"""The world with rules in it: whoever changes is scored, lists are kept, timers go off, and everybody is brought up to new rules."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from greenlet import greenlet

from chalicelib.audiences import effects, passes, planbook
from chalicelib.audiences.scoring import judge_person
from chalicelib.entrypoints import score as scoring
from chalicelib.errors import Busy
from chalicelib.events.model import Draft
from chalicelib.people import store
from chalicelib.people.records import PERSON, STANDING, PersonRecord
from chalicelib.timers.model import Due
from chalicelib.timers.timers import Timers
from tests.simulation.quick_dynamo import Attributes, Key, QuickDynamo
from tests.simulation.rules import EARLY, LATE
from tests.simulation.world import SHARDS, World
from tests.support.rules import put_in_force

HOURS_AFTER = 4  # in which every window of the rules ends


@dataclass(slots=True)
class Look:
    """An invocation of the scoring lambda, and what it says has to come again."""

    batch: list[dict[str, Any]]
    thread: greenlet
    failed: set[str] | None = None


@dataclass(slots=True)
class LivingWorld(World):
    """A world on a double of DynamoDB whose changes reach the scoring lambda. `told` holds every outbox that was ever written."""

    dynamo: QuickDynamo = field(default_factory=QuickDynamo)
    streams: list[list[dict[str, Any]]] = field(default_factory=lambda: [[] for _ in range(SHARDS)])
    looks: dict[int, Look] = field(default_factory=dict)
    rechecks: list[Due] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    late_rules: list[tuple[str, str, Any]] = field(default_factory=list)
    until: int = 0
    _firing: greenlet | None = None

    def run(self, history: list[Draft]) -> None:
        """As any world, with stand-ins for the queues and for the time."""
        with ExitStack() as stack:
            for what, name, stand_in in self._stand_ins():
                stack.enter_context(patch.object(what, name, stand_in))
            World.run(self, history)

    def _open(self) -> None:
        """Some of the rules are in force from the beginning, or all of them."""
        scoring.forget()
        rules = [*EARLY, *LATE]
        count = self.random.choice((0, len(EARLY), len(rules), len(rules)))
        for kind, name, document in rules[:count]:
            put_in_force(kind, name, document, self.now)
        self.late_rules = rules[count:]
        self.plans = [planbook.newest().signals] * (planbook.newest().version + 1)
        self.version = len(self.plans) - 1
        self.dynamo.changes.clear()

    def _unpublished(self) -> bool:
        return bool(self.late_rules)

    def _publish(self) -> None:
        put_in_force(*self.late_rules.pop(0), self.now)
        self.plans = [*self.plans, planbook.newest().signals]
        self.version = len(self.plans) - 1

    def _step(self) -> bool:
        self._deliver()
        actions: list[Callable[[], None]] = [partial(self._score_on, shard) for shard in self.looks]
        actions += [partial(self._score, shard) for shard in range(SHARDS) if self.streams[shard] and shard not in self.looks]
        if self._firing is not None or any(one.at <= self.now for one in self.rechecks):
            actions.append(self._fire)
        if actions and self.random.random() < 0.5:
            self.now += self.random.choice((1, 10, 100))
            self.random.choice(actions)()
            return True
        if World._step(self):
            return True
        if actions:
            self.random.choice(actions)()
            return True
        return self._wait()

    def _wait(self) -> bool:
        """Nothing happens until the next timer; when all windows have ended, and a while has passed, the world is at rest."""
        self.until = self.until or self.now + HOURS_AFTER * 3_600_000
        if self.now >= self.until:
            return False
        self.now = min([one.at for one in self.rechecks if one.at > self.now] + [self.until])
        return True

    def _deliver(self) -> None:
        """What was written to people is on its way to the scoring lambda, in order for each of them."""
        for table, key, before, after in self.dynamo.changes:
            if table == PersonRecord.Meta.table_name and key[1] in {PERSON, STANDING}:
                self.streams[sum(key[0].encode()) % SHARDS].append(_record(key, before, after, self.now, len(self.told)))
                self.told.update(event.id for event in _told(key, after))
        self.dynamo.changes.clear()

    def _score(self, shard: int) -> None:
        batch = self.streams[shard][: self.random.randint(1, 6)]
        look = Look(batch, greenlet(lambda: self._scored(self.looks[shard])))
        self.looks[shard] = look
        self._score_on(shard)

    def _scored(self, look: Look) -> None:
        answer = scoring.score.__wrapped__({"Records": look.batch}, SimpleNamespace())  # type: ignore[attr-defined]  # without its metrics
        look.failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}

    def _score_on(self, shard: int) -> None:
        """A batch comes again from the first record that failed; all of it after a death, and sometimes for no reason."""
        look = self.looks[shard]
        self._switch(look.thread)
        if not look.thread.dead:
            return
        del self.looks[shard]
        if look.failed is None or self.random.random() < 0.1:
            return
        names = [record["dynamodb"]["SequenceNumber"] for record in look.batch]
        done = min((names.index(one) for one in look.failed), default=len(names))
        self.now += 100 if look.failed else 0
        del self.streams[shard][:done]

    def _fire(self) -> None:
        """A timer that is due, which may go off twice."""
        if self._firing is None:
            one = self.random.choice([one for one in self.rechecks if one.at <= self.now])
            self._firing = greenlet(lambda: self._looked(one))
        thread = self._firing
        self._switch(thread)
        if thread.dead:
            self._firing = None

    def _looked(self, one: Due) -> None:
        try:
            judge_person(one.subject, self.now)
        except Busy:
            return
        if one in self.rechecks and self.random.random() < 0.9:
            self.rechecks.remove(one)

    def _bring(self, person: str) -> None:
        World._bring(self, person)
        try:
            judge_person(person, self.now, initial=True)
        except Busy:
            self.behind.add(person)

    def _stand_ins(self) -> Iterator[tuple[Any, str, Callable[..., Any]]]:
        yield Timers, "arm", lambda _, dues, now: self.rechecks.extend(dues)  # noqa: ARG005 - their names
        yield passes, "ensure_started", lambda stored, now: None  # noqa: ARG005 - the pass of this world finds everybody
        yield passes, "catch_up", lambda person, stored, now: self.behind.add(person)  # noqa: ARG005
        yield planbook, "monotonic", lambda: self.now / 1_000
        yield scoring, "time", lambda: self.now / 1_000


def _record(key: Key, before: Attributes | None, after: Attributes | None, now: int, place: int) -> dict[str, Any]:
    keys = {"pk": {"S": key[0]}, "sk": {"S": key[1]}}
    change: dict[str, Any] = {"Keys": keys, "SequenceNumber": f"{now}-{place}-{key}", "ApproximateCreationDateTime": now // 1_000}
    change |= {"OldImage": before} if before else {}
    change |= {"NewImage": after} if after else {}
    return {"eventName": "MODIFY", "dynamodb": change}


def _told(key: Key, after: Attributes | None) -> list[Any]:
    if key[1] != STANDING or after is None:
        return []
    return effects.told(key[0].removeprefix("P#"), store.standing_of_image(after))
