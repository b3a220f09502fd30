"""The stored form of an event: a key, a name, a kind and one compact JSON text. Pure; the same event always gives the same text.

The text leaves out what the key tells (time, id, strongest identifier) and what is empty. Its keys are one letter long because they
are stored a billion times: `s` source, `i` the other identifiers, `p` properties, `a` attribute changes as [operation, name, value],
`c` context, `x` places (0 is the strongest identifier) that the source does not vouch for, `u` identifiers withdrawn,
`o` the place among attribute changes of the same millisecond.
"""

import json
from typing import Any, Final

from pydantic_core import to_json

from chalicelib.events.limits import Problem, Reason
from chalicelib.events.model import AttributeChange, Event, Json, Kind, Operation
from chalicelib.identifiers import parse_key

TIME_DIGITS: Final = 13  # of milliseconds since 1970, which lasts until the year 2286
_strict: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def sort_key(time: int, event_id: str) -> str:
    """The place of an event in its partition: `<time ms, 13 digits>#<event id>`."""
    return f"{time:0{TIME_DIGITS}d}#{event_id}"


class Unpackable(ValueError):
    """A value that JSON cannot hold; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def encode(value: Any) -> str:
    """Compact JSON, a quarter of the time that the standard library takes. Raises Unpackable."""
    try:
        data = to_json(value)
    except ValueError as failed:
        raise Unpackable(_diagnosed(value)) from failed
    if b"NaN" in data or b"Infinity" in data:  # as numbers, or in a text
        try:
            _strict.encode(value)
        except ValueError as failed:
            raise Unpackable(_NOT_A_NUMBER) from failed
    return data.decode()


def readable(raw: Any) -> str:
    """JSON in ASCII of whatever a client sent, half characters and numbers that are not finite included: for keeping, not for sharing."""
    return json.dumps(raw, separators=(",", ":"), sort_keys=True, default=str)


def pack(event: Event) -> str:
    """The stored text of an event. Raises Unpackable."""
    parts: Json = {"s": event.source}
    if len(event.identifiers) > 1:
        parts["i"] = [one.key for one in event.identifiers[1:]]
    if event.properties:
        parts["p"] = event.properties
    if event.attributes:
        parts["a"] = [_change_text(change) for change in event.attributes]
    if event.context:
        parts["c"] = event.context
    if doubtful := [place for place, one in enumerate(event.identifiers) if one.key not in event.verified]:
        parts["x"] = doubtful
    if event.place:
        parts["o"] = event.place
    if event.unlink:
        parts["u"] = [one.key for one in event.unlink]
    return encode(parts)


def unpack(partition: str, sort: str, kind: str, name: str, text: str) -> Event:
    """The event of a stored item."""
    parts: Json = json.loads(text)
    time, _, event_id = sort.partition("#")
    identifiers = tuple(parse_key(key) for key in (partition, *parts.get("i", ())))
    doubtful = frozenset(parts.get("x", ()))
    return Event(
        id=event_id,
        kind=Kind(kind),
        name=name,
        time=int(time),
        identifiers=identifiers,
        source=parts["s"],
        properties=parts.get("p", {}),
        attributes=tuple(AttributeChange(Operation(one[0]), one[1], one[2]) for one in parts.get("a", ())),
        context=parts.get("c", {}),
        verified=frozenset(one.key for place, one in enumerate(identifiers) if place not in doubtful),
        unlink=tuple(parse_key(key) for key in parts.get("u", ())),
        place=parts.get("o", 0),
    )


def _change_text(change: AttributeChange) -> list[Any]:
    return [change.operation.value, change.name, change.value]


_NOT_A_NUMBER: Final = Problem(Reason.NUMBER_INVALID, "a number is not finite or too long; JSON has no NaN and no Infinity")


def _diagnosed(value: Any) -> Problem:
    """Why `to_json` refused a value."""
    try:
        _strict.encode(value).encode()
    except UnicodeEncodeError:
        return Problem(Reason.TEXT_INVALID, "a text holds half of a UTF-16 pair; send whole characters")
    except ValueError:
        return _NOT_A_NUMBER
    except (TypeError, RecursionError) as failed:
        return Problem(Reason.VALUE_INVALID, f"a value is not JSON: {failed}")
    return Problem(Reason.VALUE_INVALID, "a value cannot be written as JSON")
