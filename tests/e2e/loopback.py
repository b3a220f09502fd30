"""A small HTTP server on a free port of the loopback interface, for the length of a block."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class QuietHandler(BaseHTTPRequestHandler):
    """A request handler that keeps connections and logs nothing: a test's output is its result."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing."""

    def answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Sends a whole answer. A client that is not told that the connection ends would send its next request into it."""
        ending = [("Connection", "close")] if self.close_connection else []
        self.send_response(status)
        for name, value in [*headers, ("Content-Length", str(len(body))), *ending]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    """Takes as many connections at once as an SDK opens. The standard five would leave the rest to be tried again by TCP, after seconds."""

    request_queue_size = 256
    daemon_threads = True


@contextmanager
def serving(handler: type[QuietHandler]) -> Iterator[str]:
    """Serves with `handler`; yields the origin."""
    server = _Server(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
