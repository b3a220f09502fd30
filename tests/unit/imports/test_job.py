"""An import is read to its end exactly once in effect, whatever dies, comes twice or runs at once."""

import tracemalloc
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.events.model import Kind, Record, Refusal, Source
from chalicelib.imports.feed import FileRecord, Format
from chalicelib.imports.job import BLOCK_BYTES, CHUNK_ROWS, chunks, steps
from chalicelib.imports.mapping import Mapping
from chalicelib.imports.model import Progress, State, StoredFile
from chalicelib.imports.ports import MAX_REFUSED, End
from chalicelib.imports.reader import HEAD_BYTES
from chalicelib.imports.rows import Content
from tests.unit.imports.world import BLOCKED_PHONE, NOW, ORDERS, Schedule, World, expected, orders_csv, small_pieces

Row = tuple[str, str, str, str]

rows = st.lists(
    st.tuples(
        st.integers(0, 30).map(lambda number: f"A{number}"),
        st.sampled_from(["13800138001", "13800138002", "", BLOCKED_PHONE]),
        st.sampled_from(["paid", "closed"]),
        st.sampled_from(["", 'says "hi"', "two\nlines", "订单\r\n备注", ","]),
    ),
    max_size=14,
)
some_calls = st.frozensets(st.integers(1, 120), max_size=6)
schedules = st.builds(
    Schedule,
    die_before=some_calls,
    die_after=some_calls,
    meanwhile=some_calls,
    leaps=st.dictionaries(st.integers(1, 120), st.sampled_from([1_000, 1_000_000]), max_size=4),
    time_is_up=some_calls,
)


