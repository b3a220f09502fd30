"""Dead letters are listed, and replayed once their cause is mended."""

import io
import json
from typing import Any

import pytest

from infra import dead_letters
from infra.mappings import MERGE, PERFORM, SCORE, SENDERS
from infra.parked import parked, put_back
from infra.stage import Stage
from tests.support.aws import Stack, client
from tests.support.deliveries import Context, Handler, Payload, sequence_number
from tests.support.pump import Pump

NOW = 1_790_000_000.0


class Lambdas:
    """Stands in for Lambda's Invoke: calls a handler in process."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.records: list[Payload] = []
        self.fails: set[str] = set()

    def handle(self, event: Payload, _context: Any) -> Payload:
        keys = [record["dynamodb"]["Keys"]["sk"]["S"] for record in event["Records"]]
        self.seen += keys
        self.records += event["Records"]
        failed = [one for one, key in zip(event["Records"], keys, strict=True) if key in self.fails]
        return {"batchItemFailures": [{"itemIdentifier": sequence_number(one)} for one in failed]}

    def bring_up(self, event: Payload, _context: Any) -> Payload:
        self.seen += [json.loads(record["body"])["person"] for record in event["Records"]]
        return {"batchItemFailures": []}

    def send(self, event: Payload, _context: Any) -> Payload:
        self.seen += [record["body"] for record in event["Records"]]
        return {"batchItemFailures": []}

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - boto3's names
        handlers: dict[str, Handler] = {"pass_people": self.bring_up, "send_sms": self.send}
        handlers |= dict.fromkeys(("merge", "score", "perform"), self.handle)
        handler = handlers[FunctionName.removeprefix("huiliu-test-")]
        answer = handler(json.loads(Payload), Context("merge", "replay"))
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


@pytest.fixture
def lambdas() -> Lambdas:
    return Lambdas()


@pytest.fixture
def stage(stack: Stack, lambdas: Lambdas, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(Stage, "data", lambda _self: {"DeadLettersUrl": stack.queue_url("dead-letters")})
    return Stage("test", stack.place, lambda service: lambdas if service == "lambda" else client(service), 0)


def put(stack: Stack, *keys: str) -> None:
    for key in keys:
        stack.client("dynamodb").put_item(TableName=stack.table("events"), Item={"pk": {"S": "user_id#u1"}, "sk": {"S": key}})


def bury(stack: Stack, key: str) -> None:
    letter = {"function": "merge", "pk": "user_id#u1", "sk": key, "reason": "ValueError: poison"}
    stack.client("sqs").send_message(QueueUrl=stack.queue_url("dead-letters"), MessageBody=json.dumps(letter))


def test_a_letter_is_given_to_its_lambda_again_and_taken_off(stack: Stack, stage: Stage, lambdas: Lambdas) -> None:
    put(stack, "1")
    bury(stack, "1")
    assert dead_letters.replay(stage) == (1, 0)
    assert lambdas.seen == ["1"]
    assert dead_letters.replay(stage) == (0, 0)


def test_a_letter_that_fails_again_stays(stack: Stack, stage: Stage, lambdas: Lambdas) -> None:
    put(stack, "1", "2")
    bury(stack, "1")
    bury(stack, "2")
    lambdas.fails = {"1"}
    assert dead_letters.replay(stage) == (1, 1)
    assert [json.loads(body)["sk"] for body in stack.messages("dead-letters")] == ["1"]


def test_a_letter_of_lambdas_own_finds_its_events_through_the_stream(stack: Stack, stage: Stage, lambdas: Lambdas) -> None:
    put(stack, "1", "2", "3")
    lambdas.fails = {"2"}
    pump = Pump(stack)
    pump.stream(MERGE, lambdas.handle)
    pump.drain()
    lambdas.fails, lambdas.seen = set(), []
    assert dead_letters.replay(stage) == (1, 0)
    assert lambdas.seen == ["2"]


def test_a_letter_of_the_scoring_lambda_finds_its_item_among_people(stack: Stack, stage: Stage, lambdas: Lambdas) -> None:
    item = {"pk": {"S": "P#p_1"}, "sk": {"S": "person"}, "ring": {"B": b"123456"}}
    stack.client("dynamodb").put_item(TableName=stack.table("people"), Item=item)
    letter = {"function": "score", "pk": "P#p_1", "sk": "person", "reason": "ValueError: poison"}
    stack.client("sqs").send_message(QueueUrl=stack.queue_url("dead-letters"), MessageBody=json.dumps(letter))
    assert dead_letters.replay(stage) == (1, 0)
    (record,) = lambdas.records
    assert record["dynamodb"]["NewImage"]["ring"] == {"B": "MTIzNDU2"}  # in base64, as a lambda gets it


def test_what_an_item_was_before_comes_along_where_the_stream_knows_it(stack: Stack, stage: Stage, lambdas: Lambdas) -> None:
    table, keys = stack.table("people"), {"pk": {"S": "P#p_1"}, "sk": {"S": "standing"}}
    for version in ("1", "2"):
        stack.client("dynamodb").put_item(TableName=table, Item={**keys, "ver": {"N": version}})
    stack.client("dynamodb").delete_item(TableName=table, Key=keys)
    lambdas.fails = {"standing"}
    pump = Pump(stack)
    pump.stream(SCORE, lambdas.handle)
    pump.drain()
    lambdas.fails, lambdas.records = set(), []
    assert dead_letters.replay(stage) == (3, 0)  # the first has nothing left to show
    assert [(one["eventName"], one["dynamodb"]["OldImage"]["ver"]["N"]) for one in lambdas.records] == [("REMOVE", "1"), ("REMOVE", "2")]


def test_what_was_to_follow_from_a_write_is_done_though_others_came_after_it(stack: Stack, stage: Stage, lambdas: Lambdas) -> None:
    keys = {"pk": {"S": "P#p_1"}, "sk": {"S": "coupon"}}
    for version in ("1", "2"):
        stack.client("dynamodb").put_item(TableName=stack.table("runs"), Item={**keys, "rev": {"N": version}})
    lambdas.fails = {"coupon"}
    pump = Pump(stack)
    pump.stream(PERFORM, lambdas.handle)
    pump.drain()
    lambdas.fails, lambdas.records = set(), []
    assert dead_letters.replay(stage) == (2, 0)
    assert [one["dynamodb"]["NewImage"]["rev"]["N"] for one in lambdas.records] == ["1", "2"]


def test_a_letter_whose_stream_records_are_gone_stays_and_says_so(
    stack: Stack, stage: Stage, lambdas: Lambdas, capsys: pytest.CaptureFixture[str]
) -> None:
    arn = stack.client("dynamodb").describe_table(TableName=stack.table("events"))["Table"]["LatestStreamArn"]
    batch = {"streamArn": arn, "startSequenceNumber": "9" * 22, "endSequenceNumber": "9" * 22}
    body = {
        "requestContext": {"functionArn": "arn:aws:lambda:r:1:function:huiliu-test-merge", "condition": "x"},
        "DDBStreamBatchInfo": batch,
    }
    stack.client("sqs").send_message(QueueUrl=stack.queue_url("dead-letters"), MessageBody=json.dumps(body))
    assert dead_letters.replay(stage) == (0, 1)
    assert "24 hours" in capsys.readouterr().out
    assert lambdas.seen == []


def test_listing_tells_the_reasons_and_leaves_the_letters(stack: Stack, stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    bury(stack, "1")
    for _ in range(2):
        dead_letters.show(stage)
        assert "merge user_id#u1 1: ValueError: poison" in capsys.readouterr().out


def test_a_person_that_a_pass_could_not_bring_up_is_brought_up(stack: Stack, stage: Stage, lambdas: Lambdas) -> None:
    letter = {"function": "pass_people", "pk": "p_1", "sk": "person", "reason": "ValueError: poison"}
    stack.client("sqs").send_message(QueueUrl=stack.queue_url("dead-letters"), MessageBody=json.dumps(letter))
    assert dead_letters.replay(stage) == (1, 0)
    assert lambdas.seen == ["p_1"]


def test_a_message_that_a_channel_could_not_send_is_given_to_it_again(stack: Stack, stage: Stage, lambdas: Lambdas) -> None:
    letter = {"function": "send_sms", "pk": "m1", "sk": "2", "reason": "ValueError: no such state"}
    stack.client("sqs").send_message(QueueUrl=stack.queue_url("dead-letters"), MessageBody=json.dumps(letter))
    assert dead_letters.replay(stage) == (1, 0)
    assert [json.loads(body) for body in lambdas.seen] == [{"id": "m1", "attempt": 2}]


@pytest.mark.parametrize("queue", [one.queue for one in SENDERS])
def test_what_a_channel_looked_at_in_vain_is_counted_and_put_back(queue: str, stack: Stack, stage: Stage) -> None:
    stack.client("sqs").send_message(QueueUrl=stack.queue_url(f"{queue}-dlq"), MessageBody="{}")
    assert parked(stage) == {queue: 1}
    assert put_back(stage) == {queue: 1}
    assert stack.messages(queue) == ["{}"]


@pytest.mark.parametrize("function", ["pass_people", "import_files", "send_sms"])
def test_a_letter_about_a_message_that_nobody_understood_stays(stack: Stack, stage: Stage, lambdas: Lambdas, function: str) -> None:
    letter = {"function": function, "pk": "message", "sk": "", "reason": "not ours"}
    stack.client("sqs").send_message(QueueUrl=stack.queue_url("dead-letters"), MessageBody=json.dumps(letter))
    assert dead_letters.replay(stage) == (0, 1)
    assert lambdas.seen == []


def test_messages_that_failed_five_times_are_counted_and_put_back(stack: Stack, stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    url = stack.queue_url("replies-dlq")
    for body in ("one", "two"):
        stack.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    dead_letters.show(stage)
    assert "2 messages of the queue replies failed as often as they may" in capsys.readouterr().out
    dead_letters.replay(stage)
    assert "2 messages are back in the queue replies" in capsys.readouterr().out
    assert sorted(stack.messages("replies")) == ["one", "two"]
    assert stack.messages("replies-dlq") == []


def test_replaying_again_finds_nothing_to_put_back(stack: Stack, stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stack.client("sqs").send_message(QueueUrl=stack.queue_url("fans-dlq"), MessageBody="{}")
    dead_letters.replay(stage)
    dead_letters.replay(stage)
    assert capsys.readouterr().out.count("back in the queue") == 1
