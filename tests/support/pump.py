"""Plays Lambda's event-source pollers in process, deterministically, with Lambda's retry rules and, when asked, its bad days.

    pump = Pump(stack)
    pump.stream(MERGE, merge)                  # options of infra/mappings.py
    pump.queue(IMPORT_FILES, import_files)
    pump.drain()                               # until nothing moves any more

    Pump(stack, Faults(Random(7), shuffle=True, redeliver=0.3))     # any order, and one batch in three comes again

    pump.machine(recheck_cohort)               # the state machine `recheck-timer`
    pump.machine(message_cohort, settings().message_timer_arn)
    pump.clock = clock                         # and the handlers' time (tests/support/clock.py): now delays and sleeps end as it goes on

Facts: failed stream batches are retried from the first failed record, halved when the whole batch raised (bisect), and after the
last try go to the dead-letters queue as stream positions; a queue message that fails comes again until its queue's redrive policy
moves it (Lambda developer guide, "Using Lambda with DynamoDB" and "Using Lambda with Amazon SQS").
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from moto.sqs.models import sqs_backends

from chalicelib.events.wire import time_ms
from chalicelib.settings import settings
from infra.mappings import QueueMapping, StreamMapping
from tests.support.aws import Stack
from tests.support.clock import Clock
from tests.support.deliveries import Context, Handler, Outcome, Payload, invoke, queue_message, sequence_number, stream_item, stream_record

LAMBDAS = "huiliu-test"  # what a deployed stage's functions begin with
_PAGE = 1000  # records per GetRecords, its limit
_MAX_ROUNDS = 500


class NotDrained(AssertionError):
    """Work kept coming back for longer than any retry policy explains."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How deliveries go wrong, drawn from one seeded source: `shuffle` gives records in any order, `redeliver` is the chance (0-1)
    that a batch that was done comes once more, `small` cuts batches at random places.
    """

    random: Random
    shuffle: bool = False
    redeliver: float = 0.0
    small: bool = False


@dataclass(slots=True)
class _Stream:
    mapping: StreamMapping
    handler: Handler
    arn: str
    seen: int = 0  # records, since the beginning of the stream


@dataclass(slots=True)
class Pump:
    """The pollers of one test. `calls` counts invocations by function name."""

    stack: Stack
    faults: Faults = field(default_factory=lambda: Faults(Random(0)))
    clock: Clock | None = None
    calls: dict[str, int] = field(default_factory=dict)
    _streams: list[_Stream] = field(default_factory=list)
    _queues: list[tuple[QueueMapping, Handler]] = field(default_factory=list)
    _machines: dict[str, Handler] = field(default_factory=dict)  # by ARN
    _looked_at: int = 0  # when delays were last let go on, in ms of the clock

    def stream(self, mapping: StreamMapping, handler: Handler) -> None:
        """Feeds a handler from the beginning of a table's stream."""
        described = self.stack.client("dynamodb").describe_table(TableName=self.stack.table(mapping.table))
        self._streams.append(_Stream(mapping, handler, described["Table"]["LatestStreamArn"]))

    def queue(self, mapping: QueueMapping, handler: Handler) -> None:
        """Feeds a handler from a queue."""
        self._queues.append((mapping, handler))

    def machine(self, handler: Handler, arn: str = "") -> None:
        """Feeds a handler from the executions of a state machine (`recheck-timer`), each when its time to wake has come."""
        self._machines[arn or settings().recheck_timer_arn] = handler

    def drain(self) -> None:
        """Delivers until every stream and queue is empty. Raises NotDrained when that does not come to an end."""
        for _ in range(_MAX_ROUNDS):
            if not self.step():
                return
        raise NotDrained(f"still busy after {_MAX_ROUNDS} rounds: {self.calls}")

    def step(self) -> int:
        """One look at every stream, sleeper and queue; the number of records, wakings and messages found."""
        self._let_time_go_on()
        return self._wake() + sum(self._poll_stream(one) for one in self._streams) + sum(self._poll_queue(*one) for one in self._queues)

    # ---- streams ----

    def _poll_stream(self, one: _Stream) -> int:
        page = [stream_item(record) for record in self.stack.stream_of(one.mapping.table)[one.seen : one.seen + _PAGE]]
        one.seen += len(page)
        records = [stream_record(record, one.arn) for record in page if _passes(record, one.mapping)]
        if self.faults.shuffle:
            self.faults.random.shuffle(records)
        for batch in self._batches(records, one.mapping.batch_size):
            self._deliver(one, batch, tries=0)
            if self.faults.random.random() < self.faults.redeliver:
                self._deliver(one, batch, tries=0)
        return len(page)

    def _batches(self, records: list[Payload], size: int) -> Iterable[list[Payload]]:
        start = 0
        while start < len(records):
            count = self.faults.random.randint(1, size) if self.faults.small else size
            yield records[start : start + count]
            start += count

    def _deliver(self, one: _Stream, batch: list[Payload], tries: int) -> None:
        """Delivers until done: each pass either advances past what worked, halves the batch, or uses up a try."""
        while batch:
            outcome = self._invoke(one.mapping.function, one.handler, batch)
            rest = _undone(batch, outcome)
            tries = tries if len(rest) == len(batch) else 0
            if outcome.error is not None and len(rest) > 1:
                half = len(rest) // 2
                self._deliver(one, rest[:half], tries)
                rest = rest[half:]
            elif rest and tries >= one.mapping.retries:
                self._give_up(one, rest[0], tries)
                rest, tries = rest[1:], 0
            else:
                tries += 1
            batch = rest

    def _give_up(self, one: _Stream, record: Payload, tries: int) -> None:
        position = sequence_number(record)
        info = {"streamArn": one.arn, "shardId": "shard-0", "startSequenceNumber": position, "endSequenceNumber": position, "batchSize": 1}
        body = {
            "requestContext": {
                "functionArn": f"arn:aws:lambda:us-east-1:123456789012:function:{LAMBDAS}-{one.mapping.function}",
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": tries + 1,
            },
            "DDBStreamBatchInfo": info,
        }
        self.stack.client("sqs").send_message(QueueUrl=self.stack.queue_url("dead-letters"), MessageBody=json.dumps(body))

    # ---- time ----

    def _let_time_go_on(self) -> None:
        """In moto the machine's clock holds delayed and hidden messages back: they are brought forward by as much as the test's clock has
        gone on.
        """
        if self.clock is None:
            return
        gone = self.clock.now - (self._looked_at or self.clock.now)
        self._looked_at = self.clock.now
        for queue in sqs_backends[self.stack.place.account][self.stack.place.region].queues.values():
            for message in queue._messages:
                message.delayed_until -= gone
                message.visible_at -= gone

    def _wake(self) -> int:
        """Plays the state machines: what sleeps no longer is handed to its lambda until that is done. Without a clock nothing wakes."""
        return sum(self._wake_of(arn, handler) for arn, handler in self._machines.items())

    def _wake_of(self, arn: str, handler: Handler) -> int:
        if self.clock is None:
            return 0
        woken = 0
        for execution in self.stack.running(arn):
            state = json.loads(execution.execution_input)
            if self.clock.now < (time_ms(state["wake"], "wake") or 0):
                continue
            while not state["done"]:
                state = handler(state, Context("cohort", execution.name)) or {}
            self.stack.client("stepfunctions").stop_execution(executionArn=execution.execution_arn)
            woken += 1
        return woken

    # ---- queues ----

    def _poll_queue(self, mapping: QueueMapping, handler: Handler) -> int:
        if not self.stack.queue(mapping.queue).messages:
            return 0  # asking for nothing costs milliseconds, and most rounds find nothing
        sqs, url = self.stack.client("sqs"), self.stack.queue_url(mapping.queue)
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=min(10, mapping.batch_size), MessageSystemAttributeNames=["All"])
        messages: list[dict[str, Any]] = found.get("Messages", [])
        if not messages:
            return 0
        batch = [queue_message(one, f"arn:aws:sqs:us-east-1:123456789012:{self.stack.table(mapping.queue)}") for one in messages]
        taken = self._hidden_until(mapping.queue)
        outcome = self._invoke(mapping.function, handler, batch)
        hidden = self._hidden_until(mapping.queue)
        for message in messages:
            number = message["MessageId"]
            if number in outcome.failed and hidden[number] != taken[number]:
                continue  # the handler said when it is to come again
            if outcome.error is not None or number in outcome.failed or self.faults.random.random() < self.faults.redeliver:
                sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
            else:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return len(messages)

    def _hidden_until(self, queue: str) -> dict[str, float]:
        return {message.id: message.visible_at for message in self.stack.queue(queue)._messages}

    def _invoke(self, function: str, handler: Handler, batch: list[Payload]) -> Outcome:
        self.calls[function] = self.calls.get(function, 0) + 1
        return invoke(handler, batch, Context(function, f"request-{self.calls[function]}"))


def _passes(record: dict[str, Any], mapping: StreamMapping) -> bool:
    return mapping.delivers(record["eventName"], record["dynamodb"]["Keys"]["sk"]["S"])


def _undone(batch: list[Payload], outcome: Outcome) -> list[Payload]:
    """What Lambda delivers again: all after an exception, else everything from the first record reported as failed."""
    if outcome.error is not None:
        return batch
    numbers = [sequence_number(record) for record in batch]
    failed = [numbers.index(one) if one in numbers else 0 for one in outcome.failed]
    return batch[min(failed) :] if failed else []
