"""The fronts as a server: threads that take requests, one that delivers what is due, and what only a connection can do."""

import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Final

from infra.local_providers.admin import administered
from infra.local_providers.answering import respond
from infra.local_providers.callbacks import Callbacks, Post, over_http
from infra.local_providers.world import World
from infra.local_wechat.clock import Clock
from infra.local_wechat.faults import Effect
from infra.local_wechat.server import request_of
from infra.local_wechat.wire import Answer, Request

_SILENCE_SECONDS: Final = 30.0  # how long a caller that is not answered is kept waiting, unless a fault says otherwise
_SLOW_SECONDS: Final = 3.0
_MOST_BYTES: Final = 8 << 20
_LINGER_NOTHING: Final = struct.pack("ii", 1, 0)  # closing then sends a reset
_POLL_SECONDS: Final = 0.05  # how soon stop() is noticed


class LocalProviders:
    """All fronts at one address.

    with LocalProviders(port=0, seed=1) as providers:
        requests.post(f"{providers.url}/v3/push", ...)
    """

    def __init__(self, port: int = 0, seed: int = 1, clock: Clock | None = None, post: Post = over_http) -> None:
        self.world = World(seed, clock or Clock())
        self.callbacks = Callbacks(self.world, post)
        self._closing = threading.Event()
        handler = type("Handler", (_Handler,), {"providers": self, "closing": self._closing})
        self._server = _Server(("127.0.0.1", port), handler)
        serving = threading.Thread(target=self._server.serve_forever, args=(_POLL_SECONDS,), name="local-providers", daemon=True)
        delivering = threading.Thread(target=self._deliver, name="local-providers-callbacks", daemon=True)
        self._threads = (serving, delivering)

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def ask(self, request: Request) -> Answer:
        """Answers without a connection."""
        return administered(self.world, self.callbacks, request) or respond(self.world, self.callbacks, request)

    def start(self) -> "LocalProviders":
        """Begins to take requests and to call back."""
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """Ends, with all its threads."""
        self._closing.set()
        self.world.timers.wake()
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> "LocalProviders":
        return self.start()

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self.stop()

    def _deliver(self) -> None:
        while not self._closing.is_set():
            self.callbacks.run()
            self.world.timers.wait(self.world.clock.world(), _POLL_SECONDS)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    providers: ClassVar[LocalProviders]
    closing: ClassVar[threading.Event]
    protocol_version = "HTTP/1.1"
    server_version = "LocalProviders"
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
        said = self.providers.ask(request_of(self.command, self.path, headers, self.rfile.read(length), self.client_address[0]))
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