class EndlessOrders(World):
    """A file that exists only where it is read: rows of 30 KB, counted as they go by, not kept."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.line = b"A%09d,13800138001,paid," + b"x" * 30_000 + b"\n"
        self.header = b"order,phone,status,note\n".ljust(len(self.line % 0) - 1) + b"\n"
        self.size = len(self.header) * (rows + 1)
        self.bytes_read = 0

    def stat(self, key: str) -> StoredFile | None:
        return StoredFile(self.size, "endless", NOW)

    def read(self, key: str, etag: str, start: int, length: int) -> bytes:
        self.bytes_read += length
        self.largest_read = max(self.largest_read, length)
        width = len(self.header)
        first, last = start // width, (start + length - 1) // width
        text = b"".join(self.line % number if number else self.header for number in range(first, last + 1))
        return text[start - first * width :][:length]

    def keep(self, records: Sequence[Record], source: Source, received_at: int) -> Sequence[Refusal]:
        return ()


def check_prefix(progress: Progress, content: Sequence[Row]) -> None:
    """A checkpoint counts exactly the rows before it."""
    before = content[: progress.rows]
    _, refused, skipped = expected(before)
    assert (progress.refused, progress.skipped) == (len(refused), skipped)
    assert progress.kept == len(before) - len(refused) - skipped


@settings(max_examples=300, deadline=None)
@given(rows, schedules, st.integers(1, 4), st.integers(5, 60), st.integers(1, 3))
@example([("A1", "13800138001", "paid", "x")] * 9, Schedule(meanwhile=frozenset(range(1, 60))), 2, 30, 3)
def test_no_row_and_no_count_is_lost_or_doubled(content: list[Row], schedule: Schedule, chunk: int, block: int, messages: int) -> None:
    world = World(schedule)
    job = world.upload(orders_csv(content))
    for _ in range(messages - 1):
        world.send(job.id)  # the bucket tells of the file more than once
    with small_pieces(chunk, block):
        world.drain()
    kept, refused, skipped = expected(content)
    done = world.jobs[job.id]
    assert (done.state, done.code) == (State.DONE, None)
    assert done.progress == Progress(len(orders_csv(content)), len(content), len(content) - len(refused) - skipped, len(refused))
    assert set(world.kept) == kept
    assert sorted(world.refused[job.id]) == refused
    for progress in world.checkpoints:
        check_prefix(progress, content)


@pytest.mark.parametrize("call", range(1, 40))
@pytest.mark.parametrize("moment", ["die_before", "die_after"])
def test_a_lambda_may_die_at_any_call(call: int, moment: str) -> None:
    content = [(f"A{number}", "13800138001" if number % 3 else "", "paid", "two\nlines") for number in range(10)]
    world = World(Schedule(**{moment: frozenset({call})}))  # type: ignore[arg-type]
    job = world.upload(orders_csv(content))
    with small_pieces(rows=3, block=50):
        world.drain()
    kept, refused, _ = expected(content)
    assert set(world.kept) == kept
    assert sorted(world.refused[job.id]) == refused
    assert world.jobs[job.id].progress.kept == len(kept)


def test_the_same_file_uploaded_twice_makes_no_further_events() -> None:
    world = World()
    content = orders_csv([("A1", "13800138001", "paid", ""), ("A2", "13800138002", "paid", "")])
    for _ in range(2):
        world.upload(content)
    world.drain()
    assert set(world.kept) == {"OrderPaid:A1", "OrderPaid:A2"}
    assert [job.progress.kept for job in world.jobs.values()] == [2, 2]


def test_time_running_out_hands_the_import_on() -> None:
    content = [(f"A{number}", "13800138001", "paid", "") for number in range(9)]
    world = World(Schedule(time_is_up=frozenset(range(100))))
    job = world.upload(orders_csv(content))
    with small_pieces(rows=3):
        world.drain()
    assert world.ends == [End.HANDED_ON, End.HANDED_ON, End.HANDED_ON, End.DONE]
    assert world.jobs[job.id].progress.kept == 9


@pytest.mark.parametrize("call", range(1, 60))
@pytest.mark.parametrize("messages", [1, 2])
def test_an_import_handed_on_is_carried_on_whoever_comes_in_between(call: int, messages: int) -> None:
    world = World(Schedule(time_is_up=frozenset(range(500)), meanwhile=frozenset({call})))
    job = world.upload(orders_csv([(f"A{number}", "13800138001", "paid", "") for number in range(9)]))
    for _ in range(messages - 1):
        world.send(job.id)
    with small_pieces(rows=3):
        world.drain()
    done = world.jobs[job.id]
    assert (done.state, done.progress.kept) == (State.DONE, 9)


def test_a_second_message_waits_while_the_first_is_worked_on() -> None:
    world = World()
    job = world.upload(orders_csv([("A1", "13800138001", "paid", "")]))
    world.take(job.id, "m1", NOW, NOW + 1000)
    world.send(job.id)
    world.deliver("m2")
    assert (world.ends, list(world.queue), world.kept) == ([], ["m1", "m2"], {})


def test_the_message_of_a_lambda_that_died_takes_its_import_back_at_once() -> None:
    world = World()
    job = world.upload(orders_csv([("A1", "13800138001", "paid", "")]))
    world.take(job.id, "m1", NOW, NOW + 1_000_000)
    world.deliver("m1")
    assert world.ends == [End.DONE]


def test_any_message_takes_an_import_whose_lease_is_over() -> None:
    world = World()
    job = world.upload(orders_csv([("A1", "13800138001", "paid", "")]))
    world.take(job.id, "somebody", NOW, NOW + 1000)
    world.clock = NOW + 2000
    world.deliver("m1")
    assert world.ends == [End.DONE]


def test_refused_rows_and_their_count_agree_when_the_rules_change_after_a_death() -> None:
    content = [("A1", "", "paid", ""), ("A2", BLOCKED_PHONE, "paid", "")]
    for call in range(1, 12):
        world = World(Schedule(die_before=frozenset({call})))
        job = world.upload(orders_csv(content))
        world.deliver("m1")
        world.refuses = lambda _: False  # the rules have changed before the lambda comes again
        world.drain()
        assert len(world.refused[job.id]) == world.jobs[job.id].progress.refused


@pytest.mark.parametrize(
    ("content", "mapping", "code"),
    [
        (b"", ORDERS, "file_empty"),
        (b"\n\n", ORDERS, "header_missing"),
        (b"order,tel,status,note\n", ORDERS, "column_missing"),
        ("订单,order,phone,status,note\n".encode("gbk"), ORDERS, "encoding_invalid"),
        ("order,phone,status,note\n".encode("utf-16"), ORDERS, "encoding_unsupported"),
        (b"who,what\n1,2\n", None, "mapping_needed"),
    ],
)
def test_a_file_that_cannot_be_read_fails_with_a_code(content: bytes, mapping: Mapping | None, code: str) -> None:
    world = World()
    job = world.upload(content, mapping)
    world.drain()
    failed = world.jobs[job.id]
    assert (world.ends, failed.state, failed.code) == ([End.FAILED], State.FAILED, code)
    assert failed.detail
    assert failed.finished_at is not None
    assert not world.kept


def test_a_missing_column_is_named_with_its_place() -> None:
    world = World()
    job = world.upload(b"order,tel,status\n", ORDERS)
    world.drain()
    assert world.jobs[job.id].detail == (
        "the header does not name phone (identifiers/mobile), note (properties/note); it names order, tel, status"
    )


def test_a_file_that_is_gone_fails() -> None:
    world = World()
    job = world.upload(b"order\n")
    world.objects.clear()
    world.drain()
    assert world.jobs[job.id].code == "file_missing"


def test_a_file_that_is_replaced_while_it_is_read_fails_and_keeps_its_counts() -> None:
    content = orders_csv([(f"A{number}", "13800138001", "paid", "") for number in range(9)])
    world = World(Schedule(time_is_up=frozenset(range(100))))
    job = world.upload(content)
    with small_pieces(rows=3):
        world.deliver("m1")
        world.objects[job.key] = content + b"A10,13800138001,paid,\n"
        world.drain()
    failed = world.jobs[job.id]
    assert (failed.code, failed.progress.kept, len(world.kept)) == ("file_changed", 3, 3)


def test_a_message_after_the_end_changes_nothing() -> None:
    world = World()
    job = world.upload(orders_csv([("A1", "13800138001", "paid", "")]))
    world.drain()
    before = world.jobs[job.id]
    world.send(job.id)
    world.send("nobody")
    world.drain()
    assert sorted(world.ends) == [End.DONE, End.OVER, End.UNKNOWN]
    assert world.jobs[job.id] == before


def test_a_header_alone_is_an_import_without_rows() -> None:
    world = World()
    job = world.upload(orders_csv([]))
    world.drain()
    assert (world.jobs[job.id].state, world.jobs[job.id].progress.rows) == (State.DONE, 0)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_without_a_mapping_is_read_by_its_header_in_whatever_encoding(encoding: str) -> None:
    world = World()
    job = world.upload(
        "订单编号,手机,付款时间,实付金额\nA1,13800138001,2026-11-21 10:23:00,¥99.50\nA2,13800138001,,\n".encode(encoding), None
    )
    world.drain()
    done = world.jobs[job.id]
    assert (done.state, done.progress.kept, done.progress.skipped) == (State.DONE, 1, 1)
    assert world.kept["OrderPaid:A1"].properties == {"order_id": "A1", "amount": 99.5}
    assert done.mapping is not None


def test_jsonl_is_read_by_the_same_mapping() -> None:
    world = World()
    mapping = Mapping.model_validate({"identifiers": {"mobile": "who.phone"}, "attributes": {"set": {"city": "city"}}})
    content = '{"who": {"phone": "13800138001"}, "city": "上海"}\n[]\n{"city": "x"}\n'.encode()
    job = world.upload(content, mapping, Format.JSONL, Content.MEMBERS)
    world.drain()
    (kept,) = world.kept.values()
    assert (kept.kind, kept.attributes[0].value) == (Kind.PROFILE, "上海")
    assert [row.code for row in world.refused[job.id].values()] == ["row_not_object", "identifier_missing"]


def test_a_row_that_was_refused_can_be_read_with_its_reason() -> None:
    world = World()
    job = world.upload(orders_csv([("A1", "13800138001", "paid", ""), ("A2", "", "paid", "no phone")]))
    world.drain()
    (row,) = world.refused[job.id].values()
    assert (row.row, row.code) == (2, "identifier_missing")
    assert row.record == {"order": "A2", "phone": "", "status": "paid", "note": "no phone"}


@given(st.integers(1, 300), st.data())
def test_no_checkpoint_holds_more_refused_rows_than_a_transaction_takes(count: int, data: st.DataObject) -> None:
    refused = sorted(data.draw(st.sets(st.integers(7, 6 + count))))
    found = list(steps([Refusal(index, "c", "d", None) for index in refused], 7, count))
    assert [one.index for _, part in found for one in part] == refused
    assert all(len(part) <= MAX_REFUSED for _, part in found)
    assert found[-1][0] == count
    for begin, (stop, part) in zip([0, *(stop for stop, _ in found)], found, strict=False):
        assert all(begin < one.index - 6 <= stop for one in part)


def test_chunks_are_limited_in_rows_and_bytes() -> None:
    small = [FileRecord(end) for end in range(1, 2 * CHUNK_ROWS + 2)]
    assert [len(chunk) for chunk in chunks(small, 0)] == [CHUNK_ROWS, CHUNK_ROWS, 1]
    large = [FileRecord(end * 600_000) for end in range(1, 6)]
    assert [len(chunk) for chunk in chunks(large, 0)] == [2, 2, 1]


def test_a_file_of_any_size_is_read_in_bounded_memory() -> None:
    world = EndlessOrders(rows=2_000)
    job = world.upload(b"")
    tracemalloc.start()
    try:
        world.drain()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    done = world.jobs[job.id]
    assert done.progress.kept == 2_000
    assert done.file is not None
    assert world.bytes_read <= done.file.size + HEAD_BYTES
    assert world.largest_read <= BLOCK_BYTES
    assert done.file.size > 50_000_000
    assert peak < 10 * BLOCK_BYTES


def test_a_member_file_sent_again_later_outweighs_what_was_said_in_between() -> None:
    world = World()
    mapping = Mapping.model_validate({"identifiers": {"user_id": "id"}, "attributes": {"set": {"city": "city"}}})
    job = world.upload(b"id,city\nu1,Beijing\n", mapping, kind=Content.MEMBERS)
    world.drain()
    (kept,) = world.kept.values()
    assert kept.time == world.jobs[job.id].file.uploaded_at  # type: ignore[union-attr]
