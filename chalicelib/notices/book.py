"""The notices in force: one item for all of them, written together with the definition that changes it, and kept in memory for a while.

pk `notices-book`, sk `all`, in the definitions table: what every event is held against costs one read every 20 s.
"""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from chalicelib.access.cache import LookupCache
from chalicelib.definitions.kinds import Writing
from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.errors import TooLarge
from chalicelib.events.model import Json
from chalicelib.notices.rules import Notices, notice_of
from chalicelib.settings import settings

KEPT_SECONDS: Final = 20.0
MAX_NOTICES: Final = 200
_PARTITION: Final = "notices-book"
_ALL: Final = "all"


class NoticesRecord(StoredItem):
    """All notices: `n` counts changes, `z` is the JSON of the documents by name, deflated."""

    Meta = meta("definitions")
    pk = UnicodeAttribute(hash_key=True, default=_PARTITION)
    sk = UnicodeAttribute(range_key=True, default=_ALL)
    v = NumberAttribute(default=SCHEMA_VERSION)
    n = NumberAttribute()
    z = BinaryAttribute(legacy_encoding=False)


@dataclass(frozen=True, slots=True)
class Book:
    """The documents in force by name. `version` 0 is not stored yet."""

    version: int = 0
    documents: Mapping[str, Json] = field(default_factory=dict)

    def changed(self, name: str, document: Json | None) -> "Book":
        """The next version, with one notice put in (or taken out, for None)."""
        documents = {key: one for key, one in self.documents.items() if key != name}
        if document is not None:
            documents[name] = document
        return replace(self, version=self.version + 1, documents=documents)


def current() -> Notices:
    """The notices in force, at most 20 s old."""
    return _notices.get(_ALL)


def newest() -> Book:
    """The documents as they are stored at this moment."""
    return _read(consistent=True)


def forget() -> None:
    """Read everything anew at the next use."""
    _notices.clear()


def writes(after: Book) -> Callable[[Writing], None]:
    """Adds the next version to a transaction, provided that it follows the one in force. Raises TooLarge."""
    if len(after.documents) > MAX_NOTICES:
        raise TooLarge(f"{MAX_NOTICES} notices may be in force; archive what nobody needs")
    packed = zlib.compress(json.dumps(after.documents, ensure_ascii=False, sort_keys=True).encode())
    before = after.version - 1
    same = NoticesRecord.n == before if before else NoticesRecord.pk.does_not_exist()

    def write(writing: Writing) -> None:
        writing.save(NoticesRecord(n=after.version, z=packed), condition=same)
        forget()

    return write


def _read(*, consistent: bool) -> Book:
    try:
        record = NoticesRecord.get(_PARTITION, _ALL, consistent_read=consistent)
    except DoesNotExist:
        return Book()
    return Book(int(record.n), json.loads(zlib.decompress(record.z)))


def _load(_: str) -> Notices:
    scale = settings().time_scale
    return Notices(notice_of(name, one, scale) for name, one in sorted(_read(consistent=False).documents.items()))


_notices: Final = LookupCache(_load, KEPT_SECONDS, 1)
