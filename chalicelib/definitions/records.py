"""The items of the definitions table, and how several of them are written as one.

pk `<kind>`, sk `<name>`: the pointer, which also lists the kind.   pk `<kind>#<name>`, sk `v#<version>`: a version, never changed but for
its publishing.   pk `claims:<kind>`, sk `<claim>`: what a published definition holds for itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute, VersionAttribute
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.errors import Conflict

_LOST_RACE: Final = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


class PointerRecord(StoredItem):
    """Which versions of a definition are the latest and the published one. `rev` guards every change."""

    Meta = meta("definitions")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    rev = VersionAttribute()
    latest = NumberAttribute()
    published = NumberAttribute(null=True)
    archived = BooleanAttribute(default=False)
    title = UnicodeAttribute(default="")
    claims = JSONAttribute(default=list)  # what the published version holds, so that it can be given back
    changed_at = NumberAttribute()
    changed_by = UnicodeAttribute()


class VersionRecord(StoredItem):
    """One version; `d` is the document as JSON text."""

    Meta = meta("definitions")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    d = UnicodeAttribute()
    created_at = NumberAttribute()
    created_by = UnicodeAttribute()
    published_at = NumberAttribute(null=True)
    published_by = UnicodeAttribute(null=True)


class ClaimRecord(StoredItem):
    """A name that one published definition holds for itself; `owner` is the definition's name."""

    Meta = meta("definitions")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    owner = UnicodeAttribute()


def whole(number: float | None) -> int | None:
    """A number attribute that may be absent, as a whole number (PynamoDB types it as if it were always there)."""
    return None if number is None else int(number)


def version_key(kind: str, name: str, version: int) -> tuple[str, str]:
    """The keys of a version's item."""
    return f"{kind}#{name}", f"v#{version:08d}"


def claims_partition(kind: str) -> str:
    """The partition of a kind's claims."""
    return f"claims:{kind}"


@contextmanager
def written_together() -> Iterator[TransactWrite]:
    """All items or none. Raises Conflict when one of the conditions no longer holds: somebody else was first."""
    connection = PointerRecord.shared_connection()
    try:
        with TransactWrite(connection=connection) as writing:
            yield writing
    except TransactWriteError as error:
        if any(reason is not None and reason.code in _LOST_RACE for reason in error.cancellation_reasons):
            raise Conflict("somebody else changed the same thing at the same time; read it again and retry") from error
        raise
