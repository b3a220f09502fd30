"""What an event is once it has been understood, whatever wire format it came in."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from chalicelib.identifiers import Identifier

Json = dict[str, Any]


class Kind(StrEnum):
    """What a record does. All kinds are kept as events; all but `profile` show on a timeline by default."""

    TRACK = "track"  # something happened
    PROFILE = "profile"  # attributes changed, nothing happened
    LINK = "link"  # the client says that these identifiers are one person
    UNLINK = "unlink"  # the client (or an operator) withdraws the identifiers in `unlink`
    DERIVED = "derived"  # rules found something out (a segment entered); nothing that the person did


class Operation(StrEnum):
    """What an attribute operation does to the value."""

    SET = "set"
    SET_ONCE = "set_once"
    INCREMENT = "increment"
    APPEND = "append"
    UNSET = "unset"
    CLEAR = "clear"  # forget every attribute (profile_delete); `name` is "*", `value` None


@dataclass(frozen=True, slots=True)
class AttributeChange:
    """One operation on one attribute. `value` is JSON; a list of strings for APPEND, a number for INCREMENT, None for UNSET."""

    operation: Operation
    name: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Event:
    """A checked event, ready to be kept.

    `id` is the client's id or a hash of the content; `time` is epoch milliseconds; `identifiers` are normalised, not blocked, distinct,
    strongest first; `verified` holds the keys of those that the source vouches for (matters for mobile and email);
    `unlink` names the identifiers that an UNLINK withdraws (they are not in `identifiers` unless it is the only one); `place` tells
    apart records of one request that change attributes of one identifier in the same millisecond: later ones count as later.
    """

    id: str
    kind: Kind
    name: str
    time: int
    identifiers: tuple[Identifier, ...]
    source: str
    properties: Json = field(default_factory=dict)
    attributes: tuple[AttributeChange, ...] = ()
    context: Json = field(default_factory=dict)
    verified: frozenset[str] = frozenset()
    unlink: tuple[Identifier, ...] = ()
    place: int = 0

    @property
    def primary(self) -> Identifier:
        """The identifier that the event is stored under."""
        return self.identifiers[0]


@dataclass(frozen=True, slots=True)
class Draft:
    """A record as a wire format understood it, before it is checked: the one thing every adapter produces.

    `index` is its place in the request. `time` is epoch ms by the client's clock or None (then the receive time stands in).
    `sent_at` is when the client says it sent the request (its clock, ms) or None: receive time minus `sent_at` is the clock skew.
    `id` is the client's id or "" (then the hash of `identity` stands in). `identifiers` may repeat a namespace; values are raw text.
    `verified` is None to follow the source's default, else the namespaces this record vouches for. `raw` is the record as it came
    (JSON-able), kept when the record is refused. Keys that only say when it was sent (`_flush_time`, `sentAt`) must not be in `identity`.
    """

    index: int
    kind: Kind
    name: str
    time: int | None
    sent_at: int | None
    id: str
    identity: str
    identifiers: tuple[tuple[str, str], ...]
    properties: Json
    attributes: tuple[AttributeChange, ...]
    context: Json
    raw: Any
    unlink: tuple[tuple[str, str], ...] = ()
    verified: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class ItemChange:
    """A catalogue record (`item_set`, `item_delete`) of a wire format; kept in the items table, last time wins."""

    index: int
    item_type: str
    item_id: str
    time: int
    deleted: bool
    properties: Json
    raw: Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that is not kept as an event: its place in the request, a stable `code`, what to do, and the record itself."""

    index: int
    code: str
    detail: str
    raw: Any


Record = Draft | ItemChange | Refusal


@dataclass(frozen=True, slots=True)
class Source:
    """Who sends: the owner of a write key. A `third_party` source (shop, form, file) does not vouch for phones and mail addresses."""

    name: str
    third_party: bool = False


class IdentifierPolicy(Protocol):
    """What ingest needs to know of the identity rules."""

    def allows(self, base: str) -> bool:
        """Whether the namespace (without account) is declared."""
        ...

    def is_blocked(self, one: Identifier) -> bool:
        """Whether the value is a filler that identifies nobody (0, null, 13800000000 ...)."""
        ...
