"""Looking up who calls: keys and sources, remembered for a minute.

    find("hlw_...")                       # Caller, or None
    source_of_project("default")          # the source that lists a Sensors project

Making and ending keys is the business of `access.keys`.
"""

from dataclasses import dataclass
from time import time
from typing import Final

from pynamodb.exceptions import DoesNotExist

from chalicelib.access.cache import LookupCache
from chalicelib.access.model import Caller
from chalicelib.access.records import KeyRecord, hashed, id_of
from chalicelib.definitions import store as definitions
from chalicelib.definitions.kinds import SOURCES, SourceDocument
from chalicelib.definitions.model import MAX_NAME_LENGTH
from chalicelib.definitions.records import whole
from chalicelib.events.model import Source

KEPT_SECONDS: Final = 60.0
KEPT_ENTRIES: Final = 2000  # of each kind, about 1 MB: a flood of wrong keys must not fill the memory
MAX_KEY_LENGTH: Final = 200  # characters
MAX_PROJECT_LENGTH: Final = 100  # characters, as in SourceDocument


@dataclass(frozen=True, slots=True)
class _Held:
    """A key as it was read. `expires` is epoch ms."""

    id: str
    source: str | None
    scopes: frozenset[str]
    expires: int | None


def find(text: str) -> Caller | None:
    """The owner of a key; None when the key is unknown, revoked or expired, or its source is out of force. Changes show within a minute."""
    held = _keys.get(hashed(text)) if 0 < len(text) <= MAX_KEY_LENGTH else None
    if held is None or (held.expires is not None and held.expires <= time() * 1000):
        return None
    if held.source is None:
        return Caller(held.id, None, held.scopes)
    owner = source(held.source)
    return None if owner is None else Caller(held.id, owner, held.scopes)


def source(name: str) -> Source | None:
    """The published source of that name, or None. At most a minute old."""
    return _sources.get(name) if len(name) <= MAX_NAME_LENGTH else None


def source_of_project(project: str) -> Source | None:
    """The source that lists a Sensors project name, or None. At most a minute old."""
    name = _projects.get(project) if 0 < len(project) <= MAX_PROJECT_LENGTH else None
    return None if name is None else source(name)


def forget() -> None:
    """Look everything up anew at the next use."""
    for cache in (_keys, _sources, _projects):
        cache.clear()


def _load_key(key_hash: str) -> _Held | None:
    try:
        record = KeyRecord.get(key_hash)
    except DoesNotExist:
        return None
    return _Held(id_of(key_hash), record.source, frozenset(record.scopes), whole(record.expires))


def _load_source(name: str) -> Source | None:
    found = definitions.published(SOURCES, name)
    return None if found is None else Source(name, SourceDocument.model_validate(found.document).third_party)


def _load_project(project: str) -> str | None:
    return definitions.owner_of(SOURCES, project)


_keys = LookupCache(_load_key, KEPT_SECONDS, KEPT_ENTRIES)
_sources = LookupCache(_load_source, KEPT_SECONDS, KEPT_ENTRIES)
_projects = LookupCache(_load_project, KEPT_SECONDS, KEPT_ENTRIES)
