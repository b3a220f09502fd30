"""How definitions came to be what they are, over HTTP: who did what, and what changed between two versions. The same for every kind."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.definitions import store
from chalicelib.definitions.diff import Edit, Op, diff
from chalicelib.definitions.history import acts
from chalicelib.definitions.model import MAX_VERSION, Act, Action, Definition, State
from chalicelib.errors import BadRequest
from chalicelib.events.clock import rfc3339
from chalicelib.http import Answer, Handler, Request
from chalicelib.paging import decode_cursor, encode_cursor


class ActShown(BaseModel):
    """One thing that somebody did: `by` is the id of the key, `previous` the version in force before."""

    action: Action
    version: int
    previous: int | None
    at: str
    by: str


class DefinitionHistory(BaseModel):
    """A page of a definition's history, newest first."""

    items: list[ActShown]
    next: str | None


class EditShown(BaseModel):
    """One change, as in a JSON Patch (RFC 6902), with the old value (`from`) beside the new one (`to`)."""

    op: Op
    path: str = Field(description="A JSON Pointer into the document as the changes before this one left it, e.g. `/where/all/0/count/gt`.")
    old: Any = Field(alias="from", description="null for what was added.")
    new: Any = Field(alias="to", description="null for what was removed.")


class DefinitionDiff(BaseModel):
    """What changed between two versions. Done in their order, the changes turn the one document into the other."""

    model_config = ConfigDict(json_schema_extra={"examples": [
        {"kind": "segments", "name": "dress-menu", "from": 1, "to": 2, "next": None,
         "items": [{"op": "replace", "path": "/where/count/gt", "from": 5, "to": 8}]},
    ]})  # fmt: skip

    kind: str
    name: str
    old: int = Field(alias="from")
    new: int = Field(alias="to")
    items: list[EditShown]
    next: str | None


def tells(kind: str) -> Handler:
    """Who did what to a definition."""

    def definition_history(request: Request) -> Answer:
        """Drafts, publishing and archiving, newest first. Kept for ever."""
        page = acts(kind, request.params["name"], request.limit, request.cursor)
        return Answer(body=DefinitionHistory(items=[_act(one) for one in page.items], next=page.next))

    return definition_history


def compares(kind: str) -> Handler:
    """What changed between two versions of a definition."""

    def definition_diff(request: Request) -> Answer:
        """Between any two versions."""
        new = store.get(kind, request.params["name"], request.integer("to", 0, 1, MAX_VERSION) or None)
        number = request.integer("from", _before(new), 0, MAX_VERSION)
        old = store.get(kind, new.name, number).document if number else {}
        edits = diff(old, new.document)
        start = _place(new, number, request.cursor)
        end = start + request.limit
        following = encode_cursor(*_cursor_of(new, number), str(end)) if end < len(edits) else None
        items = [_edit(one) for one in edits[start:end]]
        return Answer(body=DefinitionDiff(**{"from": number, "to": new.version}, kind=kind, name=new.name, items=items, next=following))

    return definition_diff


def _before(new: Definition) -> int:
    if new.state is State.PUBLISHED or new.published_version is None:
        return new.version - 1
    return new.published_version


def _cursor_of(new: Definition, number: int) -> tuple[str, str]:
    return f"{new.kind}#{new.name}", f"{number}-{new.version}"


def _place(new: Definition, number: int, cursor: str | None) -> int:
    """How many changes the pages before had."""
    if cursor is None:
        return 0
    *of, place = decode_cursor(cursor, 3)
    if tuple(of) != _cursor_of(new, number) or not (place.isascii() and place.isdigit()):
        raise BadRequest("cursor is not one that this list gave")
    return int(place)


def _act(one: Act) -> ActShown:
    return ActShown(action=one.action, version=one.version, previous=one.previous, at=rfc3339(one.at), by=one.by)


def _edit(one: Edit) -> EditShown:
    return EditShown.model_validate({"op": one.op, "path": one.path, "from": one.old, "to": one.new})
