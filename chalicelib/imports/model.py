"""What an import is: a file, how far it has been read, and what came of its rows."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from chalicelib.events.model import Source
from chalicelib.imports.feed import Format
from chalicelib.imports.mapping import Mapping
from chalicelib.imports.rows import Content

KEPT_MS: Final = 180 * 24 * 3600 * 1000  # an import and its refused rows can be looked at for so long
UPLOAD_SECONDS: Final = 3600  # an upload address is good for so long
DEFAULT_SOURCE: Final = Source("import", third_party=True)
_KEY_START: Final = "imports/"
_KEY_END: Final = "/file"


class State(StrEnum):
    """Where an import stands."""

    WAITING = "waiting"  # for the file to be uploaded
    RUNNING = "running"  # being read, or between two lambdas
    DONE = "done"  # read to the end
    FAILED = "failed"  # cannot be read any further: `code` says why; what was kept stays


@dataclass(frozen=True, slots=True)
class Progress:
    """A checkpoint: every row before byte `offset` (the beginning of a record) is settled and counted, none after it is."""

    offset: int = 0
    rows: int = 0  # number of the last row; rows are counted from 1, header and blank lines not at all
    kept: int = 0
    refused: int = 0

    @property
    def skipped(self) -> int:
        """Rows that the mapping leaves out, or that are empty."""
        return self.rows - self.kept - self.refused


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The uploaded file: bytes, a tag that changes with its content, and when it was uploaded (epoch ms)."""

    size: int
    etag: str
    uploaded_at: int


@dataclass(frozen=True, slots=True)
class Job:
    """An import. Times are epoch ms; `file` and `started_at` are set once reading began, `mapping` by then at the latest.

    `fence` is the number of times that a lambda has taken the job: only the last one to do so may write.
    """

    id: str
    content: Content
    format: Format
    source: Source
    filename: str
    mapping: Mapping | None
    created_at: int
    state: State = State.WAITING
    code: str | None = None
    detail: str | None = None
    file: StoredFile | None = None
    started_at: int | None = None
    finished_at: int | None = None
    progress: Progress = field(default_factory=Progress)
    fence: int = 0

    @property
    def key(self) -> str:
        """The object that holds the file."""
        return f"{_KEY_START}{self.id}{_KEY_END}"


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not kept: its number, a stable `code`, what to do, and the row as it came (JSON)."""

    row: int
    code: str
    detail: str
    record: Any


def job_of_key(key: str) -> str | None:
    """The id of the import that an object belongs to; None for objects that belong to none."""
    found = key.removeprefix(_KEY_START).removesuffix(_KEY_END)
    return found if found and key == f"{_KEY_START}{found}{_KEY_END}" and "/" not in found else None
