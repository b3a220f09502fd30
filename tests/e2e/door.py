"""A host of its own in front of the API, as a custom domain gives in AWS: the paths begin at its root.

SDKs of the Sensors family replace the whole path for their debug mode, so they need one. It also remembers what was sent, and can lose
answers: the request arrives, the client is told 503.
"""

import base64
import gzip
import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from tests.e2e.loopback import QuietHandler, serving

_NOT_FORWARDED: Final = frozenset({"connection", "keep-alive", "host", "transfer-encoding", "content-length", "date", "server"})


@dataclass(frozen=True, slots=True)
class Passed:
    """A request that went through the door, and the status that the client was told."""

    method: str
    path: str
    query: str
    body: bytes
    status: int

    def records(self) -> list[dict[str, Any]]:
        """The Sensors records in it."""
        fields = parse_qs(self.query) | parse_qs(self.body.decode("latin-1"))
        packed = base64.b64decode((fields.get("data_list") or fields.get("data") or ["W10="])[0])
        found = json.loads(gzip.decompress(packed) if fields.get("gzip") == ["1"] else packed)
        return found if isinstance(found, list) else [found]


@dataclass(slots=True)
class Door:
    """A running door. `passed` grows with every request; set `losing` to the number of next POST answers to lose."""

    target: str
    url: str = ""
    passed: list[Passed] = field(default_factory=list)
    losing: int = 0
    lock: Lock = field(default_factory=Lock)

    def records(self) -> list[dict[str, Any]]:
        """Every Sensors record that went through, in order."""
        return [record for one in list(self.passed) if one.method != "OPTIONS" for record in one.records()]

    def loses_this(self, method: str) -> bool:
        """Whether the answer to this request gets lost."""
        with self.lock:
            lost = method == "POST" and self.losing > 0
            self.losing -= lost
            return lost

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """What the API answers."""
        where = urlsplit(self.target)
        connection = http.client.HTTPConnection(where.netloc, timeout=60)
        try:
            connection.request(method, where.path + path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()


@contextmanager
def opened(target: str) -> Iterator[Door]:
    """A door to the API at `target` for the length of the block."""
    door = Door(target)

    class Handler(_Handler):
        """Serves this door."""

        through = door

    with serving(Handler) as door.url:
        yield door


class _Handler(QuietHandler):
    through: Door

    def do_GET(self) -> None:  # noqa: N802 - named by the HTTP method
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        sent = {name: value for name, value in self.headers.items() if name.lower() not in _NOT_FORWARDED}
        status, headers, content = self.through.forward(self.command, self.path, sent, body)
        if self.through.loses_this(self.command):
            status, content = 503, b""
        path, _, query = self.path.partition("?")
        self.through.passed.append(Passed(self.command, path, query, body, status))
        self.answer(status, [(name, value) for name, value in headers if name.lower() not in _NOT_FORWARDED], content)

    do_POST = do_OPTIONS = do_GET  # noqa: N815 - named by the HTTP methods
