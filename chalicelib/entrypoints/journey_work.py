"""The queue `journey-work`: whole lists enter journeys, and whole journeys are stopped, moved or tried again, part by part."""

from time import time
from typing import Any, Final

from chalicelib.dead_letters import DeadLetter, bury
from chalicelib.entrypoints.batches import one_by_one
from chalicelib.journeys.walks import walking
from chalicelib.journeys.walks.deeds import FUNCTION
from chalicelib.journeys.walks.walks import MessageUnreadable, message_of
from chalicelib.telemetry import count_refusals, logger, observed

POISON_CODE: Final = "journey_work_invalid"
STOP_MS: Final = 90_000  # with less time than this left no further message is begun; a worker takes a minute


@observed(FUNCTION)
def journey_work(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes messages of the queue: parts to carry on. What interrupts a worker is raised: the message comes again, and the part is carried
    on from where it was.
    """
    return one_by_one(event, context, _take, STOP_MS)


def _take(record: dict[str, Any]) -> None:
    try:
        message = message_of(record["body"])
    except MessageUnreadable as wrong:
        bury([DeadLetter(FUNCTION, record["messageId"], "", str(wrong))])
        count_refusals([POISON_CODE])
        return
    end = walking.work(message, record["messageId"], _now)
    logger.info("walk", journey=message.journey, walk=message.walk, part=message.part, end=end.value)


def _now() -> int:
    return int(time() * 1000)
