"""`POST /v1/templates/{name}/preview`: what a template says to a person, channel by channel, and what keeps it from being sent."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StrictStr

import chalicelib.messages.templates.publishing  # noqa: F401 - makes the kind known
from chalicelib.audiences.portrait import portrait_of
from chalicelib.definitions import store
from chalicelib.definitions.model import MAX_VERSION
from chalicelib.entrypoints.addressing import valid_identifier
from chalicelib.events.model import Json
from chalicelib.http import Answer, Request
from chalicelib.messages.templates.documents import KIND, TemplateDocument
from chalicelib.messages.templates.model import ChannelName, ProblemCode, Rendered
from chalicelib.messages.templates.rendering import render
from chalicelib.people.reading import person_of

MAX_GIVEN: Final = 100  # names of the event, the journey or the data


class EventGiven(BaseModel):
    """An event to show, as texts see one."""

    model_config = ConfigDict(extra="forbid")

    name: StrictStr = ""
    time: StrictStr = ""
    properties: Annotated[Json, Field(max_length=MAX_GIVEN)] = {}


class TemplatePreviewWanted(BaseModel):
    """What to fill the template in with. Without `to` it is shown as to somebody of whom nothing is known."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"to": {"openid:wx77aa00bb11cc22dd": "oABC"}, "channels": ["template", "sms"], "data": {"orders": 3}},
                {"event": {"name": "OrderSubmitted", "properties": {"order_id": "SO-1", "item": "连衣裙"}}},
            ]
        },
    )

    to: Annotated[dict[StrictStr, StrictStr], Field(min_length=1, max_length=1)] | None = Field(
        default=None, description="The person, by one identifier: its namespace and value."
    )
    version: Annotated[int, Field(ge=1, le=MAX_VERSION)] | None = Field(default=None, description="The latest where it is left out.")
    channels: list[ChannelName] | None = Field(default=None, description="Those to show; all where it is left out.")
    event: EventGiven = EventGiven()
    entry: Annotated[Json, Field(max_length=MAX_GIVEN)] = Field(default={}, description="What the journey knows: `entry.` in texts.")
    data: Annotated[Json, Field(max_length=MAX_GIVEN)] = Field(default={}, description="What the message brings: `data.` in texts.")


class ProblemShown(BaseModel):
    """What was found in one place of the template. A fatal one keeps the channel from sending."""

    path: str
    code: ProblemCode
    detail: str
    fatal: bool


class ChannelShown(BaseModel):
    """One channel. `body` is what its provider would be given, without the recipient; null when nothing would be sent."""

    channel: ChannelName
    account: str
    sends: bool
    body: dict[str, Any] | None
    problems: list[ProblemShown]


class TemplatePreview(BaseModel):
    """The template in each channel."""

    name: str
    version: int
    channels: list[ChannelShown]


def post_preview(request: Request) -> Answer:
    """Drafts can be looked at too. Nothing is sent or kept. Raises NotFound for an unknown template or person."""
    wanted = request.document(TemplatePreviewWanted)
    found = store.get(KIND, request.params["name"], wanted.version)
    variables = {
        "person": _person(wanted, request.received_at),
        "event": wanted.event.model_dump(exclude_unset=True),
        "entry": wanted.entry,
        "data": wanted.data,
    }
    channels = None if wanted.channels is None else frozenset(wanted.channels)
    rendered = render(TemplateDocument.model_validate(found.document), variables, channels)
    return Answer(body=TemplatePreview(name=found.name, version=found.version, channels=[_channel(one) for one in rendered.values()]))


def _person(wanted: TemplatePreviewWanted, now: int) -> Json:
    """The person as texts see one, judged at the moment of asking."""
    if wanted.to is None:
        return {}
    ((namespace, value),) = wanted.to.items()
    return portrait_of(person_of(valid_identifier(namespace, value)), now)


def _channel(one: Rendered) -> ChannelShown:
    problems = [ProblemShown(path=each.path, code=each.code, detail=each.detail, fatal=each.fatal) for each in one.problems]
    return ChannelShown(channel=one.channel, account=one.account, sends=one.body is not None, body=one.body, problems=problems)
