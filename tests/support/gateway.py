"""Calls a Chalice app the way API Gateway does: a proxy event with encoded path and base64 body, and the answer decoded as it does."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs

from chalice.app import Chalice
from chalice.local import RouteMatcher

from tests.support.deliveries import Context

NOW: Final = 1_795_300_000_000  # when every request of a test is received: 2026-11-21T22:26:40Z


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as the client sees it; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(slots=True)
class Gateway:
    """Usage: `Gateway(app, key="hla_...").call("PUT", "/v1/sources/shop", {"title": "官网"}).status`."""

    app: Chalice
    key: str | None = None
    now: int = NOW
    headers: Mapping[str, str] = field(default_factory=dict)

    def call(self, method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        """Sends one request; a body that is not bytes goes as JSON, and no Accept header goes that is not given."""
        own = {"authorization": f"Bearer {self.key}"} if self.key else {}
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        event = proxy_event(self.app, method, url, sent, {**own, **self.headers, **(headers or {})}, self.now)
        return _reply(self.app(event, Context("api_handler", "lambda-request")), event["headers"])

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Reply:
        """Reads."""
        return self.call("GET", url, None, headers)


def proxy_event(app: Chalice, method: str, url: str, body: bytes | None, headers: Mapping[str, str], now: int) -> dict[str, Any]:
    """The event of a REST API's Lambda proxy integration with the binary type */*: path as sent, query decoded, body as base64."""
    found = RouteMatcher(list(app.routes)).match_route(url)
    path, _, query = url.partition("?")
    return {
        "resource": found.route,
        "path": path,
        "httpMethod": method,
        "headers": dict(headers) or None,
        "multiValueQueryStringParameters": parse_qs(query, keep_blank_values=True) or None,
        "pathParameters": found.captured or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": found.route,
            "path": f"/api{path}",
            "httpMethod": method,
            "requestId": "gateway-request",
            "requestTimeEpoch": now,
            "identity": {"sourceIp": "203.0.113.7"},
        },
        "body": None if body is None else base64.b64encode(body).decode(),
        "isBase64Encoded": body is not None,
    }


def _reply(answer: dict[str, Any], sent: Mapping[str, str] | None) -> Reply:
    body = answer["body"].encode()
    if answer.get("isBase64Encoded") and any(name.lower() == "accept" for name in sent or ()):
        body = base64.b64decode(body)
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    return Reply(answer["statusCode"], headers, body)
