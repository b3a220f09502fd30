"""Whether messages of a journey may go out at this moment: those of a paused one wait, as its people do."""

from typing import Final

from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import JourneyState

PAUSED: Final = "paused"


def held(journey: str) -> str | None:
    """What holds its messages; None: nothing, they may go. As it was 20 s ago or later."""
    return PAUSED if book.current().state(journey) is JourneyState.PAUSED else None
