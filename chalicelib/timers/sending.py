"""What a state machine's lambda does: shortly before a minute, who falls due in it goes to the queue."""

from time import time
from typing import Any, Final

from chalicelib.timers.model import Cohort
from chalicelib.timers.timers import Timers

STOP_MS: Final = 15_000  # what must be left of the lambda's time for another page


def send_cohort(timers: Timers, state: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes and answers with a state of the state machine: `minute` (ms) and `shard` name the cohort, `cursor` is where to go on, `done`
    tells that there is no more. Safe to run twice from any cursor.
    """
    cohort = Cohort(int(state["minute"]), int(state["shard"]))
    cursor, more = state.get("cursor"), True
    while more and context.get_remaining_time_in_millis() > STOP_MS:
        dues, cursor = timers.page(cohort, cursor)
        timers.send(dues, int(time() * 1000))
        more = cursor is not None
    return {**state, "cursor": cursor, "done": not more}
