"""What the lambdas could not do: listed with the reason, and done again once the cause is mended.

    make dead-letters STAGE=dev        # changes nothing
    make replay STAGE=dev              # gives each item to its lambda again; what works is taken off the queue

Two kinds lie in the queue: letters of the lambda itself, which name the item and the reason, and letters of Lambda's own when every
retry failed, which name a position in the stream (readable for 24 hours). Messages of queues lie beside them (see infra/parked.py).
"""

import argparse
import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from infra.emulator.process import ACCOUNT, CREDENTIALS
from infra.mappings import PASS_PEOPLE, SENDERS, STREAMS
from infra.parked import parked, put_back
from infra.paths import STACK_FILE
from infra.stage import STAGES, Stage, stage_at, stage_in_aws

_HELD: Final = 300  # seconds that a letter stays out of sight while it is worked on
_PAGES: Final = 1000  # of ten letters
_RECORDS_A_CALL: Final = 100
_HOPELESS: Final = "nothing says what it was; take it off the queue once you have seen it"
_TABLE_OF: Final = {one.function: one.table for one in STREAMS}
_EACH_WRITE: Final = "-runs"  # how the table's name ends; a later write has forgotten what was to follow from this one
_SENDERS: Final = frozenset(one.function for one in SENDERS)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Letter:
    """A message of the dead-letters queue. `handle` takes it off."""

    id: str
    handle: str
    body: Json

    @property
    def title(self) -> str:
        """One line for a person to read."""
        if "pk" in self.body:
            return f"{self.body['function']} {self.body['pk']} {self.body['sk']}: {self.body['reason']}"
        batch = self.body.get("DDBStreamBatchInfo", {})
        condition = self.body.get("requestContext", {}).get("condition", "unknown")
        return f"stream records {batch.get('startSequenceNumber')} to {batch.get('endSequenceNumber')}: {condition}"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="infra.dead_letters", description="List or replay what lambdas could not do.")
    parser.add_argument("command", choices=["list", "replay"])
    parser.add_argument("--stage", default="local", choices=STAGES)
    arguments = parser.parse_args()
    stage = running_local_stage() if arguments.stage == "local" else stage_in_aws(arguments.stage)
    if arguments.command == "list":
        show(stage)
    else:
        replay(stage)


def running_local_stage() -> Stage:
    """The local stack that `make run` keeps up."""
    if not STACK_FILE.exists():
        raise SystemExit("no local stack is running: start one with `make run`")
    endpoint = json.loads(STACK_FILE.read_text("utf-8"))["aws_endpoint"]
    return stage_at(endpoint, "local", {**CREDENTIALS, "AWS_ENDPOINT_URL": endpoint}, ACCOUNT)


def show(stage: Stage) -> None:
    """Prints every letter and puts it back."""
    queue, url = stage.client("sqs"), stage.data()["DeadLettersUrl"]
    letters = list(taken(queue, url))
    for letter in letters:
        print(letter.title)
        queue.change_message_visibility(QueueUrl=url, ReceiptHandle=letter.handle, VisibilityTimeout=0)
    print(f"{len(letters)} dead letters")
    for name, count in parked(stage).items():
        print(f"{count} messages of the queue {name} failed as often as they may")


def replay(stage: Stage) -> tuple[int, int]:
    """Gives the events of every letter to their lambda again; returns how many letters were done and how many stay."""
    queue, url = stage.client("sqs"), stage.data()["DeadLettersUrl"]
    done = stay = 0
    for letter in list(taken(queue, url)):
        reason = replayed(stage, letter)
        if reason:
            stay += 1
            print(f"stays: {letter.title}\n       {reason}")
            queue.change_message_visibility(QueueUrl=url, ReceiptHandle=letter.handle, VisibilityTimeout=0)
        else:
            done += 1
            queue.delete_message(QueueUrl=url, ReceiptHandle=letter.handle)
    print(f"{done} replayed, {stay} stay; what a lambda refused again is back with its reason (list them)")
    for name, count in put_back(stage).items():
        print(f"{count} messages are back in the queue {name}")
    return done, stay


def taken(queue: Any, url: str) -> Iterator[Letter]:
    """Every letter of the queue, once, out of others' sight for five minutes."""
    seen: set[str] = set()
    for _ in range(_PAGES):
        found = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=_HELD).get("Messages", [])
        if not found:
            return
        for message in found:
            if message["MessageId"] not in seen:
                seen.add(message["MessageId"])
                yield Letter(message["MessageId"], message["ReceiptHandle"], json.loads(message["Body"]))


