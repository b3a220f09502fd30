"""Addresses that short links may lead to, read so strictly that every client understands them as they are understood here. Pure.

Programs disagree on what an address means as soon as it holds user names, backslashes, encoded dots, or letters beyond ASCII in its host
(WHATWG's URL standard against RFC 3986). None of that is let in, so there is nothing left to disagree on.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode

MAX_LENGTH: Final = 2048  # characters, once everything beyond ASCII is encoded; WeChat takes 1,024 in a menu, browsers more than this
MAX_HOST: Final = 253  # characters, as DNS has it
MAX_PORT: Final = 65_535
LOCAL_HOSTS: Final = frozenset({"localhost", "127.0.0.1"})
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}

_FORBIDDEN: Final = re.compile(r"[\x00-\x20\x7f-\xa0\\\ud800-\udfff]")  # blanks, control characters, backslashes, half characters
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SHAPE: Final = re.compile(
    rf"(?P<scheme>https?)://(?P<host>{_LABEL}(?:\.{_LABEL})*)(?::(?P<port>[0-9]{{1,5}}))?"
    r"(?P<path>/(?:[a-z0-9\-._~!$&'()*+,;=:@/]|%[0-9a-f]{2})*)?"
    r"(?P<query>\?(?:[a-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9a-f]{2})*)?"
    r"(?P<fragment>\#(?:[a-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9a-f]{2})*)?",
    re.ASCII | re.IGNORECASE,
)
_KEPT: Final = "-._~!$&'()*+,;=:@/?#%"  # characters that quoting leaves as they are
_HIDDEN: Final = re.compile(r"%(?:2f|5c|25|[01][0-9a-f]|7f)", re.IGNORECASE)  # in a path: slashes, percent signs, control characters
_DOTS: Final = frozenset({".", ".."})


class AddressInvalid(ValueError):
    """An address that no link may lead to. `code` is stable."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Address:
    """An address in its one spelling: the origin in lower case, without a default port; `path` begins with a slash; `query` and
    `fragment` have their sign or are "". All ASCII.
    """

    origin: str
    path: str
    query: str = ""
    fragment: str = ""

    @property
    def text(self) -> str:
        """The whole address."""
        return f"{self.origin}{self.path}{self.query}{self.fragment}"

    def covers(self, other: "Address") -> bool:
        """Whether the other one lies at or below this one: at the same origin, and below whole segments of the path."""
        if self.origin != other.origin:
            return False
        return other.path == self.path or other.path.startswith(self.path.removesuffix("/") + "/")

    def asking(self, parameters: Mapping[str, str]) -> "Address":
        """With these parameters in its query, but for those that it has already and those that are empty."""
        there = {name for name, _ in parse_qsl(self.query[1:], keep_blank_values=True)}
        added = urlencode({name: value for name, value in parameters.items() if value and name not in there})
        parts = [part for part in (self.query[1:], added) if part]
        return Address(self.origin, self.path, "?" + "&".join(parts) if parts else self.query, self.fragment)


def read_address(text: str, *, local: bool = False) -> Address:
    """The address of a text. What is beyond ASCII in path, query and fragment is encoded, a host must be written in ASCII (`xn--...`).

    `local` also lets in `http://localhost` and 127.0.0.1. Raises AddressInvalid (`address_invalid`, `address_ambiguous`,
    `address_insecure`, `address_too_long`).
    """
    if len(text) > MAX_LENGTH or len(encoded := _encoded(text)) > MAX_LENGTH:
        raise AddressInvalid("address_too_long", f"an address may have {MAX_LENGTH} characters at most, once everything is encoded")
    found = _SHAPE.fullmatch(encoded)
    if found is None or len(found["host"]) > MAX_HOST:
        raise AddressInvalid("address_invalid", "an address is https://HOST/PATH, with a plain host and everything unusual percent-encoded")
    path = found["path"] or "/"
    _check_path(path)
    return Address(_origin(found, local), path, found["query"] or "", found["fragment"] or "")


def read_prefix(text: str, *, local: bool = False) -> Address:
    """An origin or a path below which links may lead. Raises AddressInvalid as `read_address`, and for a query or fragment."""
    found = read_address(text, local=local)
    if found.query or found.fragment:
        raise AddressInvalid("address_invalid", "what links may lead to is an origin or a path, without a query")
    return found


def is_allowed(target: Address, prefixes: Iterable[Address]) -> bool:
    """Whether one of the prefixes covers the target."""
    return any(one.covers(target) for one in prefixes)


def _encoded(text: str) -> str:
    if _FORBIDDEN.search(text):
        raise AddressInvalid("address_invalid", "an address holds no blanks, backslashes or control characters; percent-encode them")
    scheme, separator, rest = text.partition("://")
    host_ends = min((place for sign in "/?#" if (place := rest.find(sign)) >= 0), default=len(rest))
    return scheme + separator + rest[:host_ends] + quote(rest[host_ends:], safe=_KEPT)


def _check_path(path: str) -> None:
    """Refuses what servers and browsers resolve, each in its own way."""
    segments = [unquote(segment).partition(";")[0] for segment in path[1:].split("/")]
    if _HIDDEN.search(path) or any(segment in _DOTS for segment in segments) or "//" in path:
        raise AddressInvalid("address_ambiguous", "a path holds no `.` or `..`, no `//`, and no encoded slash, backslash or percent sign")


def _origin(found: re.Match[str], local: bool) -> str:
    scheme, host = found["scheme"].lower(), found["host"].lower()
    if scheme != "https" and not (local and host in LOCAL_HOSTS):
        raise AddressInvalid("address_insecure", "an address begins with https://")
    port = int(found["port"]) if found["port"] else _DEFAULT_PORTS[scheme]
    if not 0 < port <= MAX_PORT:
        raise AddressInvalid("address_invalid", f"a port is a number from 1 to {MAX_PORT}")
    return f"{scheme}://{host}" if port == _DEFAULT_PORTS[scheme] else f"{scheme}://{host}:{port}"
