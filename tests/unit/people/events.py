"""Events for tests of people, with everything that a test does not care about filled in."""

from collections.abc import Sequence

from chalicelib.events.model import AttributeChange, Event, Json, Kind, Operation
from chalicelib.identifiers import Identifier, identifier

FAN = identifier("openid:wx1", "o1")
DEVICE = identifier("device_id", "d1")


def event(
    at: int,
    *changes: AttributeChange,
    number: int = 0,
    kind: Kind = Kind.TRACK,
    identifiers: Sequence[Identifier] = (FAN,),
    context: Json | None = None,
) -> Event:
    """An event at a time in ms, number `number` of that moment."""
    return Event(
        id=f"e{at}-{number}",
        kind=kind,
        name="Scanned",
        time=at,
        identifiers=tuple(identifiers),
        source="shop",
        attributes=changes,
        context=context or {},
    )


def change(operation: Operation, value: object = None, name: str = "points") -> AttributeChange:
    """One operation on an attribute."""
    return AttributeChange(operation, name, value)
