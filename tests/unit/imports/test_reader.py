"""Records of CSV and JSONL files: what they hold, where they end, what is refused."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.imports import feed, reader
from chalicelib.imports.feed import MAX_RECORD_BYTES, MAX_SKIPPED_BYTES, FileRecord, Format, Layout
from chalicelib.imports.lines import Encoding, Unreadable
from chalicelib.imports.reader import HEAD_BYTES, column_names, read_head, records
from tests.unit.imports.test_lines import cut, sizes

CSV = Layout(Format.CSV)
JSONL = Layout(Format.JSONL)
GB = Layout(Format.CSV, Encoding.GB18030)

csv_texts = st.text(alphabet='ab,"\r\n|订 ', max_size=80)
cells = st.text(alphabet="ab,\"\r\n|'订单元😀 \t", max_size=12)
tables = st.lists(st.lists(cells, min_size=1, max_size=4), max_size=12)
layouts = st.builds(
    Layout,
    st.just(Format.CSV),
    st.sampled_from(list(Encoding)),
    st.sampled_from([",", "|", "\t", ";"]),
    st.sampled_from(['"', "'", None]),
)


def by_csv_module(text: str, layout: Layout) -> list[list[str]]:
    """The rows that Python's csv module sees, without blank lines."""
    options: dict[str, Any] = {"quotechar": layout.quote} if layout.quote else {"quoting": csv.QUOTE_NONE}
    return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=layout.delimiter, **options) if row]


def fields_of(found: list[FileRecord]) -> list[list[str]]:
    return [list(one.fields) for one in found]


@given(csv_texts, sizes, layouts)
@example('a,"b\r\nc"\r\nd,e', [1], CSV)
@example('"a""b"c"d,\n', [2], CSV)
def test_rows_are_those_of_the_csv_module_whatever_the_blocks(text: str, block_sizes: list[int], layout: Layout) -> None:
    found = list(records(cut(text.encode(layout.encoding), block_sizes), 0, layout))
    expected = by_csv_module(text, layout)
    if found and found[-1].fault:  # a quote that is never closed: the csv module gives what it has
        assert found[-1].fault.code == "quote_unclosed"
        assert fields_of(found[:-1]) == expected[: len(found) - 1]
        assert len(expected) <= len(found)
    else:
        assert fields_of(found) == expected


@given(csv_texts, sizes, layouts, st.integers(2, 20))
@example('"a""b"",\n"\n"c,d"\n', [3], CSV, 2)
def test_rows_over_the_limit_end_where_the_csv_module_ends_them(text: str, block_sizes: list[int], layout: Layout, limit: int) -> None:
    with mock.patch.object(feed, "MAX_RECORD_BYTES", limit), mock.patch.object(reader, "MAX_RECORD_BYTES", limit):
        found = list(records(cut(text.encode(layout.encoding), block_sizes), 0, layout))
    rows = by_csv_module(text, layout)
    unclosed = bool(found and found[-1].fault and found[-1].fault.code == "quote_unclosed")
    assert len(rows) <= len(found) if unclosed else len(rows) == len(found)
    for record, row in zip(found, rows, strict=False):
        assert list(record.fields) == row or (record.fault and record.fault.code in {"row_too_large", "quote_unclosed"})


@given(tables, st.sampled_from(["\n", "\r\n", "\r"]), sizes, st.sampled_from(list(Encoding)))
def test_what_a_csv_writer_wrote_is_read_back(table: list[list[str]], end: str, block_sizes: list[int], encoding: Encoding) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(table)
    found = list(records(cut(written.getvalue().encode(encoding), block_sizes), 0, Layout(Format.CSV, encoding)))
    assert fields_of(found) == table


@given(csv_texts, sizes, layouts, st.data())
def test_reading_goes_on_exactly_from_any_record_end(text: str, block_sizes: list[int], layout: Layout, data: st.DataObject) -> None:
    content = text.encode(layout.encoding)
    whole = list(records(cut(content, block_sizes), 0, layout))
    if not whole:
        return
    stop = data.draw(st.integers(0, len(whole) - 1))
    offset = whole[stop].end
    rest = list(records(cut(content[offset:], block_sizes), offset, layout))
    assert [*whole[: stop + 1], *rest] == whole


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.text(max_size=9)), max_size=9), sizes)
def test_jsonl_documents_are_read_back_and_offsets_resume(documents: list[dict[str, str]], block_sizes: list[int]) -> None:
    content = "".join(json.dumps(one, ensure_ascii=bool(place % 2)) + "\n" for place, one in enumerate(documents)).encode(
        "utf-8", "replace"
    )
    found = list(records(cut(content, block_sizes), 0, JSONL))
    assert [one.fault for one in found] == [None] * len(documents)
    for place, one in enumerate(found):
        assert list(records([content[one.end :]], one.end, JSONL)) == found[place + 1 :]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", "json_invalid"),
        (b"[1]", "row_not_object"),
        (b'"a"', "row_not_object"),
        (b'{"a": NaN}', "json_invalid"),
        (b'{"a": 1e999}', "json_invalid"),
        (b'{"a": ' + b"[" * 20_000 + b"]" * 20_000 + b"}", "json_invalid"),
        (b'{"a": ' + b"9" * 5000 + b"}", "json_invalid"),
        (b'{"a": "\xff"}', "encoding_invalid"),
        (b"\xff{", "encoding_invalid"),
    ],
)
def test_a_line_that_is_no_json_object_is_refused_alone(line: bytes, code: str) -> None:
    found = list(records([b'{"n": 1}\n' + line + b'\n\n{"n": 2}'], 0, JSONL))
    assert [one.fault.code if one.fault else one.document for one in found] == [{"n": 1}, code, {"n": 2}]


