"""What goes over the wire and what comes back, over a real socket; and what is told when nothing does."""

import logging
import socket
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from chalicelib.outgoing import connections, transport
from chalicelib.outgoing.wire import Method, NoAnswer, Request

SECRET = "key-that-nobody-may-read"


@contextmanager
def served(status: int = 200, body: bytes = b"{}", silent: bool = False) -> Iterator[tuple[str, list[tuple[str, dict[str, str], bytes]]]]:
    """A server of one answer; yields its address and what it got: (first line, headers, body)."""
    got: list[tuple[str, dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length") or 0))
            got.append((self.requestline, {name.lower(): value for name, value in self.headers.items()}, content))
            if silent:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("X-Rate-Limit-Reset", "42")
            self.send_header("content-length", str(len(body)))
            if status == 302:
                self.send_header("location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        connections._kept.cache_clear()


def request(url: str) -> Request:
    return Request(Method.POST, url, {"Authorization": SECRET, "Content-Type": "application/json"}, SECRET.encode())


def test_a_request_goes_out_as_it_is() -> None:
    with served() as (url, got):
        answer = transport.send(request(f"{url}/x?a=1%2A~&b=%E8%A3%99"))
    [(line, headers, body)] = got
    assert (answer.status, answer.body, answer.headers["x-rate-limit-reset"]) == (200, b"{}", "42")
    assert line == "POST /x?a=1%2A~&b=%E8%A3%99 HTTP/1.1"  # as it was signed
    assert (headers["authorization"], headers["content-type"], body) == (SECRET, "application/json", SECRET.encode())


def test_a_host_that_was_signed_is_the_host_that_is_sent() -> None:
    with served() as (url, got):
        transport.send(Request(Method.POST, url, {"Host": "sms.example.com"}, b""))
    assert got[0][1]["host"] == "sms.example.com"


@pytest.mark.parametrize("status", [302, 404, 500, 503])
def test_an_answer_of_any_status_is_an_answer_and_nothing_is_followed(status: int) -> None:
    with served(status, b"<html>") as (url, got):
        assert transport.send(request(url)).status == status
    assert len(got) == 1


def test_a_request_that_may_have_arrived_says_so_and_is_not_sent_again() -> None:
    with served(silent=True) as (url, got), pytest.raises(NoAnswer) as lost:
        transport.send(request(url))
    assert lost.value.sent_maybe
    assert len(got) == 1


def test_a_request_that_found_nobody_has_certainly_not_arrived() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # nobody listens there
        with pytest.raises(NoAnswer) as lost:
            transport.send(request(f"http://127.0.0.1:{free.getsockname()[1]}/"))
    assert not lost.value.sent_maybe


def test_no_secret_stands_in_what_is_raised_logged_or_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with served(silent=True) as (url, _), pytest.raises(NoAnswer) as lost:
        transport.send(request(f"{url}/?key={SECRET}"))
    with served(body=SECRET.encode()) as (url, _):
        found = transport.send(request(f"{url}/?key={SECRET}"))
    error = lost.value
    assert (error.__cause__, error.__context__) == (None, None)
    assert SECRET not in "".join(traceback.format_exception(error)) + caplog.text + repr(found) + repr(request(f"http://x/?{SECRET}"))


def test_connections_are_kept_but_not_trusted_after_a_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[int] = []
    at = [1_000.0]
    monkeypatch.setattr(connections, "monotonic", lambda: at[0])
    with served() as (url, got):
        transport.send(request(url))
        session, _ = connections._kept()
        monkeypatch.setattr(session, "close", lambda: closed.append(1))
        transport.send(request(url))
        assert not closed
        at[0] += connections.IDLE_SECONDS + 1
        transport.send(request(url))
    assert (closed, len(got)) == ([1], 3)


def test_of_many_who_come_after_a_rest_only_the_first_lets_the_old_connections_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever closed them a second time would cut off those who have gone on with new ones: their requests would count as lost."""
    closed: list[str] = []
    second = Thread(target=connections._session)

    class Rested:
        def close(self) -> None:
            closed.append("once")
            if len(closed) == 1:
                second.start()
                second.join(0.2)

    kept = (Rested(), [0.0])
    monkeypatch.setattr(connections, "monotonic", lambda: 1_000.0)
    monkeypatch.setattr(connections, "_kept", lambda: kept)
    connections._session()
    second.join()
    assert closed == ["once"]
