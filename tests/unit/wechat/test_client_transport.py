"""What goes over the wire and what comes back, over a real socket; and what is told when nothing does."""

import logging
import socket
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from chalicelib.outgoing import connections
from chalicelib.wechat import transport
from chalicelib.wechat.wire import Answer, Method, NoAnswer, Request, Upload

SECRET = "TOKEN-that-nobody-may-read"


@contextmanager
def served(
    status: int = 200, body: bytes = b'{"errcode":0}', wait_for: float | None = None
) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A server of one answer; yields its address and what it got: (first line, body)."""
    got: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            got.append(
                (f"{self.requestline} {self.headers.get('content-type')}", self.rfile.read(int(self.headers.get("content-length") or 0)))
            )
            if wait_for is not None:
                self.connection.close()  # the connection ends without an answer
                return
            self.send_response(status)
            self.send_header("content-type", "text/plain")
            self.send_header("content-length", str(len(body)))
            if status == 302:
                self.send_header("location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/cgi-bin/x", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def request(url: str, body: bytes | None = None, file: Upload | None = None) -> Request:
    return Request(Method.POST if body or file else Method.GET, url, {"access_token": SECRET}, body, file)


def test_a_body_goes_out_as_it_is() -> None:
    with served() as (url, got):
        assert transport.send(request(url, '{"content":"裙装 ❤"}'.encode())) == Answer(200, b'{"errcode":0}', "text/plain")
    [(line, body)] = got
    assert line == f"POST /cgi-bin/x?access_token={SECRET} HTTP/1.1 application/json; charset=utf-8"
    assert body.decode() == '{"content":"裙装 ❤"}'


def test_a_read_sends_its_query_alone() -> None:
    with served() as (url, got):
        transport.send(request(url))
    assert got == [(f"GET /cgi-bin/x?access_token={SECRET} HTTP/1.1 None", b"")]


def test_a_file_goes_up_as_a_form() -> None:
    with served() as (url, got):
        transport.send(request(url, file=Upload("media", "裙.jpg", b"\xff\xd8", "image/jpeg")))
    [(line, body)] = got
    assert "multipart/form-data; boundary=" in line
    assert b'name="media"' in body
    assert b"Content-Type: image/jpeg\r\n\r\n\xff\xd8\r\n" in body


@pytest.mark.parametrize("status", [500, 502, 302, 404])
def test_an_answer_of_any_status_is_an_answer_and_nothing_is_followed(status: int) -> None:
    with served(status, b"<html>") as (url, got):
        assert transport.send(request(url)).status == status
    assert len(got) == 1


def test_a_request_that_may_have_arrived_says_so() -> None:
    with served(wait_for=0) as (url, got), pytest.raises(NoAnswer) as lost:
        transport.send(request(url, b"{}"))
    assert lost.value.sent_maybe
    assert len(got) == 1  # and was not sent again by some layer below


def test_a_request_that_found_nobody_has_certainly_not_arrived() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # nobody listens there
        with pytest.raises(NoAnswer) as lost:
            transport.send(request(f"http://127.0.0.1:{free.getsockname()[1]}/cgi-bin/x"))
    assert not lost.value.sent_maybe


def test_an_answer_that_does_not_come_in_time_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS", 0.05)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(NoAnswer) as lost:
            transport.send(request(f"http://127.0.0.1:{silent.getsockname()[1]}/cgi-bin/x"))
    assert lost.value.sent_maybe


def test_no_secret_stands_in_what_is_raised_logged_or_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with served(wait_for=0) as (url, _), pytest.raises(NoAnswer) as lost:
        transport.send(request(url, SECRET.encode()))
    with served() as (url, _):
        found = transport.send(request(url, SECRET.encode()))
    error = lost.value
    assert (error.__cause__, error.__context__) == (None, None)
    shown = "".join(traceback.format_exception(error)) + caplog.text + repr(request("http://x", SECRET.encode())) + repr(found)
    assert SECRET not in shown


def test_connections_that_rested_for_long_are_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[int] = []
    at = [1_000.0]
    monkeypatch.setattr(connections, "monotonic", lambda: at[0])
    connections._kept.cache_clear()
    with served() as (url, got):
        transport.send(request(url))
        session, _ = connections._kept()
        monkeypatch.setattr(session, "close", lambda: closed.append(1))
        transport.send(request(url))
        assert not closed
        at[0] += connections.IDLE_SECONDS + 1
        transport.send(request(url))
    assert (closed, len(got)) == ([1], 3)
    connections._kept.cache_clear()
