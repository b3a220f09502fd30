"""A broadcast to a crowd while the lambdas that carry it out are killed, as machines fail: each fan is told once, none is left out.

A few hundred are enough to kill every kind of worker in the middle of its work; `HUILIU_CROWD` sets how many there are. Most of the time
goes by until what a dead worker had claimed may be claimed again, so all of them are killed early.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Any, Final

import pytest

from chalicelib.audiences.membership_records import COUNT, PERSON_PREFIX, MemberOfRecord, TallyRecord, partition, shard_of
from chalicelib.identifiers import identifier
from chalicelib.identity.model import single
from chalicelib.people.model import Person, person_id
from chalicelib.people.packing import pack_person
from chalicelib.people.records import MEMBER_PREFIX, MemberRecord, NodeRecord, node_partition, person_partition
from infra.local_stack import LocalStack, call
from infra.local_wechat.driver import Driver
from infra.wechat_connecting import connect
from tests.e2e.api import Api, Json
from tests.e2e.backstage import dead_letters, logged
from tests.e2e.waiting import eventually
from tests.e2e.workers import DEATH, kill

PEOPLE: Final = int(os.environ.get("HUILIU_CROWD", "300"))
APPID: Final = "wxbroadcast"
# By when all workers of a function are killed, in shares of all people: who are put down for `-fan_out`, who are told for the others. A
# dead fan-out leaves the rest to be put down later, so that is the last one.
KILLED: Final = {"-fan_out": (0.3, 0.7), "-dispatch": (0.01, 0.1, 0.25), "-send_template": (0.01, 0.1, 0.25)}
# What a dead worker had taken comes back after so long here, as soon as its claims are over; in production after some minutes. No worker
# lives for longer.
HIDDEN_SECONDS: Final = 90
# Two processors carry out more with few workers than with the fifty that production may have, each of which has to start.
WORKERS: Final = 3
SHORTENED: Final = {"-fan_out": "BroadcastsQueueUrl", "-send_template": "SendTemplateQueueUrl", "-follow_up": "FollowupsQueueUrl"}
SHELF: Final = 25  # items of one BatchWriteItem
LONG: Final = 240.0 + PEOPLE / 10  # seconds; a message that a dead worker had claimed is taken up after ninety

Count = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Settings:
    """How a lambda and its queue are set: how long it lives and how long a message is hidden (seconds), and how many run at once."""

    life: int
    hidden: int
    workers: int


@pytest.fixture
def wechat(stack: LocalStack) -> Iterator[Driver]:
    """An account, and few workers whose death shows sooner than in production."""
    before = {function: changed(stack, function, None) for function in SHORTENED}
    for function, found in before.items():
        changed(stack, function, Settings(min(found.life, HIDDEN_SECONDS), HIDDEN_SECONDS, WORKERS))
    driver = connect(stack, APPID, {"title": "服务号", "type": "service", "mode": "safe"})
    driver.change(APPID, callback_url="")  # each receipt would start a worker of the API's own, and the two processors have enough to do
    yield driver
    for function, found in before.items():
        changed(stack, function, found)


def changed(stack: LocalStack, function: str, to: Settings | None) -> Settings:
    """Sets a lambda and its queue; how they were set before."""
    sqs, functions = stack.stage.client("sqs"), stack.stage.client("lambda")
    name, url = stack.stage.function_prefix + function, stack.data[SHORTENED[function]]
    (mapping,) = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    life = int(functions.get_function_configuration(FunctionName=name)["Timeout"])
    hidden = int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]["VisibilityTimeout"])
    if to is not None:
        functions.update_function_configuration(FunctionName=name, Timeout=to.life)
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(to.hidden)})
        functions.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": to.workers})
    return Settings(life, hidden, int(mapping["ScalingConfig"]["MaximumConcurrency"]))


def fans(driver: Driver, count: int, mark: str) -> list[str]:
    """So many followers, without an event each."""
    made = call(f"{driver.url}/_sim/crowd", "", {"appid": APPID, "count": count, "prefix": f"fan-{mark}-"})
    return [str(openid) for openid in made["openids"]]


def gather(stack: LocalStack, api: Api, openids: list[str], mark: str) -> str:
    """Makes them people in a segment, as their events would have left them: thousands of these would take minutes."""
    segment = f"broadcast-{mark}"
    api.publish("segments", segment, {"where": {"event": f"Joined{mark}", "count": {"gte": 1}}})
    eventually(lambda: api.read(f"/v1/segments/{segment}/count")["backfill"], lambda state: state == "done", LONG)
    written: dict[str, list[Json]] = {"people": [], "audiences": []}
    members: Counter[str] = Counter()
    for openid in openids:
        one = identifier(f"openid:{APPID}", openid)
        person = person_id(one.key)
        made = Person(id=person, cluster=single(one))
        node = NodeRecord(pk=node_partition(one.key), person=person, since=1, source="shop")
        member = MemberRecord(pk=person_partition(person), sk=MEMBER_PREFIX + one.key)
        written["people"] += [record.serialize() for record in (pack_person(made, 1), node, member)]
        shard = partition("segment", segment, shard_of(person))
        written["audiences"].append(MemberOfRecord(pk=shard, sk=PERSON_PREFIX + person, since=1).serialize())
        members[shard] += 1
    written["audiences"] += [TallyRecord(pk=shard, sk=COUNT, members=number).serialize() for shard, number in members.items()]
    shelves = [(table, items[at : at + SHELF]) for table, items in written.items() for at in range(0, len(items), SHELF)]
    with ThreadPoolExecutor(4) as writers:
        for _ in writers.map(lambda shelf: put(stack, *shelf), shelves):
            pass  # an error in a writer shows here
    return segment


def put(stack: LocalStack, table: str, items: list[Json]) -> None:
    name = f"{stack.stage.place.prefix}-{table}"
    asked = {name: [{"PutRequest": {"Item": item}} for item in items]}
    answer = stack.stage.client("dynamodb").batch_write_item(RequestItems=asked)
    assert not answer["UnprocessedItems"]


def told(driver: Driver, template: str) -> Counter[str]:
    """How often each fan got it."""
    return Counter(str(one["openid"]) for one in driver.outbox(appid=APPID, template_id=template) if one["decision"] == "accepted")


def messages(stack: LocalStack) -> int:
    """How many there are in the ledger."""
    pages = stack.stage.client("dynamodb").get_paginator("scan").paginate(TableName=f"{stack.stage.place.prefix}-messages", Select="COUNT")
    return sum(int(page["Count"]) for page in pages)


def glanced(look: Count) -> Count:
    """Looks for a small part of the time only: what is watched has the same two processors."""
    seen, until = 0, 0.0

    def count() -> int:
        nonlocal seen, until
        if (began := time.monotonic()) >= until:
            seen = look()
            until = time.monotonic() + max(0.2, 9 * (time.monotonic() - began))
        return seen

    return count


@contextmanager
def killing(stack: LocalStack, progress: Mapping[str, Count], chance: Random) -> Iterator[Counter[str]]:
    """Beside the block, kills all workers of each function now and then, at random places of its progress; how many, by function."""
    hit: Counter[str] = Counter()
    due = {function: [PEOPLE * chance.uniform(*between) for between in pairwise(KILLED[function])] for function in progress}
    over = threading.Event()

    def watch() -> None:
        while any(due.values()) and not over.wait(0.05):
            for function, count in progress.items():
                if due[function] and 0 < count() >= due[function][0] and (dead := kill(pid, stack.stage.function_prefix + function)):
                    hit[function] += dead
                    due[function].pop(0)

    pid = stack.emulator.process.pid
    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield hit
    finally:
        over.set()
        thread.join()


def broadcast(api: Api, segment: str, template: str) -> Any:
    wanted = {"segment": segment, "template": template, "channels": ["template"], "key": segment}
    made = api.write("POST", "/v1/broadcasts", wanted)
    assert api.write("POST", "/v1/broadcasts", wanted)["id"] == made["id"]  # the answer got lost
    return made["id"]


def test_everybody_is_told_once_although_workers_are_killed_at_random(stack: LocalStack, api: Api, wechat: Driver, mark: str) -> None:
    openids = fans(wechat, PEOPLE, mark)
    platform = wechat.template(APPID, ["thing1"])
    words = {"account": APPID, "template_id": platform, "data": {"thing1": {"value": "新品到店"}}}
    api.publish("templates", f"news-{mark}", {"category": "service", "channels": {"template": words}})
    segment = gather(stack, api, openids, mark)
    deaths, letters, others = len(logged(stack, DEATH)), dead_letters(stack), messages(stack)
    began = time.monotonic()
    put_down, sent = glanced(lambda: messages(stack) - others), glanced(lambda: sum(told(wechat, platform).values()))
    with killing(stack, {"-fan_out": put_down, "-dispatch": sent, "-send_template": sent}, Random(20261122)) as hit:
        one = broadcast(api, segment, f"news-{mark}")
        eventually(sent, lambda found: found >= PEOPLE, LONG)
    found = eventually(
        lambda: api.read(f"/v1/broadcasts/{one}"),
        lambda shown: shown["phase"] == "done" and shown["report"]["sent"] >= PEOPLE,
        LONG,
    )
    print(f"{PEOPLE} told in {time.monotonic() - began:.0f} s; killed {dict(hit)}, at work {len(logged(stack, DEATH)) - deaths}")
    assert (found["report"]["messages"], found["report"]["unknown"], found["report"]["failed"]) == (PEOPLE, 0, 0)
    assert told(wechat, platform) == Counter(openids)
    assert dead_letters(stack) == letters
    assert len(logged(stack, DEATH)) > deaths, "nobody was at work when a worker was killed"
