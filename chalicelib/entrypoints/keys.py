"""Keys over HTTP: made, listed, rotated, revoked. A key's text appears in one answer only: the one that made it."""

import re
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.access import keys
from chalicelib.access.model import Key, KeyKind, NewKey, Scope
from chalicelib.errors import DocumentInvalid, Fault
from chalicelib.events.clock import rfc3339
from chalicelib.http import Answer, Request

MAX_OVERLAP_MS: Final = 30 * 86_400_000
_UNIT_MS: Final = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION: Final = re.compile(r"(\d{1,6})([smhd])")


class KeyWanted(BaseModel):
    """A key to make: a write key for a source, or an API key with scopes."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"source": "shop", "label": "H5"}, {"scopes": ["read"], "label": "BI"}]}
    )

    source: str | None = Field(default=None, description="Makes a write key for this published source.")
    scopes: list[Literal["read", "write", "admin"]] = Field(default=[], max_length=3, description="Makes an API key with these scopes.")
    label: str = Field(default="", max_length=200)
    key: Annotated[str, Field(max_length=200)] | None = Field(
        default=None, description="For a write key: the token that clients already send, 6 to 200 letters, digits or . _ ~ -"
    )


class Rotation(BaseModel):
    """How long the old key holds beside the new one."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"overlap": "7d"}]})

    overlap: str = Field(default="1d", description="A duration such as `15m`, `2h` or `7d`; at most `30d`.", pattern=r"^\d{1,6}[smhd]$")


class KeyShown(BaseModel):
    """A key without its text."""

    id: str
    kind: KeyKind
    source: str | None
    scopes: list[Scope]
    label: str
    created_at: str
    created_by: str
    expires_at: str | None
    revoked_at: str | None


class KeyMade(KeyShown):
    """A new key. `key` is its text, told only now."""

    key: str


class KeyList(BaseModel):
    """A page of keys, by id; revoked ones too."""

    items: list[KeyShown]
    next: str | None


def create_key(request: Request) -> Answer:
    """Give either `source` or `scopes`. The text in the answer is told only once: the store holds its hash."""
    wanted = request.document(KeyWanted)
    if (wanted.source is None) == (not wanted.scopes) or (wanted.key is not None and wanted.source is None):
        reason = "give either source (and key, to take over a token) or scopes"
        raise DocumentInvalid(reason, [Fault("source", "source_or_scopes", reason)])
    by, at = request.known_caller().key_id, request.received_at
    if wanted.source is not None:
        made = keys.create_write_key(wanted.source, by=by, at=at, label=wanted.label, text=wanted.key)
    else:
        made = keys.create_api_key([Scope(one) for one in wanted.scopes], by=by, at=at, label=wanted.label)
    return _made(made)


def list_keys(request: Request) -> Answer:
    """Never their texts."""
    page = keys.list_keys(request.limit, request.cursor)
    return Answer(body=KeyList(items=[_shown(one) for one in page.items], next=page.next))


def rotate_key(request: Request) -> Answer:
    """A new key with the same source or scopes; the old one holds for `overlap` more."""
    overlap = _milliseconds(request.document(Rotation).overlap)
    at = request.received_at
    return _made(keys.rotate_key(request.params["id"], by=request.known_caller().key_id, at=at, until=at + overlap))


def revoke_key(request: Request) -> Answer:
    """Takes effect everywhere within a minute. Revoking again changes nothing."""
    return Answer(body=_shown(keys.revoke_key(request.params["id"], at=request.received_at)))


def _milliseconds(duration: str) -> int:
    found = _DURATION.fullmatch(duration)
    length = int(found[1]) * _UNIT_MS[found[2]] if found else MAX_OVERLAP_MS + 1
    if length > MAX_OVERLAP_MS:
        raise DocumentInvalid("overlap is at most 30d", [Fault("overlap", "too_long", "at most 30d")])
    return length


def _made(made: NewKey) -> Answer:
    return Answer(201, KeyMade(**_shown(made.key).model_dump(), key=made.text))


def _shown(key: Key) -> KeyShown:
    return KeyShown(
        id=key.id,
        kind=key.kind,
        source=key.source,
        scopes=list(key.scopes),
        label=key.label,
        created_at=rfc3339(key.created_at),
        created_by=key.created_by,
        expires_at=_time(key.expires_at),
        revoked_at=_time(key.revoked_at),
    )


def _time(moment: int | None) -> str | None:
    return None if moment is None else rfc3339(moment)
