"""The items of the definitions table, and how several of them are written as one.

pk `<kind>`, sk `<name>`: the pointer, which also lists the kind.   pk `<kind>#<name>`, sk `v#<version>`: a version, never changed but for
its publishing.   pk `<kind>#<name>`, sk `a#<ms>#<rev>`: who did what, never changed and never deleted.   pk `claims:<kind>`, sk `<claim>`:
what a published definition holds for itself.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute, VersionAttribute
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.definitions.model import Act, Action, Definition, LostRace, Summary, state_of
from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta

ACTS: Final = "a#"  # how the sort keys of acts begin
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


class ActRecord(StoredItem):
    """Somebody did something to a definition; written together with it."""

    Meta = meta("definitions")
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    action = UnicodeAttribute()
    version = NumberAttribute()
    previous = NumberAttribute(null=True)
    at = NumberAttribute()
    by = UnicodeAttribute()


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


def act_key(kind: str, name: str, at: int, rev: int) -> tuple[str, str]:
    """The keys of an act's item: in order of time (epoch ms), then of the definition's changes."""
    return f"{kind}#{name}", f"{ACTS}{at:013d}#{rev:08d}"


def claims_partition(kind: str) -> str:
    """The partition of a kind's claims."""
    return f"claims:{kind}"


def number_of(version: VersionRecord) -> int:
    """Which version an item is."""
    return int(version.sk.removeprefix("v#"))


def definition_of(pointer: PointerRecord, version: VersionRecord) -> Definition:
    """The version, seen together with what is in force."""
    number = number_of(version)
    in_force = whole(pointer.published)
    return Definition(
        kind=pointer.pk,
        name=pointer.sk,
        version=number,
        state=state_of(number, in_force, pointer.archived),
        document=json.loads(version.d),
        created_at=int(version.created_at),
        created_by=version.created_by,
        published_version=in_force,
        published_at=whole(version.published_at),
        published_by=version.published_by,
    )


def summary_of(pointer: PointerRecord) -> Summary:
    """The definition as a list shows it."""
    in_force = whole(pointer.published)
    return Summary(
        name=pointer.sk,
        title=pointer.title,
        version=int(pointer.latest),
        state=state_of(int(pointer.latest), in_force, pointer.archived),
        published_version=in_force,
        changed_at=int(pointer.changed_at),
        changed_by=pointer.changed_by,
    )


def act_of(record: ActRecord) -> Act:
    """The line of the history."""
    return Act(Action(record.action), int(record.version), whole(record.previous), int(record.at), record.by)


@contextmanager
def written_together() -> Iterator[TransactWrite]:
    """All items or none. Raises LostRace when one of the conditions no longer holds: somebody else was first."""
    connection = PointerRecord.shared_connection()
    try:
        with TransactWrite(connection=connection) as writing:
            yield writing
    except TransactWriteError as error:
        if any(reason is not None and reason.code in _LOST_RACE for reason in error.cancellation_reasons):
            raise LostRace("somebody else changed the same thing at the same time; read it again and retry") from error
        raise
