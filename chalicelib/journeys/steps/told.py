"""What journeys write on a person's timeline: that one was entered, left, or came to its goal, and what its acts do to a person. Pure.

Each has an id that is made of the step, so that a step that is carried out twice writes the same event twice, which is once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from chalicelib.events.model import AttributeChange, Event, Json, Kind, Operation
from chalicelib.events.reserved import TAG_PREFIX, Journeyed
from chalicelib.identifiers import Identifier
from chalicelib.journeys.engine.acts import Act, AddScore, AddTag, RemoveTag, SetAttributes, UnsetAttributes
from chalicelib.journeys.engine.model import Enrolment, Run, Tell
from chalicelib.messages.model import message_id

SOURCE: Final = "huiliu"  # of events that no client sent
TAGS_EVENT: Final = "$tags_set"  # as tags by hand are written
ATTRIBUTES_EVENT: Final = "$attributes_set"
JOURNEY: Final = "journey"
APART: Final = 100  # acts of a node, at most: so events of two nodes that are passed at one moment keep their order


def told(enrolment: Enrolment, run: Run | None, tell: Tell, whom: Identifier) -> Event:
    """The event of a Tell, under an identifier of the person."""
    of_run = {"version": run.version, "key": run.key} if run is not None else {}
    known = {name: value for name, value in of_run.items() if value != ""}
    return Event(
        id=message_id("journey-told", tell.run, tell.name, tell.at),
        kind=Kind.DERIVED,
        name=tell.name,
        time=tell.at,
        identifiers=(whom,),
        source=SOURCE,
        properties={JOURNEY: enrolment.journey, "run": tell.run, **known, **tell.properties},
    )


@dataclass(frozen=True, slots=True)
class Deed:
    """One act of one step: what its event's id is made of, when it was decided (ms), under which identifier it is written.

    `place` tells apart what is decided at one moment: later acts count as later. `journey` is whose step it was.
    """

    seed: tuple[str | int, ...]
    at: int
    whom: Identifier
    place: int = 0
    journey: str = ""


def event_of(act: Act, deed: Deed, depth: int = 0) -> Event | None:
    """What an act is on the person's timeline; None for those that are something else. `depth` is that of the run."""
    match act:
        case AddTag(tag):
            return tag_changed(deed, tag, given=True)
        case RemoveTag(tag):
            return tag_changed(deed, tag, given=False)
        case SetAttributes(values):
            return attributes_set(deed, values)
        case UnsetAttributes(names):
            return attributes_unset(deed, names)
        case AddScore(score, points):
            return points_given(deed, score, points, deed.journey, depth)
    return None


def points_given(deed: Deed, score: str, points: float, journey: str, depth: int = 0) -> Event:
    """Points for a score, which a rule of the score counts. `depth` is that of the run, for journeys that look out for it."""
    return Event(
        id=message_id("journey-act", *deed.seed),
        kind=Kind.DERIVED,
        name=Journeyed.POINTS_GIVEN.value,
        time=deed.at,
        identifiers=(deed.whom,),
        source=SOURCE,
        properties={"score": score, "points": points, JOURNEY: journey} | ({"depth": depth} if depth else {}),
    )


def tag_changed(deed: Deed, tag: str, *, given: bool) -> Event:
    """A tag given or taken, as by hand."""
    name = TAG_PREFIX + tag
    return _changed(TAGS_EVENT, deed, [AttributeChange(Operation.SET, name, True) if given else AttributeChange(Operation.UNSET, name)])


def attributes_set(deed: Deed, values: Json) -> Event:
    """Attributes that get a value."""
    return _changed(ATTRIBUTES_EVENT, deed, [AttributeChange(Operation.SET, name, value) for name, value in values.items()])


def attributes_unset(deed: Deed, names: Iterable[str]) -> Event:
    """Attributes that lose theirs."""
    return _changed(ATTRIBUTES_EVENT, deed, [AttributeChange(Operation.UNSET, name) for name in names])


def _changed(name: str, deed: Deed, changes: Iterable[AttributeChange]) -> Event:
    return Event(
        id=message_id("journey-act", *deed.seed),
        kind=Kind.PROFILE,
        name=name,
        time=deed.at,
        identifiers=(deed.whom,),
        source=SOURCE,
        properties={JOURNEY: deed.journey} if deed.journey else {},
        attributes=tuple(changes),
        place=deed.place,
    )
