"""`POST /v1/templates/{name}/test`: a template is sent to oneself, by every channel that it has words for.

Only to people who carry the tag `tester`, given by hand: consent, caps, quiet hours and holdouts do not ask about a test. The platforms'
own windows, permissions and quotas do. A draft can be tested too.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StrictStr

import chalicelib.messages.templates.publishing  # noqa: F401 - makes the kind known
from chalicelib.audiences import planbook
from chalicelib.audiences.portrait import shown
from chalicelib.audiences.reading import facts_of
from chalicelib.contacts import facts as contacts
from chalicelib.contacts.masking import masked
from chalicelib.definitions import store as definitions
from chalicelib.definitions.model import MAX_VERSION
from chalicelib.dispatch import asking
from chalicelib.dispatch.model import Order, Source, SourceKind
from chalicelib.entrypoints.addressing import valid_identifier
from chalicelib.entrypoints.templates import MAX_GIVEN, EventGiven
from chalicelib.errors import DocumentInvalid, Fault
from chalicelib.events.model import Json
from chalicelib.http import Answer, Request
from chalicelib.messages.policy.model import Route
from chalicelib.messages.templates.documents import KIND, TemplateDocument
from chalicelib.messages.templates.model import ChannelName, Rendered
from chalicelib.messages.templates.rendering import render
from chalicelib.messages.templates.trying import Trial, trials
from chalicelib.people.model import Person
from chalicelib.people.reading import person_of

TESTER: Final = "tester"
MAX_KEY: Final = 200  # characters


class TemplateTestWanted(BaseModel):
    """To whom the template is sent, and what fills it in. The same `key` sends nothing twice."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"to": {"user_id": "ming"}, "channels": ["sms"], "data": {"orders": 3}, "key": "second-try"}]},
    )

    to: Annotated[dict[StrictStr, StrictStr], Field(min_length=1, max_length=1)] = Field(
        description="Yourself, by one identifier: its namespace and value."
    )
    version: Annotated[int, Field(ge=1, le=MAX_VERSION)] | None = Field(default=None, description="The latest where it is left out.")
    channels: list[ChannelName] | None = Field(default=None, description="Those to try; all where it is left out.")
    event: EventGiven = EventGiven()
    entry: Annotated[Json, Field(max_length=MAX_GIVEN)] = Field(default={}, description="What the journey knows: `entry.` in texts.")
    data: Annotated[Json, Field(max_length=MAX_GIVEN)] = Field(default={}, description="What the message brings: `data.` in texts.")
    key: Annotated[StrictStr, Field(max_length=MAX_KEY)] = Field(default="", description="Names the attempt; else each request is one.")


class TrialShown(BaseModel):
    """One channel. `sends`: a message goes out, and `GET /v1/messages/{message_id}` tells of it; else `reason` says why not."""

    channel: ChannelName
    account: str
    address: str = Field(description="Masked.")
    sends: bool
    message_id: str
    reason: str


class TemplateTests(BaseModel):
    """The tests of a version, channel by channel."""

    name: str
    version: int
    channels: list[TrialShown]


def post_test(request: Request) -> Answer:
    """Raises NotFound for an unknown template or person, DocumentInvalid for somebody who is no tester."""
    wanted = request.document(TemplateTestWanted)
    found = definitions.get(KIND, request.params["name"], wanted.version)
    ((namespace, value),) = wanted.to.items()
    person = person_of(valid_identifier(namespace, value))
    document = TemplateDocument.model_validate(found.document)
    variables = _variables(wanted, person, request.received_at)
    rendered = render(document, variables, None if wanted.channels is None else frozenset(wanted.channels))
    addresses = _addresses(person, rendered, request.received_at)
    key = wanted.key or f"{request.request_id}/{request.received_at}"
    made = trials(found.name, found.version, rendered, addresses, key)
    test = Order(
        id="",
        person=person.id,
        template=found.name,
        version=found.version,
        category=document.category,
        source=Source(SourceKind.TEST, request.known_caller().key_id),
        asked_at=request.received_at,
        strict=True,
        data=wanted.data,
        event=wanted.event.model_dump(exclude_unset=True),
        entry=wanted.entry,
    )
    orders = [replace(test, id=one.id, channels=(one.rendered.channel,)) for one in made if not one.reason]
    asking.ask(orders, request.received_at)
    return Answer(202, TemplateTests(name=found.name, version=found.version, channels=[_shown(one) for one in made]))


def _variables(wanted: TemplateTestWanted, person: Person, now: int) -> Json:
    """What texts see. Raises DocumentInvalid for somebody who is no tester."""
    rules = planbook.current_rules()
    facts = facts_of(person, rules.plan)
    if TESTER not in facts.manual:
        detail = f"tests go to people with the tag {TESTER} only: give it by hand first (POST /v1/people/NAMESPACE/VALUE/tags)"
        raise DocumentInvalid(detail, [Fault("to", "tester_missing", detail)])
    return {
        "person": shown(facts, rules.judge(facts, now, person.plan)),
        "event": wanted.event.model_dump(exclude_unset=True),
        "entry": wanted.entry,
        "data": wanted.data,
    }


def _addresses(person: Person, rendered: Mapping[ChannelName, Rendered], now: int) -> Mapping[ChannelName, str]:
    """One address for each channel: of those that its account reaches the one that showed a sign of life last."""
    known = sorted(contacts.of(person, now).addresses, key=lambda one: (one.active_at, one.value))
    routes = {name: Route(name, one.account) for name, one in rendered.items()}
    return {one.channel: one.value for one in known if one.channel in routes and one.serves(routes[one.channel])}


def _shown(one: Trial) -> TrialShown:
    return TrialShown(
        channel=one.rendered.channel,
        account=one.rendered.account,
        address=masked(one.address) if one.address else "",
        sends=not one.reason,
        message_id="" if one.reason else one.id,
        reason=one.reason,
    )
