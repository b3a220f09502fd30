"""The replies queue: what accounts say to fans besides the answer to a push."""

from collections.abc import Mapping
from time import time
from typing import Any, Final

from chalicelib.dead_letters import DeadLetter, bury
from chalicelib.entrypoints.batches import one_by_one
from chalicelib.errors import Busy
from chalicelib.messages.outlets import outlet_of
from chalicelib.replies import queue, sending
from chalicelib.telemetry import count_refusals, logger, observed

FUNCTION: Final = "send_replies"
POISON_CODE: Final = "reply_message_invalid"
_EXCERPT: Final = 500  # characters of a message that nobody understands


@observed(FUNCTION)
def send_replies(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes messages of the replies queue. One that another worker is at is reported as failed and comes again; a message that cannot be
    read goes to the dead letters. Whatever else is raised is the platform's, and the batch comes again.
    """
    return one_by_one(event, context, _take)


def _take(record: Mapping[str, Any]) -> bool:
    """Whether the message is done with."""
    try:
        due = queue.due_of(record["body"])
    except (ValueError, KeyError, TypeError) as error:
        bury([DeadLetter(FUNCTION, record["messageId"], "", f"{type(error).__name__}: {record['body'][:_EXCERPT]}")])
        count_refusals([POISON_CODE])
        return True
    try:
        sending.carry_out(due, int(time() * 1000), outlet_of)
    except Busy:
        logger.info("another worker has the message", function=FUNCTION)
        return False
    return True
