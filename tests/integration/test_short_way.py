"""What is asked of moto the short way is answered as it is over the wire: the same answers, the same refusals, the same items left."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError

from tests.support import short_way
from tests.support.aws import Stack, client, memory_stack
from tests.support.deliveries import stream_item, stream_record
from tests.support.environment import PLACE

Step = tuple[str, str, dict[str, Any]]  # service, operation, request

PEOPLE: Final = f"{PLACE.prefix}-people"
EVENTS: Final = f"{PLACE.prefix}-events"
QUEUE: Final = f"https://sqs.{PLACE.region}.amazonaws.com/{PLACE.account}/{PLACE.prefix}-fans"
KEY: Final[dict[str, Any]] = {"pk": {"S": "P#1"}, "sk": {"S": "a"}}
ITEM: Final[dict[str, Any]] = KEY | {
    "rev": {"N": "1"}, "packed": {"B": b"\x00\xff"}, "tags": {"SS": ["b", "a"]},
    "more": {"M": {"x": {"L": [{"BOOL": True}, {"NULL": True}]}}},
}  # fmt: skip
FREE: Final[dict[str, Any]] = {"ConditionExpression": "attribute_not_exists (#0)", "ExpressionAttributeNames": {"#0": "pk"}}
PUT: Final[Step] = ("dynamodb", "put_item", {"TableName": PEOPLE, "Item": ITEM})


def dynamo(operation: str, table: str = PEOPLE, /, **request: Any) -> Step:
    """A call that names its table."""
    return "dynamodb", operation, {"TableName": table, **request}


def queue(operation: str, **request: Any) -> Step:
    """A call that names its queue."""
    return "sqs", operation, {"QueueUrl": QUEUE, **request}


def several(count: int) -> Step:
    """Items of one partition."""
    items = [{"PutRequest": {"Item": {"pk": {"S": "P#2"}, "sk": {"S": f"{n:02}"}, "n": {"N": str(n)}}}} for n in range(count)]
    return "dynamodb", "batch_write_item", {"RequestItems": {EVENTS: items}}


OF_ONE: Final[dict[str, Any]] = {
    "KeyConditionExpression": "#0 = :0 AND #1 > :1",
    "ExpressionAttributeNames": {"#0": "pk", "#1": "sk"},
    "ExpressionAttributeValues": {":0": {"S": "P#2"}, ":1": {"S": "02"}},
}
RAISED: Final[dict[str, Any]] = {
    "Key": KEY,
    "UpdateExpression": "SET #0 = :0 ADD #1 :1",
    "ExpressionAttributeNames": {"#0": "name", "#1": "rev"},
    "ExpressionAttributeValues": {":0": {"S": "明"}, ":1": {"N": "2"}},
}
ENTRIES: Final = [{"Id": "1", "MessageBody": "one"}, {"Id": "2", "MessageBody": "二", "DelaySeconds": 60}]

SCRIPTS: Final[dict[str, list[Step]]] = {
    "an item is put and read": [PUT, dynamo("get_item", Key=KEY), dynamo("get_item", Key=KEY | {"sk": {"S": "none"}})],
    "a condition does not hold": [PUT, dynamo("put_item", Item=ITEM, **FREE), dynamo("delete_item", Key=KEY, **FREE)],
    "the old item is asked for": [
        PUT,
        dynamo("put_item", Item=KEY, ReturnValues="ALL_OLD"),
        dynamo("delete_item", Key=KEY, ReturnValues="ALL_OLD"),
    ],
    "the item behind a refusal is asked for": [PUT, dynamo("put_item", Item=ITEM, ReturnValuesOnConditionCheckFailure="ALL_OLD", **FREE)],
    "an item is changed": [PUT, *(dynamo("update_item", **RAISED, ReturnValues=of) for of in ("NONE", "ALL_NEW", "ALL_OLD"))],
    "a partition is read page by page": [
        several(9),
        dynamo("query", EVENTS, Limit=3, **OF_ONE),
        dynamo("query", EVENTS, Limit=3, ScanIndexForward=False, ExclusiveStartKey={"pk": {"S": "P#2"}, "sk": {"S": "05"}}, **OF_ONE),
        dynamo("query", EVENTS, Select="COUNT", **OF_ONE),
    ],
    "a table is read": [several(4), dynamo("scan", EVENTS), dynamo("scan", EVENTS, Limit=2), dynamo("scan")],
    "items are read together": [
        PUT,
        ("dynamodb", "batch_get_item", {"RequestItems": {PEOPLE: {"Keys": [KEY, KEY | {"sk": {"S": "none"}}]}}}),
        ("dynamodb", "batch_get_item", {"RequestItems": {PEOPLE: {"Keys": [KEY, KEY]}}}),
    ],
    "items are written together": [
        ("dynamodb", "transact_write_items", {"TransactItems": [{"Put": {"TableName": PEOPLE, "Item": ITEM, **FREE}}]}),
        ("dynamodb", "transact_write_items", {"TransactItems": [
            {"Put": {"TableName": PEOPLE, "Item": ITEM | {"sk": {"S": "b"}}}},
            {"Put": {"TableName": PEOPLE, "Item": ITEM, **FREE}},
        ]}),
        dynamo("scan"),
    ],
    "there is no such table": [dynamo("get_item", "nowhere", Key=KEY), dynamo("put_item", "nowhere", Item=ITEM)],
    "a key is empty": [dynamo("put_item", Item=KEY | {"pk": {"S": ""}}), dynamo("get_item", Key=KEY | {"pk": {"S": ""}})],
    "a request is malformed": [dynamo("get_item"), dynamo("put_item", Item={"pk": "P#1"}), queue("send_message", MessageBody=1)],
    "capacity is asked for": [PUT, dynamo("get_item", Key=KEY, ReturnConsumedCapacity="TOTAL")],
    "messages are sent and taken": [
        queue("send_message", MessageBody="零"),
        queue("send_message_batch", Entries=ENTRIES),
        queue("receive_message", MaxNumberOfMessages=10, MessageSystemAttributeNames=["ApproximateReceiveCount", "SenderId"]),
        queue("receive_message"),
    ],
    "a queue is asked for": [
        ("sqs", "get_queue_url", {"QueueName": f"{PLACE.prefix}-fans"}),
        ("sqs", "get_queue_url", {"QueueName": "none"}),
        ("sqs", "send_message", {"QueueUrl": f"{QUEUE}-none", "MessageBody": "x"}),
    ],
    "too much is wanted of a queue": [
        queue("receive_message", MaxNumberOfMessages=11),
        queue("send_message_batch", Entries=[]),
        queue("delete_message", ReceiptHandle="none"),
        queue("change_message_visibility", ReceiptHandle="none", VisibilityTimeout=1),
    ],
}  # fmt: skip
BY_CHANCE: Final = ("MessageId", "ReceiptHandle", "ResponseMetadata", "RequestId", "ApproximateCreationDateTime")


@pytest.fixture
def stack() -> Iterator[Stack]:
    """Empty tables and queues, afresh for each way."""
    with memory_stack() as made:
        yield made


@pytest.mark.parametrize("script", SCRIPTS)
def test_both_ways_bring_the_same_answers(script: str, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    monkeypatch.setattr(short_way, "_handler", _noting(short_way._handler, taken))
    short = [told(step) for step in SCRIPTS[script]], stack.items("people"), stack.items("events")
    monkeypatch.undo()
    monkeypatch.setattr(BaseClient, "_make_api_call", short_way._LONG_WAY)
    with memory_stack() as again:
        monkeypatch.setattr(BaseClient, "_make_api_call", short_way._LONG_WAY)
        assert ([told(step) for step in SCRIPTS[script]], again.items("people"), again.items("events")) == short
    assert taken or script == "a request is malformed"


def test_a_message_taken_the_short_way_is_hidden_and_deleted(stack: Stack) -> None:
    sqs = client("sqs")
    sqs.send_message(QueueUrl=QUEUE, MessageBody="x")
    (taken,) = sqs.receive_message(QueueUrl=QUEUE)["Messages"]
    assert "Messages" not in sqs.receive_message(QueueUrl=QUEUE)
    sqs.change_message_visibility(QueueUrl=QUEUE, ReceiptHandle=taken["ReceiptHandle"], VisibilityTimeout=0)
    (again,) = sqs.receive_message(QueueUrl=QUEUE)["Messages"]
    sqs.delete_message(QueueUrl=QUEUE, ReceiptHandle=again["ReceiptHandle"])
    assert not stack.messages("fans")


def test_what_is_read_of_a_stream_is_what_its_interface_shows(stack: Stack) -> None:
    dynamodb, streams = client("dynamodb"), client("dynamodbstreams")
    dynamodb.put_item(TableName=PEOPLE, Item=ITEM)
    dynamodb.update_item(TableName=PEOPLE, **RAISED)
    dynamodb.delete_item(TableName=PEOPLE, Key=KEY)
    arn = dynamodb.describe_table(TableName=PEOPLE)["Table"]["LatestStreamArn"]
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    start = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    shown = [stream_record(one, arn) for one in streams.get_records(ShardIterator=start)["Records"]]
    read = [stream_record(stream_item(one), arn) for one in stack.stream_of("people")]
    assert [without_chance(one) for one in read] == [without_chance(one) for one in shown]
    assert [one["eventName"] for one in read] == ["INSERT", "MODIFY", "REMOVE"]


def test_a_request_and_what_is_stored_of_it_share_nothing(stack: Stack) -> None:
    item: dict[str, Any] = {**KEY, "more": {"M": {"x": {"S": "before"}}}}
    client("dynamodb").put_item(TableName=PEOPLE, Item=item)
    item["more"]["M"]["x"]["S"] = "after"
    (found,) = stack.items("people")
    assert found["more"] == {"M": {"x": {"S": "before"}}}
    found["more"]["M"]["x"]["S"] = "after"
    assert stack.items("people")[0]["more"] == {"M": {"x": {"S": "before"}}}


def test_each_stack_is_empty_whatever_was_in_the_one_before() -> None:
    for _ in range(2):
        with memory_stack() as made:
            assert made.items("people") == []
            assert made.messages("fans") == []
            assert made.client("s3").list_objects_v2(Bucket=f"{PLACE.prefix}-lake-{PLACE.account}")["KeyCount"] == 0
            client("dynamodb").put_item(TableName=PEOPLE, Item=ITEM)
            client("sqs").send_message(QueueUrl=QUEUE, MessageBody="x")
            made.client("s3").put_object(Bucket=f"{PLACE.prefix}-lake-{PLACE.account}", Key="k", Body=b"x")


def told(step: Step) -> Any:
    """What a call brings, without what is drawn by chance."""
    service, operation, request = step
    try:
        return without_chance(getattr(client(service), operation)(**request))
    except ClientError as refusal:
        return type(refusal).__name__, without_chance(refusal.response), refusal.response["ResponseMetadata"]["HTTPStatusCode"]
    except BotoCoreError as refusal:
        return repr(refusal)


def without_chance(value: Any) -> Any:
    """The same without ids."""
    if isinstance(value, dict):
        return {key: without_chance(one) for key, one in value.items() if key not in BY_CHANCE}
    return [without_chance(one) for one in value] if isinstance(value, list) else value


def _noting(real: Callable[..., Any], taken: list[str]) -> Callable[..., Any]:
    def noting(handler: Any, client: Any, model: Any, request: Any) -> Any:
        taken.append(model.name)
        return real(handler, client, model, request)

    return noting
