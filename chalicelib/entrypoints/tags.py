"""Tags by hand over HTTP: each is an attribute of the person, changed by an event that this writes."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from chalicelib.entrypoints.addressing import addressed
from chalicelib.events import store as events
from chalicelib.events.model import AttributeChange, Event, Kind, Operation
from chalicelib.events.reserved import TAG_PREFIX
from chalicelib.http import Answer, Request
from chalicelib.identifiers import Identifier
from chalicelib.people import reading

TAGS_EVENT: Final = "$tags_set"
MAX_TAG_LENGTH: Final = 64  # characters
MAX_TAGS: Final = 50  # in one call, given and taken together

TagName = Annotated[
    str,
    # No control characters: the name is part of an attribute's.
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TAG_LENGTH, pattern=r"^[^\x00-\x1f\x7f]+$"),
]


class Tagging(BaseModel):
    """Tags to give to a person and to take away again; no name may stand in both lists."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"add": ["大客户"], "remove": ["待回访"]}]})

    add: list[TagName] = Field(default=[], max_length=MAX_TAGS)
    remove: list[TagName] = Field(default=[], max_length=MAX_TAGS)

    @model_validator(mode="after")
    def _means_something(self) -> "Tagging":
        if not 0 < len(self.add) + len(self.remove) <= MAX_TAGS:
            raise ValueError(f"name 1 to {MAX_TAGS} tags in `add` and `remove` together")
        if both := sorted(set(self.add) & set(self.remove)):
            raise ValueError(f"{both[0]!r} stands in both lists")
        return self


class Tagged(BaseModel):
    """The change was kept as an event and takes effect as soon as that has been worked on."""

    event_id: str
    person_id: str
    add: list[str]
    remove: list[str]


def post_tags(request: Request) -> Answer:
    """`POST /v1/people/{namespace}/{value}/tags`: gives and takes tags by hand.

    The same names given by rules stay as they are: a person may carry a tag by rule and by hand. A person holds at most 500 attributes
    and tags together; what there is no room for is counted and not kept. Raises NotFound, DocumentInvalid.
    """
    named, wanted = addressed(request), request.document(Tagging)
    person = reading.person_of(named)
    event = _event(request, named, wanted)
    events.to_record(event).save()
    return Answer(202, Tagged(event_id=event.id, person_id=person.id, add=wanted.add, remove=wanted.remove))


def _event(request: Request, named: Identifier, wanted: Tagging) -> Event:
    given = [AttributeChange(Operation.SET, TAG_PREFIX + name, True) for name in dict.fromkeys(wanted.add)]
    taken = [AttributeChange(Operation.UNSET, TAG_PREFIX + name) for name in dict.fromkeys(wanted.remove)]
    return Event(
        id=f"tags-{request.request_id}",
        kind=Kind.PROFILE,
        name=TAGS_EVENT,
        time=request.received_at,
        identifiers=(named,),
        source=f"key:{request.known_caller().key_id}",
        attributes=(*given, *taken),
    )