def test_blank_lines_are_no_rows() -> None:
    assert fields_of(list(records([b"\n\r\na,b\n\n\nc,d\n\n"], 0, CSV))) == [["a", "b"], ["c", "d"]]


def test_a_row_in_another_encoding_is_refused_alone() -> None:
    content = b"a,b\n" + "订,单\n".encode("gbk") + b"c,d\n"
    first, second, third = records([content], 0, CSV)
    assert (first.fields, third.fields) == (("a", "b"), ("c", "d"))
    assert second.fault is not None
    assert second.fault.code == "encoding_invalid"
    assert "\ufffd" in second.fault.text


@pytest.mark.parametrize("filler", ["x" * MAX_RECORD_BYTES, "x\n" * MAX_RECORD_BYTES, 'x""' * MAX_RECORD_BYTES, "订," * MAX_RECORD_BYTES])
@pytest.mark.parametrize("block_size", [1000, 1 << 20])
def test_a_row_over_the_limit_is_refused_and_the_next_one_read(filler: str, block_size: int) -> None:
    content = f'a,b\n1,"{filler}"\nc,"d\ne"\n'.encode()
    found = list(records(cut(content, [block_size]), 0, CSV))
    assert [one.fault.code if one.fault else one.fields for one in found] == [("a", "b"), "row_too_large", ("c", "d\ne")]
    assert found[2].end == len(content)
    assert len(found[1].fault.text if found[1].fault else "") <= 1024


def test_a_json_line_over_the_limit_is_refused_and_the_next_one_read() -> None:
    content = b'{"n": 1}\n{"n": "' + b'"' * MAX_RECORD_BYTES * 3 + b'\n{"n": 2}\n'
    found = list(records(cut(content, [5000]), 0, JSONL))
    assert [one.fault.code if one.fault else one.document for one in found] == [{"n": 1}, "row_too_large", {"n": 2}]


def test_a_row_at_the_limit_is_read() -> None:
    line = b"x" * (MAX_RECORD_BYTES - 1) + b"\n"
    assert [one.fault for one in records([line, b"y\n"], 0, CSV)] == [None, None]


def test_a_quote_left_open_before_the_last_rows_is_told_as_such() -> None:
    found = list(records([b"a,b\n", b'c,"d\n' + b"e,f\n" * MAX_RECORD_BYTES], 0, CSV))
    assert [one.fault.code if one.fault else one.fields for one in found] == [("a", "b"), "quote_unclosed"]


def test_a_quote_left_open_ends_the_import_instead_of_swallowing_the_file() -> None:
    block = b"x,y\n" * 10_000
    endless = (b'"' + block if place == 0 else block for place in range(MAX_SKIPPED_BYTES // len(block) + 2))
    with pytest.raises(Unreadable) as refused:
        list(records(endless, 0, CSV))
    assert refused.value.code == "row_endless"


def test_a_gigabyte_without_line_end_is_given_up_early() -> None:
    read = 0

    def blocks() -> Iterator[bytes]:
        nonlocal read
        for _ in range(1024):
            read += 1 << 20
            yield b"x" * (1 << 20)

    with pytest.raises(Unreadable):
        list(records(blocks(), 0, JSONL))
    assert read <= MAX_SKIPPED_BYTES + (2 << 20)


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        (["a", " b "], ("a", "b")),
        (["a", "a", "a"], ("a", "a#2", "a#3")),
        (["", "a", ""], ("#1", "a", "#3")),
    ],
)
def test_every_column_has_a_name(fields: list[str], names: tuple[str, ...]) -> None:
    assert column_names(fields) == names


def test_the_head_tells_encoding_columns_and_where_the_rows_start() -> None:
    content = b"\xef\xbb\xbf" + '\n订单,"金\n额"\n1,2\n'.encode()
    head = read_head(content[:HEAD_BYTES], GB)
    assert (head.layout.encoding, head.columns) == (Encoding.UTF8, ("订单", "金\n额"))
    assert content[head.start :] == b"1,2\n"


def test_jsonl_has_no_header() -> None:
    head = read_head(b'\xef\xbb\xbf{"a": 1}', JSONL)
    assert (head.start, head.columns) == (3, ())


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\n\n", "header_missing"),
        ("订单,金额\n".encode("gbk"), "encoding_invalid"),
        (b"x," * MAX_RECORD_BYTES, "row_too_large"),
        (b'a,"b\n', "quote_unclosed"),
    ],
)
def test_a_header_that_cannot_be_read_has_a_code(content: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_head(content[:HEAD_BYTES], CSV)
    assert refused.value.code == code
