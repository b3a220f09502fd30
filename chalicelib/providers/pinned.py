"""One request to an address that somebody else chose: to the very server that was judged, within a time, with an answer that is cut.

No proxies, no redirects, no connection that is kept, no second attempt. Nothing is written to a log.
"""

import socket
import ssl
from contextlib import suppress
from functools import cache
from http.client import HTTPConnection, HTTPException
from threading import Timer
from typing import Any, Final

from chalicelib.outgoing.wire import Answer, NoAnswer, Request
from chalicelib.providers.addresses import STRICT, AddressForbidden, Guard, Target, judged, target_of

CONNECT_SECONDS: Final = 3.0
WHOLE_SECONDS: Final = 10.0  # for all after the connection: a server that trickles holds nobody up
MAX_ANSWER_BYTES: Final = 16 << 10  # of the body; more is not read
_MOST_ADDRESSES: Final = 3  # that are tried

_Place = tuple[int, tuple[Any, ...]]
"""An address family and what a socket of it connects to; the IP address comes first."""


def send(request: Request, guard: Guard = STRICT) -> Answer:
    """The answer, of any status. Raises NoAnswer, AddressForbidden."""
    target = target_of(request.url, guard)
    places = _resolved(target)
    judged([str(place[0]) for _, place in places], guard)
    connected = _ready(_connected(places), target)
    connected.settimeout(WHOLE_SECONDS)
    timer = Timer(WHOLE_SECONDS, _cut, (connected,))
    timer.daemon = True
    timer.start()
    try:
        if isinstance(connected, ssl.SSLSocket):
            _shake_hands(connected)
        return _exchanged(connected, target, request)
    finally:
        timer.cancel()
        connected.close()


def _resolved(target: Target) -> list[_Place]:
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise NoAnswer(sent_maybe=False)
    return [(family, place) for family, _, _, _, place in found]


def _connected(places: list[_Place]) -> socket.socket:
    for family, place in places[:_MOST_ADDRESSES]:
        with suppress(OSError):  # the next one may be there
            return _reached(family, place)
    raise NoAnswer(sent_maybe=False)


def _reached(family: int, place: tuple[Any, ...]) -> socket.socket:
    """A connection to an address as it was resolved: nobody is asked again."""
    plain = socket.socket(family, socket.SOCK_STREAM)
    plain.settimeout(CONNECT_SECONDS)
    try:
        plain.connect(place)
    except OSError:
        plain.close()
        raise
    return plain


def _ready(plain: socket.socket, target: Target) -> socket.socket:
    """For TLS where it is wanted. The handshake comes later, within the time of the whole."""
    if not target.tls:
        return plain
    try:
        return _context().wrap_socket(plain, server_hostname=target.host, do_handshake_on_connect=False)
    except (OSError, ValueError):
        plain.close()
        raise NoAnswer(sent_maybe=False) from None


def _shake_hands(connected: ssl.SSLSocket) -> None:
    try:
        connected.do_handshake()
    except ssl.SSLCertVerificationError:
        raise AddressForbidden("its certificate is not valid for it") from None
    except OSError:
        raise NoAnswer(sent_maybe=False) from None


def _exchanged(connected: socket.socket, target: Target, request: Request) -> Answer:
    connection = HTTPConnection(target.host, target.port)
    connection.sock = connected
    try:
        connection.request(request.method, target.path, request.body, {"Host": target.authority, **request.headers})
        response = connection.getresponse()
        body = response.read(MAX_ANSWER_BYTES)
        return Answer(response.status, body, {name.lower(): value for name, value in response.getheaders()})
    except (OSError, HTTPException, ValueError):
        lost = NoAnswer(sent_maybe=True)
    raise lost  # outside of the handler, so that it carries no error that quotes the request


def _cut(connected: socket.socket) -> None:
    """Ends what another thread is reading. The plain socket's own method: that of TLS would pull its state from under the reader."""
    with suppress(OSError):
        socket.socket.shutdown(connected, socket.SHUT_RDWR)


@cache
def _context() -> ssl.SSLContext:
    import certifi

    return ssl.create_default_context(cafile=certifi.where())
