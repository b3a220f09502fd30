"""Over what pushes travel: HTTP with the platform's time limits; tests put a function in its place."""

import http.client
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urlsplit

from infra.local_wechat.answers import Response
from infra.local_wechat.envelopes import Request
from infra.local_wechat.unanswered import Fault, Unanswered

Transport = Callable[[Request], Response]
"""Sends a request and gives its response. Raises Unanswered (`unreachable`, `timed_out`)."""

CONNECT_SECONDS: Final = 3.0
ANSWER_SECONDS: Final = 5.0  # from the beginning of the attempt
_PIECES: Final = 10  # that a trickling body comes in
_MAX_ANSWER_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class OverHttp:
    """The real way. Times are seconds: to connect, and for everything."""

    connect: float = CONNECT_SECONDS
    answer: float = ANSWER_SECONDS

    def __call__(self, request: Request) -> Response:
        """Sends it. Raises Unanswered."""
        until = time.monotonic() + self.answer
        url = urlsplit(request.url)
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        connection = kind(url.hostname or "", url.port, timeout=min(self.connect, self.answer))
        try:
            connection.connect()
            return _exchanged(connection, request, f"{url.path or '/'}?{urlencode(request.query)}", until)
        except TimeoutError as late:
            raise Unanswered(Fault.TIMED_OUT, f"no answer within {self.answer:g} s") from late
        except (OSError, http.client.HTTPException) as broken:
            raise Unanswered(Fault.UNREACHABLE, f"{type(broken).__name__}: {broken}") from broken
        finally:
            connection.close()


def _exchanged(connection: http.client.HTTPConnection, request: Request, target: str, until: float) -> Response:
    connection.sock.settimeout(_left(until))
    headers = {"User-Agent": "Mozilla/4.0", "Content-Length": str(len(request.body))}
    if request.content_type:
        headers["Content-Type"] = request.content_type
    connection.request(request.method, target, body=_pieces(request) if request.seconds else request.body, headers=headers)
    connection.sock.settimeout(_left(until))
    response = connection.getresponse()
    body = response.read(_MAX_ANSWER_BYTES)
    _left(until)  # an answer that trickles in until after the end is none
    return Response(response.status, body, response.headers.get("Content-Type", ""))


def _pieces(request: Request) -> Iterator[bytes]:
    """The body bit by bit."""
    size = max(1, -(-len(request.body) // _PIECES))
    for start in range(0, len(request.body), size):
        yield request.body[start : start + size]
        time.sleep(request.seconds / _PIECES)


def _left(until: float) -> float:
    """Seconds that are left. Raises TimeoutError when there are none."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
