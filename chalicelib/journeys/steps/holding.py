"""Whether messages of a journey may go out at this moment: those of a paused one wait, as its people do; of a stopped one they never go."""

from collections.abc import Mapping
from typing import Final

from chalicelib.dispatch.sending import CANCELLED
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import JourneyState

PAUSED: Final = "paused"
_HOLDS: Final[Mapping[JourneyState | None, str]] = {JourneyState.PAUSED: PAUSED, JourneyState.STOPPED: CANCELLED}


def held(journey: str) -> str | None:
    """What holds its messages; None: nothing, they may go. As it was 20 s ago or later, but `cancelled` is how it stands now."""
    return _HOLDS.get(book.state(journey))
