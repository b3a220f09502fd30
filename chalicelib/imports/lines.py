"""Bytes to physical lines and text: what both file formats share. Pure; holds one block and one line at a time."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final


class Encoding(StrEnum):
    """The encodings of an import. GB18030 holds GBK and GB2312."""

    UTF8 = "utf-8"
    GB18030 = "gb18030"


class Unreadable(Exception):
    """The file as a whole cannot be read. `code` is stable and ends up on the import."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


_BOMS: Final = ((b"\xef\xbb\xbf", Encoding.UTF8), (b"\x84\x31\x95\x33", Encoding.GB18030))
_WIDE_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
LINE_ENDS: Final = (b"\n", b"\r")

# Bytes that are never the second half of a character in UTF-8 or GB18030 (whose trailing bytes are 30-39, 40-7E and 80-FE):
# quotes, commas and line ends among them, so that damage stays between two of them.
_SINGLE_BYTES: Final = re.compile(rb"([\x00-\x2f\x3a-\x3f]+)")


def encoding_of(first: bytes, declared: Encoding) -> tuple[Encoding, int]:
    """The encoding and the offset of the first character: a byte order mark outweighs what was declared.

    Raises Unreadable (`encoding_unsupported`) for UTF-16 and UTF-32.
    """
    for mark, encoding in _BOMS:
        if first.startswith(mark):
            return encoding, len(mark)
    if first.startswith(_WIDE_BOMS):
        raise Unreadable("encoding_unsupported", "the file is UTF-16 or UTF-32; save it as UTF-8 or GB18030")
    return declared, 0


def lines(blocks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """Physical lines with their ends (LF, CRLF, CR), whatever the blocks' borders.

    A line of more than `limit` bytes may come in several pieces, each but the last longer than `limit` and without a line end.
    """
    pending = b""
    for block in blocks:
        pieces = (pending + block).splitlines(keepends=True)
        # A CR at the end of a block may be the first half of a CRLF.
        pending = pieces.pop() if pieces and not pieces[-1].endswith(b"\n") else b""
        yield from pieces
        if len(pending) > limit + 1:
            cut = len(pending) - pending.endswith(b"\r")
            yield pending[:cut]
            pending = pending[cut:]
    if pending:
        yield pending


def decoded(line: bytes, encoding: Encoding) -> tuple[str, bool]:
    """The text of a line and whether all of it could be read; what could not is U+FFFD, quotes and separators stay."""
    try:
        return line.decode(encoding), True
    except UnicodeDecodeError:
        parts = _SINGLE_BYTES.split(line)
        return "".join(part.decode(encoding, "replace") for part in parts), False
