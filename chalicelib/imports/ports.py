"""What reading an import needs of the world, and how a reading ends. The doubles in the tests keep to the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from chalicelib.events.model import Record, Refusal, Source
from chalicelib.imports.mapping import Mapping
from chalicelib.imports.model import Job, Progress, RefusedRow, StoredFile

MAX_REFUSED: Final = 25  # refused rows in one checkpoint: a transaction may hold 4 MB


class End(StrEnum):
    """How a run ended. After all of them the message is done with."""

    DONE = "done"
    FAILED = "failed"
    HANDED_ON = "handed_on"  # time ran out; a new message carries on
    OVER = "over"  # the import was done or had failed before
    UNKNOWN = "unknown"  # there is no such import


class Interrupted(Exception):
    """The import cannot be read on by this lambda; the message must come again."""


class LeaseHeld(Interrupted):
    """Another message's lambda is reading the import, and may die."""


class LeaseLost(Interrupted):
    """Another lambda has taken the import over, and may die."""


class Jobs(Protocol):
    """The stored imports. Every change but `take` raises LeaseLost unless the job was taken last by its holder."""

    def take(self, job_id: str, message_id: str, now: int, until: int) -> Job | End:
        """Claims the import for a message until a time (epoch ms); OVER or UNKNOWN if there is nothing to read. Raises LeaseHeld."""
        ...

    def begin(self, job: Job, file: StoredFile, mapping: Mapping, now: int) -> Job:
        """Notes the file and the mapping that it is read by."""
        ...

    def checkpoint(self, job: Job, progress: Progress, refused: Sequence[RefusedRow]) -> Job:
        """Notes that the rows up to there are settled, and the MAX_REFUSED or fewer among them that were refused: both or neither."""
        ...

    def release(self, job: Job) -> None:
        """Gives the lease up."""
        ...

    def finish(self, job: Job, now: int) -> None:
        """Notes that the file was read to the end."""
        ...

    def fail(self, job: Job, code: str, detail: str, now: int) -> None:
        """Notes that the file cannot be read."""
        ...


class Files(Protocol):
    """The uploaded files."""

    def stat(self, key: str) -> StoredFile | None:
        """The file's size, tag and time; None when there is none."""
        ...

    def read(self, key: str, etag: str, start: int, length: int) -> bytes:
        """Bytes from `start` on, at most `length`. Raises Unreadable (`file_missing`, `file_changed`)."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """What a run needs of the world. `keep` is what HTTP ingest calls too: when it returns everything is stored but the refusals that it
    returns. `now` is epoch ms, `remaining` the lambda's time left in ms.
    """

    jobs: Jobs
    files: Files
    keep: Callable[[Sequence[Record], Source, int], Sequence[Refusal]]
    hand_on: Callable[[str], None]
    now: Callable[[], int]
    remaining: Callable[[], int]
