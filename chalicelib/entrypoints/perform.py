"""The perform lambda: it hears of every write of an enrolment and carries out what follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import time
from typing import Any, Final

from chalicelib.entrypoints.stream_batches import StreamBatch
from chalicelib.errors import Busy
from chalicelib.journeys.engine.model import Enrolment
from chalicelib.journeys.runs import store
from chalicelib.journeys.steps import performing
from chalicelib.people.absorb import POISON
from chalicelib.people.clock import Clock
from chalicelib.people.records import person_partition
from chalicelib.telemetry import observed

FUNCTION: Final = "perform"
POISON_CODE: Final = "perform_poison"
_OF_PEOPLE: Final = person_partition("")  # what else the table holds, nothing follows from


@dataclass(frozen=True, slots=True)
class _Heard:
    """An enrolment as it was written; `place` is what names the record to the stream, and its item's keys."""

    place: tuple[str, str, str]
    enrolment: Enrolment


@observed(FUNCTION)
def perform(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Takes a batch of the runs table's stream; answers with the records to deliver again (`batchItemFailures`).

    Input that can never be used goes to the dead letters with the reason; faults of the platform are raised and the batch comes again.
    """
    batch = StreamBatch(FUNCTION, Clock(int(time() * 1000)))
    changes = [record["dynamodb"] for record in event["Records"] if record["dynamodb"]["Keys"]["pk"]["S"].startswith(_OF_PEOPLE)]
    heard = [one for change in changes for one in _heard(change, batch)]
    _perform(heard, batch)
    return batch.answer(POISON_CODE)


def _heard(change: Mapping[str, Any], batch: StreamBatch) -> list[_Heard]:
    found: list[_Heard] = []
    keys = change["Keys"]
    place = str(change["SequenceNumber"]), keys["pk"]["S"], keys["sk"]["S"]
    with batch.guarded(*place):
        found.append(_Heard(place, store.of_image(change["NewImage"])))
    return found


def _perform(heard: Sequence[_Heard], batch: StreamBatch) -> None:
    """All at once, which takes fewer calls; one by one when something is wrong with one of them. Nobody's later steps go ahead of one that
    has to come again.
    """
    try:
        performing.perform([one.enrolment for one in heard], batch.clock.now())
    except (Busy, *POISON):
        busy: set[str] = set()
        for one in heard:
            with batch.guarded(*one.place):
                _perform_in_turn(one.enrolment, busy, batch.clock.now())


def _perform_in_turn(enrolment: Enrolment, busy: set[str], now: int) -> None:
    if enrolment.person in busy:
        raise Busy("what the same person did before has to come again first")
    try:
        performing.perform([enrolment], now)
    except Busy:
        busy.add(enrolment.person)
        raise
