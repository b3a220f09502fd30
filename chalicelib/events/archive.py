"""Events on their way to the lake: lines of JSON, packed, delivered through Firehose.

Delivery is at least once. A reader of the lake drops repetitions by (`primary`, `time`, `id`), the key of the event.
"""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from chalicelib.events.model import Event, Json
from chalicelib.settings import settings

MAX_PACK_BYTES: Final = 256 * 1024  # Firehose bills each record as a multiple of 5 KB, so small events travel together; it takes 1,000 KB
MAX_CALL_BYTES: Final = 4 * 1024 * 1024  # Firehose: of one PutRecordBatch call
MAX_CALL_PACKS: Final = min(500, MAX_CALL_BYTES // MAX_PACK_BYTES)
ATTEMPTS: Final = 3
FIRST_PAUSE_S: Final = 0.2

Pause = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Line:
    """An event as a line of the lake, and the stream record (sequence number) that it came from."""

    sequence: str
    data: bytes


def line(event: Event, received_at: int) -> bytes:
    """The event as one line of JSON. Times are epoch ms; `received_at` is when the event was first stored."""
    row: Json = {
        "primary": event.primary.key,
        "time": event.time,
        "id": event.id,
        "received_at": received_at,
        "kind": event.kind.value,
        "name": event.name,
        "source": event.source,
        "identifiers": [one.key for one in event.identifiers],
        "unlink": [one.key for one in event.unlink],
        "properties": event.properties,
        "attributes": [{"operation": one.operation.value, "name": one.name, "value": one.value} for one in event.attributes],
        "context": event.context,
    }
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def deliver(lines: Sequence[Line], pause: Pause = time.sleep) -> list[str]:
    """Sends the lines to the lake; answers with the sequence numbers of those that Firehose did not take, in order."""
    packs = list(_packs(lines))
    failed: list[str] = []
    for start in range(0, len(packs), MAX_CALL_PACKS):
        failed += [one.sequence for pack in _delivered(packs[start : start + MAX_CALL_PACKS], pause) for one in pack]
    return failed


def _packs(lines: Iterable[Line]) -> Iterable[list[Line]]:
    pack: list[Line] = []
    size = 0
    for one in lines:
        if pack and size + len(one.data) > MAX_PACK_BYTES:
            yield pack
            pack, size = [], 0
        pack.append(one)
        size += len(one.data)
    if pack:
        yield pack


def _delivered(packs: list[list[Line]], pause: Pause) -> list[list[Line]]:
    """The packs that are left over after the last attempt."""
    left = packs
    for attempt in range(ATTEMPTS):
        if attempt:
            pause(FIRST_PAUSE_S * 2 ** (attempt - 1))
        left = _refused(left)
        if not left:
            break
    return left


def _refused(packs: list[list[Line]]) -> list[list[Line]]:
    records = [{"Data": b"".join(one.data for one in pack)} for pack in packs]
    answer = _client().put_record_batch(DeliveryStreamName=settings().firehose, Records=records)
    if not answer["FailedPutCount"]:
        return []
    return [pack for pack, result in zip(packs, answer["RequestResponses"], strict=True) if "ErrorCode" in result]


@cache
def _client() -> Any:
    import boto3

    return boto3.client("firehose")
