"""Making, listing, rotating and revoking keys. A key's text is told once, when it is made; only its hash is kept."""

import re
import secrets
from collections.abc import Callable, Iterable
from typing import Final

from pynamodb.exceptions import DoesNotExist

from chalicelib.access.model import API_SCOPES, Key, KeyKind, NewKey, Scope
from chalicelib.access.records import ENTRIES, ID_LENGTH, KeyEntry, hashed, id_of
from chalicelib.access.store import forget
from chalicelib.definitions import store as definitions
from chalicelib.definitions.kinds import SOURCES
from chalicelib.definitions.records import whole, written_together
from chalicelib.errors import BadRequest, Conflict, NotFound
from chalicelib.paging import Page, decode_cursor, encode_cursor

RANDOM_BYTES: Final = 24  # 192 bits, 32 characters
PREFIXES: Final = {KeyKind.WRITE: "hlw_", KeyKind.API: "hla_"}
# Letters that pass unharmed through a query, a form and the user of Basic. Tokens in use are as short as they are, and public.
GIVEN_TEXT: Final = re.compile(r"[A-Za-z0-9._~\-]{6,200}")
_ID: Final = re.compile(rf"[0-9a-f]{{{ID_LENGTH}}}")

Chance = Callable[[int], str]


def create_write_key(
    source: str, *, by: str, at: int, label: str = "", text: str | None = None, chance: Chance = secrets.token_urlsafe
) -> NewKey:
    """A key that may ingest for a source. `text` takes over a token that clients already send.

    Raises BadRequest when nothing is published under the source's name or the text cannot be a key, Conflict when the text is in use.
    """
    if definitions.published(SOURCES, source) is None:
        raise BadRequest(f"there is no published source named {source}")
    if text is not None and not GIVEN_TEXT.fullmatch(text):
        raise BadRequest("a given key has 6 to 200 letters, digits, or . _ ~ -")
    return _create(KeyKind.WRITE, source, [Scope.INGEST], text or _text(KeyKind.WRITE, chance), label, by, at)


def create_api_key(scopes: Iterable[Scope], *, by: str, at: int, label: str = "", chance: Chance = secrets.token_urlsafe) -> NewKey:
    """A secret key with some of the scopes read, write and admin. Raises BadRequest for none or others."""
    wanted = sorted(set(scopes))
    if not wanted or not API_SCOPES.issuperset(wanted):
        raise BadRequest("an API key has one or more of the scopes read, write and admin")
    return _create(KeyKind.API, None, wanted, _text(KeyKind.API, chance), label, by, at)


def rotate_key(key_id: str, *, by: str, at: int, until: int, chance: Chance = secrets.token_urlsafe) -> NewKey:
    """A new key in the place of an old one, which holds until `until` (epoch ms), or until it would have expired before that.

    Raises NotFound, Conflict when the old key is revoked.
    """
    old = _entry(key_id)
    if whole(old.revoked) is not None:
        raise Conflict(f"key {key_id} is revoked")
    text = _text(KeyKind(old.kind), chance)
    new = _new_entry(KeyKind(old.kind), old.source, old.scopes, text, old.label, by, at)
    expires = whole(old.expires)
    old.expires = until if expires is None else min(until, expires)
    with written_together() as writing:
        writing.save(new.record())
        writing.save(new)
        writing.save(old.record())
        writing.save(old)
    forget()
    return NewKey(text, new.key())


def revoke_key(key_id: str, *, at: int) -> Key:
    """Ends a key; lambdas that remember it stop within a minute. Again is the same. Raises NotFound."""
    entry = _entry(key_id)
    if whole(entry.revoked) is None:
        entry.revoked = at
        with written_together() as writing:
            writing.delete(entry.record())
            writing.save(entry)
        forget()
    return entry.key()


def list_keys(limit: int, cursor: str | None = None) -> Page[Key]:
    """The keys by id, revoked ones too, `limit` at a time. Raises BadRequest for a strange cursor."""
    after = KeyEntry.sk > _place(cursor) if cursor else None
    found = list(KeyEntry.query(ENTRIES, after, limit=limit + 1))
    following = encode_cursor(found[limit - 1].sk) if len(found) > limit else None
    return Page(tuple(one.key() for one in found[:limit]), following)


def _place(cursor: str) -> str:
    key_id = decode_cursor(cursor, 1)[0]
    if not _ID.fullmatch(key_id):
        raise BadRequest("cursor is not one that this list gave")
    return key_id


def _create(kind: KeyKind, source: str | None, scopes: list[Scope], text: str, label: str, by: str, at: int) -> NewKey:
    entry = _new_entry(kind, source, [str(one) for one in scopes], text, label, by, at)
    try:
        with written_together() as writing:
            writing.save(entry.record())
            writing.save(entry)
    except Conflict as error:
        raise Conflict("a key with this text is or was in use") from error
    forget()
    return NewKey(text, entry.key())


def _new_entry(kind: KeyKind, source: str | None, scopes: list[str], text: str, label: str, by: str, at: int) -> KeyEntry:
    key_hash = hashed(text)
    return KeyEntry(
        ENTRIES, id_of(key_hash), hash=key_hash, kind=kind, source=source, scopes=scopes, label=label, created=at, created_by=by
    )


def _text(kind: KeyKind, chance: Chance) -> str:
    return PREFIXES[kind] + chance(RANDOM_BYTES)


def _entry(key_id: str) -> KeyEntry:
    try:
        return KeyEntry.get(ENTRIES, _checked(key_id), consistent_read=True)
    except DoesNotExist:
        raise NotFound(f"there is no key {key_id}") from None


def _checked(key_id: str) -> str:
    if not _ID.fullmatch(key_id):
        raise NotFound("a key's id has 16 hexadecimal digits")
    return key_id
