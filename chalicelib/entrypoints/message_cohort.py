"""Called by the state machine `message-timer` shortly before a minute: messages that fall due in it go to the queue `dues`."""

from typing import Any, Final

from chalicelib.dispatch.timing import TIMERS
from chalicelib.telemetry import observed
from chalicelib.timers.sending import send_cohort

FUNCTION: Final = "message_cohort"


@observed(FUNCTION)
def message_cohort(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes and answers with a state of the state machine; see `timers.sending`."""
    return send_cohort(TIMERS, event, context)
