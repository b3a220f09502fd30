"""A request as it came in, and an answer as it goes out: all that the local WeChat knows of HTTP."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from infra.local_wechat.faults import Fault
from infra.local_wechat.state import Json

JSON_TYPE: Final = "application/json; charset=utf-8"
TEXT_TYPE: Final = "text/plain; charset=utf-8"
HTML_TYPE: Final = "text/html; charset=utf-8"
OK: Final = 200
FOUND: Final = 302
BAD_REQUEST: Final = 400
NOT_FOUND: Final = 404
METHOD_NOT_ALLOWED: Final = 405


@dataclass(frozen=True, slots=True)
class Request:
    """Of a query with repeated names the last one counts. Names of headers are in lower case; `remote` is the caller's address."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    remote: str = "127.0.0.1"

    def json(self) -> Json:
        """The body as an object; an empty body is an empty one. Raises ValueError."""
        value = json.loads(self.body or b"{}")
        if not isinstance(value, dict):
            raise ValueError("the body must be a JSON object")  # noqa: TRY004 - of the text, not of a type
        return value


@dataclass(frozen=True, slots=True)
class Answer:
    """`errcode` and `rid` repeat for the log what the body says, `appid` whose call it was. `mishap` is what befalls it on its way."""

    body: bytes = b""
    status: int = OK
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    errcode: int = 0
    rid: str = ""
    appid: str = ""
    mishap: Fault | None = None


def answer_json(value: Any, status: int = OK) -> Answer:
    """JSON, in readable characters."""
    return Answer(json.dumps(value, ensure_ascii=False).encode(), status)


def answer_text(text: str, status: int = OK) -> Answer:
    """A line for people."""
    return Answer(text.encode(), status, TEXT_TYPE)
