"""Physical lines grouped into records: what bounds a record, where it ends, and how one that is too long is passed over. Pure."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Any, Final

from chalicelib.imports.lines import LINE_ENDS, Encoding, Unreadable, decoded

MAX_RECORD_BYTES: Final = 64 * 1024
MAX_SKIPPED_BYTES: Final = 4 * 1024 * 1024  # a record that does not end within this is an unclosed quote, not a record
_EXCERPT: Final = 1024  # characters kept of a record that is over the limit


class Format(StrEnum):
    """How a file is laid out."""

    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read a file: its format, encoding, and for CSV the delimiter and quote character (None: quotes mean nothing)."""

    format: Format
    encoding: Encoding = Encoding.UTF8
    delimiter: str = ","
    quote: str | None = '"'


@dataclass(frozen=True, slots=True)
class RecordFault:
    """Why a record cannot be used: a stable `code`, what to do, and the record's text."""

    code: str
    detail: str
    text: str


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One record: `fields` of CSV or `document` of JSONL, unless `fault`. `end` is the byte offset just after it."""

    end: int
    fields: tuple[str, ...] = ()
    document: dict[str, Any] | None = None
    fault: RecordFault | None = None


class TooLong(Exception):
    """The record at hand is over the limit."""


class Feed:
    """Physical lines as text for one record after the other; knows the record's pieces and the offset after them."""

    def __init__(self, pieces: Iterator[bytes], offset: int, layout: Layout) -> None:
        self.end = offset
        self.layout = layout
        self.ended = False
        self.begin()
        self._pieces = pieces

    def begin(self) -> None:
        """The next line is the first of a record."""
        self.taken: list[bytes] = []
        self.size = 0
        self.readable = True

    def __iter__(self) -> "Feed":
        return self

    def __next__(self) -> str:
        piece = self.piece()
        if piece is None:
            self.ended = True
            raise StopIteration
        self.taken.append(piece)
        if self.size > MAX_RECORD_BYTES:
            raise TooLong
        text, readable = decoded(piece, self.layout.encoding)
        self.readable = self.readable and readable
        return text

    def piece(self) -> bytes | None:
        """The next line or piece of a line as bytes; None at the end of the file."""
        piece = next(self._pieces, None)
        if piece is not None:
            self.size += len(piece)
            self.end += len(piece)
        return piece

    def record(self, **content: Any) -> FileRecord:
        """The record that ends here."""
        if not self.readable:
            return self.fault("encoding_invalid", f"not {self.layout.encoding}; declare the file's encoding in the mapping")
        return FileRecord(self.end, **content)

    def fault(self, code: str, detail: str, length: int | None = None) -> FileRecord:
        """The record that ends here as a fault, with its text."""
        text = "".join(decoded(piece, self.layout.encoding)[0] for piece in self.taken).rstrip("\r\n")
        return FileRecord(self.end, fault=RecordFault(code, detail, text[:length]))

    def passed_over(self, quotes: "Quotes | None") -> FileRecord:
        """The record over the limit as a fault, once its end was found."""
        for piece in chain(self.taken, iter(self.piece, None)):
            if quotes is not None:
                quotes.read(piece)
            if piece.endswith(LINE_ENDS) and (quotes is None or not quotes.inside):
                break
            if self.size > MAX_SKIPPED_BYTES:
                raise Unreadable("row_endless", f"a row before byte {self.end} has over {MAX_SKIPPED_BYTES} bytes: is a quote left open?")
        if quotes is not None and quotes.inside:
            return self.fault("quote_unclosed", f"the last {self.size} bytes of the file are inside a quoted field", _EXCERPT)
        return self.fault("row_too_large", f"a row may have at most {MAX_RECORD_BYTES} bytes; this one has {self.size}", _EXCERPT)


class Quotes:
    """Follows the quotes of a CSV record too long to be held, as the csv module does, to find its end."""

    def __init__(self, layout: Layout) -> None:
        self._delimiter, self._quote = layout.delimiter, layout.quote
        self._decoder = codecs.getincrementaldecoder(layout.encoding)("replace")
        self.inside = False
        self._fresh = True  # at the beginning of a field, where alone a quote opens
        self._closing = False  # just after a quote inside quotes: the end of the field, or half of a doubled quote

    def read(self, piece: bytes) -> None:
        """Takes in the next bytes of the record. `inside` then says whether they end within quotes."""
        for character in self._decoder.decode(piece):
            if character == self._quote:
                self._at_quote()
            elif not self.inside:
                self._fresh, self._closing = character == self._delimiter, False

    def _at_quote(self) -> None:
        if self.inside:
            self.inside, self._closing = False, True
        elif self._fresh or self._closing:
            self.inside, self._fresh, self._closing = True, False, False
