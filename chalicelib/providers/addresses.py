"""Where a webhook may go: only over TLS, and only to servers of the public internet. Pure.

The name is resolved once, every address it stands for is judged here, and the connection goes to one that was judged (`pinned`): whoever
owns the name cannot give another answer in between.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

MAX_URL: Final = 2048
_TLS_PORT, _PLAIN_PORT = 443, 80

_NEVER: Final = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",  # carrier-grade NAT; clouds use it inside
            "127.0.0.0/8",
            "169.254.0.0/16",  # link-local, with the metadata of cloud machines
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/96",  # IPv4-compatible, the unspecified and the loopback address
            "::ffff:0:0/96",  # IPv4 in another dress, as the next four are
            "64:ff9b::/96",
            "64:ff9b:1::/48",
            "2001::/32",
            "2002::/16",
            "100::/64",
            "2001:db8::/32",
            "fc00::/7",  # unique local
            "fe80::/10",
            "fec0::/10",
            "ff00::/8",
        ),
    )
)


class AddressForbidden(Exception):
    """A webhook may not go there; the message says why, without the address."""


@dataclass(frozen=True, slots=True)
class Guard:
    """What is allowed besides public servers over TLS: for stages on a developer's own machine only."""

    private_networks: bool = False
    without_tls: bool = False


STRICT: Final = Guard()
OPEN: Final = Guard(private_networks=True, without_tls=True)


@dataclass(frozen=True, slots=True)
class Target:
    """An address, taken apart; `host` is as DNS wants it, `path` with the query."""

    host: str
    port: int
    path: str
    tls: bool

    @property
    def authority(self) -> str:
        """For the Host header."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (_TLS_PORT if self.tls else _PLAIN_PORT) else f"{name}:{self.port}"


def target_of(url: str, guard: Guard = STRICT) -> Target:
    """What an address points to, before its name is resolved. Raises AddressForbidden."""
    if len(url) > MAX_URL or not url.isascii() or any(letter <= " " or letter in "\x7f\\" for letter in url):
        raise AddressForbidden(f"an address has {MAX_URL} ASCII characters at most, and no blanks")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressForbidden("this is no address") from None  # the cause would quote it
    if parts.scheme != "https" and not (guard.without_tls and parts.scheme == "http"):
        raise AddressForbidden("an address must begin with https://")
    if not parts.hostname or parts.username is not None or parts.password is not None or port == 0:
        raise AddressForbidden("an address needs a host, and must not hold a name or a password")
    tls = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.hostname, port or (_TLS_PORT if tls else _PLAIN_PORT), path, tls)


def is_public(address: str) -> bool:
    """Whether this IP address (a scope behind % is cut off) is one of a server on the public internet."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return found.is_global and not (found.is_multicast or found.is_reserved or _is_never(found))


def judged(addresses: list[str], guard: Guard = STRICT) -> None:
    """Raises AddressForbidden when one of the addresses that a name stands for is not allowed: no name of a public server stands for
    private ones too.
    """
    if not guard.private_networks and not all(map(is_public, addresses)):
        raise AddressForbidden("it points into a network that is not public")


def _is_never(address: IPv4Address | IPv6Address) -> bool:
    return any(address in network for network in _NEVER if network.version == address.version)
