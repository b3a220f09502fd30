"""Imports in DynamoDB and files in S3: who may write, what is noted together, what is found again."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from chalicelib.errors import BadRequest, NotFound
from chalicelib.events.model import Source
from chalicelib.imports import files, store
from chalicelib.imports.feed import Format
from chalicelib.imports.lines import Unreadable
from chalicelib.imports.mapping import Mapping
from chalicelib.imports.model import KEPT_MS, Job, Progress, RefusedRow, State, StoredFile
from chalicelib.imports.ports import MAX_REFUSED, End, LeaseHeld, LeaseLost
from chalicelib.imports.records import JOB, JobRecord, RefusedRecord
from chalicelib.imports.rows import Content
from chalicelib.paging import encode_cursor
from tests.support.aws import Stack, memory_stack
from tests.support.environment import TEST_ENVIRONMENT

NOW = 1_795_227_785_000
MAPPING = Mapping.model_validate({"identifiers": {"mobile": "手机"}, "context": {"channel": "tmall"}})
FILE = StoredFile(1000, '"etag"', NOW)
JOBS = store.StoredJobs()
BUCKET = TEST_ENVIRONMENT["HUILIU_UPLOADS_BUCKET"]


@pytest.fixture
def job() -> Iterator[Job]:
    """An import in an otherwise empty table."""
    with memory_stack(only=["imports"]):
        made = Job("i1", Content.ORDERS, Format.CSV, Source("tmall", third_party=True), "orders.csv", MAPPING, NOW)
        store.create(made)
        yield made


def taken(message: str = "m1", now: int = NOW, until: int = NOW + 1000) -> Job:
    found = JOBS.take("i1", message, now, until)
    assert isinstance(found, Job)
    return found


def refused(*rows: int) -> list[RefusedRow]:
    return [RefusedRow(row, "identifier_missing", "no phone", {"订单": f"A{row}"}) for row in rows]


def test_an_import_is_found_as_it_was_made(job: Job) -> None:
    assert store.get("i1") == job


def test_an_unknown_import_is_not_found(job: Job) -> None:
    with pytest.raises(NotFound):
        store.get("i2")
    assert JOBS.take("i2", "m1", NOW, NOW) is End.UNKNOWN


def test_an_import_goes_through_its_states(job: Job) -> None:
    assert taken().state is State.WAITING
    begun = JOBS.begin(taken(), FILE, MAPPING, NOW + 5)
    assert (begun.state, begun.file, begun.started_at) == (State.RUNNING, FILE, NOW + 5)
    JOBS.finish(JOBS.checkpoint(begun, Progress(900, 3, 2, 0), []), NOW + 9)
    done = store.get("i1")
    assert (done.state, done.finished_at) == (State.DONE, NOW + 9)
    assert done.progress == Progress(1000, 3, 2, 0)
    assert done.progress.skipped == 1
    assert JOBS.take("i1", "m2", NOW, NOW) is End.OVER


def test_a_failed_import_says_why_and_is_over(job: Job) -> None:
    JOBS.fail(taken(), "file_empty", "the uploaded file is empty", NOW + 1)
    failed = store.get("i1")
    assert (failed.state, failed.code, failed.detail) == (State.FAILED, "file_empty", "the uploaded file is empty")
    assert JOBS.take("i1", "m1", NOW, NOW) is End.OVER


@pytest.mark.parametrize(("message", "now"), [("m1", NOW + 1), ("m2", NOW + 1001)])
def test_the_same_message_or_a_later_time_takes_the_import_again(job: Job, message: str, now: int) -> None:
    first = taken()
    assert taken(message, now).fence == first.fence + 1


def test_another_message_waits_for_the_lease_to_end(job: Job) -> None:
    taken()
    with pytest.raises(LeaseHeld):
        taken("m2", NOW + 1000)


def test_a_released_import_is_free_at_once(job: Job) -> None:
    JOBS.release(taken())
    assert taken("m2").fence == 2


def test_who_was_overtaken_can_write_nothing(job: Job) -> None:
    old = taken()
    new = JOBS.begin(taken(), FILE, MAPPING, NOW)
    for write in (
        lambda: JOBS.begin(old, FILE, MAPPING, NOW),
        lambda: JOBS.checkpoint(old, Progress(1, 1, 1, 0), []),
        lambda: JOBS.checkpoint(old, Progress(1, 1, 0, 1), refused(1)),
        lambda: JOBS.release(old),
        lambda: JOBS.finish(old, NOW),
        lambda: JOBS.fail(old, "c", "d", NOW),
    ):
        with pytest.raises(LeaseLost):
            write()
    assert store.get("i1") == new
    assert store.refused_rows(replace(new, progress=Progress(1, 99, 0, 0)), 10, None).items == ()


def test_refused_rows_are_noted_with_their_count(job: Job) -> None:
    noted = JOBS.checkpoint(taken(), Progress(10, 5, 3, 2), refused(2, 5))
    assert noted == store.get("i1")
    page = store.refused_rows(noted, 10, None)
    assert page.items == tuple(refused(2, 5))
    assert page.next is None


def test_a_checkpoint_takes_as_many_large_rows_as_a_chunk_may_refuse(job: Job) -> None:
    rows = [RefusedRow(row, "c", "d" * 5000, {"x": "订" * 100_000}) for row in range(1, MAX_REFUSED + 1)]
    noted = JOBS.checkpoint(taken(), Progress(10, MAX_REFUSED, 0, MAX_REFUSED), rows)
    (first, *_) = store.refused_rows(noted, 200, None).items
    assert isinstance(first.record, str)
    assert first.record.startswith('{"x":"订订')


def test_half_characters_in_a_refused_row_can_be_kept_and_shown(job: Job) -> None:
    noted = JOBS.checkpoint(taken(), Progress(1, 1, 0, 1), [RefusedRow(1, "text_invalid", "half", {"a": "\ud83d"})])
    assert store.refused_rows(noted, 1, None).items[0].record == {"a": "?"}


def test_refused_rows_come_in_pages_in_the_order_of_the_file(job: Job) -> None:
    noted = JOBS.checkpoint(taken(), Progress(1, 100_000, 0, 4), refused(7, 10, 99_999, 100_000))
    first = store.refused_rows(noted, 3, None)
    assert [one.row for one in first.items] == [7, 10, 99_999]
    second = store.refused_rows(noted, 3, first.next)
    assert ([one.row for one in second.items], second.next) == ([100_000], None)


@pytest.mark.parametrize("place", ["job", "refused#0000000001", "-1", "1" * 11])
def test_a_cursor_of_another_list_is_refused(job: Job, place: str) -> None:
    noted = JOBS.checkpoint(taken(), Progress(1, 1, 0, 1), refused(1))
    with pytest.raises(BadRequest):
        store.refused_rows(noted, 3, encode_cursor(place))


def test_everything_of_an_import_ends_with_it(job: Job) -> None:
    JOBS.checkpoint(taken(), Progress(1, 1, 0, 1), refused(1))
    ends = {record.expires for record in (JobRecord.get("i1", JOB), RefusedRecord.get("i1", "refused#0000000001"))}
    assert ends == {(NOW + KEPT_MS) // 1000}


# ---- files ----


def put(key: str, content: bytes, form: Format = Format.CSV) -> requests.Response:
    url, headers = files.upload_address(key, form)
    return requests.put(url, data=content, headers=headers, timeout=5)


def test_a_signed_address_takes_a_file(stack: Stack) -> None:
    assert put("imports/i1/file", b"a,b\n").status_code == 200
    found = files.UploadedFiles().stat("imports/i1/file")
    assert found is not None
    assert found.size == 4
    assert stack.client("s3").head_object(Bucket=BUCKET, Key="imports/i1/file")["ContentType"] == "text/csv"


def test_a_signed_address_says_what_it_is_for_and_how_long(stack: Stack) -> None:
    url, headers = files.upload_address("imports/i1/file", Format.JSONL)
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url
    assert "X-Amz-Expires=3600" in url
    assert "content-type" in url.split("X-Amz-SignedHeaders=")[1]
    assert headers == {"content-type": "application/x-ndjson"}


def test_a_file_is_read_by_ranges_as_long_as_it_stays_the_same(stack: Stack) -> None:
    put("k", b"0123456789")
    uploaded = files.UploadedFiles()
    found = uploaded.stat("k")
    assert found is not None
    assert [uploaded.read("k", found.etag, start, 4) for start in (0, 4, 8)] == [b"0123", b"4567", b"89"]
    put("k", b"another")
    with pytest.raises(Unreadable) as refused_read:
        uploaded.read("k", found.etag, 0, 4)
    assert refused_read.value.code == "file_changed"


def test_a_file_that_is_not_there_is_told_apart(stack: Stack) -> None:
    uploaded = files.UploadedFiles()
    assert uploaded.stat("nothing") is None
    with pytest.raises(Unreadable) as refused_read:
        uploaded.read("nothing", '"etag"', 0, 4)
    assert refused_read.value.code == "file_missing"


def test_handing_on_sends_a_message_to_the_imports_queue(stack: Stack) -> None:
    stack.messages("imports")
    files.hand_on("i1")
    assert stack.messages("imports") == ['{"import": "i1"}']
