"""Reading one import: take it, read on from its checkpoint, hand it on when time runs out. Pure but for what the ports do.

A lambda may die between any two lines, a message may come twice, two lambdas may have the same import. Therefore:
- Keeping a row twice is keeping it once (events are known by id), so a chunk may be settled again.
- Counts, refused rows and the place in the file change in one conditional write; only who took the import last can make it.
- A message is done with only when the import is over or another message was sent to carry on. While one lambda reads, the others'
  messages wait; a lease sees to that. The reader's own message takes the import back at once: it comes again because the reader died.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.events.model import Draft, Record, Refusal
from chalicelib.imports.cells import CellInvalid
from chalicelib.imports.defaults import default_mapping
from chalicelib.imports.feed import FileRecord, Format, Layout
from chalicelib.imports.lines import Encoding, Unreadable
from chalicelib.imports.mapping import Mapping
from chalicelib.imports.model import Job, Progress, RefusedRow, StoredFile
from chalicelib.imports.ports import MAX_REFUSED, End, Files, Ports
from chalicelib.imports.reader import HEAD_BYTES, Head, read_head, records
from chalicelib.imports.rows import Translation, raw_of, row_of

CHUNK_ROWS: Final = 200
CHUNK_BYTES: Final = 1024 * 1024  # of the file; rows of 64 KB make smaller chunks
BLOCK_BYTES: Final = 1024 * 1024  # of one read from the bucket
STOP_MS: Final = 20_000  # with less time than this left no further chunk is begun
LEASE_MARGIN_MS: Final = 10_000  # the clocks of two lambdas may differ by so much


@dataclass(frozen=True, slots=True)
class _Opened:
    """A job whose file is open: what its head says, and how its rows are understood."""

    job: Job
    head: Head
    translation: Translation
    file: StoredFile


def run(job_id: str, message_id: str, ports: Ports) -> End:
    """Reads an import as far as time allows. Raises Interrupted, and whatever the ports raise: the message must then come again."""
    now = ports.now()
    job = ports.jobs.take(job_id, message_id, now, now + ports.remaining() + LEASE_MARGIN_MS)
    if isinstance(job, End):
        return job
    try:
        return _read(_opened(job, ports), ports)
    except Unreadable as wrong:
        ports.jobs.fail(job, wrong.code, wrong.detail, ports.now())
        return End.FAILED


def blocks(files: Files, key: str, file: StoredFile, start: int) -> Iterator[bytes]:
    """The file from `start` on, a block at a time; the next one is read when it is asked for."""
    for offset in range(start, file.size, BLOCK_BYTES):
        yield files.read(key, file.etag, offset, min(BLOCK_BYTES, file.size - offset))


def chunks(found: Iterable[FileRecord], start: int) -> Iterator[list[FileRecord]]:
    """The records in groups of at most CHUNK_ROWS and about CHUNK_BYTES; `start` is the byte offset of the first."""
    chunk: list[FileRecord] = []
    for record in found:
        chunk.append(record)
        if len(chunk) >= CHUNK_ROWS or record.end - start >= CHUNK_BYTES:
            yield chunk
            chunk, start = [], record.end
    if chunk:
        yield chunk


def _read(opened: _Opened, ports: Ports) -> End:
    job = opened.job
    start = max(job.progress.offset, opened.head.start)
    found = records(blocks(ports.files, job.key, opened.file, start), start, opened.head.layout)
    for chunk in chunks(found, start):
        job = _settled(job, chunk, opened, ports)
        if ports.remaining() < STOP_MS:
            ports.jobs.release(job)
            ports.hand_on(job.id)
            return End.HANDED_ON
    ports.jobs.finish(job, ports.now())
    return End.DONE


def _settled(job: Job, chunk: Sequence[FileRecord], opened: _Opened, ports: Ports) -> Job:
    first = job.progress.rows + 1
    understood = [_understood(number, one, opened) for number, one in enumerate(chunk, first)]
    wanted: list[Record] = [one for one in understood if one is not None]
    refusals = ports.keep(wanted, job.source, ports.now()) if wanted else ()
    begin = 0
    for stop, refused in steps(sorted(refusals, key=lambda one: one.index), first, len(chunk)):
        passed = sum(one is None for one in understood[begin:stop])
        before = job.progress
        after = Progress(
            offset=chunk[stop - 1].end,
            rows=before.rows + stop - begin,
            kept=before.kept + stop - begin - passed - len(refused),
            refused=before.refused + len(refused),
        )
        job = ports.jobs.checkpoint(job, after, [RefusedRow(one.index, one.code, one.detail, one.raw) for one in refused])
        begin = stop
    return job


def steps(refusals: Sequence[Refusal], first: int, count: int) -> Iterator[tuple[int, Sequence[Refusal]]]:
    """Cuts a chunk of `count` rows from row `first` on into checkpoints: how many of its rows are settled by then, which are refused."""
    for start in range(0, len(refusals) - MAX_REFUSED, MAX_REFUSED):
        part = refusals[start : start + MAX_REFUSED]
        yield part[-1].index - first + 1, part
    yield count, refusals[(len(refusals) - 1) // MAX_REFUSED * MAX_REFUSED :] if refusals else ()


def _understood(number: int, record: FileRecord, opened: _Opened) -> Draft | Refusal | None:
    row = row_of(record, opened.head.columns)
    if isinstance(row, CellInvalid):
        return Refusal(number, row.code, row.detail, raw_of(record))
    return opened.translation.record(number, row)


def _opened(job: Job, ports: Ports) -> _Opened:
    file = job.file or _found(job, ports.files)
    first = ports.files.read(job.key, file.etag, 0, min(HEAD_BYTES, file.size))
    mapping = job.mapping or _derived(job, first)
    head = read_head(first, layout_of(job.format, mapping))
    if job.file is None:
        check_columns(mapping, head)
        job = ports.jobs.begin(job, file, mapping, ports.now())
    return _Opened(job, head, Translation(job.content, mapping, job.source, file.uploaded_at), file)


def _found(job: Job, files: Files) -> StoredFile:
    file = files.stat(job.key)
    if file is None:
        raise Unreadable("file_missing", "the uploaded file is gone; create another import")
    if file.size == 0:
        raise Unreadable("file_empty", "the uploaded file is empty")
    return file


def _derived(job: Job, first: bytes) -> Mapping:
    """The mapping from the header's names. Without a mapping nobody could name the encoding: what is not UTF-8 is read as GB18030."""
    try:
        head = read_head(first, Layout(job.format))
    except Unreadable as wrong:
        if wrong.code != "encoding_invalid":
            raise
        head = read_head(first, Layout(job.format, Encoding.GB18030))
    mapping = default_mapping(job.content, head.columns, job.source)
    return mapping.model_copy(update={"encoding": head.layout.encoding})


def layout_of(form: Format, mapping: Mapping) -> Layout:
    """How the mapping says that the file is written."""
    if mapping.csv is None:
        return Layout(form, mapping.encoding)
    return Layout(form, mapping.encoding, mapping.csv.delimiter, mapping.csv.quote)


def check_columns(mapping: Mapping, head: Head) -> None:
    """Raises Unreadable (`column_missing`) when the mapping reads a column that the header of a CSV file does not name."""
    if head.layout.format is Format.CSV:
        missing = [f"{column} ({path})" for path, column in mapping.columns() if column not in head.columns]
        if missing:
            detail = f"the header does not name {', '.join(missing)}; it names {', '.join(head.columns)}"
            raise Unreadable("column_missing", detail[:1000])
