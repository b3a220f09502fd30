"""Definitions over HTTP: the same handlers for every kind.

Each is made for a kind (see definition_routes.py).
"""

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from chalicelib.definitions import store
from chalicelib.definitions.model import MAX_VERSION, Definition, State, Summary
from chalicelib.errors import BadRequest
from chalicelib.events.clock import rfc3339
from chalicelib.http import Answer, Handler, Request


class DefinitionAnswer(BaseModel):
    """One version of a definition. `published_version` is the one in force."""

    kind: str
    name: str
    version: int
    state: State
    published_version: int | None
    document: dict[str, Any]
    created_at: str
    created_by: str
    published_at: str | None
    published_by: str | None


class DefinitionListed(BaseModel):
    """A definition in a list. `version` is its latest one."""

    name: str
    title: str
    version: int
    state: State
    published_version: int | None
    changed_at: str
    changed_by: str


class DefinitionList(BaseModel):
    """A page of definitions, by name."""

    items: list[DefinitionListed]
    next: str | None


def lists(kind: str) -> Handler:
    """All definitions of the kind, by name."""

    def list_definitions(request: Request) -> Answer:
        page = store.list_definitions(kind, request.limit, request.cursor)
        return Answer(body=DefinitionList(items=[_listed(one) for one in page.items], next=page.next))

    return list_definitions


def reads(kind: str) -> Handler:
    """One version of a definition."""

    def read_definition(request: Request) -> Answer:
        return _answer(store.get(kind, request.params["name"], _version(request)))

    return read_definition


def drafts(kind: str, model: type[BaseModel]) -> Handler:
    """A new draft, checked against the model."""

    def draft_definition(request: Request) -> Answer:
        """The same document again is the same version. With If-Match (the ETag of a version), refused when it is not the latest."""
        document = request.document(model)
        by = request.known_caller().key_id
        name, if_match = request.params["name"], _if_match(request)
        return _answer(store.draft(kind, name, document, by=by, at=request.received_at, if_match=if_match))

    return draft_definition


def publishes(kind: str) -> Handler:
    """Puts a version in force."""

    def publish_definition(request: Request) -> Answer:
        """Shows within a minute. Publishing an older version goes back to it."""
        by = request.known_caller().key_id
        return _answer(store.publish(kind, request.params["name"], by=by, at=request.received_at, version=_version(request)))

    return publish_definition


def archives(kind: str) -> Handler:
    """Takes the definition out of force."""

    def archive_definition(request: Request) -> Answer:
        """Its versions stay and can be published again."""
        by = request.known_caller().key_id
        return _answer(store.archive(kind, request.params["name"], by=by, at=request.received_at))

    return archive_definition


def _version(request: Request) -> int | None:
    return request.integer("version", 0, 1, MAX_VERSION) or None


def _if_match(request: Request) -> int | None:
    """The version in If-Match: `"3"`, `3`, or `*` for any."""
    text = request.headers.get("if-match", "").removeprefix("W/").strip('" ')
    if not text:
        return None
    if text == "*":
        return store.ANY_VERSION
    if not (text.isascii() and text.isdigit() and int(text) <= MAX_VERSION):
        raise BadRequest("If-Match is the ETag of a version, or *")
    return int(text)


def _answer(one: Definition) -> Answer:
    body = DefinitionAnswer(
        **{**asdict(one), "created_at": rfc3339(one.created_at), "published_at": _time(one.published_at)},
    )
    return Answer(body=body, headers={"etag": f'"{one.version}"'})


def _listed(one: Summary) -> DefinitionListed:
    return DefinitionListed(**{**asdict(one), "changed_at": rfc3339(one.changed_at)})


def _time(moment: int | None) -> str | None:
    return None if moment is None else rfc3339(moment)
