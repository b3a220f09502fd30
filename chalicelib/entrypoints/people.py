"""People over HTTP: the person, the timeline, the evidence, and unbinding."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.audiences.planbook import current_rules
from chalicelib.audiences.reading import facts_of
from chalicelib.entrypoints.addressing import addressed, valid_identifier
from chalicelib.entrypoints.standing_shown import StandingShown, standing_at, standing_shown
from chalicelib.entrypoints.times import time_of
from chalicelib.errors import BadRequest, Conflict
from chalicelib.events import store as events
from chalicelib.events.clock import TOLERANCE_MS, rfc3339
from chalicelib.events.model import Event, Kind
from chalicelib.events.reserved import is_reserved_attribute
from chalicelib.events.timeline import SHOWN, Order, timeline
from chalicelib.http import PAGE, Answer, Query, Request
from chalicelib.identifiers import Identifier, parse_key
from chalicelib.people import reading, store
from chalicelib.people.model import Activity, Person, Touch

UNBIND_EVENT: Final = "$UnbindID"  # the Sensors SDKs' own name for it
TIMELINE_QUERY: Final = (
    Query("from", "Events at or after this time (RFC 3339 or epoch ms)."),
    Query("to", "Events before this time."),
    Query("order", "`desc` (newest first) or `asc`.", {"type": "string", "enum": ["asc", "desc"], "default": "desc"}),
    Query("name", "Only events with this name."),
    Query("profile", "`true` to show records that only changed attributes too.", {"type": "boolean", "default": False}),
    *PAGE,
)


class IdentifierShown(BaseModel):
    """An identifier of a person. `verified`: a source has vouched for it (phones and mail addresses)."""

    namespace: str
    value: str
    since: str
    source: str
    verified: bool


class PersonShown(StandingShown):
    """A person. `first_touch` and `latest_touch` are the first and latest campaign that brought the person (the arrival where there
    was none); `arrival` is the first channel; `attributes_changed` tells when each attribute last changed.
    """

    person_id: str
    identifiers: list[IdentifierShown]
    attributes: dict[str, Any]
    attributes_changed: dict[str, str]
    first_seen: str | None
    last_seen: str | None
    arrival: dict[str, Any]
    first_touch: dict[str, Any]
    latest_touch: dict[str, Any]
    events: int


class EventShown(BaseModel):
    """An event on a timeline, with the identifiers that it carried."""

    id: str
    name: str
    kind: str
    time: str
    source: str
    identifiers: list[dict[str, str]]
    properties: dict[str, Any]
    context: dict[str, Any]


class TimelineShown(BaseModel):
    """A page of a timeline."""

    items: list[EventShown]
    next: str | None


class EvidenceShown(BaseModel):
    """Two identifiers that events showed together. `state`: accepted, refused (see `reason`) or withdrawn; `rules` is the version."""

    between: list[dict[str, str]]
    source: str
    first_seen: str
    last_seen: str
    verified: bool
    state: reading.EdgeState
    reason: str | None
    rules: int


class IdentityShown(BaseModel):
    """Why the identifiers of a person are one person, and what was refused."""

    person_id: str
    identifiers: list[IdentifierShown]
    edges: list[EvidenceShown]


class Unbinding(BaseModel):
    """The identifier that leaves the person."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"namespace": "mobile", "value": "13912345678"}]})

    namespace: str = Field(max_length=115)
    value: str = Field(min_length=1, max_length=255)


class Unbound(BaseModel):
    """The unbinding was kept as an event and takes effect as soon as that has been worked on."""

    event_id: str
    person_id: str
    namespace: str
    value: str


def get_person(request: Request) -> Answer:
    """`GET /v1/people/{namespace}/{value}`: scores, tags, segments, stage and derived attributes are judged at the moment of asking.

    Costs seven reads by key (identifier, person, attributes twice, signals, standing, list of identifiers), one more for each identifier.
    """
    person = reading.person_of(addressed(request))
    profile = reading.profile_of(person)
    values = {name: value for name, value in profile.values().items() if not is_reserved_attribute(name)}
    shown = PersonShown(
        person_id=person.id,
        identifiers=_identifiers(person),
        attributes=values,
        attributes_changed={name: rfc3339(profile.changed_at(name)) for name in values},
        events=person.activity.events,
        **_arrival(person.activity),
        **dict(_standing(person, request.received_at)),
    )
    return Answer(body=shown)


