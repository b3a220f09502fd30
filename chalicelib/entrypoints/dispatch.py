"""The dispatch lambda: it hears of every write of a message and does what follows from it."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import time
from typing import Any, Final

from chalicelib.dead_letters import DeadLetter, bury
from chalicelib.dispatch import dispatching, store
from chalicelib.dispatch.model import Message
from chalicelib.dispatch.records import SEND
from chalicelib.errors import Busy
from chalicelib.people.absorb import POISON
from chalicelib.people.clock import Clock
from chalicelib.telemetry import count_refusals, logger, observed

FUNCTION: Final = "dispatch"
POISON_CODE: Final = "dispatch_poison"
WORKERS: Final = 8  # of one invocation


@dataclass(frozen=True, slots=True)
class _Heard:
    """A message as it was written; `token` names the record to the stream."""

    token: str
    message: Message


@dataclass(slots=True)
class _Batch:
    """One invocation: the time, and what went wrong."""

    clock: Clock
    again: list[str] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)

    @contextmanager
    def guarded(self, token: str, pk: str) -> Iterator[None]:
        """One record's trouble is its own: a lost race means again, a fault in the data means the dead letters."""
        try:
            yield
        except Busy:
            self.again.append(token)
        except POISON as error:
            logger.exception("a message could not be dispatched", key=pk)
            self.letters.append(DeadLetter(FUNCTION, pk, SEND, f"{type(error).__name__}: {error}"))


@observed(FUNCTION)
def dispatch(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Takes a batch of the messages table's stream; answers with the records to deliver again (`batchItemFailures`).

    Input that can never be used goes to the dead letters with the reason; faults of the platform are raised and the batch comes again.
    """
    batch = _Batch(Clock(int(time() * 1000)))
    heard = [one for record in event["Records"] for one in _heard(record["dynamodb"], batch)]
    _follow(heard, batch)
    _decide([one for one in heard if one.message.state in dispatching.DECIDED], batch)
    if batch.letters:
        bury(batch.letters)
        count_refusals([POISON_CODE] * len(batch.letters))
    return {"batchItemFailures": [{"itemIdentifier": token} for token in batch.again]}


def _decide(heard: Sequence[_Heard], batch: _Batch) -> None:
    """Several at a time: a decision is seven calls of DynamoDB, one after the other, and hardly any work of its own."""

    def decide(one: _Heard) -> None:
        with batch.guarded(one.token, one.message.id):
            dispatching.decide(one.message, batch.clock.now())

    if len(heard) <= 1:
        for one in heard:
            decide(one)
        return
    with ThreadPoolExecutor(min(WORKERS, len(heard))) as pool:
        list(pool.map(decide, heard))  # so that what is raised is raised here


def _heard(change: Mapping[str, Any], batch: _Batch) -> list[_Heard]:
    token, pk = str(change["SequenceNumber"]), change["Keys"]["pk"]["S"]
    found: list[_Heard] = []
    with batch.guarded(token, pk):
        found.append(_Heard(token, store.of_image(change["NewImage"])))
    return found


def _follow(heard: Sequence[_Heard], batch: _Batch) -> None:
    """All at once, which takes fewer calls; one by one when something is wrong with one of them."""
    try:
        dispatching.follow([one.message for one in heard], batch.clock.now())
    except (Busy, *POISON):
        for one in heard:
            with batch.guarded(one.token, one.message.id):
                dispatching.follow([one.message], batch.clock.now())
