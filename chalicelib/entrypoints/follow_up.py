"""The followups queue: receipts, clicks and answers are carried out."""

from collections.abc import Mapping
from time import time
from typing import Any, Final

from chalicelib.dead_letters import DeadLetter, bury
from chalicelib.dispatch import followups
from chalicelib.dispatch.news import followup_of
from chalicelib.entrypoints.batches import one_by_one
from chalicelib.errors import Busy
from chalicelib.people.absorb import POISON
from chalicelib.telemetry import count_refusals, logger, observed

FUNCTION: Final = "follow_up"
POISON_CODE: Final = "followup_invalid"
LONGEST_MS: Final = 5_000  # one takes no longer: reads and writes of our own
_EXCERPT: Final = 200  # characters of a message that nobody understands; there may be a phone number in it


@observed(FUNCTION)
def follow_up(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes messages of the followups queue. One whose message others are writing, that cannot be carried out, or for which no time is
    left, is reported as failed: it comes again, and in the end lies in the queue's dead letters as it is. One that cannot be understood
    goes to the dead letters at once. Whatever else is raised is the platform's, and the batch comes again.
    """
    return one_by_one(event, context, _take, LONGEST_MS)


def _take(record: Mapping[str, Any]) -> bool:
    """Whether the message is done with."""
    try:
        told, tries = followup_of(record["body"])
    except (ValueError, KeyError, TypeError) as error:
        bury([DeadLetter(FUNCTION, record["messageId"], "", f"{type(error).__name__}: {record['body'][:_EXCERPT]}")])
        count_refusals([POISON_CODE])
        return True
    try:
        followups.carry_out(told, tries, int(time() * 1000))
    except (Busy, *POISON):
        logger.exception("a followup could not be carried out")
        return False
    return True
