"""The connection to somebody else's server, over real sockets: to the address that was judged, proven by name, bounded."""

import datetime as dt
import logging
import socket
import ssl
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chalicelib.outgoing.wire import Method, NoAnswer, Request
from chalicelib.providers import pinned
from chalicelib.providers.addresses import OPEN, AddressForbidden, Guard

SECRET = "body-that-nobody-may-read"
HOST = "hooks.example.com"
LOCAL_TLS = Guard(private_networks=True)
Serve = Callable[[socket.socket], None]


@contextmanager
def listening(serve: Serve, wrap: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that deals with each connection in its own way; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                    connection.settimeout(5)
                    if wrap:
                        connection = wrap.wrap_socket(connection, server_side=True)
                    with connection:
                        serve(connection)
                except OSError:
                    if listener.fileno() < 0:
                        return

        thread = Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def answering(answer: bytes, got: list[bytes] | None = None) -> Serve:
    def serve(connection: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data or not data.endswith(SECRET.encode()):
            piece = connection.recv(65536)
            if not piece:
                return
            data += piece
        if got is not None:
            got.append(data)
        connection.sendall(answer)

    return serve


def request(url: str) -> Request:
    return Request(Method.POST, url, {"webhook-id": "m-1"}, SECRET.encode())


def test_a_call_goes_out_and_its_answer_comes_back() -> None:
    got: list[bytes] = []
    with listening(answering(b"HTTP/1.1 201 Created\r\nX-A: b\r\nContent-Length: 2\r\n\r\nok", got)) as port:
        found = pinned.send(request(f"http://127.0.0.1:{port}/crm?x=1"), OPEN)
    assert (found.status, found.body, found.headers["x-a"]) == (201, b"ok", "b")
    assert got[0].startswith(b"POST /crm?x=1 HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{port}".encode() in got[0]
    assert got[0].count(b"Host:") == 1


def test_a_redirect_is_an_answer_like_any_other() -> None:
    got: list[bytes] = []
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    with listening(answering(answer, got)) as port:
        assert pinned.send(request(f"http://127.0.0.1:{port}/"), OPEN).status == 302
    assert len(got) == 1


def test_of_a_long_answer_only_the_beginning_is_read() -> None:
    body = b"x" * (pinned.MAX_ANSWER_BYTES * 4)
    with listening(answering(b"HTTP/1.1 200 OK\r\n\r\n" + body)) as port:
        assert len(pinned.send(request(f"http://127.0.0.1:{port}/"), OPEN).body) == pinned.MAX_ANSWER_BYTES


def test_a_server_that_trickles_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinned, "WHOLE_SECONDS", 0.2)

    def trickle(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.settimeout(0.02)
        for _ in range(200):  # for 4 s, each byte within any time-out between two of them
            connection.sendall(b"H")
            try:
                if not connection.recv(1):
                    return
            except TimeoutError:
                continue

    with listening(trickle) as port, pytest.raises(NoAnswer) as lost:
        pinned.send(request(f"http://127.0.0.1:{port}/"), OPEN)
    assert lost.value.sent_maybe


@pytest.mark.parametrize("said", [b"", b"no TLS at all\r\n"])
def test_a_server_that_never_shakes_hands_has_certainly_got_nothing(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinned, "WHOLE_SECONDS", 0.1)

    def serve(connection: socket.socket) -> None:
        connection.sendall(said)
        while connection.recv(65536):
            pass

    with listening(serve) as port, pytest.raises(NoAnswer) as lost:
        pinned.send(request(f"https://127.0.0.1:{port}/"), LOCAL_TLS)
    assert not lost.value.sent_maybe


@pytest.mark.parametrize("answer", [b"", b"\x00\xff", b"HTTP/1.1 abc\r\n\r\n"])
def test_an_answer_that_is_none_may_have_come_after_the_deed(answer: bytes) -> None:
    with listening(answering(answer)) as port, pytest.raises(NoAnswer) as lost:
        pinned.send(request(f"http://127.0.0.1:{port}/"), OPEN)
    assert lost.value.sent_maybe


def test_nobody_there_is_certainly_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(NoAnswer) as lost:
        pinned.send(request(f"http://127.0.0.1:{port}/"), OPEN)
    assert not lost.value.sent_maybe


def test_a_name_that_is_nobodys_is_certainly_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object, **_named: object) -> list[object]:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(NoAnswer) as lost:
        pinned.send(request(f"https://{HOST}/"))
    assert not lost.value.sent_maybe


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://localhost/", "https://2130706433/", "https://0x7f000001/", "https://127.1/"]
)
def test_no_way_of_writing_this_machine_reaches_it(url: str) -> None:
    with pytest.raises(AddressForbidden):
        pinned.send(request(url))


def test_a_name_is_resolved_once_and_only_what_was_judged_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever owns a name may answer with a public address first and with a private one then; there is no second question."""
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])
    connected: list[str] = []

    def resolve(_host: str, port: int, **_named: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in next(answers)]

    def connect(_family: int, place: tuple[str, int]) -> socket.socket:
        connected.append(place[0])
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(pinned, "_reached", connect)
    with pytest.raises(NoAnswer):
        pinned.send(request(f"https://{HOST}/"))
    assert connected == ["8.8.8.8"]


def test_a_second_address_is_tried_when_the_first_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    real = pinned._reached

    def resolve(_host: str, port: int, **_named: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("127.0.0.2", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with listening(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as port:

        def connect(family: int, place: tuple[str, int]) -> socket.socket:
            if place[0] == "127.0.0.2":
                raise OSError
            return real(family, place)

        monkeypatch.setattr(pinned, "_reached", connect)
        assert pinned.send(request(f"http://{HOST}:{port}/"), OPEN).status == 200


def certificate(folder: Path, name: str) -> Path:
    """A certificate of its own authority, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    day = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(day - dt.timedelta(days=1))
        .not_valid_after(day + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / f"{name}.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize(("name", "trusted", "passes"), [(HOST, True, True), ("other.example.com", True, False), (HOST, False, False)])
def test_the_server_must_prove_the_name_though_it_is_reached_by_address(
    name: str, trusted: bool, passes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = certificate(tmp_path, name)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    client = ssl.create_default_context(cafile=str(path)) if trusted else ssl.create_default_context()
    monkeypatch.setattr(pinned, "_context", lambda: client)
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _host, port, **_named: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
    )
    got: list[bytes] = []
    with listening(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", got), server) as port:
        if passes:
            assert pinned.send(request(f"https://{HOST}:{port}/"), LOCAL_TLS).status == 200
            assert f"Host: {HOST}:{port}".encode() in got[0]
        else:
            with pytest.raises(AddressForbidden):
                pinned.send(request(f"https://{HOST}:{port}/"), LOCAL_TLS)
            assert not got


def test_nothing_secret_stands_in_what_is_raised_or_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with listening(answering(b"")) as port, pytest.raises(NoAnswer) as lost:
        pinned.send(request(f"http://127.0.0.1:{port}/?token={SECRET}"), OPEN)
    error = lost.value
    assert (error.__cause__, error.__context__) == (None, None)
    assert SECRET not in "".join(traceback.format_exception(error)) + caplog.text + repr(request(f"http://x/?{SECRET}"))
