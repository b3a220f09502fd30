"""Called by the state machine `recheck-timer` shortly before a minute: who falls due in it goes to the rechecks queue."""

from time import time
from typing import Any, Final

from chalicelib.audiences import timers
from chalicelib.telemetry import observed

FUNCTION: Final = "recheck_cohort"
STOP_MS: Final = 15_000  # what must be left of the lambda's time for another page


@observed(FUNCTION)
def recheck_cohort(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes and answers with a state of the state machine: `minute` (ms) and `shard` name the cohort, `cursor` is where to go on, `done`
    tells that there is no more. Safe to run twice from any cursor.
    """
    cohort = timers.Cohort(int(event["minute"]), int(event["shard"]))
    cursor, more = event.get("cursor"), True
    while more and context.get_remaining_time_in_millis() > STOP_MS:
        rechecks, cursor = timers.page(cohort, cursor)
        timers.send(rechecks, int(time() * 1000))
        more = cursor is not None
    return {**event, "cursor": cursor, "done": not more}
