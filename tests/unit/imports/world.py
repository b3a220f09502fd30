"""An imports table, a bucket, a queue and an event store in memory, where lambdas die, are slow and run at once as a schedule says."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from unittest import mock

from chalicelib.events.model import Draft, Record, Refusal, Source
from chalicelib.imports import job as job_module
from chalicelib.imports.feed import Format
from chalicelib.imports.job import run
from chalicelib.imports.lines import Unreadable
from chalicelib.imports.mapping import Mapping
from chalicelib.imports.model import Job, Progress, RefusedRow, State, StoredFile
from chalicelib.imports.ports import End, Interrupted, LeaseHeld, LeaseLost, Ports
from chalicelib.imports.rows import Content

NOW = 1_795_227_785_000
PLENTY_MS = 300_000
VISIBILITY_MS = 1_800_000  # how long a message stays away that was not done with
TMALL = Source("tmall", third_party=True)
ORDERS = Mapping.model_validate(
    {
        "id": "order",
        "identifiers": {"mobile": "phone"},
        "properties": {"order_id": "order", "note": "note"},
        "skip": [{"column": "status", "equals": "closed"}],
    }
)
BLOCKED_PHONE = "13800000000"


class Crash(Exception):
    """The lambda died here."""


@dataclass
class Schedule:
    """What goes wrong at which call of a port (counted over all lambdas): death before or after it, another delivery in between, a leap of
    the clock in ms, the end of the lambda's time. Everything else goes well, so every schedule comes to an end.
    """

    die_before: frozenset[int] = frozenset()
    die_after: frozenset[int] = frozenset()
    meanwhile: frozenset[int] = frozenset()
    leaps: dict[int, int] = field(default_factory=dict)
    time_is_up: frozenset[int] = frozenset()


@dataclass
class World:
    """Everything around `run`. `deliver()` hands a message to a lambda; what it does not finish stays in the queue."""

    schedule: Schedule = field(default_factory=Schedule)
    jobs: dict[str, Job] = field(default_factory=dict)
    holders: dict[str, tuple[str | None, int]] = field(default_factory=dict)
    refused: dict[str, dict[int, RefusedRow]] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    queue: dict[str, str] = field(default_factory=dict)
    kept: dict[str, Draft] = field(default_factory=dict)
    ends: list[End] = field(default_factory=list)
    checkpoints: list[Progress] = field(default_factory=list)
    largest_read: int = 0
    clock: int = NOW
    calls: int = 0
    depth: int = 0
    sent: int = 0
    refuses: Callable[[Draft], bool] = lambda draft: ("mobile", BLOCKED_PHONE) in draft.identifiers

    def upload(self, content: bytes, mapping: Mapping | None = ORDERS, form: Format = Format.CSV, kind: Content = Content.ORDERS) -> Job:
        """Announces an import and puts its file and the bucket's message."""
        job = Job(f"i{len(self.jobs)}", kind, form, TMALL, "orders.csv", mapping, NOW)
        self.jobs[job.id] = job
        self.holders[job.id] = (None, 0)
        self.refused[job.id] = {}
        self.objects[job.key] = content
        self.send(job.id)
        return job

    def send(self, job_id: str) -> None:
        """Puts a message for an import on the queue."""
        self.sent += 1
        self.queue[f"m{self.sent}"] = job_id

    def deliver(self, message_id: str) -> None:
        """A lambda takes a message; it is deleted if the lambda comes to an end."""
        self.depth += 1
        try:
            self.ends.append(run(self.queue[message_id], message_id, self.ports()))
            self.queue.pop(message_id, None)
        except LeaseHeld:
            self.clock += VISIBILITY_MS
        except (Crash, Interrupted):
            pass
        finally:
            self.depth -= 1

    def drain(self) -> None:
        """Delivers until the queue is empty, the newest message first in every other round."""
        for turn in range(200):
            if not self.queue:
                return
            self.deliver(list(self.queue)[-(turn % 2)])
        raise AssertionError(f"the queue does not become empty: {self.queue}")

    def ports(self) -> Ports:
        """The world as a run sees it."""
        return Ports(self, self, self.keep, self.hand_on, self.now, self.remaining)

    # ---- what a run calls ----

    def now(self) -> int:
        self.clock += 7 + self.schedule.leaps.get(self.calls, 0)
        return self.clock

    def remaining(self) -> int:
        self.calls += 1
        return 0 if self.calls in self.schedule.time_is_up else PLENTY_MS

    def hand_on(self, job_id: str) -> None:
        with self._call():
            self.send(job_id)

    def keep(self, records: Sequence[Record], source: Source, received_at: int) -> Sequence[Refusal]:
        refusals = []
        for record in records:
            if isinstance(record, Refusal):
                refusals.append(record)
            elif isinstance(record, Draft) and self.refuses(record):
                refusals.append(Refusal(record.index, "identifier_blocked", "a filler", record.raw))
            elif isinstance(record, Draft):
                with self._call():
                    self.kept[record.id] = record
        return refusals

    def stat(self, key: str) -> StoredFile | None:
        return StoredFile(len(self.objects[key]), etag_of(self.objects[key]), NOW) if key in self.objects else None

    def read(self, key: str, etag: str, start: int, length: int) -> bytes:
        with self._call():
            if key not in self.objects:
                raise Unreadable("file_missing", "gone")
            if etag_of(self.objects[key]) != etag:
                raise Unreadable("file_changed", "changed")
            self.largest_read = max(self.largest_read, length)
            return self.objects[key][start : start + length]

    def take(self, job_id: str, message_id: str, now: int, until: int) -> Job | End:
        with self._call():
            if job_id not in self.jobs:
                return End.UNKNOWN
            job, (holder, held_until) = self.jobs[job_id], self.holders[job_id]
            if job.state in {State.DONE, State.FAILED}:
                return End.OVER
            if holder not in {None, message_id} and held_until >= now:
                raise LeaseHeld(job_id)
            self.holders[job_id] = (message_id, until)
            self.jobs[job_id] = replace(job, fence=job.fence + 1)
            return self.jobs[job_id]

    def begin(self, job: Job, file: StoredFile, mapping: Mapping, now: int) -> Job:
        return self._changed(job, state=State.RUNNING, file=file, mapping=mapping, started_at=now)

    def checkpoint(self, job: Job, progress: Progress, refused: Sequence[RefusedRow]) -> Job:
        with self._call():
            changed = self._change(job, progress=progress)
            self.refused[job.id].update({row.row: row for row in refused})
            self.checkpoints.append(progress)
            return changed

    def release(self, job: Job) -> None:
        self._changed(job)
        self.holders[job.id] = (None, 0)

    def finish(self, job: Job, now: int) -> None:
        size = job.file.size if job.file else 0
        self._changed(job, state=State.DONE, finished_at=now, progress=replace(job.progress, offset=size))

    def fail(self, job: Job, code: str, detail: str, now: int) -> None:
        self._changed(job, state=State.FAILED, code=code, detail=detail, finished_at=now)

    # ---- how it goes wrong ----

    def _changed(self, job: Job, **changes: Any) -> Job:
        with self._call():
            return self._change(job, **changes)

    def _change(self, job: Job, **changes: Any) -> Job:
        if self.jobs[job.id].fence != job.fence:
            raise LeaseLost(job.id)
        self.jobs[job.id] = replace(self.jobs[job.id], **changes)
        return self.jobs[job.id]

    @contextmanager
    def _call(self) -> Iterator[None]:
        self.calls += 1
        number = self.calls
        if number in self.schedule.meanwhile and self.depth < 3 and self.queue:
            self.deliver(list(self.queue)[number % len(self.queue)])
        if number in self.schedule.die_before:
            raise Crash
        yield
        if number in self.schedule.die_after:
            raise Crash


