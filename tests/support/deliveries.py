"""The shapes in which Lambda hands stream records and queue messages to a handler, and what it reads from the answer."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moto.dynamodb.models.utilities import dynamo_json_dump

Payload = dict[str, Any]
Handler = Callable[[Payload, Any], Payload | None]


class Killed(BaseException):
    """The worker died between two lines. Not an Exception, so that no handler under test can catch it by accident."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a handler may ask of its invocation."""

    function_name: str
    aws_request_id: str
    memory_limit_in_mb: int = 256

    @property
    def invoked_function_arn(self) -> str:
        """The ARN of a function in moto's account."""
        return f"arn:aws:lambda:us-east-1:123456789012:function:{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Always thirty seconds: time does not pass in these tests."""
        return 30_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one invocation ended: `error` when it raised, else the identifiers that it reported as failed."""

    error: BaseException | None
    failed: frozenset[str]


def invoke(handler: Handler, records: Sequence[Payload], context: Context) -> Outcome:
    """Calls a handler with a batch the way Lambda does; a kill or an exception becomes the outcome."""
    try:
        answer = handler({"Records": [dict(one) for one in records]}, context)
    except (Exception, Killed) as error:  # noqa: BLE001 - whatever a handler raises is a failed batch
        return Outcome(error, frozenset())
    failures = (answer or {}).get("batchItemFailures", [])
    return Outcome(None, frozenset(str(one["itemIdentifier"]) for one in failures))


def stream_record(record: Payload, stream_arn: str) -> Payload:
    """A record of GetRecords as a lambda sees it: plain JSON values and the stream's ARN."""
    return {**_json(record), "eventSourceARN": stream_arn, "eventSource": "aws:dynamodb"}


def stream_item(record: Payload) -> Payload:
    """What GetRecords answers of a record that moto keeps."""
    item: Payload = _read(json.loads(dynamo_json_dump(record)))
    return item


def queue_message(message: Payload, queue_arn: str) -> Payload:
    """A message of ReceiveMessage as a lambda sees it."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": message.get("MessageAttributes", {}),
        "md5OfBody": message.get("MD5OfBody", ""),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": "us-east-1",
    }


def sequence_number(record: Payload) -> str:
    """The identifier under which a handler reports a stream record as failed."""
    return str(record["dynamodb"]["SequenceNumber"])


def _read(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: base64.b64decode(one) if key == "B" and isinstance(one, str) else _read(one) for key, one in value.items()}
    return [_read(one) for one in value] if isinstance(value, list) else value


def _json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _json(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_json(one) for one in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return value.timestamp()
    return value
