"""What an HTTP entrypoint sees: a Request in, an Answer out, and the Route that joins them. Pure; `gateway` puts routes behind Chalice.

    def read_item(request: Request) -> Answer:
        return Answer(body={"item_type": request.params["type"]})

    Route("GET", "/v1/items/{type}/{id}", read_item, "An item of the catalogue", Access.READ)

A handler raises a HuiliuError for whatever the caller can act on; it becomes a problem document (RFC 9457).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from chalicelib.access.model import Caller
from chalicelib.errors import BadRequest, DocumentInvalid, Unauthorized
from chalicelib.later import found
from chalicelib.problems import PROBLEM_TYPE, faults_of

MAX_BODY_BYTES: Final = 1024 * 1024
MAX_PAGE: Final = 200  # items in one answer of a list
DEFAULT_PAGE: Final = 50
MAX_DIGITS: Final = 15  # of a number in a query
JSON_TYPE: Final = "application/json"

Model = TypeVar("Model", bound=BaseModel)


class Access(StrEnum):
    """Who may call a route."""

    PUBLIC = "public"  # anybody; the handler may look for a key itself
    INGEST = "ingest"  # a write key, as Bearer or as the user of Basic
    READ = "read"  # an API key with that scope; `admin` stands for every one of them
    WRITE = "write"
    ADMIN = "admin"


class Cors(StrEnum):
    """Which pages of other origins may read the answers."""

    ANY = "any"  # every origin, no cookies: `Access-Control-Allow-Origin: *`
    CREDENTIALS = "credentials"  # the origin echoed and cookies allowed: the Sensors browser SDK's debug mode sends both


@dataclass(frozen=True, slots=True)
class Query:
    """A query parameter, or a header, for the documentation: `schema` is its JSON Schema. Handlers read `request.query`."""

    name: str
    summary: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    required: bool = False


PAGE: Final = (
    Query(
        "limit",
        f"How many items at most, 1 to {MAX_PAGE}.",
        {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": DEFAULT_PAGE},
    ),
    Query("cursor", "Where the previous page ended: its `next`."),
)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request.

    `params` are the path's, decoded; `query` holds the first value of each name; `headers` are lower case; `received_at` is epoch ms;
    `caller` is set unless the route is public.
    """

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    received_at: int = 0
    request_id: str = ""
    source_ip: str = ""
    caller: Caller | None = None

    def document(self, model: type[Model]) -> Model:
        """The JSON body as `model`. Raises BadRequest when it is not JSON, DocumentInvalid (with the places) when it breaks the model."""
        try:
            return model.model_validate_json(self.body)
        except ValidationError as error:
            faults = faults_of(error)
            if any(fault.code == "json_invalid" for fault in faults):
                raise BadRequest("the body is not JSON: " + faults[0].detail) from error
            raise DocumentInvalid("the body breaks the contract in the places named in `errors`", faults) from error

    def known_caller(self) -> Caller:
        """The caller of a route that is not public. Raises Unauthorized where there is none."""
        if self.caller is None:
            raise Unauthorized("a key is needed: Authorization: Bearer KEY")
        return self.caller

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number of the query between `low` and `high`. Raises BadRequest."""
        text = self.query.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS and low <= int(text) <= high):
            raise BadRequest(f"{name} must be a whole number from {low} to {high}")
        return int(text)

    @property
    def limit(self) -> int:
        """How many items a list may answer with."""
        return self.integer("limit", DEFAULT_PAGE, 1, MAX_PAGE)

    @property
    def cursor(self) -> str | None:
        """Where the previous page of a list ended, or None for the first page."""
        return self.query.get("cursor") or None


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a dict, list or model is sent as JSON, text as it is, bytes as a binary body, None as an empty one."""

    status: int = 200
    body: bytes | str | dict[str, Any] | list[Any] | BaseModel | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Request], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and path with its handler, and what the documentation says of it.

    `body` and `answer` are the models of the JSON in and out; `status` is the answer's when all is well. `consumes` and `produces`
    name the media types where they are not JSON, `refuses_in` that of the handler's own refusals where they are not problem documents.
    `headers` are those of requests that mean something here, `etag` says that answers have one.
    `max_body` is in bytes; None leaves the limit to the handler.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    access: Access
    body: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    query: tuple[Query, ...] = ()
    headers: tuple[Query, ...] = ()
    etag: bool = False
    cors: Cors = Cors.ANY
    tags: tuple[str, ...] = ()
    status: int = 200
    consumes: tuple[str, ...] = (JSON_TYPE,)
    produces: str = JSON_TYPE
    max_body: int | None = MAX_BODY_BYTES
    body_optional: bool = False
    refuses_in: str = PROBLEM_TYPE

    def found(self) -> "Route":
        """The route with everything that stood for something of a module that was not imported (see later.py)."""
        return replace(self, handler=found(self.handler), body=found(self.body), answer=found(self.answer), query=tuple(found(self.query)))


def section(title: str, *routes: Route) -> tuple[Route, ...]:
    """Routes that stand together in the documentation, under one title."""
    return tuple(replace(route, tags=(title,)) for route in routes)
