"""What the acts of a rehearsal do to the person of it: the events that they would write, folded at once. Pure."""

from collections.abc import Sequence

from chalicelib.events.model import Event
from chalicelib.identifiers import Identifier
from chalicelib.journeys.engine.acts import Act
from chalicelib.journeys.engine.model import Do, Run
from chalicelib.journeys.steps import told
from chalicelib.journeys.steps.told import Deed


def events_of(journey: str, run: Run, effect: Do, acts: Sequence[Act], whom: Identifier, number: int = 0) -> list[Event]:
    """The events of a node's acts, under an identifier of the person. `number`: which effect of its step it is."""
    seed = (run.id, effect.node, effect.visit)
    deeds = (Deed((*seed, place), effect.at, whom, number * told.APART + place, journey) for place in range(len(acts)))
    found = (told.event_of(act, deed, run.depth) for act, deed in zip(acts, deeds, strict=True))
    return [one for one in found if one is not None]
