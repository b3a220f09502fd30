"""Records of a CSV or JSONL file, one at a time, each with the byte offset at which reading can begin again. Pure.

CSV is what Python's `csv` module reads (RFC 4180 with any line end): the module itself splits the records, here it is only fed.
"""

import csv
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from chalicelib.imports.feed import MAX_RECORD_BYTES, Feed, FileRecord, Format, Layout, Quotes, TooLong
from chalicelib.imports.lines import Unreadable, encoding_of, lines

HEAD_BYTES: Final = MAX_RECORD_BYTES + 16  # enough for a byte order mark and the longest header


@dataclass(frozen=True, slots=True)
class Head:
    """What the beginning of a file tells: the layout with the encoding settled, where the records start, and the columns of a CSV file."""

    layout: Layout
    start: int
    columns: tuple[str, ...]


def read_head(first: bytes, layout: Layout) -> Head:
    """The head of the file whose first HEAD_BYTES (or fewer, if it is shorter) are given. Raises Unreadable."""
    encoding, start = encoding_of(first, layout.encoding)
    settled = Layout(layout.format, encoding, layout.delimiter, layout.quote)
    if layout.format is Format.JSONL:
        return Head(settled, start, ())
    header = next(records([first[start:]], start, settled), None)
    if header is None:
        raise Unreadable("header_missing", "the first line must name the columns; the file has none")
    if header.fault:
        raise Unreadable(header.fault.code, f"the header cannot be read: {header.fault.detail}")
    return Head(settled, header.end, column_names(header.fields))


def column_names(fields: Iterable[str]) -> tuple[str, ...]:
    """The names under which a mapping finds the columns: trimmed; the second `a` is `a#2`, an unnamed third column is `#3`."""
    seen: dict[str, int] = {}
    names = []
    for place, field in enumerate(fields, start=1):
        name = field.strip()
        seen[name] = seen.get(name, 0) + 1
        names.append(f"#{place}" if not name else name if seen[name] == 1 else f"{name}#{seen[name]}")
    return tuple(names)


def records(blocks: Iterable[bytes], offset: int, layout: Layout) -> Iterator[FileRecord]:
    """The records from `offset` on, where the first of the blocks begins. Blank lines are no records.

    A record over MAX_RECORD_BYTES becomes a fault and is passed over without being held. Raises Unreadable (`row_endless`).
    """
    feed = Feed(lines(blocks, MAX_RECORD_BYTES), offset, layout)
    return _csv_records(feed, layout) if layout.format is Format.CSV else _json_records(feed)


def _csv_records(feed: Feed, layout: Layout) -> Iterator[FileRecord]:
    options: dict[str, Any] = {"quotechar": layout.quote} if layout.quote else {"quoting": csv.QUOTE_NONE}
    reader = csv.reader(feed, delimiter=layout.delimiter, **options)
    while True:
        feed.begin()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except TooLong:
            yield feed.passed_over(Quotes(layout))
            continue
        if feed.ended:  # the reader asked for one more line: a quote is open
            yield feed.fault("quote_unclosed", "the file ends inside a quoted field")
        elif fields:
            yield feed.record(fields=tuple(fields))


def _json_records(feed: Feed) -> Iterator[FileRecord]:
    while True:
        feed.begin()
        try:
            text = next(feed)
        except StopIteration:
            return
        except TooLong:
            yield feed.passed_over(None)
            continue
        if text.strip():
            yield _json_record(feed, text)


def _json_record(feed: Feed, text: str) -> FileRecord:
    try:
        document = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        # A line that is not in the encoding is refused for that, whatever else is wrong with it.
        return feed.record() if not feed.readable else feed.fault("json_invalid", f"not a JSON document: {error}"[:200])
    if not isinstance(document, dict):
        return feed.fault("row_not_object", "each line must be a JSON object")
    return feed.record(document=document)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:40]} is too large a number")
    return number