@contextmanager
def small_pieces(rows: int = 3, block: int = 40) -> Iterator[None]:
    """Chunks of so few rows, and reads of so few bytes, that a small file takes many."""
    with mock.patch.multiple(job_module, CHUNK_ROWS=rows, BLOCK_BYTES=block, MAX_REFUSED=2):
        yield


def etag_of(content: bytes) -> str:
    return str(hash(content))


def orders_csv(rows: Sequence[tuple[str, str, str, str]]) -> bytes:
    """An orders file with the columns order, phone, status, note."""
    written = io.StringIO(newline="")
    csv.writer(written).writerows([("order", "phone", "status", "note"), *rows])
    return written.getvalue().encode()


def expected(rows: Sequence[tuple[str, str, str, str]]) -> tuple[set[str], list[int], int]:
    """By plain reading: the ids kept, the numbers of refused rows, and how many are skipped."""
    kept, refused, skipped = set(), [], 0
    for number, (order, phone, status, _) in enumerate(rows, 1):
        if status == "closed":
            skipped += 1
        elif phone in {"", BLOCKED_PHONE}:
            refused.append(number)
        else:
            kept.add(f"OrderPaid:{order}")
    return kept, refused, skipped


def as_json(rows: Sequence[RefusedRow]) -> str:
    return json.dumps([[row.row, row.code, row.record] for row in rows], ensure_ascii=False)
