"""The pump itself: it has to be as hard on handlers as Lambda is."""

import json
from random import Random
from typing import Any

from infra.mappings import IMPORT_FILES, MERGE
from tests.support.aws import Stack
from tests.support.deliveries import Payload, sequence_number
from tests.support.pump import Faults, Pump


class Recorder:
    """A handler that remembers the sort keys it was given and fails as told. Usage: `Recorder(fails={"3": 2})` fails event 3 twice."""

    def __init__(self, fails: dict[str, int] | None = None, raises: set[str] | None = None) -> None:
        self.seen: list[list[str]] = []
        self.fails = fails or {}
        self.raises = raises or set()

    def __call__(self, event: Payload, _context: Any) -> Payload:
        batch = [record["dynamodb"]["Keys"]["sk"]["S"] for record in event["Records"]]
        self.seen.append(batch)
        if self.raises & set(batch):
            raise RuntimeError("poison")
        return {"batchItemFailures": [{"itemIdentifier": sequence_number(one)} for one in event["Records"] if self._fails_now(one)]}

    def _fails_now(self, record: Payload) -> bool:
        key = record["dynamodb"]["Keys"]["sk"]["S"]
        self.fails[key] = self.fails.get(key, 0) - 1
        return self.fails[key] >= 0

    @property
    def flat(self) -> list[str]:
        """Every key in the order of delivery."""
        return [key for batch in self.seen for key in batch]


def _put(stack: Stack, *keys: str) -> None:
    for key in keys:
        stack.client("dynamodb").put_item(TableName=stack.table("events"), Item={"pk": {"S": "user_id#u1"}, "sk": {"S": key}})


def _pumped(stack: Stack, handler: Recorder, faults: Faults | None = None) -> Pump:
    pump = Pump(stack, faults or Faults(Random(0)))
    pump.stream(MERGE, handler)
    pump.drain()
    return pump


def test_records_arrive_in_order_and_once(stack: Stack) -> None:
    _put(stack, "1", "2", "3")
    handler = Recorder()
    _pumped(stack, handler)
    assert handler.seen == [["1", "2", "3"]]


def test_a_put_that_changes_an_item_is_not_delivered(stack: Stack) -> None:
    _put(stack, "1", "1")
    handler = Recorder()
    _pumped(stack, handler)
    assert handler.flat == ["1"]


def test_a_reported_failure_is_retried_from_that_record_on(stack: Stack) -> None:
    _put(stack, "1", "2", "3")
    handler = Recorder(fails={"2": 1})
    _pumped(stack, handler)
    assert handler.seen == [["1", "2", "3"], ["2", "3"]]


def test_an_exception_halves_the_batch_until_the_poison_stands_alone(stack: Stack) -> None:
    _put(stack, "1", "2", "3", "4")
    handler = Recorder(raises={"3"})
    _pumped(stack, handler)
    assert handler.seen[:3] == [["1", "2", "3", "4"], ["1", "2"], ["3", "4"]]
    assert handler.seen[-1] == ["4"]


def test_a_record_that_never_works_becomes_a_dead_letter_and_the_others_go_on(stack: Stack) -> None:
    _put(stack, "1", "2", "3")
    handler = Recorder(fails={"2": 1000})
    _pumped(stack, handler)
    assert handler.flat.count("2") == MERGE.retries + 1
    assert "3" in handler.seen[-1]
    (letter,) = [json.loads(body) for body in stack.messages("dead-letters")]
    assert letter["requestContext"]["condition"] == "RetryAttemptsExhausted"


def test_a_bad_day_delivers_everything_in_any_order_and_more_than_once(stack: Stack) -> None:
    keys = [f"{n:02}" for n in range(40)]
    _put(stack, *keys)
    handler = Recorder()
    _pumped(stack, handler, Faults(Random(3), shuffle=True, redeliver=0.9, small=True))
    assert sorted(set(handler.flat)) == keys
    assert handler.flat != sorted(handler.flat)
    assert len(handler.flat) > len(keys)


def test_the_same_seed_gives_the_same_day(stack: Stack) -> None:
    _put(stack, *[f"{n:02}" for n in range(20)])
    one, other = Recorder(), Recorder()
    for handler in (one, other):
        _pumped(stack, handler, Faults(Random(5), shuffle=True, redeliver=0.5, small=True))
    assert one.seen == other.seen


def test_a_queue_message_that_fails_comes_again_and_ends_in_its_dead_letter_queue(stack: Stack) -> None:
    stack.messages("imports")  # the test notice that a bucket sends when it is connected
    stack.client("sqs").send_message(QueueUrl=stack.queue_url("imports"), MessageBody="bad")
    tries: list[str] = []

    def refuse(event: Payload, _context: Any) -> Payload:
        tries.extend(record["body"] for record in event["Records"])
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in event["Records"]]}

    pump = Pump(stack)
    pump.queue(IMPORT_FILES, refuse)
    pump.drain()
    assert tries == ["bad"] * 5
    assert stack.messages("imports-dlq") == ["bad"]


def test_a_stack_that_is_cleared_holds_nothing(stack: Stack) -> None:
    _put(stack, "1")
    stack.clear()
    handler = Recorder()
    _pumped(stack, handler)
    assert handler.seen == []
    assert stack.items("events") == []
