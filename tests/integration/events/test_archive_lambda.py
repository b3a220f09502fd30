"""The stream of events reaches the lake whole; redelivery repeats lines that a reader can tell apart by the event's key."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.entrypoints.archive import archive
from chalicelib.events import archive as lake
from chalicelib.events.keep import keep
from chalicelib.identity.rules import DEFAULT_RULES
from infra.mappings import ARCHIVE
from tests.support.aws import Stack, memory_stack
from tests.support.pump import Pump
from tests.support.records import NOW, SHOP, draft


@pytest.fixture
def stack() -> Iterator[Stack]:
    """The whole data plane: the lake and the dead letters are part of the story."""
    lake._client.cache_clear()
    with memory_stack() as made:
        yield made


def rows(stack: Stack) -> list[dict[str, Any]]:
    bucket = stack.place.prefix + f"-lake-{stack.place.account}"
    s3 = stack.client("s3")
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    texts = [_text(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys]
    return [json.loads(line) for text in texts for line in text.splitlines()]


def _text(data: bytes) -> bytes:
    return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data


def keep_events(*numbers: int) -> None:
    keep([draft(index=place, id=f"e-{place}", properties={"n": place}) for place in numbers], SHOP, DEFAULT_RULES, NOW)


def pumped(stack: Stack) -> Pump:
    pump = Pump(stack)
    pump.stream(ARCHIVE, archive)
    return pump


def test_every_event_reaches_the_lake(stack: Stack) -> None:
    pump = pumped(stack)
    keep_events(*range(40))
    pump.drain()
    assert sorted(row["properties"]["n"] for row in rows(stack)) == list(range(40))
    assert {row["received_at"] > 0 for row in rows(stack)} == {True}


def test_a_resend_does_not_reach_the_lake_again(stack: Stack) -> None:
    pump = pumped(stack)
    keep_events(1, 2)
    keep_events(1, 2)
    pump.drain()
    assert len(rows(stack)) == 2


def test_redelivered_records_can_be_told_apart_by_their_key(stack: Stack) -> None:
    keep_events(1, 2, 3)
    pumped(stack).drain()
    pumped(stack).drain()
    found = rows(stack)
    assert len(found) == 6
    assert len({(row["primary"], row["time"], row["id"]) for row in found}) == 3


def test_what_firehose_refuses_is_reported_and_comes_again(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    real, refused = lake.deliver, [True]

    def deliver(lines: list[lake.Line]) -> list[str]:
        return [lines[-1].sequence, *real(lines[:-1])] if refused and refused.pop() else real(lines)

    monkeypatch.setattr("chalicelib.entrypoints.archive.deliver", deliver)
    keep_events(1, 2, 3)
    pumped(stack).drain()
    assert sorted(row["properties"]["n"] for row in rows(stack)) == [1, 2, 3]


def test_an_item_that_cannot_be_read_goes_to_the_dead_letters_and_holds_nothing_up(stack: Stack) -> None:
    keep_events(1)
    stack.client("dynamodb").put_item(TableName=stack.table("events"), Item={"pk": {"S": "user_id#u1"}, "sk": {"S": "broken"}})
    keep_events(2)
    pumped(stack).drain()
    assert sorted(row["properties"]["n"] for row in rows(stack)) == [1, 2]
    (letter,) = [json.loads(body) for body in stack.messages("dead-letters")]
    assert (letter["function"], letter["sk"]) == ("archive", "broken")
    assert "KeyError" in letter["reason"]


def test_changes_that_are_not_new_events_are_passed_over() -> None:
    change = {"Keys": {}, "SequenceNumber": "1"}
    assert archive({"Records": [{"eventName": "REMOVE", "dynamodb": change}]}, None) == {"batchItemFailures": []}