def get_timeline(request: Request) -> Answer:
    """`GET /v1/people/{namespace}/{value}/timeline`."""
    page = timeline(
        reading.keys_of(reading.person_of(addressed(request))),
        order=_order(request),
        start=time_of(request, "from"),
        end=time_of(request, "to"),
        name=request.query.get("name") or None,
        limit=request.limit,
        cursor=request.cursor,
        kinds=frozenset(Kind) if request.query.get("profile") == "true" else SHOWN,
    )
    return Answer(body=TimelineShown(items=[_event(event) for event in page.items], next=page.next))


def get_identity(request: Request) -> Answer:
    """`GET /v1/people/{namespace}/{value}/identity`."""
    person = reading.person_of(addressed(request))
    edges = [_evidence(one) for one in reading.evidence_of(person)]
    return Answer(body=IdentityShown(person_id=person.id, identifiers=_identifiers(person), edges=edges))


def post_unbind(request: Request) -> Answer:
    """`POST /v1/people/{namespace}/{value}/unbind`: keeps an event that withdraws everything known of the identifier so far.

    The event is the whole result: the stream carries it out. Raises NotFound, Conflict (`version_conflict`) when it is not theirs.
    """
    named, wanted = addressed(request), request.document(Unbinding)
    leaving = valid_identifier(wanted.namespace, wanted.value)
    person = reading.person_of(named)
    if reading.person_of(leaving).id != person.id:
        raise Conflict(f"{leaving.namespace} {leaving.value!r} does not belong to this person; see its identity")
    event = _unbinding(request, named, leaving, person)
    events.to_record(event).save()
    return Answer(202, Unbound(event_id=event.id, person_id=person.id, namespace=leaving.namespace, value=leaving.value))


def _unbinding(request: Request, named: Identifier, leaving: Identifier, person: Person) -> Event:
    # Clocks of clients may run ahead by the tolerance: what they sent before this request is withdrawn all the same.
    newest = min(person.activity.last_seen, request.received_at + TOLERANCE_MS)
    return Event(
        id=f"unbind-{request.request_id}",
        kind=Kind.UNLINK,
        name=UNBIND_EVENT,
        time=max(request.received_at, newest + 1),
        identifiers=(named,),
        source=f"key:{request.known_caller().key_id}",
        properties={"namespace": leaving.namespace, "value": leaving.value},
        unlink=(leaving,),
    )


def _standing(person: Person, now: int) -> StandingShown:
    rules = current_rules(at_least=person.plan)
    facts = facts_of(person, rules.plan)
    judgement = rules.judge(facts, now, person.plan)
    return standing_shown(standing_at(store.standing(person.id), judgement, facts, now), judgement)


def _order(request: Request) -> Order:
    try:
        return Order(request.query.get("order", "desc"))
    except ValueError as error:
        raise BadRequest("order must be asc or desc") from error


def _identifiers(person: Person) -> list[IdentifierShown]:
    return [
        IdentifierShown(
            namespace=one.identifier.namespace,
            value=one.identifier.value,
            since=rfc3339(one.since),
            source=one.source,
            verified=one.verified,
        )
        for one in reading.identifiers_of(person)
    ]


def _arrival(activity: Activity) -> dict[str, Any]:
    return {
        "first_seen": rfc3339(activity.first_seen) if activity.first_seen else None,
        "last_seen": rfc3339(activity.last_seen) if activity.last_seen else None,
        "arrival": _touch(activity.arrival),
        "first_touch": _touch(activity.first or activity.arrival),
        "latest_touch": _touch(activity.latest or activity.first or activity.arrival),
    }


def _touch(touch: Touch | None) -> dict[str, Any]:
    return {"time": rfc3339(touch.time), **touch.what} if touch else {}


def _event(event: Event) -> EventShown:
    return EventShown(
        id=event.id,
        name=event.name,
        kind=event.kind.value,
        time=rfc3339(event.time),
        source=event.source,
        identifiers=[_named(one) for one in event.identifiers],
        properties=event.properties,
        context=event.context,
    )


def _evidence(one: reading.Evidence) -> EvidenceShown:
    return EvidenceShown(
        between=[_named(parse_key(key)) for key in one.edge.pair],
        source=one.edge.source,
        first_seen=rfc3339(one.edge.first),
        last_seen=rfc3339(one.edge.last),
        verified=one.edge.verified,
        state=one.state,
        reason=one.reason or None,
        rules=one.rules,
    )


def _named(one: Identifier) -> dict[str, str]:
    return {"namespace": one.namespace, "value": one.value}
