"""An import and its refused rows, and the items that they are stored as."""

import json
from typing import Any, Final

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.dynamo import SCHEMA_VERSION, StoredItem, meta
from chalicelib.events.model import Source
from chalicelib.imports.feed import Format
from chalicelib.imports.mapping import Mapping
from chalicelib.imports.model import KEPT_MS, Job, Progress, RefusedRow, State, StoredFile
from chalicelib.imports.rows import Content

JOB: Final = "job"
REFUSED: Final = "refused#"
ROW_DIGITS: Final = 10
MAX_DETAIL: Final = 1000  # characters
MAX_RECORD_TEXT: Final = 100 * 1024  # bytes of a refused row; 25 of them are noted in one transaction of at most 4 MB
_EXCERPT: Final = 32 * 1024  # bytes kept of a longer one


class JobRecord(StoredItem):
    """The job. Times are epoch ms, `expires` epoch seconds; `mapping` is JSON text; `offset` to `refused` are the checkpoint."""

    Meta = meta("imports")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=JOB)
    v = NumberAttribute(default=SCHEMA_VERSION)
    content = UnicodeAttribute()
    format = UnicodeAttribute()
    source = UnicodeAttribute()
    third_party = BooleanAttribute()
    filename = UnicodeAttribute()
    mapping = UnicodeAttribute(null=True)
    state = UnicodeAttribute(default=State.WAITING.value)
    code = UnicodeAttribute(null=True)
    detail = UnicodeAttribute(null=True)
    created = NumberAttribute()
    started = NumberAttribute(null=True)
    finished = NumberAttribute(null=True)
    uploaded = NumberAttribute(null=True)
    size = NumberAttribute(null=True)
    etag = UnicodeAttribute(null=True)
    offset = NumberAttribute(default=0)
    rows = NumberAttribute(default=0)
    kept = NumberAttribute(default=0)
    refused = NumberAttribute(default=0)
    fence = NumberAttribute(default=0)
    holder = UnicodeAttribute(null=True)  # the message whose lambda reads
    held_until = NumberAttribute(default=0)
    expires = NumberAttribute()


class RefusedRecord(StoredItem):
    """A refused row under `refused#<row>`; `record` is JSON text."""

    Meta = meta("imports")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    v = NumberAttribute(default=SCHEMA_VERSION)
    code = UnicodeAttribute()
    detail = UnicodeAttribute()
    record = UnicodeAttribute()
    expires = NumberAttribute()


def to_job_record(job: Job) -> JobRecord:
    """The item of a new import."""
    return JobRecord(
        job.id,
        content=job.content.value,
        format=job.format.value,
        source=job.source.name,
        third_party=job.source.third_party,
        filename=job.filename,
        mapping=mapping_text(job.mapping) if job.mapping else None,
        created=job.created_at,
        expires=_expiry(job),
    )


def from_job_record(record: JobRecord) -> Job:
    """The import of an item."""
    return Job(
        id=record.pk,
        content=Content(record.content),
        format=Format(record.format),
        source=Source(record.source, record.third_party),
        filename=record.filename,
        mapping=Mapping.model_validate_json(record.mapping) if record.mapping else None,
        created_at=int(record.created),
        state=State(record.state),
        code=record.code,
        detail=record.detail,
        file=_file(record),
        started_at=_whole(record.started),
        finished_at=_whole(record.finished),
        progress=Progress(int(record.offset), int(record.rows), int(record.kept), int(record.refused)),
        fence=int(record.fence),
    )


def _file(record: JobRecord) -> StoredFile | None:
    size = _whole(record.size)
    return StoredFile(size, record.etag, int(record.uploaded)) if size is not None else None


def to_refused_record(job: Job, row: RefusedRow) -> RefusedRecord:
    """The item of a refused row."""
    detail, expires = row.detail[:MAX_DETAIL], _expiry(job)
    return RefusedRecord(job.id, row_key(row.row), code=row.code, detail=detail, record=_record_text(row.record), expires=expires)


def from_refused_record(record: RefusedRecord) -> RefusedRow:
    """The refused row of an item."""
    return RefusedRow(int(record.sk.removeprefix(REFUSED)), record.code, record.detail, json.loads(record.record))


def _record_text(record: Any) -> str:
    """The row as JSON; of a very long one the beginning. Half characters, which UTF-8 cannot hold, become question marks."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    if len(text) > MAX_RECORD_TEXT:
        return json.dumps(text[:_EXCERPT].decode("utf-8", "ignore"), ensure_ascii=False)
    return text.decode()


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def mapping_text(mapping: Mapping) -> str:
    """A mapping as it is stored."""
    return mapping.model_dump_json(exclude_defaults=True)


def row_key(row: int) -> str:
    """The sort key of a refused row."""
    return f"{REFUSED}{row:0{ROW_DIGITS}d}"


def _expiry(job: Job) -> int:
    return (job.created_at + KEPT_MS) // 1000
