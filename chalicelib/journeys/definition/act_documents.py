"""The acts of a `do` node, as documents write them: each is an object with one key that says what is done. Pydantic."""

import json
from collections.abc import Iterable
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, Field, StrictInt, StrictStr, model_validator

from chalicelib.audiences.conditions import Name
from chalicelib.audiences.operands import Clause, Optional, Value, refuse
from chalicelib.audiences.parts import FILLED, MAX_POINTS
from chalicelib.events.limits import MAX_NAME_LENGTH, storable
from chalicelib.events.model import Json
from chalicelib.events.reserved import is_reserved_attribute
from chalicelib.identifiers import IdentifierInvalid, identifier
from chalicelib.journeys.definition.event_documents import Known, by_shape
from chalicelib.messages.templates.model import ChannelName

MAX_ATTRIBUTES: Final = 50  # of one act
MAX_TAG: Final = 64  # characters
MAX_STAFF: Final = 10  # people of one's own who are told of one person
MAX_DATA: Final = 100  # names
MAX_DATA_BYTES: Final = 8 * 1024  # as JSON
CHANNELS_MAX: Final = len(ChannelName)


def _attribute(name: str) -> str:
    if name[0] in " *" or not storable(name) or is_reserved_attribute(name):
        refuse((), "attribute_invalid", "no attribute can be set by that name; for tags there are add_tag and remove_tag")
    return name


def _tag(name: str) -> str:
    if not storable(name) or name != name.strip():
        refuse((), "tag_invalid", "a tag is a text without control characters and without space around it")
    return name


def _some(number: int) -> int:
    if not number:
        refuse((), "points_missing", "0 points change nothing")
    return number


def _small(data: Json) -> Json:
    if len(json.dumps(data, ensure_ascii=False).encode()) > MAX_DATA_BYTES:
        refuse((), "data_too_large", f"the data may have {MAX_DATA_BYTES // 1024} KB as JSON")
    return data


def _person(named: dict[str, str]) -> dict[str, str]:
    if len(named) != 1:
        refuse((), "identifier_expected", 'name somebody by one identifier: {"user_id": "anna"}')
    for namespace, value in named.items():
        try:
            identifier(namespace, value)
        except IdentifierInvalid as error:
            refuse((namespace,), error.code, error.detail)
    return named


def not_for_many(channels: Iterable[ChannelName]) -> None:
    """Refuses mass messages, which are the same for many."""
    if ChannelName.MASS in channels:
        refuse(("channels",), "channel_forbidden", "a mass message is the same for many, and a run is of one person")


Attribute = Annotated[StrictStr, Field(min_length=1, max_length=MAX_NAME_LENGTH), AfterValidator(_attribute)]
Tag = Annotated[StrictStr, Field(min_length=1, max_length=MAX_TAG), AfterValidator(_tag)]
Points = Annotated[StrictInt, Field(ge=-MAX_POINTS, le=MAX_POINTS), AfterValidator(_some)]
Data = Annotated[dict[str, Any], Field(max_length=MAX_DATA, description="`data.` in texts."), AfterValidator(_small)]
Channels = Annotated[tuple[ChannelName, ...], FILLED, Field(max_length=CHANNELS_MAX)]
Staff = Annotated[dict[str, StrictStr], AfterValidator(_person)]


class AddTag(Clause):
    """Gives the person a tag, as by hand."""

    add_tag: Tag


class RemoveTag(Clause):
    """Takes a tag given by hand away again."""

    remove_tag: Tag


class SetAttributes(Clause):
    """Sets attributes of the person."""

    set: Annotated[dict[Attribute, Value], Field(min_length=1, max_length=MAX_ATTRIBUTES)]


class UnsetAttributes(Clause):
    """Takes attributes of the person away."""

    unset: Annotated[tuple[Attribute, ...], FILLED, Field(max_length=MAX_ATTRIBUTES)]


class PointsClause(Clause):
    """How many points to which score."""

    score: Name
    points: Points


class AddScore(Clause):
    """Gives the person points, by the event `$points_given`: the score counts them by a rule of its own."""

    add_score: PointsClause


class CallWebhook(Clause):
    """Tells another system, by a template that has words for webhooks."""

    webhook: Name = Field(description="A template in force that has words for webhooks.")
    data: Optional[Data] = None


class EnterJourney(Clause):
    """Lets the person into another journey whose entry is `{"api": true}`."""

    enter: Name
    key: Optional[Known] = Field(default=None, description="What tells the runs there apart; else there is one.")


class StaffClause(Clause):
    """Who is told, by which template."""

    template: Name
    to: Annotated[tuple[Staff, ...], FILLED, Field(max_length=MAX_STAFF)]
    channels: Optional[Channels] = None

    @model_validator(mode="after")
    def _of_one(self) -> Self:
        not_for_many(self.channels or ())
        return self


class NotifyStaff(Clause):
    """Tells people of one's own about the person, whose identifiers and attributes the texts see as `data.`."""

    notify: StaffClause


Act = Annotated[
    AddTag | RemoveTag | SetAttributes | UnsetAttributes | AddScore | CallWebhook | EnterJourney | NotifyStaff,
    by_shape(
        {
            "add_tag": AddTag,
            "remove_tag": RemoveTag,
            "set": SetAttributes,
            "unset": UnsetAttributes,
            "add_score": AddScore,
            "webhook": CallWebhook,
            "enter": EnterJourney,
            "notify": NotifyStaff,
        },
        "an act",
    ),
]
