"""A broadcast to five thousand people whose workers die all the time, at any call to a store, a queue or the provider.

Fan-out, dispatcher and sending are the real ones, and so are policy, ledger and the provider's adapter with the local front of JPush; the
stores are in memory, and a queue shows again what a dead worker had taken, in virtual time.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from random import Random
from threading import current_thread, main_thread
from typing import Any, Final
from unittest.mock import patch

import pytest
from botocore.client import BaseClient

from chalicelib.audiences.membership_records import PERSON_PREFIX, MemberOfRecord, partition, shard_of
from chalicelib.broadcasts import queue as broadcasts
from chalicelib.broadcasts import store
from chalicelib.broadcasts.model import Broadcast, Phase, Wanted
from chalicelib.broadcasts.queue import Begin
from chalicelib.channels import carried
from chalicelib.definitions import store as definitions
from chalicelib.dispatch import queue, sending
from chalicelib.dispatch import store as messages
from chalicelib.dispatch.model import State
from chalicelib.dispatch.sending import Later
from chalicelib.entrypoints import dispatch, fan_out
from chalicelib.entrypoints.sending_means import MEANS
from chalicelib.identifiers import identifier
from chalicelib.identity.model import single
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.outgoing.wire import Answer, Request
from chalicelib.people.model import Person, person_id
from chalicelib.people.packing import pack_person
from chalicelib.people.records import MEMBER_PREFIX, MemberRecord, NodeRecord, node_partition, person_partition
from chalicelib.providers import connected
from chalicelib.providers.adapter import Means
from chalicelib.providers.push_jpush import JPush
from chalicelib.settings import settings
from tests.simulation.quick_dynamo import Attributes, Key, QuickDynamo, _partition_value
from tests.support.aws import forget_caches
from tests.support.clock import Clock
from tests.support.deliveries import Context, Killed
from tests.unit.local_providers.bridge import JPUSH, NOW, Fronts

PEOPLE: Final = 5_000
SEGMENT: Final = "vip"
TEMPLATE: Final = "spring"
BEFORE: Final = NOW - 86_400_000
NOTICE: Final = {"account": JPUSH.name, "provider": "jpush", "title": "上新", "body": "新品到店"}
# The chance to die at a call, and how long the queue hides what such a worker had taken (ms; a stream delivers again at once).
DEADLY: Final = {"fan_out": 0.005, "dispatch": 0.02, "send": 0.01}
HIDDEN_MS: Final = {"fan_out": 720_000, "send": 100_000}
TWICE: Final = 0.05  # the chance that a queue delivers once more what was done
BATCH: Final = 100  # records of the stream
STEP_MS: Final = 5  # between two jobs
CONTEXT: Final = Context("broadcast", "simulated")


class Dynamo(QuickDynamo):
    """One in which a query looks at its own partition only."""

    def __init__(self) -> None:
        super().__init__()
        self.partitions: dict[tuple[str, str], dict[Key, Attributes]] = {}

    def _put(self, table: str, key: Key, item: Attributes | None) -> None:
        super()._put(table, key, item)
        there = self.partitions.setdefault((table, key[0]), {})
        there.pop(key, None)
        there.update({key: item} if item is not None else {})

    def _Query(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - named after the operation
        values = request["ExpressionAttributeValues"]
        asked = values[_partition_value(request["KeyConditionExpression"], request["ExpressionAttributeNames"])]["S"]
        own = QuickDynamo()
        own.tables[request["TableName"]] = self.partitions.get((request["TableName"], asked), {})
        return own._Query(request)


@dataclass
class Machine:
    """Stores, queues, the stream and whoever works at them, one after the other in an order that is drawn."""

    clock: Clock
    random: Random = field(default_factory=lambda: Random(20261122))
    dynamo: Dynamo = field(default_factory=Dynamo)
    fronts: Fronts = field(default_factory=Fronts)
    jobs: list[tuple[int, float, str, str]] = field(default_factory=list)  # visible at, drawn, whose, body
    stream: list[dict[str, Any]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)  # of its records
    works: str = ""  # whose worker is at work
    deaths: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Answers every call of the process to DynamoDB or SQS."""

        def answer(client: BaseClient, operation: str, request: dict[str, Any]) -> Any:
            self.perhaps_die()
            of = self.dynamo if client.meta.service_model.service_name == "dynamodb" else self
            answer = getattr(of, f"_{operation}")(request)
            self._tell()
            self.perhaps_die()
            return answer

        with patch.object(BaseClient, "_make_api_call", answer):
            yield

    def post(self, request: Request) -> Answer:
        """A call of the provider; its answer may come too late."""
        self.perhaps_die()
        self.fronts.clock.now = self.clock.now
        answer = self.fronts.send(request)
        self.perhaps_die()
        return answer

    def perhaps_die(self) -> None:
        """Raises Killed in one call of so many. Only what a worker does itself: its helpers' threads do nothing but read."""
        if self.works and current_thread() is main_thread() and self.random.random() < DEADLY[self.works] / 2:
            self.deaths[self.works] += 1
            raise Killed

    def run(self) -> None:
        """Until nothing is left to do."""
        while self.jobs or self.stream:
            self.clock.now += STEP_MS
            if len(self.stream) >= BATCH or not self.jobs or self.jobs[0][0] > self.clock.now:
                self._dispatch()
            if self.jobs:
                due, _, whose, body = heapq.heappop(self.jobs)
                self.clock.now = max(self.clock.now, due)
                self._deliver(whose, body)

    def _dispatch(self) -> None:
        """The stream goes on behind what was done, and delivers the rest again."""
        while self.stream:
            batch, answers = self.stream[:BATCH], list[dict[str, Any]]()
            self._lives("dispatch", lambda: answers.append(dispatch.dispatch({"Records": batch}, CONTEXT)))  # noqa: B023 - called here
            failed = {one["itemIdentifier"] for answer in answers for one in answer["batchItemFailures"]}
            places = [place for place, one in enumerate(batch) if one["dynamodb"]["SequenceNumber"] in failed]
            del self.stream[: min(places, default=len(batch) if answers else 0)]

    def _deliver(self, whose: str, body: str) -> None:
        work = self._fan_out if whose == "fan_out" else self._send
        later: list[int] = []
        if not self._lives(whose, lambda: later.extend(work(body))):
            later = [self.clock.now + HIDDEN_MS[whose]]
        if not later and self.random.random() < TWICE:
            later = [self.clock.now]
        for at in later:
            self._put(whose, body, at)

    def _fan_out(self, body: str) -> list[int]:
        fan_out.fan_out({"Records": [{"messageId": body, "body": body}]}, CONTEXT)
        return []

    def _send(self, body: str) -> list[int]:
        due = queue.due_of(body)
        answer = sending.carry_out(due.id, due.attempt, self.clock.now, MEANS)
        return [answer.until] if isinstance(answer, Later) else []

    def _lives(self, whose: str, work: Callable[[], Any]) -> bool:
        """Whether a worker came to its end."""
        self.works = whose
        try:
            work()
        except Killed:
            return False
        finally:
            self.works = ""
        return True

    def _tell(self) -> None:
        """What is written of messages stands in the stream at once, whether its writer lives or not."""
        told = [one for one in self.dynamo.changes if one[0] == settings().table("messages") and one[1][1] == "send"]
        self.dynamo.changes.clear()
        for _, (pk, sk), _, item in told:
            change = {"SequenceNumber": str(next(self.numbers)), "Keys": {"pk": {"S": pk}, "sk": {"S": sk}}, "NewImage": item}
            self.stream.append({"eventName": "MODIFY", "dynamodb": change})

    def _put(self, whose: str, body: str, at: int) -> None:
        heapq.heappush(self.jobs, (at, self.random.random(), whose, body))

    def _SendMessageBatch(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - named after the operation
        whose = "fan_out" if request["QueueUrl"] == settings().broadcasts_queue_url else "send"
        for one in request["Entries"]:
            self._put(whose, one["MessageBody"], self.clock.now + 1_000 * one.get("DelaySeconds", 0))
        return {}

    def _GetQueueAttributes(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"Attributes": {"ApproximateNumberOfMessages": str(sum(one[2] == "send" for one in self.jobs))}}


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    made = Machine(Clock(NOW))
    made.clock.install(monkeypatch, fan_out, dispatch)
    monkeypatch.setattr(connected, "account_of", lambda _: JPUSH)
    monkeypatch.setattr(connected, "adapter_of", lambda _: JPUSH.adapter)
    monkeypatch.setattr(JPush, "per_minute", 60_000)  # of an account that pays
    monkeypatch.setattr(carried, "means", lambda: Means(made.post, made.post, lambda: "nonce"))
    forget_caches()
    with made.serving():
        yield made
    forget_caches()


def publish() -> None:
    definitions.draft("templates", TEMPLATE, {"category": "service", "channels": {"push": NOTICE}}, by="test", at=NOW)
    definitions.publish("templates", TEMPLATE, by="test", at=NOW)


def enlist(dynamo: Dynamo, device: str) -> None:
    """Somebody with a device, on the list of the segment."""
    one = identifier(f"push:{JPUSH.name}", device)
    person = person_id(one.key)
    shard = partition("segment", SEGMENT, shard_of(person))
    for record in (
        pack_person(Person(id=person, cluster=single(one)), 1),
        NodeRecord(pk=node_partition(one.key), person=person, since=1, source="shop"),
        MemberRecord(pk=person_partition(person), sk=MEMBER_PREFIX + one.key),
        MemberOfRecord(pk=shard, sk=PERSON_PREFIX + person, since=BEFORE),
    ):
        item = record.serialize()
        dynamo._put(record.Meta.table_name, (item["pk"]["S"], item["sk"]["S"] if "sk" in item else ""), item)


def test_each_of_five_thousand_is_told_once_although_workers_die_all_the_time(machine: Machine) -> None:
    devices = [f"device-{number}" for number in range(PEOPLE)]
    publish()
    for one in devices:
        machine.fronts.driver.device(one)
        enlist(machine.dynamo, one)
    wanted = Wanted(SEGMENT, TEMPLATE, 1, Category.SERVICE, channels=(ChannelName.PUSH,))
    made = store.create(Broadcast("b_crowd", wanted, NOW, "key"))
    machine.dynamo.changes.clear()
    broadcasts.send([Begin(made.id)])
    machine.run()
    assert Counter(str(one["to"]) for one in machine.fronts.driver.outbox()) == Counter(devices)
    assert store.existing(made.id).phase is Phase.DONE
    ledger = [pk for pk, sk in machine.dynamo.tables[settings().table("messages")] if sk == "send"]
    assert Counter(found.state for found in messages.find_many(ledger).values()) == {State.SENT: PEOPLE}
    assert all(machine.deaths[one] >= least for one, least in {"fan_out": 10, "dispatch": 10, "send": 200}.items()), machine.deaths
