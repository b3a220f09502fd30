"""What the acts of a rehearsal do to the person of it: the events that they would write, folded at once. Pure.

A webhook is not called, staff are not told, and nobody enters another journey.
"""

from collections.abc import Sequence

from chalicelib.events.model import Event
from chalicelib.identifiers import Identifier
from chalicelib.journeys import told
from chalicelib.journeys.acts import Act, AddScore, AddTag, RemoveTag, SetAttributes, UnsetAttributes
from chalicelib.journeys.model import Do, Run
from chalicelib.journeys.told import Deed


def events_of(journey: str, run: Run, effect: Do, acts: Sequence[Act], whom: Identifier) -> list[Event]:
    """The events of a node's acts, under an identifier of the person."""
    seed = (run.id, effect.node, effect.visit)
    found = (_event(act, Deed((*seed, place), effect.at, whom, place, journey), journey, run.depth) for place, act in enumerate(acts))
    return [one for one in found if one is not None]


def _event(act: Act, deed: Deed, journey: str, depth: int) -> Event | None:
    match act:
        case AddTag(tag):
            return told.tag_changed(deed, tag, given=True)
        case RemoveTag(tag):
            return told.tag_changed(deed, tag, given=False)
        case SetAttributes(values):
            return told.attributes_set(deed, values)
        case UnsetAttributes(names):
            return told.attributes_unset(deed, names)
        case AddScore(score, points):
            return told.points_given(deed, score, points, journey, depth)
    return None
