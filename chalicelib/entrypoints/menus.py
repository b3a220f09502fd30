"""`GET /v1/menus/{name}/status`: whether the platform shows the menus that are in force."""

from enum import StrEnum

from pydantic import BaseModel, Field

from chalicelib.audiences.populations import count_of
from chalicelib.definitions import store
from chalicelib.errors import NotFound
from chalicelib.events.clock import rfc3339
from chalicelib.http import Answer, Request
from chalicelib.menus import records
from chalicelib.menus.documents import KIND, MenuDocument
from chalicelib.menus.records import Applied, Fault, State
from chalicelib.tagging import tag_records
from chalicelib.tagging.sources import Source
from chalicelib.tagging.tag_records import AccountTag


class Progress(StrEnum):
    """How the platform's menus stand to the definition in force."""

    PENDING = "pending"  # the version in force has not been looked at yet
    APPLIED = "applied"
    WAITING = "waiting"
    FAILED = "failed"


class PlatformFault(BaseModel):
    """What the platform refused. `rid` is its own number of the call, which its support asks for."""

    number: int
    meaning: str
    api: str
    rid: str


class PersonalStatus(BaseModel):
    """A personal menu. `tag` is the platform's number of the segment's tag, null while there is none."""

    segment: str
    tag: int | None
    tag_name: str
    people: int = Field(description="In the segment now; those see it who follow, and are in none of the segments above.")
    refused: int = Field(description="Fans without the tag because they have 20 others.")


class MenuStatus(BaseModel):
    """`version` is the one in force, `applied_version` the one that the platform's menus were last made from."""

    account: str
    version: int
    state: Progress
    applied_version: int | None
    applied_at: str | None
    tried_at: str | None
    fault: PlatformFault | None
    personal: list[PersonalStatus]


def get_menu_status(request: Request) -> Answer:
    """Fans' apps ask for a menu when the chat is opened, at most every five minutes. Raises NotFound for what is not in force."""
    definition = store.published(KIND, request.params["name"])
    if definition is None:
        raise NotFound(f"no menus named {request.params['name']} are in force")
    document = MenuDocument.model_validate(definition.document)
    known = records.applied(document.account)
    mine = known.name == definition.name
    tags = {tag.source: tag for tag in tag_records.tags_of(document.account)}
    shown = MenuStatus(
        account=document.account,
        version=definition.version,
        state=progress_of(known, definition.name, definition.version),
        applied_version=known.version if mine else None,
        applied_at=_time(known.applied_at if mine else None),
        tried_at=_time(known.tried_at),
        fault=_fault(known.fault),
        personal=[_personal(one.segment, tags) for one in document.personal],
    )
    return Answer(body=shown)


def progress_of(known: Applied, name: str, version: int) -> Progress:
    """How what is known stands to a version of a definition. Pure."""
    if known.state is None:
        return Progress.PENDING
    if known.state is State.APPLIED and (known.name, known.version) != (name, version):
        return Progress.PENDING
    return Progress(known.state.value)


def _personal(segment: str, tags: dict[Source, AccountTag]) -> PersonalStatus:
    source = Source.menu(segment)
    tag = tags.get(source)
    return PersonalStatus(
        segment=segment,
        tag=(tag.id or None) if tag else None,
        tag_name=source.platform_name,
        people=count_of(source.kind, segment),
        refused=tag.refused if tag else 0,
    )


def _fault(fault: Fault | None) -> PlatformFault | None:
    return None if fault is None else PlatformFault(number=fault.number, meaning=fault.meaning, api=fault.api, rid=fault.rid)


def _time(moment: int | None) -> str | None:
    return None if moment is None else rfc3339(moment)
