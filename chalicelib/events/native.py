"""The native batch: our own format, which servers and other systems send. Pure.

The models describe it (they are the documentation too); each event is checked on its own, so that a bad one refuses only itself.
Free values are `Any`: they come out of a JSON text, and pydantic's JsonValue would call Python for each of them (10 µs an event).
"""

from collections.abc import Iterable
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr, ValidationError

from chalicelib.errors import TooLarge
from chalicelib.events import jsontext
from chalicelib.events.model import AttributeChange, Draft, Json, Kind, Operation, Record
from chalicelib.events.wire import Pair, RecordInvalid, distinct, id_text, name_text, read_each, time_ms

MAX_EVENTS: Final = 500  # in one request


class TooManyEvents(TooLarge):
    """More events than one request may hold."""

    code = "too_many_events"


class NativeIdentifier(BaseModel):
    """An identifier with what its sender knows of it."""

    model_config = ConfigDict(extra="forbid")

    value: StrictStr | StrictInt
    verified: StrictBool | None = Field(
        default=None, description="Whether the sender has made sure that it is the person's own; null: as the source's rule says."
    )


OneIdentifier = StrictStr | StrictInt | NativeIdentifier


class NativeAttributes(BaseModel):
    """Changes to the attributes of the person, carried out by the time of the event."""

    model_config = ConfigDict(extra="forbid")

    set: dict[str, Any] = {}
    set_once: dict[str, Any] = {}
    increment: dict[str, StrictInt | StrictFloat] = {}
    append: dict[str, StrictStr | list[StrictStr]] = {}
    unset: list[StrictStr] = []


class NativeCampaign(BaseModel):
    """The campaign that led here."""

    model_config = ConfigDict(extra="allow")

    source: StrictStr = ""
    medium: StrictStr = ""
    name: StrictStr = ""
    content: StrictStr = ""
    term: StrictStr = ""


class NativeContext(BaseModel):
    """The circumstances of the event; further names are kept as they are."""

    model_config = ConfigDict(extra="allow")

    channel: StrictStr | None = Field(default=None, examples=["h5", "mini_program", "app", "store"])
    url: StrictStr | None = None
    referrer: StrictStr | None = None
    title: StrictStr | None = None
    scene: StrictStr | StrictInt | None = None
    campaign: NativeCampaign | None = None
    app: dict[str, Any] | None = None
    device: dict[str, Any] | None = None


class NativeEvent(BaseModel):
    """Something that happened to a person."""

    model_config = ConfigDict(extra="forbid")

    id: StrictStr | StrictInt | None = Field(
        default=None, description="Your id; the same id at the same time is the same event. Else a hash of the content."
    )
    name: Annotated[StrictStr, Field(min_length=1, examples=["OrderSubmitted"])]
    time: StrictStr | StrictInt | None = Field(
        default=None, description="RFC 3339 with an offset, or milliseconds since 1970; else the time of receipt."
    )
    identifiers: dict[str, OneIdentifier | list[OneIdentifier]] = Field(min_length=1, description="By namespace, one or several each.")
    properties: dict[str, Any] | None = None
    attributes: NativeAttributes | None = None
    context: NativeContext | None = None


class NativeBatch(BaseModel):
    """The body of `POST /v1/events`."""

    events: Annotated[list[NativeEvent], Field(max_length=MAX_EVENTS)]


class Rejected(BaseModel):
    """An event that was not kept: its place in the request, and why."""

    index: int
    code: str
    detail: str


class NativeAnswer(BaseModel):
    """What became of the events of a request. The rejected ones can be read at `/v1/rejections`."""

    accepted: int
    rejected: list[Rejected]


def read(body: bytes) -> list[Record]:
    """The events of a request, in order; those that break the contract as Refusals (`event_invalid`, `name_missing`, `time_invalid`,
    `identifier_missing`, `identifier_invalid`, `field_unknown`, `record_invalid`, `nested_too_deep`, `number_invalid`).

    Raises PayloadUnreadable, TooLarge and TooManyEvents when the request as a whole cannot be read.
    """
    content = jsontext.decode(jsontext.unpack(body))
    events = content.get("events") if isinstance(content, dict) else None
    if not isinstance(events, list):
        raise jsontext.PayloadUnreadable('the body must be an object with a list of events: {"events": [...]}')
    if len(events) > MAX_EVENTS:
        raise TooManyEvents(f"a request may hold {MAX_EVENTS} events at most")
    return read_events(enumerate(events))


