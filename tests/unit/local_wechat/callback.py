"""A callback address of its own on this machine, which answers as it is told."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit

Answering = Callable[[dict[str, str], bytes], tuple[int, bytes]]


class Callback:
    """Echoes what verifies it; what is pushed goes to `answering`, and stays in `bodies`. `came` is set with the first."""

    def __init__(self, answering: Answering = lambda _query, _body: (200, b"success")) -> None:
        self.bodies: list[bytes] = []
        self.came = threading.Event()
        callback = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.say(200, dict(parse_qsl(urlsplit(self.path).query))["echostr"].encode())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                callback.bodies.append(body)
                callback.came.set()
                self.say(*answering(dict(parse_qsl(urlsplit(self.path).query)), body))

            def say(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/wechat"

    def __enter__(self) -> "Callback":
        self._thread.start()
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
