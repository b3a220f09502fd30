"""The OpenAPI 3.1 document, made from the routes and their models and never by hand."""

import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any, Final, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from chalicelib.http import JSON_TYPE, Access, Query, Route
from chalicelib.problems import PROBLEM_TYPE, Problem

OPENAPI_VERSION: Final = "3.1.0"
TITLE: Final = "Huiliu"
DESCRIPTION: Final = (
    "Customer data platform for brands in the WeChat ecosystem. JSON in and out; times in are RFC 3339 with offset or epoch milliseconds, "
    "times out RFC 3339 in UTC. Errors are problem documents (RFC 9457) with a stable `code`."
)
_REF: Final = "#/components/schemas/{model}"
_PARAMETER: Final = re.compile(r"{(\w+)}")

Schema = dict[str, Any]
Mode = Literal["validation", "serialization"]
Refs = dict[tuple[type[BaseModel], Mode], Schema]

_SECURITY: Final[dict[Access, list[Schema]]] = {
    Access.PUBLIC: [],
    Access.INGEST: [{"writeKey": []}, {"writeKeyAsUser": []}],
    Access.READ: [{"apiKey": ["read"]}],
    Access.WRITE: [{"apiKey": ["write"]}],
    Access.ADMIN: [{"apiKey": ["admin"]}],
}
_API_KEY: Final = "Secret. Its scopes stand beside each other: `write` does not read. Only `admin` stands for `read` and `write` too."
_SCHEMES: Final = {
    "writeKey": {"type": "http", "scheme": "bearer", "description": "The write key of a source: public, may only ingest."},
    "writeKeyAsUser": {"type": "http", "scheme": "basic", "description": "The write key as user, without a password."},
    "apiKey": {"type": "http", "scheme": "bearer", "description": _API_KEY},
}


def describe(routes: Sequence[Route], version: str) -> Schema:
    """The OpenAPI document of the routes; `version` is the API's."""
    routes = [route.found() for route in routes]
    refs, schemas = _schemas(routes)
    paths: dict[str, Schema] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, refs)
    licence = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    return {
        "openapi": OPENAPI_VERSION,
        "info": {"title": TITLE, "version": version, "description": DESCRIPTION, "license": licence},
        "servers": [{"url": "./"}],  # relative to this document: behind API Gateway every path stands below the stage's name
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": _SCHEMES},
    }


def _schemas(routes: Iterable[Route]) -> tuple[Refs, Schema]:
    """References to every model in use, and the schemas that they lead to."""
    wanted: dict[tuple[type[BaseModel], Mode], None] = {(Problem, "serialization"): None}
    for route in routes:
        if route.body is not None:
            wanted[route.body, "validation"] = None
        if route.answer is not None:
            wanted[route.answer, "serialization"] = None
    refs, definitions = models_json_schema(list(wanted), ref_template=_REF)
    return {key: refs[key] for key in wanted}, definitions.get("$defs", {})


def _operation(route: Route, refs: Refs) -> Schema:
    operation: Schema = {
        "operationId": _operation_id(route),
        "summary": route.summary,
        "tags": list(route.tags),
        "parameters": [
            *map(_path_parameter, _PARAMETER.findall(route.path)),
            *(_parameter(one, "query") for one in route.query),
            *(_parameter(one, "header") for one in route.headers),
        ],
        "security": _SECURITY[route.access],
        "responses": {str(route.status): _answer(route, refs), "default": _problem(route, refs)},
    }
    if body := _body(route, refs):
        operation["requestBody"] = body
    if description := (route.handler.__doc__ or "").strip():
        operation["description"] = re.sub(r"\s*\n\s*", " ", description)
    return operation


def _body(route: Route, refs: Refs) -> Schema:
    if route.body is not None:
        content = {"schema": refs[route.body, "validation"]}
        return {"required": not route.body_optional, "content": dict.fromkeys(route.consumes, content)}
    if route.method == "POST" and route.consumes != (JSON_TYPE,):
        return {"content": {media: {} for media in route.consumes}}
    return {}


def _operation_id(route: Route) -> str:
    """A name from method and path: `get_v1_items_type_id`."""
    return re.sub(r"\W+", "_", f"{route.method.lower()}{route.path}").strip("_")


def _path_parameter(name: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _parameter(one: Query, where: str) -> Schema:
    return {"name": one.name, "in": where, "required": one.required, "description": one.summary, "schema": dict(one.schema)}


def _answer(route: Route, refs: Refs) -> Schema:
    headers = ("x-request-id", *(("etag",) if route.etag else ()))
    answer: Schema = {
        "description": HTTPStatus(route.status).phrase,
        "headers": {name: {"schema": {"type": "string"}} for name in headers},
    }
    if route.answer is not None:
        answer["content"] = {route.produces: {"schema": refs[route.answer, "serialization"]}}
    elif route.status != HTTPStatus.NO_CONTENT:
        answer["content"] = {route.produces: {}}
    return answer


def _problem(route: Route, refs: Refs) -> Schema:
    schema = {"schema": refs[Problem, "serialization"]}
    return {"description": "A problem", "content": {route.refuses_in: {}} | {PROBLEM_TYPE: schema}}
