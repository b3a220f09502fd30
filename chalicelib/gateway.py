"""Puts routes behind Chalice: the one place that knows API Gateway's events.

    mount(app, routes)

Every answer, also one that tells of a failure, carries the request id and the cross-origin headers, and every request is one metrics line.
"""

import base64
import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from time import time
from typing import Any, Final
from urllib.parse import unquote

from aws_lambda_powertools.metrics import MetricUnit
from chalice.app import CaseInsensitiveMapping, Chalice, Response
from chalice.app import Request as ChaliceRequest
from pydantic import BaseModel

from chalicelib.access import store
from chalicelib.admission import Find, admitted
from chalicelib.cors import answer_headers, preflight_headers
from chalicelib.errors import HuiliuError, TooLarge
from chalicelib.http import JSON_TYPE, Access, Answer, Request, Route
from chalicelib.later import found
from chalicelib.problems import problem, problem_headers
from chalicelib.telemetry import invocation, logger, metrics

# API Gateway hands over every body base64 encoded: a gzip body that was taken for text could not be restored.
EVERY_TYPE: Final = "*/*"
TEXT_TYPE: Final = "text/plain; charset=utf-8"
REQUEST_ID: Final = "x-request-id"
INTERNAL_ERROR: Final = "something went wrong here; the request can be sent again"

Clock = Callable[[], int]


class PlainResponse(Response):
    """Text as text and only binary bodies as base64.

    API Gateway decodes base64 only for clients that send an Accept header, and the Python SDKs send none.
    """

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:  # noqa: ARG002 - Chalice's signature
        """The answer in the shape of a Lambda proxy integration."""
        binary = isinstance(self.body, bytes)
        body = base64.b64encode(self.body).decode() if binary else self.body
        return {"statusCode": self.status_code, "headers": self.headers, "multiValueHeaders": {}, "body": body, "isBase64Encoded": binary}


def now_ms() -> int:
    """Epoch milliseconds."""
    return int(time() * 1000)


def mount(app: Chalice, routes: Iterable[Route], find: Find = store.find, clock: Clock = now_ms) -> None:
    """Registers the routes, and the answer to OPTIONS on each of their paths.

    `find` looks a key up; `clock` gives epoch ms where the event has no time of its own.
    """
    app.api.binary_types = [EVERY_TYPE]
    by_path: dict[str, list[Route]] = defaultdict(list)
    for route in routes:
        by_path[route.path].append(route)
        _register(app, route, find, clock)
    for path, there in by_path.items():
        _register(app, _preflight(path, there), find, clock)


def respond(route: Route, request: Request, find: Find) -> PlainResponse:
    """Serves one request, whatever happens: errors become problem documents, in which nothing unexpected is told."""
    try:
        response = to_response(_served(route, request, find))
    except HuiliuError as error:
        response = to_response(_problem(error, request))
        metrics.add_metric("Problems", MetricUnit.Count, 1)
        metrics.add_metadata("code", error.code)
    except Exception:  # noqa: BLE001 - logged and counted; the caller is told what it may know
        logger.exception("request failed", method=request.method, path=route.path)
        response = to_response(_problem(HuiliuError(INTERNAL_ERROR), request))
        metrics.add_metric("Errors", MetricUnit.Count, 1)
    response.headers = {REQUEST_ID: request.request_id, **answer_headers(route.cors, request.headers), **response.headers}
    return response


def _served(route: Route, request: Request, find: Find) -> Answer:
    if route.max_body is not None and len(request.body) > route.max_body:
        raise TooLarge(f"a body may have at most {route.max_body} bytes")
    request = admitted(route.access, request, find)
    if request.caller is not None:
        metrics.add_metadata("key", request.caller.key_id)
    return found(route.handler)(request)


def _problem(error: HuiliuError, request: Request) -> Answer:
    return Answer(error.status, problem(error, request.request_id), problem_headers(error))


def _preflight(path: str, routes: list[Route]) -> Route:
    cors, methods = routes[0].cors, [route.method for route in routes]

    def options(request: Request) -> Answer:
        return Answer(204, headers=preflight_headers(cors, methods, request.headers))

    return Route("OPTIONS", path, options, "Preflight", Access.PUBLIC, cors=cors)


def _register(app: Chalice, route: Route, find: Find, clock: Clock) -> None:
    def view(**_: str) -> Response:
        event = _current(app)
        request = to_request(event, clock)
        # Chalice answers 400 where the media type of an answer is binary (with */* each one is) and the client sent no Accept.
        event.headers = CaseInsensitiveMapping({**event.headers, "accept": EVERY_TYPE})
        with invocation(f"{route.method} {route.path}", request.request_id) as facts:
            response = respond(route, request, find)
            facts.update(status=response.status_code, bytes=len(request.body))
        return response

    view.__doc__ = route.summary
    name = f"{route.method.lower()}{route.path}".replace("/", "_")
    app.route(route.path, methods=[route.method], content_types=[EVERY_TYPE], name=name)(view)


def _current(app: Chalice) -> ChaliceRequest:
    if app.current_request is None:
        raise RuntimeError("a view runs within a request only")
    return app.current_request


def to_request(event: ChaliceRequest, clock: Clock) -> Request:
    """The request of an API Gateway event. Path parameters come encoded there, query parameters decoded."""
    body = event.raw_body
    query = event.query_params
    return Request(
        method=event.method,
        path=event.context.get("path") or event.path,
        params={name: unquote(value) for name, value in (event.uri_params or {}).items()},
        query={name: query.getlist(name)[0] for name in query} if query else {},
        headers=dict(event.headers),
        body=body if isinstance(body, bytes) else body.encode(),
        received_at=event.context.get("requestTimeEpoch") or clock(),
        request_id=str(event.context.get("requestId") or getattr(event.lambda_context, "aws_request_id", "")),
        source_ip=(event.context.get("identity") or {}).get("sourceIp") or "",
    )


def to_response(answer: Answer) -> PlainResponse:
    """The answer in Chalice's shape: JSON and text as str, so that they cross API Gateway unencoded, and bytes as they are."""
    body, headers = answer.body, dict(answer.headers)
    if isinstance(body, bytes):
        return PlainResponse(body, {**headers}, answer.status)
    if isinstance(body, BaseModel):
        text, media = body.model_dump_json(by_alias=True), JSON_TYPE
    elif isinstance(body, dict | list):
        text, media = json.dumps(body, ensure_ascii=False, separators=(",", ":")), JSON_TYPE
    else:
        text, media = body or "", TEXT_TYPE
    headers.setdefault("content-type", media)
    # Half a surrogate pair, which a client's JSON can hold, has no UTF-8.
    return PlainResponse(text.encode(errors="replace").decode(), {**headers}, answer.status)
