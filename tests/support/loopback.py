"""A Chalice app behind a real socket on the loopback interface, for clients that insist on one."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.support.gateway import Gateway


@contextmanager
def served(gateway: Gateway) -> Iterator[str]:
    """Serves the app while the block runs; yields its base URL."""

    class Handler(BaseHTTPRequestHandler):
        """Hands each request to the gateway."""

        def do_POST(self) -> None:
            """Requests with a body."""
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            self._answer("POST", body)

        def do_GET(self) -> None:
            """Requests without one."""
            self._answer("GET", None)

        def _answer(self, method: str, body: bytes | None) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = gateway.call(method, self.path, body, headers)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing: a test's output is its result."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
