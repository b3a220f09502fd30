"""The local WeChat as a server: threads that take requests, one after the other through the world, and what only a connection can do."""

import socket
import struct
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Final
from urllib.parse import parse_qsl, urlsplit

from infra.local_wechat import presets
from infra.local_wechat.answering import ADMIN, respond
from infra.local_wechat.clock import Clock
from infra.local_wechat.events import Pusher
from infra.local_wechat.faults import Effect
from infra.local_wechat.routes import Route
from infra.local_wechat.wire import Answer, Request
from infra.local_wechat.world import World

_SILENCE_SECONDS: Final = 30.0  # how long a caller that is not answered is kept waiting, unless a fault says otherwise
_SLOW_SECONDS: Final = 3.0
_MOST_BYTES: Final = 32 << 20  # of a body; the largest upload has 10 MB
_LINGER_NOTHING: Final = struct.pack("ii", 1, 0)  # closing then sends a reset
_POLL_SECONDS: Final = 0.05  # how soon stop() is noticed


class LocalWechat:
    """One platform with all its accounts. `url` stands for api.weixin.qq.com and the two other hosts.

    with LocalWechat(port=0, seed=1) as wechat:
        requests.get(f"{wechat.url}/cgi-bin/token", ...)
    """

    def __init__(self, port: int = 0, seed: int = 1, clock: Clock | None = None, time_scale: float = 1.0, time_anchor: int = 0) -> None:
        self.world = World(seed, clock or Clock(scale=time_scale, anchor=time_anchor))
        self.pusher = Pusher(self.world)
        self.world.listeners.append(self.pusher.hear)
        self.routes: tuple[Route, ...] = (*ADMIN, *self.pusher.routes, *presets.routes(self.ask))
        self._closing = threading.Event()
        handler = type("Handler", (_Handler,), {"wechat": self, "closing": self._closing})
        self._server = _Server(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL_SECONDS,), name="local-wechat", daemon=True)

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, request: Request) -> Answer:
        """Answers without a connection, as tests of one process like it."""
        return respond(self.world, request, self.routes)

    def start(self) -> "LocalWechat":
        """Begins to take requests."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ends, with all its threads."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self.pusher.stop()
        self._thread.join()

    def __enter__(self) -> "LocalWechat":
        return self.start()

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    wechat: ClassVar[LocalWechat]
    closing: ClassVar[threading.Event]
    protocol_version = "HTTP/1.1"
    server_version = "LocalWechat"
    timeout = 60

    def do_GET(self) -> None:
        """Any request without a body."""
        self._take()

    def do_POST(self) -> None:
        """Any request with one."""
        self._take()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Says nothing: the requests are in the log of the world."""

    def _take(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _MOST_BYTES:
            self.close_connection = True
            self.send_error(413)
            return
        headers = dict(self.headers.items())
        said = self.wechat.ask(request_of(self.command, self.path, headers, self.rfile.read(length), self.client_address[0]))
        if self._befalls(said):
            self._send(said)

    def _befalls(self, said: Answer) -> bool:
        """Carries out what befalls an answer; False when nothing of it is to be sent any more."""
        if said.mishap is None:
            return True
        seconds = float(said.mishap.value) if said.mishap.value is not None else None
        match said.mishap.effect:
            case Effect.SLOW:
                self.closing.wait(_SLOW_SECONDS if seconds is None else seconds)
            case Effect.TIMEOUT | Effect.TIMEOUT_AFTER:
                self.closing.wait(_SILENCE_SECONDS if seconds is None else seconds)
                self.close_connection = True
                return False
            case Effect.RESET | Effect.RESET_AFTER:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOTHING)
                self.connection.close()
                self.close_connection = True
                return False
        return True

    def _send(self, said: Answer) -> None:
        self.send_response(said.status)
        self.send_header("Content-Type", said.content_type)
        self.send_header("Content-Length", str(len(said.body)))
        for name, value in said.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if said.mishap is not None and said.mishap.effect is Effect.TRUNCATE:
            self.close_connection = True
            self.wfile.write(said.body[: len(said.body) // 2])
        else:
            self.wfile.write(said.body)


def request_of(method: str, target: str, headers: Mapping[str, str], body: bytes, remote: str) -> Request:
    """A request as the world takes it."""
    address = urlsplit(target)
    query = dict(parse_qsl(address.query, keep_blank_values=True))
    return Request(method, address.path, query, {name.lower(): value for name, value in headers.items()}, body, remote)
