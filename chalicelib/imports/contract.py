"""What `/v1/imports` takes and answers: the public models."""

from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic.config import JsonDict

from chalicelib.definitions.model import NAME_PATTERN
from chalicelib.errors import DocumentInvalid, Fault
from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Source
from chalicelib.imports.feed import Format
from chalicelib.imports.mapping import Mapping
from chalicelib.imports.model import DEFAULT_SOURCE, UPLOAD_SECONDS, Job, RefusedRow, State
from chalicelib.imports.rows import Content
from chalicelib.paging import Page

MAX_MAPPING_BYTES: Final = 32 * 1024  # it lies in the item that every checkpoint writes

_ORDERS_EXAMPLE: Final[JsonDict] = {
    "kind": "orders",
    "source": "tmall",
    "filename": "orders.csv",
    "mapping": {
        "event": "OrderPaid",
        "time": "付款时间",
        "id": "订单编号",
        "identifiers": {"mobile": "买家手机", "member:tmall": "买家会员名"},
        "properties": {"order_id": "订单编号", "amount": {"column": "实付金额", "type": "number"}},
        "context": {"channel": "tmall"},
        "skip": [{"column": "订单状态", "equals": "交易关闭"}],
    },
}


class ImportRequest(BaseModel):
    """A file to come. A JSONL file needs a mapping; a CSV file without one is read by the common names of its columns."""

    model_config = ConfigDict(extra="forbid", defer_build=True, json_schema_extra={"examples": [_ORDERS_EXAMPLE]})

    kind: Content = Field(description="What the rows are about.")
    format: Format = Format.CSV
    source: Annotated[str, Field(pattern=f"^{NAME_PATTERN.pattern}$")] = Field(
        default=DEFAULT_SOURCE.name,
        description="A source definition, to which the events are credited. One that is not published counts as a third party.",
    )
    filename: str = Field(default="", max_length=255, description="For people to know the file by.")
    mapping: Mapping | None = None

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        if self.mapping is None and self.format is Format.JSONL:
            raise ValueError("a JSONL file has no header to tell its columns by: send a mapping")
        return self

    def job(self, job_id: str, source: Source, now: int) -> Job:
        """The import that is asked for, at a time in epoch ms. Raises DocumentInvalid when the mapping is too large."""
        if self.mapping and len(self.mapping.model_dump_json(exclude_defaults=True).encode()) > MAX_MAPPING_BYTES:
            fault = Fault("mapping", "mapping_too_large", f"a mapping may have {MAX_MAPPING_BYTES} bytes at most")
            raise DocumentInvalid("the mapping is too large", [fault])
        return Job(job_id, self.kind, self.format, source, self.filename, self.mapping, now)


class _Answer(BaseModel):
    model_config = ConfigDict(defer_build=True)


class Upload(_Answer):
    """Where and how to send the file."""

    url: str
    method: str = "PUT"
    headers: dict[str, str] = Field(description="Send them as they are: they are part of the signature.")


class ImportCreated(_Answer):
    """A new import, waiting for its file."""

    id: str
    state: State
    upload: Upload
    expires: str = Field(description="Until when the upload may begin.")

    @classmethod
    def of(cls, job: Job, url: str, headers: dict[str, str]) -> "ImportCreated":
        """The answer for a new import."""
        expires = rfc3339(job.created_at + UPLOAD_SECONDS * 1000)
        return cls(id=job.id, state=job.state, upload=Upload(url=url, headers=headers), expires=expires)


class RowCounts(_Answer):
    """How many rows have been settled. `read` = `kept` + `refused` + `skipped`."""

    read: int
    kept: int
    refused: int = Field(description="To be read at `/v1/imports/{id}/rejections`.")
    skipped: int = Field(description="Left out by the mapping, or empty.")


class ByteCounts(_Answer):
    """How far the file has been read. `total` is unknown until reading begins."""

    done: int
    total: int | None


class ImportStatus(_Answer):
    """How an import stands."""

    id: str
    kind: Content
    format: Format
    source: str
    filename: str
    state: State
    code: str | None = Field(description="Why it failed.")
    detail: str | None
    rows: RowCounts
    bytes: ByteCounts
    mapping: dict[str, JsonValue] | None = Field(description="The mapping in use; null until reading begins when none was sent.")
    created: str
    uploaded: str | None
    started: str | None
    finished: str | None

    @classmethod
    def of(cls, job: Job) -> "ImportStatus":
        """The answer for an import."""
        progress = job.progress
        return cls(
            id=job.id,
            kind=job.content,
            format=job.format,
            source=job.source.name,
            filename=job.filename,
            state=job.state,
            code=job.code,
            detail=job.detail,
            rows=RowCounts(read=progress.rows, kept=progress.kept, refused=progress.refused, skipped=progress.skipped),
            bytes=ByteCounts(done=progress.offset, total=job.file.size if job.file else None),
            mapping=job.mapping.model_dump(mode="json", exclude_defaults=True) if job.mapping else None,
            created=rfc3339(job.created_at),
            uploaded=rfc3339(job.file.uploaded_at) if job.file else None,
            started=_shown(job.started_at),
            finished=_shown(job.finished_at),
        )


class RefusedRowShown(_Answer):
    """A row that was not kept: `row` counts from 1 without the header; `record` is the row as it came."""

    row: int
    code: str
    detail: str
    record: Any


class RefusedRows(_Answer):
    """A page of refused rows, in the order of the file."""

    items: list[RefusedRowShown]
    next: str | None

    @classmethod
    def of(cls, page: Page[RefusedRow]) -> "RefusedRows":
        """The answer for a page."""
        shown = [RefusedRowShown(row=one.row, code=one.code, detail=one.detail, record=one.record) for one in page.items]
        return cls(items=shown, next=page.next)


def _shown(time: int | None) -> str | None:
    return None if time is None else rfc3339(time)
