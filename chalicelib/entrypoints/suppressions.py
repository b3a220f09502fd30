"""`POST` and `DELETE /v1/people/{namespace}/{value}/suppressions`: the list of those who get nothing at all."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from chalicelib.contacts import suppressions
from chalicelib.contacts.addresses import MOBILE, OPENID, PUSH
from chalicelib.entrypoints.consents import usable
from chalicelib.entrypoints.contact import SuppressionShown, suppression_shown
from chalicelib.errors import BadRequest, NotFound
from chalicelib.events import store as events
from chalicelib.events.model import Event, Json, Kind
from chalicelib.events.reserved import Listed
from chalicelib.events.wire import RecordInvalid, time_ms
from chalicelib.http import Answer, Query, Request
from chalicelib.identifiers import Identifier
from chalicelib.messages.policy.model import Suppression
from chalicelib.messages.templates.model import ChannelName
from chalicelib.people import reading

MAX_REASON: Final = 200
_ADDRESSES: Final = frozenset({MOBILE, OPENID, PUSH})
LIFT_QUERY: Final = (
    Query("channel", "Only entries about this channel; all where it is left out.", {"type": "string", "enum": [*map(str, ChannelName)]}),
)


class SuppressionWanted(BaseModel):
    """Who gets nothing any more: the person by every channel or one, or only the address in the path."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"reason": "投诉"}, {"reason": "号码已转让", "only_address": True, "until": "2027-01-01T00:00:00+08:00"}]
        },
    )

    reason: Annotated[StrictStr, Field(min_length=1, max_length=MAX_REASON)]
    channel: ChannelName | None = None
    only_address: StrictBool = Field(default=False, description="Whether it is about this address and not about the person.")
    until: StrictInt | StrictStr | None = Field(
        default=None, description="When it ends: RFC 3339 with an offset, or ms since 1970. For good where it is left out."
    )


class Suppressed(BaseModel):
    """The entry holds from this answer on, and is on the timeline."""

    event_id: str
    person_id: str | None
    suppression: SuppressionShown


class Lifted(BaseModel):
    """Whether there was anything to lift; then it is on the timeline."""

    event_id: str | None
    person_id: str | None
    lifted: bool


def post_suppression(request: Request) -> Answer:
    """The same entry again replaces the first. Nobody has to be known by the identifier yet. Raises BadRequest, DocumentInvalid."""
    named, wanted = usable(request), request.document(SuppressionWanted)
    if wanted.only_address and named.base not in _ADDRESSES:
        raise BadRequest(f"a {named.base} is no address; suppress the person, or name one of " + ", ".join(sorted(_ADDRESSES)))
    entry = Suppression(request.received_at, wanted.reason, named.value if wanted.only_address else "", wanted.channel, _until(wanted))
    person_id, keys = _whose(named)
    suppressions.put([named.key] if wanted.only_address else keys, entry)
    told: Json = {"reason": wanted.reason, "only_address": wanted.only_address} | (
        {"channel": str(wanted.channel)} if wanted.channel else {}
    )
    return Answer(
        201, Suppressed(event_id=_told(request, named, Listed.SUPPRESSED, told), person_id=person_id, suppression=suppression_shown(entry))
    )


def delete_suppressions(request: Request) -> Answer:
    """What the person said before counts again: lifting an entry is no consent. Raises BadRequest."""
    named, channel = usable(request), _channel(request)
    person_id, keys = _whose(named)
    if not suppressions.lift(keys, channel):
        return Answer(body=Lifted(event_id=None, person_id=person_id, lifted=False))
    event_id = _told(request, named, Listed.LIFTED, {"channel": str(channel)} if channel else {})
    return Answer(body=Lifted(event_id=event_id, person_id=person_id, lifted=True))


def _whose(named: Identifier) -> tuple[str | None, list[str]]:
    """The person, and the keys of all their identifiers; of somebody unknown only the one that was named."""
    try:
        person = reading.person_of(named)
    except NotFound:
        return None, [named.key]
    return person.id, reading.keys_of(person)


def _told(request: Request, named: Identifier, name: Listed, properties: Json) -> str:
    event = Event(
        id=f"{name.value.removeprefix('$')}-{request.request_id}",
        kind=Kind.DERIVED,
        name=name.value,
        time=request.received_at,
        identifiers=(named,),
        source=f"key:{request.known_caller().key_id}",
        properties=properties,
        verified=frozenset({named.key}),
    )
    events.to_record(event).save()
    return event.id


def _until(wanted: SuppressionWanted) -> int | None:
    try:
        return time_ms(wanted.until, "until")
    except RecordInvalid as invalid:
        raise BadRequest(invalid.detail) from invalid


def _channel(request: Request) -> ChannelName | None:
    text = request.query.get("channel")
    try:
        return ChannelName(text) if text else None
    except ValueError as error:
        raise BadRequest("channel must be one of " + ", ".join(ChannelName)) from error