def read_events(raws: Iterable[tuple[int, Any]]) -> list[Record]:
    """(index, raw) events; never raises."""
    return read_each(raws, _read)


def _read(index: int, raw: Json) -> Draft:
    event = _checked(raw)
    event_id = id_text(event.id, "id")
    return Draft(
        index=index,
        kind=Kind.TRACK,
        name=name_text(event.name, "name"),
        time=time_ms(event.time, "time"),
        sent_at=None,
        id=event_id,
        identity="" if event_id else jsontext.canonical(raw),
        identifiers=_identifiers(event),
        properties=event.properties or {},
        attributes=tuple(_changes(event.attributes)) if event.attributes else (),
        context={name: value for name, value in (raw.get("context") or {}).items() if value is not None},
        raw=raw,
        verified=_verified(event),
    )


def _checked(raw: Json) -> NativeEvent:
    try:
        return NativeEvent.model_validate(raw)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_context=False, include_input=False)[0]
        place = tuple(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden" and place[0] != "identifiers":
            raise RecordInvalid("field_unknown", f"there is no field {'/'.join(place)[:100]}") from invalid
        raise _invalid(place, first["msg"]) from invalid


def _invalid(place: tuple[str, ...], message: str) -> RecordInvalid:
    """The refusal for the first thing that is wrong with an event."""
    match place:
        case ("name", *_):
            return RecordInvalid("name_missing", "name must be a text that is not empty")
        case ("time", *_):
            return RecordInvalid("time_invalid", "time must be RFC 3339 with an offset, or integer milliseconds since 1970")
        case ("identifiers",):
            return RecordInvalid("identifier_missing", "identifiers must be an object that names at least one identifier")
        case ("identifiers", namespace, *_):
            detail = 'must be a text, a whole number, {"value": ..., "verified": true}, or a list of these'
            return RecordInvalid("identifier_invalid", f"identifiers/{namespace[:64]} {detail}")
        case _:
            return RecordInvalid("event_invalid", f"{'/'.join(place)[:100]}: {message}")


def _each(event: NativeEvent) -> list[tuple[str, OneIdentifier]]:
    listed = ((namespace, one if isinstance(one, list) else [one]) for namespace, one in event.identifiers.items())
    return [(namespace, one) for namespace, several in listed for one in several]


def _identifiers(event: NativeEvent) -> tuple[Pair, ...]:
    pairs = distinct((namespace, id_text(_value(one), namespace)) for namespace, one in _each(event))
    if not pairs:
        raise RecordInvalid("identifier_missing", "an event needs an identifier that is not empty")
    return pairs


def _value(one: OneIdentifier) -> str | int:
    return one.value if isinstance(one, NativeIdentifier) else one


def _verified(event: NativeEvent) -> frozenset[str] | None:
    """The namespaces that the event vouches for; None when it leaves that to its source. Once an event says so of one identifier,
    only those namespaces are vouched for of which every value is marked verified.
    """
    marks: dict[str, list[bool | None]] = {}
    for namespace, one in _each(event):
        marks.setdefault(namespace, []).append(one.verified if isinstance(one, NativeIdentifier) else None)
    if all(mark is None for several in marks.values() for mark in several):
        return None
    return frozenset(namespace for namespace, several in marks.items() if all(several))


def _changes(attributes: NativeAttributes) -> list[AttributeChange]:
    changes = [AttributeChange(Operation.SET, name, value) for name, value in attributes.set.items()]
    changes += [AttributeChange(Operation.SET_ONCE, name, value) for name, value in attributes.set_once.items()]
    changes += [AttributeChange(Operation.INCREMENT, name, value) for name, value in attributes.increment.items()]
    changes += [AttributeChange(Operation.APPEND, name, _texts(value)) for name, value in attributes.append.items()]
    return changes + [AttributeChange(Operation.UNSET, name) for name in attributes.unset]


def _texts(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
