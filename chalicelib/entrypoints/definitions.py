"""Definitions over HTTP: the same routes for every kind.

    routes_of("sources", SourceDocument)

The kind has to be registered in `definitions.kinds`.
"""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any, Final

from pydantic import BaseModel

from chalicelib.definitions import store
from chalicelib.definitions.model import MAX_VERSION, Definition, State, Summary
from chalicelib.entrypoints.definition_history import history_routes
from chalicelib.errors import BadRequest
from chalicelib.events.clock import rfc3339
from chalicelib.http import PAGE, Access, Answer, Query, Request, Route

_VERSION: Final[dict[str, Any]] = {"type": "integer", "minimum": 1, "maximum": MAX_VERSION}
_READ_VERSION: Final = Query("version", "Which version; the latest where it is left out.", _VERSION)
_PUBLISH_VERSION: Final = Query("version", "Which version to put in force; the latest where it is left out.", _VERSION)


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


def routes_of(kind: str, model: type[BaseModel]) -> tuple[Route, ...]:
    """The routes under `/v1/<kind>`. `model` is the document's, registered in `definitions.kinds`."""
    base, one = f"/v1/{kind}", f"/v1/{kind}/{{name}}"
    read, write = (partial(Route, access=access, answer=DefinitionAnswer) for access in (Access.READ, Access.WRITE))
    return (
        Route("GET", base, _lists(kind), f"The {kind}", Access.READ, answer=DefinitionList, query=PAGE),
        read("GET", one, _reads(kind), "One version of it", query=(_READ_VERSION,)),
        write("PUT", one, _drafts(kind, model), "A new draft", body=model),
        write("POST", f"{one}/publish", _publishes(kind), "Put in force", query=(_PUBLISH_VERSION,)),
        write("POST", f"{one}/archive", _archives(kind), "Take out of force"),
        *history_routes(kind),
    )


def _lists(kind: str) -> Callable[[Request], Answer]:
    def list_definitions(request: Request) -> Answer:
        page = store.list_definitions(kind, request.limit, request.cursor)
        return Answer(body=DefinitionList(items=[_listed(one) for one in page.items], next=page.next))

    return list_definitions


def _reads(kind: str) -> Callable[[Request], Answer]:
    def read_definition(request: Request) -> Answer:
        return _answer(store.get(kind, request.params["name"], _version(request)))

    return read_definition


def _drafts(kind: str, model: type[BaseModel]) -> Callable[[Request], Answer]:
    def draft_definition(request: Request) -> Answer:
        """The same document again is the same version. With If-Match (the ETag of a version), refused when it is not the latest."""
        document = request.document(model)
        by = request.known_caller().key_id
        name, if_match = request.params["name"], _if_match(request)
        return _answer(store.draft(kind, name, document, by=by, at=request.received_at, if_match=if_match))

    return draft_definition


def _publishes(kind: str) -> Callable[[Request], Answer]:
    def publish_definition(request: Request) -> Answer:
        """Shows within a minute. Publishing an older version goes back to it."""
        by = request.known_caller().key_id
        return _answer(store.publish(kind, request.params["name"], by=by, at=request.received_at, version=_version(request)))

    return publish_definition


def _archives(kind: str) -> Callable[[Request], Answer]:
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
