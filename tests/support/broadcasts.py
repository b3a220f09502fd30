"""Broadcasts in a test: people on a segment's list without the rules that put them there, and decisions without people to reach.

world = World(plane)
world.enlist("p_1", "p_2")
one = world.broadcast()
world.fan_out(one)
assert world.told(one) == Counter(p_1=1, p_2=1)
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from chalicelib.audiences.membership import Audience
from chalicelib.audiences.membership_records import COUNT, PERSON_PREFIX, MemberOfRecord, TallyRecord, partition, shard_of
from chalicelib.broadcasts import counting, fanning_out, starting, store
from chalicelib.broadcasts.model import Broadcast, Phase, Wanted
from chalicelib.broadcasts.queue import CarryOn, message_of
from chalicelib.dispatch import states
from chalicelib.dispatch import store as messages
from chalicelib.dispatch.model import Message, Order, State, Trip
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.people import store as people
from chalicelib.people.model import Person
from chalicelib.settings import settings
from tests.simulation.quick_dynamo import QuickDynamo
from tests.support.aws import forget_caches
from tests.support.clock import Clock

NOW = 1_795_300_000_000
BEFORE = NOW - 86_400_000
SEGMENT = "vip"
WANTED = Wanted(SEGMENT, "spring", 1, Category.MARKETING, channels=(ChannelName.SMS,))


def decided(orders: Sequence[Order], now: int) -> list[Message]:
    """Everybody can be reached by SMS."""
    return [states.queued(states.accepted(one, now), Trip(ChannelName.SMS, "aliyun", one.person, {"text": "春"}), now) for one in orders]


class Forgotten(list[Any]):
    """A list that keeps nothing."""

    def append(self, _: Any) -> None:
        """Not kept."""


@dataclass(slots=True)
class Plane:
    """DynamoDB and SQS in plain dictionaries, some twenty times faster than moto: `queues` holds bodies by address."""

    dynamo: QuickDynamo = field(default_factory=QuickDynamo)
    queues: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dynamo.changes = Forgotten()  # no stream is played

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Answers every call of the process to either."""

        def answer(client: BaseClient, operation: str, request: dict[str, Any]) -> Any:
            if client.meta.service_model.service_name == "dynamodb":
                return getattr(self.dynamo, f"_{operation}")(request)
            return getattr(self, f"_{operation}")(request)

        with patch.object(BaseClient, "_make_api_call", answer):
            yield

    def take(self, url: str) -> list[str]:
        """Takes everything off a queue."""
        return self.queues.pop(url, [])

    def clear(self) -> None:
        """A fresh start."""
        self.dynamo.tables.clear()
        self.queues.clear()
        forget_caches()

    def _SendMessageBatch(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - named after the operation
        self.queues.setdefault(request["QueueUrl"], []).extend(one["MessageBody"] for one in request["Entries"])
        return {}

    def _GetQueueAttributes(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"Attributes": {"ApproximateNumberOfMessages": str(len(self.queues.get(request["QueueUrl"], ())))}}


@dataclass(slots=True)
class World:
    """A segment, its people and the queue of broadcasts. `flow` plays the queue: what dies or waits comes again."""

    plane: Plane
    clock: Clock = field(default_factory=lambda: Clock(NOW))
    made: int = 0

    def enlist(self, *persons: str, segment: str = SEGMENT, since: int = BEFORE) -> None:
        """Puts people into a segment."""
        for one in persons:
            if one not in people.persons([one]):
                people.save_person(Person(id=one))
            put_on_list(one, segment, since)

    def merge(self, survivor: str, *absorbed: str, segment: str = SEGMENT) -> None:
        """Makes several one, with the lists brought to where that leaves them."""
        top = people.persons([survivor])[survivor]
        people.save_person(replace(top, height=top.height + 1))
        for one in absorbed:
            people.save_person(replace(people.persons([one])[one], into=survivor))
            people.merged(survivor, one).save()
        since = [at for at in (take_off_list(one, segment) for one in (survivor, *absorbed)) if at]
        if since:
            put_on_list(survivor, segment, min(since))

    def broadcast(self, wanted: Wanted = WANTED, key: str = "") -> Broadcast:
        """Makes one that has not begun."""
        self.made += 1
        return store.create(Broadcast(key or f"b_{self.made:020d}", wanted, self.clock.now, "key"))

    def begin(self, one: Broadcast) -> None:
        """Its time has come."""
        starting.begin(one.id, self.clock.now)

    def messages(self) -> list[str]:
        """Takes everything off the queue, also what was put in with a delay."""
        return self.plane.take(settings().broadcasts_queue_url)

    def flow(self, work: Callable[[CarryOn, str], Any] | None = None, rounds: int = 500) -> None:
        """Plays the queue until it is empty."""
        number = 0
        for _ in range(rounds):
            bodies = self.messages()
            if not bodies:
                return
            for body in bodies:
                number += 1
                self.take(body, f"m{number}", work)
        raise AssertionError("work kept coming back")

    def take(self, body: str, name: str, work: Callable[[CarryOn, str], Any] | None = None) -> None:
        """One message, as the lambda takes it."""
        message = message_of(body)
        if isinstance(message, CarryOn):
            (work or self.work)(message, name)
        else:
            starting.begin(message.broadcast, self.clock.now)

    def work(self, message: CarryOn, name: str) -> fanning_out.End:
        """One worker."""
        carry_on = counting.work if message.counts else fanning_out.work
        end, _ = carry_on(message, name, lambda: self.clock.now)
        return end

    def fan_out(self, one: Broadcast) -> None:
        """All of it."""
        self.begin(one)
        self.flow()

    def told(self, one: Broadcast) -> Counter[str]:
        """Who has a message of the broadcast that was not refused, by the person that they are now."""
        found: Counter[str] = Counter()
        for pk, _ in self.plane.dynamo.tables.get(settings().table("messages"), {}):
            message = messages.find(pk)
            if message is not None and message.order.source.name == one.id and message.state is not State.REFUSED:
                found[people.roots([message.order.person])[message.order.person].id] += 1
        return found

    def phase(self, one: Broadcast) -> Phase:
        """How far it is."""
        return store.existing(one.id).phase

    def letters(self) -> list[dict[str, Any]]:
        """What was put aside."""
        return [json.loads(body) for body in self.plane.take(settings().dead_letters_url)]


def put_on_list(person: str, segment: str = SEGMENT, since: int = BEFORE) -> None:
    """As `audiences.membership` does."""
    shard = partition(Audience.SEGMENT, segment, shard_of(person))
    MemberOfRecord(pk=shard, sk=PERSON_PREFIX + person, since=since).save()
    TallyRecord(pk=shard, sk=COUNT).update([TallyRecord.members.add(1)])


def take_off_list(person: str, segment: str = SEGMENT) -> int:
    """Since when they were on it, 0 for never."""
    shard = partition(Audience.SEGMENT, segment, shard_of(person))
    for record in MemberOfRecord.batch_get([(shard, PERSON_PREFIX + person)], consistent_read=True):
        record.delete()
        TallyRecord(pk=shard, sk=COUNT).update([TallyRecord.members.add(-1)])
        return int(record.since)
    return 0
