"""Messages over HTTP: one is asked for, and what became of it is told."""

import json
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr

import chalicelib.messages.templates.publishing  # noqa: F401 - makes the kind known
from chalicelib.campaigns.documents import Moment
from chalicelib.dispatch import asking, store
from chalicelib.dispatch.model import Message, Order, Source, SourceKind
from chalicelib.entrypoints.addressing import valid_identifier
from chalicelib.entrypoints.messages_shown import shown
from chalicelib.errors import Conflict, DocumentInvalid, Fault, NotFound
from chalicelib.events.model import Json
from chalicelib.events.wire import time_ms
from chalicelib.http import Answer, Request
from chalicelib.messages.model import message_id
from chalicelib.messages.templates import published
from chalicelib.messages.templates.model import ChannelName
from chalicelib.messages.templates.published import Template
from chalicelib.people.model import Person
from chalicelib.people.reading import person_of
from chalicelib.people.store import roots

MAX_DATA: Final = 100  # names
MAX_DATA_BYTES: Final = 16 * 1024  # as JSON: it is kept with the message
MAX_KEY: Final = 200  # characters
MAX_SPLIT: Final = 64

To = Annotated[dict[StrictStr, StrictStr], Field(min_length=1, max_length=1)]


class IdempotencyConflict(Conflict):
    """The key was used for another message."""

    code = "idempotency_conflict"


class MessageWanted(BaseModel):
    """Whom to tell what. The same `idempotency_key` with the same content is the same message, however often it is asked for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "to": {"openid:wx77aa00bb11cc22dd": "oABC"},
                    "template": "unpaid",
                    "channels": ["template", "sms"],
                    "data": {"order": "SO-1"},
                    "idempotency_key": "SO-1-unpaid",
                }
            ]
        },
    )

    to: To = Field(description="The person, by one identifier: its namespace and value. Who it is sent to is decided by channel.")
    template: StrictStr = Field(min_length=1, max_length=100, description="A template that is in force.")
    channels: list[ChannelName] = Field(
        default=[], max_length=len(ChannelName), description="Those that it may go by, best first; else all of the template."
    )
    strict: StrictBool = Field(default=False, description="Keep to the order of `channels` even if the person likes another one better.")
    data: Annotated[Json, Field(max_length=MAX_DATA)] = Field(default={}, description="What the message brings: `data.` in texts.")
    expires: Moment | None = Field(default=None, description="From then on it is worth nothing. RFC 3339 with an offset, or epoch ms.")
    split: Annotated[StrictStr, Field(max_length=MAX_SPLIT)] = Field(default="", description="The part of the mass quota that it takes.")
    idempotency_key: Annotated[StrictStr, Field(min_length=1, max_length=MAX_KEY)] | None = Field(
        default=None, description="Names what the message is for, within the API key. Without it every request is another message."
    )


class MessageAccepted(BaseModel):
    """The message is kept; what becomes of it is decided a moment later."""

    message_id: str


def post_message(request: Request) -> Answer:
    """`POST /v1/messages`. Raises DocumentInvalid for what is unknown, IdempotencyConflict for a key that stands for something else."""
    wanted = request.document(MessageWanted)
    known = _known(request, wanted)
    if known is None:
        order = _order(request, wanted)
        if asking.ask([order], request.received_at) == [True]:
            return Answer(202, MessageAccepted(message_id=order.id))
        known = store.find(order.id)  # somebody asked for it at the same moment
    if known is None or not _is_same(known.order, wanted):
        raise IdempotencyConflict("the idempotency_key was used for a message with another content; take another key, or the same content")
    return Answer(202, MessageAccepted(message_id=known.id))


def get_message(request: Request) -> Answer:
    """`GET /v1/messages/{id}`. Raises NotFound."""
    found = store.find(request.params["id"])
    if found is None:
        raise NotFound("there is no such message")
    return Answer(body=shown(found))


def faults_of_data(data: Json) -> list[Fault]:
    """What is wrong with the data that a message, or every message of a broadcast, brings: it is too large to be kept with it."""
    if len(_text(data).encode()) <= MAX_DATA_BYTES:
        return []
    return [Fault("data", "data_too_large", f"the data may have {MAX_DATA_BYTES // 1024} KB as JSON")]


def _id(request: Request, wanted: MessageWanted) -> str:
    """Without a key of their own two requests are never the same message."""
    caller = request.known_caller().key_id
    if wanted.idempotency_key is None:
        return message_id("api", caller, request.request_id, request.received_at)
    return message_id("api-key", caller, wanted.idempotency_key)


def _known(request: Request, wanted: MessageWanted) -> Message | None:
    return None if wanted.idempotency_key is None else store.find(_id(request, wanted))


def _order(request: Request, wanted: MessageWanted) -> Order:
    faults: list[Fault] = []
    person, template = _person(wanted.to, faults), _template(wanted, faults)
    expires = time_ms(wanted.expires, "expires")
    if expires is not None and expires <= request.received_at:
        faults.append(Fault("expires", "time_past", "the message would be worth nothing before it is sent"))
    faults += faults_of_data(wanted.data)
    if faults or person is None or template is None:
        raise DocumentInvalid("the message cannot be sent as it is; the places are named in `errors`", faults)
    return Order(
        id=_id(request, wanted),
        person=person.id,
        template=template.name,
        version=template.version,
        category=template.document.category,
        source=Source(SourceKind.API, request.known_caller().key_id),
        asked_at=request.received_at,
        channels=tuple(dict.fromkeys(wanted.channels)),
        strict=wanted.strict,
        data=wanted.data,
        expires=expires,
        split=wanted.split,
    )


def _person(to: dict[str, str], faults: list[Fault]) -> Person | None:
    ((namespace, value),) = to.items()
    try:
        return person_of(valid_identifier(namespace, value))
    except NotFound as nobody:
        faults.append(Fault("to", "person_unknown", nobody.detail))
        return None


def _template(wanted: MessageWanted, faults: list[Fault]) -> Template | None:
    found = published.in_force(wanted.template)
    if found is None:
        faults.append(Fault("template", "template_unknown", f"no template {wanted.template} is in force; publish it first"))
        return None
    there = found.document.bodies()
    for place, channel in enumerate(wanted.channels):
        if channel not in there:
            detail = f"version {found.version} of the template has no words for it; it has {', '.join(there)}"
            faults.append(Fault(f"channels/{place}", "channel_missing", detail))
    return found


def _is_same(order: Order, wanted: MessageWanted) -> bool:
    """Whether the message that there is was asked for in the same words. Who the person is may have changed since: people become one."""
    ((namespace, value),) = wanted.to.items()
    try:
        person = person_of(valid_identifier(namespace, value)).id
    except NotFound:
        return False
    asked = (order.template, order.channels, order.strict, order.expires, order.split, _text(order.data))
    told = (wanted.template, tuple(dict.fromkeys(wanted.channels)), wanted.strict, time_ms(wanted.expires, "expires"), wanted.split)
    return asked == (*told, _text(wanted.data)) and person in (order.person, _root(order.person))


def _root(person: str) -> str:
    found = roots([person]).get(person)
    return found.id if found is not None else ""


def _text(data: Json) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True)
