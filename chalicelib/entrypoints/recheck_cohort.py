"""Called by the state machine `recheck-timer` shortly before a minute: people who fall due in it go to the rechecks queue."""

from typing import Any, Final

from chalicelib.audiences.timers import RECHECKS
from chalicelib.telemetry import observed
from chalicelib.timers.sending import send_cohort

FUNCTION: Final = "recheck_cohort"


@observed(FUNCTION)
def recheck_cohort(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes and answers with a state of the state machine; see `timers.sending`."""
    return send_cohort(RECHECKS, event, context)
