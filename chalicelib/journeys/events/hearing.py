"""Hears of events as the merge lambda takes them: those that a journey looks out for let people in, move them on, or end their runs.

    hear(events, now)      # of a batch, once their people are known

It may hear the same again, late and in any order. So it is told every event of a batch, also those that were folded in before: whoever
folded them may have died before this.
"""

from collections.abc import Sequence

from chalicelib.events.model import Event
from chalicelib.journeys.engine.heard import Heard
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import Hears


def hear(events: Sequence[Event], now: int) -> Sequence[tuple[Event, str]]:
    """Does what follows from events, at `now` (ms). Everything is kept when this returns; what can never be done is given back, with the
    reasons. Raises Busy.
    """
    journeys = book.current()
    told: list[Heard] = []
    for event in events:
        meanings: dict[str, set[Hears]] = {}
        for journey, meaning in journeys.hearing(event):
            meanings.setdefault(journey, set()).add(meaning)
        told.extend(Heard(event, journey, Hears.ENTERS in meaning) for journey, meaning in meanings.items())
    if not told:
        return ()
    # What most batches do without takes its time to import.
    from chalicelib.journeys.events import reacting

    return reacting.react(told, now)
