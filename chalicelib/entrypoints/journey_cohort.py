"""Called by the state machine `journey-timer` shortly before a minute: who falls due in it goes to the queue `journey-dues`."""

from typing import Any, Final

from chalicelib.journeys.steps.timing import TIMERS
from chalicelib.telemetry import observed
from chalicelib.timers.sending import send_cohort

FUNCTION: Final = "journey_cohort"


@observed(FUNCTION)
def journey_cohort(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes and answers with a state of the state machine; see `timers.sending`."""
    return send_cohort(TIMERS, event, context)
