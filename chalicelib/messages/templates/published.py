"""The templates that are in force, and old versions of them: a message keeps the version that it was decided with."""

from dataclasses import dataclass
from typing import Final

from chalicelib.access.cache import LookupCache
from chalicelib.definitions import store
from chalicelib.definitions.model import NAME_PATTERN
from chalicelib.errors import NotFound
from chalicelib.messages.templates.documents import KIND, TemplateDocument

KEPT_SECONDS: Final = 60.0
KEPT_ENTRIES: Final = 500
VERSION_KEPT_SECONDS: Final = 3600.0  # a version never changes


@dataclass(frozen=True, slots=True)
class Template:
    """A version of a template."""

    name: str
    version: int
    document: TemplateDocument


def in_force(name: str) -> Template | None:
    """The template as published, at most a minute old; None where none of the name is in force at this moment."""
    return _found(_in_force, name) if NAME_PATTERN.fullmatch(name) else None


def newest(name: str) -> Template | None:
    """The same as it is at this moment, for what is decided once and sent to many. Two reads."""
    try:
        return _load(name)
    except NotFound:
        return None


def of_version(name: str, version: int) -> Template | None:
    """A version, whether in force or not; None where there is none. The kind has to be known (`templates.publishing`)."""
    return _found(_versions, f"{name}/{version}") if NAME_PATTERN.fullmatch(name) and version > 0 else None


def forget() -> None:
    """Read templates anew at the next use."""
    _in_force.clear()
    _versions.clear()


def _found(kept: LookupCache[str, Template], key: str) -> Template | None:
    """What there is none of is not remembered: it may be published the next moment."""
    try:
        return kept.get(key)
    except NotFound:
        return None


def _load(name: str) -> Template:
    found = store.published(KIND, name)
    if found is None:
        raise NotFound(f"no template {name} is in force")
    return Template(name, found.version, TemplateDocument.model_validate(found.document))


def _load_version(place: str) -> Template:
    name, _, version = place.rpartition("/")
    found = store.get(KIND, name, int(version))
    return Template(name, found.version, TemplateDocument.model_validate(found.document))


_in_force: Final = LookupCache(_load, KEPT_SECONDS, KEPT_ENTRIES)
_versions: Final = LookupCache(_load_version, VERSION_KEPT_SECONDS, KEPT_ENTRIES)