def replayed(stage: Stage, letter: Letter) -> str:
    """Works on one letter; "" when it is done, else why it stays."""
    name = letter.body.get("function") or letter.body["requestContext"]["functionArn"].split(":function:")[1].split(":")[0]
    function = name if name.startswith(stage.function_prefix) else f"{stage.function_prefix}-{name}"
    short = function.removeprefix(f"{stage.function_prefix}-")
    records = _stream_records(stage, short, letter) if short in _TABLE_OF else _messages(short, letter)
    if not records:
        return _HOPELESS if "pk" in letter.body else "its stream records are gone (they live for 24 hours)"
    answer = stage.client("lambda").invoke(FunctionName=function, Payload=json.dumps({"Records": [one for one in records if one]}).encode())
    payload = json.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError"):
        return str(payload)
    failed = (payload or {}).get("batchItemFailures", [])
    return f"{len(failed)} of its {len(records)} records failed again" if failed else ""


def _stream_records(stage: Stage, function: str, letter: Letter) -> list[Json | None]:
    """What a stream lambda is given again."""
    named = {"Keys": {"pk": {"S": letter.body["pk"]}, "sk": {"S": letter.body["sk"]}}} if "pk" in letter.body else None
    changes = [named] if named else list(_changes_in_stream(stage, letter))
    table = f"{stage.place.prefix}-{_TABLE_OF[function]}"
    return [_as_record(stage, table, change, place) for place, change in enumerate(changes)]


def _messages(function: str, letter: Letter) -> list[Json | None]:
    """What a queue's lambda is given again: the person that a pass could not bring up, the message that a channel could not send; of all
    else there is nothing left to give.
    """
    if not letter.body.get("sk"):
        return []
    if function in _SENDERS:
        return [{"messageId": letter.id, "body": json.dumps({"id": letter.body["pk"], "attempt": int(letter.body["sk"])})}]
    return [{"messageId": letter.id, "body": json.dumps({"person": letter.body["pk"]})}] if function == PASS_PEOPLE.function else []


def _changes_in_stream(stage: Stage, letter: Letter) -> Iterator[Json]:
    """The changes that a letter of Lambda's own speaks of."""
    batch = letter.body["DDBStreamBatchInfo"]
    streams, arn, first, last = (
        stage.client("dynamodbstreams"),
        batch["streamArn"],
        batch["startSequenceNumber"],
        batch["endSequenceNumber"],
    )
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        try:
            start = streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="AT_SEQUENCE_NUMBER", SequenceNumber=first
            )
        except (
            streams.exceptions.TrimmedDataAccessException,
            streams.exceptions.ResourceNotFoundException,
            streams.exceptions.ClientError,
        ):
            continue  # another shard, or gone
        page = streams.get_records(ShardIterator=start["ShardIterator"], Limit=_RECORDS_A_CALL)
        yield from (one["dynamodb"] for one in page["Records"] if int(one["dynamodb"]["SequenceNumber"]) <= int(last))


def _as_record(stage: Stage, table: str, change: Json, place: int) -> Json | None:
    """The item as it is stored, in the shape in which the stream delivered it, with what it was before where that is known; None when it
    has gone since and nothing is known of it. Of a table whose every write says what follows from it, the item as it was written.
    """
    told = change.get("NewImage") if table.endswith(_EACH_WRITE) else None
    item = told or stage.client("dynamodb").get_item(TableName=table, Key=change["Keys"], ConsistentRead=True).get("Item")
    old = change.get("OldImage")
    if item is None and old is None:
        return None
    images = {name: image for name, image in (("NewImage", item), ("OldImage", old)) if image}
    again = {
        "Keys": change["Keys"],
        **images,
        "SequenceNumber": str(place),
        "ApproximateCreationDateTime": 0,  # not known: so the whole memory of applied events is asked, and none counts twice
    }
    kind = "REMOVE" if item is None else "MODIFY" if old else "INSERT"
    return {
        "eventID": str(place),
        "eventName": kind,
        "eventSource": "aws:dynamodb",
        "dynamodb": json.loads(json.dumps(again, default=_plain)),
    }


def _plain(value: Any) -> str:
    """Bytes as the stream delivers them to a lambda."""
    return base64.b64encode(value).decode()


if __name__ == "__main__":
    main()
