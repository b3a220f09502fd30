"""The dispatch lambda: it hears of every write of a message and does what follows from it."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import time
from typing import Any, Final

from chalicelib.dispatch import dispatching, store
from chalicelib.dispatch.model import Message
from chalicelib.dispatch.records import SEND
from chalicelib.entrypoints.stream_batches import StreamBatch
from chalicelib.errors import Busy
from chalicelib.people.absorb import POISON
from chalicelib.people.clock import Clock
from chalicelib.telemetry import observed

FUNCTION: Final = "dispatch"
POISON_CODE: Final = "dispatch_poison"
WORKERS: Final = 8  # of one invocation


@dataclass(frozen=True, slots=True)
class _Heard:
    """A message as it was written; `token` names the record to the stream."""

    token: str
    message: Message


@observed(FUNCTION)
def dispatch(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Takes a batch of the messages table's stream; answers with the records to deliver again (`batchItemFailures`).

    Input that can never be used goes to the dead letters with the reason; faults of the platform are raised and the batch comes again.
    """
    batch = StreamBatch(FUNCTION, Clock(int(time() * 1000)))
    heard = [one for record in event["Records"] for one in _heard(record["dynamodb"], batch)]
    _follow(heard, batch)
    _decide([one for one in heard if one.message.state in dispatching.DECIDED], batch)
    return batch.answer(POISON_CODE)


def _decide(heard: Sequence[_Heard], batch: StreamBatch) -> None:
    """Several at a time: a decision is seven calls of DynamoDB, one after the other, and hardly any work of its own."""

    def decide(one: _Heard) -> None:
        with batch.guarded(one.token, one.message.id, SEND):
            dispatching.decide(one.message, batch.clock.now())

    if len(heard) <= 1:
        for one in heard:
            decide(one)
        return
    with ThreadPoolExecutor(min(WORKERS, len(heard))) as pool:
        list(pool.map(decide, heard))  # so that what is raised is raised here


def _heard(change: Mapping[str, Any], batch: StreamBatch) -> list[_Heard]:
    token, pk = str(change["SequenceNumber"]), change["Keys"]["pk"]["S"]
    found: list[_Heard] = []
    with batch.guarded(token, pk, SEND):
        found.append(_Heard(token, store.of_image(change["NewImage"])))
    return found


def _follow(heard: Sequence[_Heard], batch: StreamBatch) -> None:
    """All at once, which takes fewer calls; one by one when something is wrong with one of them."""
    try:
        dispatching.follow([one.message for one in heard], batch.clock.now())
    except (Busy, *POISON):
        for one in heard:
            with batch.guarded(one.token, one.message.id, SEND):
                dispatching.follow([one.message], batch.clock.now())
