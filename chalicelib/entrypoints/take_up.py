"""The dues queue: messages whose time has come are decided again, or looked for at their provider."""

from collections.abc import Mapping, Sequence
from time import time
from typing import Any, Final

from chalicelib.dead_letters import DeadLetter, bury
from chalicelib.dispatch import taking_up, timing
from chalicelib.entrypoints.batches import again
from chalicelib.errors import Busy
from chalicelib.telemetry import count_refusals, logger, observed
from chalicelib.timers.model import Due, due_of

FUNCTION: Final = "take_up"
POISON_CODE: Final = "due_invalid"
FAULT_CODE: Final = "due_fault"
LONGEST_MS: Final = 15_000  # asking a provider about one message takes no longer
_EXCERPT: Final = 200  # characters of a message that nobody understands

Json = dict[str, Any]


@observed(FUNCTION)
def take_up(event: Json, context: Any) -> Json:
    """Takes messages of the dues queue, many at once. One that cannot be done, or for which no time was left, is reported as failed: it
    comes again, and in the end lies in the queue's dead letters as it is. One that cannot be understood goes to the dead letters at once.
    """
    now = int(time() * 1000)
    asked = [(record, due) for record in event["Records"] if (due := _due_of(record)) is not None]
    timing.TIMERS.arm([due for _, due in asked if now < due.at], now)  # they lay further ahead than anything waits
    ready = [(record, due) for record, due in asked if due.at <= now]
    wrong = taking_up.take_up(map(_message, ready), now, lambda: context.get_remaining_time_in_millis() > LONGEST_MS)
    _tell(wrong)
    return again(one[0]["messageId"] for one in ready if _message(one) in wrong)


def _due_of(record: Mapping[str, Any]) -> Due | None:
    """What a record is about; None for one that nobody understands, which is buried."""
    try:
        due = due_of(record["body"])
        if timing.message_of(due.subject) is None:
            raise ValueError(f"nobody knows what {due.subject} is")
    except (ValueError, KeyError, TypeError) as error:
        bury([DeadLetter(FUNCTION, record["messageId"], "", f"{type(error).__name__}: {record['body'][:_EXCERPT]}")])
        count_refusals([POISON_CODE])
        return None
    return due


def _message(one: tuple[Json, Due]) -> str:
    return timing.message_of(one[1].subject) or ""


def _tell(wrong: Mapping[str, Exception]) -> None:
    for message, error in wrong.items():
        if not isinstance(error, Busy):
            logger.error("a message whose time has come could not be taken up", message_id=message, exc_info=error)
    faults: Sequence[str] = [FAULT_CODE for error in wrong.values() if not isinstance(error, Busy)]
    count_refusals(list(faults))
