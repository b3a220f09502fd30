"""Who is calling: the owner of a key and what it may do."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from chalicelib.events.model import Source


class Scope(StrEnum):
    """What a key may do. The scopes stand beside each other: a loader that writes need not read people. Only `admin` stands for others."""

    INGEST = "ingest"  # send events; the one scope of a write key, and no API key has it: events need a source
    READ = "read"
    WRITE = "write"
    ADMIN = "admin"  # keys, and everything that `read` and `write` allow


API_SCOPES: Final = frozenset({Scope.READ, Scope.WRITE, Scope.ADMIN})


class KeyKind(StrEnum):
    """The two kinds of keys."""

    WRITE = "write"  # public by nature (it is in every page), belongs to a source
    API = "api"  # secret, belongs to an operator


@dataclass(frozen=True, slots=True)
class Caller:
    """The key behind a request. `source` is set for write keys only."""

    key_id: str
    source: Source | None
    scopes: frozenset[str]

    def may(self, scope: Scope) -> bool:
        """Whether the key has the scope."""
        return scope in self.scopes or (scope in API_SCOPES and Scope.ADMIN in self.scopes)


@dataclass(frozen=True, slots=True)
class Key:
    """A key as operators see it, without its text. Times are epoch ms; `expires_at` and `revoked_at` are None while it holds."""

    id: str
    kind: KeyKind
    source: str | None
    scopes: tuple[Scope, ...]
    label: str
    created_at: int
    created_by: str
    expires_at: int | None = None
    revoked_at: int | None = None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key with its text, which is told once and stored nowhere."""

    text: str
    key: Key
