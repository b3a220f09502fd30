"""The perform lambda: it hears of every write of an enrolment and carries out what follows from it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import time
from typing import Any, Final

from chalicelib.dead_letters import DeadLetter, bury
from chalicelib.errors import Busy
from chalicelib.journeys.engine.model import Enrolment
from chalicelib.journeys.runs import store
from chalicelib.journeys.steps import performing
from chalicelib.people.absorb import POISON
from chalicelib.people.clock import Clock
from chalicelib.people.records import person_partition
from chalicelib.telemetry import count_refusals, logger, observed

FUNCTION: Final = "perform"
POISON_CODE: Final = "perform_poison"
_OF_PEOPLE: Final = person_partition("")  # what else the table holds, nothing follows from


@dataclass(frozen=True, slots=True)
class _Heard:
    """An enrolment as it was written; `token` names the record to the stream."""

    token: str
    enrolment: Enrolment


@dataclass(slots=True)
class _Batch:
    """One invocation: the time, and what went wrong."""

    clock: Clock
    again: list[str] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)

    @contextmanager
    def guarded(self, token: str, keys: Mapping[str, Any]) -> Iterator[None]:
        """One record's trouble is its own: a lost race means again, a fault in the data means the dead letters."""
        pk, sk = keys["pk"]["S"], keys["sk"]["S"]
        try:
            yield
        except Busy:
            self.again.append(token)
        except POISON as error:
            logger.exception("what follows from a step could not be carried out", key=pk, journey=sk)
            self.letters.append(DeadLetter(FUNCTION, pk, sk, f"{type(error).__name__}: {error}"))


@observed(FUNCTION)
def perform(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Takes a batch of the runs table's stream; answers with the records to deliver again (`batchItemFailures`).

    Input that can never be used goes to the dead letters with the reason; faults of the platform are raised and the batch comes again.
    """
    batch = _Batch(Clock(int(time() * 1000)))
    changes = [record["dynamodb"] for record in event["Records"] if record["dynamodb"]["Keys"]["pk"]["S"].startswith(_OF_PEOPLE)]
    heard = [one for change in changes for one in _heard(change, batch)]
    _perform(heard, {str(change["SequenceNumber"]): change["Keys"] for change in changes}, batch)
    if batch.letters:
        bury(batch.letters)
        count_refusals([POISON_CODE] * len(batch.letters))
    return {"batchItemFailures": [{"itemIdentifier": token} for token in batch.again]}


def _heard(change: Mapping[str, Any], batch: _Batch) -> list[_Heard]:
    found: list[_Heard] = []
    with batch.guarded(str(change["SequenceNumber"]), change["Keys"]):
        found.append(_Heard(str(change["SequenceNumber"]), store.of_image(change["NewImage"])))
    return found


def _perform(heard: Sequence[_Heard], keys: Mapping[str, Mapping[str, Any]], batch: _Batch) -> None:
    """All at once, which takes fewer calls; one by one when something is wrong with one of them."""
    try:
        performing.perform([one.enrolment for one in heard], batch.clock.now())
    except (Busy, *POISON):
        for one in heard:
            with batch.guarded(one.token, keys[one.token]):
                performing.perform([one.enrolment], batch.clock.now())
