"""The queue `broadcasts`: everybody in a segment gets a message, part by part of the list of its people."""

from dataclasses import asdict
from time import time
from typing import Any, Final

from aws_lambda_powertools.metrics import MetricUnit

from chalicelib.broadcasts import counting, fanning_out, starting
from chalicelib.broadcasts.fanning_out import FUNCTION
from chalicelib.broadcasts.queue import CarryOn, MessageUnreadable, message_of
from chalicelib.dead_letters import DeadLetter, bury
from chalicelib.entrypoints.batches import one_by_one
from chalicelib.telemetry import count_refusals, logger, metrics, observed

POISON_CODE: Final = "broadcast_message_invalid"
STOP_MS: Final = 90_000  # with less time than this left no further message is begun; a worker takes a minute


@observed(FUNCTION)
def fan_out(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes messages of the queue: broadcasts to begin, and parts to carry on.

    What interrupts a worker is raised: the message comes again, and the part is carried on from where it was.
    """
    return one_by_one(event, context, _take, STOP_MS)


def _take(record: dict[str, Any]) -> None:
    try:
        message = message_of(record["body"])
    except MessageUnreadable as wrong:
        bury([DeadLetter(FUNCTION, record["messageId"], "", str(wrong))])
        count_refusals([POISON_CODE])
        return
    if not isinstance(message, CarryOn):
        starting.begin(message.broadcast, _now())
        return
    work = counting.work if message.counts else fanning_out.work
    end, gone = work(message, record["messageId"], _now)
    logger.info("broadcast", broadcast=message.broadcast, part=message.part, end=end.value, **asdict(gone))
    metrics.add_metric("BroadcastMessages", MetricUnit.Count, gone.begun)


def _now() -> int:
    return int(time() * 1000)
