"""Bytes to lines and text."""

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.imports.lines import Encoding, Unreadable, decoded, encoding_of, lines

LIMIT = 8

broken_text = st.text(alphabet='ab\r\n",', max_size=60).map(str.encode)
sizes = st.lists(st.integers(1, 7), min_size=1, max_size=20)


def cut(data: bytes, block_sizes: list[int]) -> list[bytes]:
    """The data in blocks of these sizes, over and over."""
    blocks, start, turn = [], 0, 0
    while start < len(data):
        size = block_sizes[turn % len(block_sizes)]
        blocks.append(data[start : start + size])
        start, turn = start + size, turn + 1
    return blocks


@given(broken_text, sizes)
@example(b"a\r\nb", [2])  # a block ends between CR and LF
@example(b"a\r\r\n", [1])
def test_lines_are_the_same_whatever_the_blocks(data: bytes, block_sizes: list[int]) -> None:
    universal = [line.encode() for line in io.StringIO(data.decode(), newline="")]
    assert list(lines(cut(data, block_sizes), limit=1000)) == universal


@given(st.binary(max_size=200), sizes)
def test_no_byte_is_lost_or_doubled(data: bytes, block_sizes: list[int]) -> None:
    assert b"".join(lines(cut(data, block_sizes), LIMIT)) == data


@given(broken_text, sizes)
def test_only_pieces_over_the_limit_are_without_a_line_end(data: bytes, block_sizes: list[int]) -> None:
    *pieces, _last = [*lines(cut(data, block_sizes), LIMIT), b""]
    unended = [piece for piece in pieces[:-1] if not piece.endswith((b"\r", b"\n"))]
    assert all(len(piece) > LIMIT for piece in unended)


def test_a_line_without_end_is_never_held_whole() -> None:
    longest = max(len(piece) for piece in lines((b"x" * 5 for _ in range(1000)), LIMIT))
    assert longest <= LIMIT + 5 + 1


@pytest.mark.parametrize(
    ("first", "declared", "found"),
    [
        (b"a,b", Encoding.UTF8, (Encoding.UTF8, 0)),
        (b"a,b", Encoding.GB18030, (Encoding.GB18030, 0)),
        (b"\xef\xbb\xbfa", Encoding.GB18030, (Encoding.UTF8, 3)),
        (b"\x84\x31\x95\x33a", Encoding.UTF8, (Encoding.GB18030, 4)),
        (b"", Encoding.UTF8, (Encoding.UTF8, 0)),
    ],
)
def test_a_byte_order_mark_outweighs_the_declared_encoding(first: bytes, declared: Encoding, found: tuple[Encoding, int]) -> None:
    assert encoding_of(first, declared) == found


@pytest.mark.parametrize("text", ["a,b".encode("utf-16"), "a,b".encode("utf-32"), b"\xfe\xff\x00a"])
def test_wide_encodings_are_refused_with_a_code(text: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        encoding_of(text, Encoding.UTF8)
    assert refused.value.code == "encoding_unsupported"


@pytest.mark.parametrize("encoding", list(Encoding))
def test_chinese_text_is_read_in_both_encodings(encoding: Encoding) -> None:
    assert decoded("订单,元".encode(encoding), encoding) == ("订单,元", True)


@given(st.binary(max_size=40).map(lambda data: data.replace(b"\n", b"")), st.sampled_from(list(Encoding)))
def test_damage_never_eats_a_quote_or_a_comma(damage: bytes, encoding: Encoding) -> None:
    text, _ = decoded(b'"' + damage + b'","', encoding)
    assert text.count('"') >= 3
    assert text.count(",") == damage.count(b",") + 1
