"""What a definition is: a named, versioned document that an operator edits and the system obeys once published."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Final

from chalicelib.errors import BadRequest, Conflict

MAX_NAME_LENGTH: Final = 64
NAME_PATTERN: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_.\-]{{0,{MAX_NAME_LENGTH - 1}}}")
MAX_DOCUMENT_BYTES: Final = 256 * 1024  # a DynamoDB item holds 400 KB
MAX_VERSION: Final = 99_999_999  # digits of a version in its key


class State(StrEnum):
    """Where one version of a definition stands."""

    DRAFT = "draft"  # newer than the published version, or nothing is published yet
    PUBLISHED = "published"  # the version in force
    RETIRED = "retired"  # older than the published version
    ARCHIVED = "archived"  # the whole definition is out of force


class VersionMoved(Conflict):
    """If-Match named a version that is no longer the latest one."""

    status: ClassVar[int] = 412


class LostRace(Conflict):
    """Something that is written together was changed by somebody else at the same time, and nothing was written."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of a definition. Times are epoch ms, `*_by` the ids of keys; the publishing is None until it happened.

    `published_version` is the version in force, whichever version this one is.
    """

    kind: str
    name: str
    version: int
    state: State
    document: dict[str, Any]
    created_at: int
    created_by: str
    published_version: int | None = None
    published_at: int | None = None
    published_by: str | None = None


class Action(StrEnum):
    """What somebody did to a definition."""

    DRAFTED = "drafted"
    PUBLISHED = "published"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class Act:
    """One line of a definition's history: who (a key's id) did what, when (epoch ms), to which version.

    `previous` is the version that was in force before, None where there was none.
    """

    action: Action
    version: int
    previous: int | None
    at: int
    by: str


@dataclass(frozen=True, slots=True)
class Summary:
    """A definition in a list: its latest version and the one in force."""

    name: str
    title: str
    version: int
    state: State
    published_version: int | None
    changed_at: int
    changed_by: str


def checked_name(name: str) -> str:
    """The name, if it can be one. Raises BadRequest."""
    if not NAME_PATTERN.fullmatch(name):
        raise BadRequest("a name is 1 to 64 letters, digits, _, . or -, and starts with a letter or digit")
    return name


def state_of(version: int, published: int | None, archived: bool) -> State:
    """The state that follows from which version is in force."""
    if archived:
        return State.ARCHIVED
    if published is None or version > published:
        return State.DRAFT
    return State.PUBLISHED if version == published else State.RETIRED
