"""Imports in DynamoDB: the job in one item, each refused row in another. Every change is conditional on the job's fence."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.errors import BadRequest, NotFound
from chalicelib.imports.mapping import Mapping
from chalicelib.imports.model import Job, Progress, RefusedRow, State, StoredFile
from chalicelib.imports.ports import End, LeaseHeld, LeaseLost
from chalicelib.imports.records import (
    JOB,
    ROW_DIGITS,
    JobRecord,
    RefusedRecord,
    from_job_record,
    from_refused_record,
    mapping_text,
    row_key,
    to_job_record,
    to_refused_record,
)
from chalicelib.paging import Page, decode_cursor, encode_cursor

_CONDITION_FAILED: Final = "ConditionalCheckFailedException"
_TRANSACTION_REFUSED: Final = "ConditionalCheckFailed"


def create(job: Job) -> None:
    """Keeps a new import."""
    to_job_record(job).save()


def get(job_id: str) -> Job:
    """The import as it stands. Raises NotFound."""
    try:
        return from_job_record(JobRecord.get(job_id, JOB, consistent_read=True))
    except JobRecord.DoesNotExist as missing:
        raise NotFound("no such import; they are kept for 180 days") from missing


def refused_rows(job: Job, limit: int, cursor: str | None) -> Page[RefusedRow]:
    """A page of the refused rows up to the checkpoint, in the order of the file. Raises BadRequest for a cursor of another list."""
    after = _row_of(cursor) if cursor else 0
    if after >= job.progress.rows:
        return Page((), None)
    wanted = RefusedRecord.sk.between(row_key(after + 1), row_key(job.progress.rows))
    rows = tuple(map(from_refused_record, RefusedRecord.query(job.id, wanted, limit=limit + 1, consistent_read=True)))
    return Page(rows[:limit], encode_cursor(str(rows[limit - 1].row)) if len(rows) > limit else None)


class StoredJobs:
    """The imports of this stage, as a run needs them."""

    def take(self, job_id: str, message_id: str, now: int, until: int) -> Job | End:
        """Claims the import for a message until a time. The same message may always take it again. Raises LeaseHeld."""
        record = JobRecord(job_id, JOB)
        free = JobRecord.holder.does_not_exist() | (JobRecord.holder == message_id) | (JobRecord.held_until < now)
        unread = JobRecord.state.is_in(State.WAITING.value, State.RUNNING.value)
        actions: list[Action] = [JobRecord.fence.add(1), JobRecord.holder.set(message_id), JobRecord.held_until.set(until)]
        try:
            record.update(actions=actions, condition=JobRecord.pk.exists() & unread & free)
        except UpdateError as error:
            _raise_unless_refused(error)
            return self._not_to_read(job_id)
        return from_job_record(record)

    def begin(self, job: Job, file: StoredFile, mapping: Mapping, now: int) -> Job:
        """Notes the file and the mapping that it is read by."""
        file_actions = [JobRecord.size.set(file.size), JobRecord.etag.set(file.etag), JobRecord.uploaded.set(file.uploaded_at)]
        actions = [JobRecord.state.set(State.RUNNING.value), JobRecord.started.set(now), JobRecord.mapping.set(mapping_text(mapping))]
        return self._changed(job, [*file_actions, *actions])

    def checkpoint(self, job: Job, progress: Progress, refused: Sequence[RefusedRow]) -> Job:
        """Notes that the rows up to there are settled, and those among them that were refused: in one transaction if there are any."""
        counts = [JobRecord.rows.set(progress.rows), JobRecord.kept.set(progress.kept), JobRecord.refused.set(progress.refused)]
        actions: list[Action] = [JobRecord.offset.set(progress.offset), *counts]
        if not refused:
            return self._changed(job, actions)
        connection = JobRecord.shared_connection()
        try:
            with TransactWrite(connection=connection) as writing:
                writing.update(JobRecord(job.id, JOB), actions, condition=JobRecord.fence == job.fence)
                for row in refused:
                    writing.save(to_refused_record(job, row))
        except TransactWriteError as error:
            if not any(reason is not None and reason.code == _TRANSACTION_REFUSED for reason in error.cancellation_reasons):
                raise
            raise LeaseLost(f"import {job.id} was taken by another lambda") from error
        return replace(job, progress=progress)

    def release(self, job: Job) -> None:
        """Gives the lease up."""
        self._changed(job, [JobRecord.holder.remove()])

    def finish(self, job: Job, now: int) -> None:
        """Notes that the file was read to the end."""
        ended = [JobRecord.state.set(State.DONE.value), JobRecord.finished.set(now), JobRecord.holder.remove()]
        self._changed(job, [*ended, *([JobRecord.offset.set(job.file.size)] if job.file else [])])

    def fail(self, job: Job, code: str, detail: str, now: int) -> None:
        """Notes that the file cannot be read."""
        ended = [JobRecord.state.set(State.FAILED.value), JobRecord.finished.set(now), JobRecord.holder.remove()]
        self._changed(job, [*ended, JobRecord.code.set(code), JobRecord.detail.set(detail)])

    @staticmethod
    def _changed(job: Job, actions: Sequence[Action]) -> Job:
        record = JobRecord(job.id, JOB)
        try:
            record.update(actions=list(actions), condition=JobRecord.fence == job.fence)
        except UpdateError as error:
            _raise_unless_refused(error)
            raise LeaseLost(f"import {job.id} was taken by another lambda") from error
        return from_job_record(record)

    @staticmethod
    def _not_to_read(job_id: str) -> End:
        try:
            job = get(job_id)
        except NotFound:
            return End.UNKNOWN
        if job.state in {State.DONE, State.FAILED}:
            return End.OVER
        raise LeaseHeld(f"import {job_id} is being read")


def _row_of(cursor: str) -> int:
    (text,) = decode_cursor(cursor, 1)
    if not (text.isascii() and text.isdigit() and len(text) <= ROW_DIGITS):
        raise BadRequest("cursor is not one that this list gave")
    return int(text)


def _raise_unless_refused(error: UpdateError) -> None:
    if error.cause_response_code != _CONDITION_FAILED:
        raise error
