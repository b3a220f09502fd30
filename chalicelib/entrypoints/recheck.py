"""The rechecks queue: time has passed, so people are judged again although nothing has happened to them."""

from collections.abc import Mapping
from time import time
from typing import Any, Final

from chalicelib.audiences.scoring import judge_person
from chalicelib.audiences.timers import RECHECKS
from chalicelib.dead_letters import DeadLetter, bury
from chalicelib.entrypoints.batches import one_by_one
from chalicelib.errors import Busy
from chalicelib.people.absorb import POISON
from chalicelib.telemetry import count_refusals, logger, observed
from chalicelib.timers.model import due_of

FUNCTION: Final = "recheck"
POISON_CODE: Final = "recheck_message_invalid"
_EXCERPT: Final = 500  # characters of a message that nobody understands


@observed(FUNCTION)
def recheck(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes messages of the rechecks queue. One that comes before its instant, which lay further ahead than anything waits, is armed again.

    A person that many are writing to, or that cannot be judged, is reported as failed: the message comes again, and in the end lies in the
    queue's dead letters. Whatever else is raised is the platform's, and the batch comes again.
    """
    return one_by_one(event, context, _take)


def _take(record: Mapping[str, Any]) -> bool:
    """Whether the message is done with."""
    try:
        one = due_of(record["body"])
    except (ValueError, KeyError, TypeError) as error:
        bury([DeadLetter(FUNCTION, record["messageId"], "", f"{type(error).__name__}: {record['body'][:_EXCERPT]}")])
        count_refusals([POISON_CODE])
        return True
    now = int(time() * 1000)
    if now < one.at:
        RECHECKS.arm([one], now)
        return True
    try:
        judge_person(one.subject, now)
    except (Busy, *POISON):
        logger.exception("a person could not be judged", person=one.subject)
        return False
    return True
