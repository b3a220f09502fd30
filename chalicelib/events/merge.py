"""Many sorted partitions read as one list, page by page, in bounded memory. Pure; knows nothing of what the rows are.

One page of each partition is held at a time. A partition's first page is small and each further one twice as large: fifty quiet
partitions cost one small read each, and a busy one is not read in crumbs. A page of the answer ends after so many rows *looked
at*, shown or not, so a rare name in a long history cannot keep a request busy; the answer then says where to go on.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

from chalicelib.errors import BadRequest
from chalicelib.events.limits import storable
from chalicelib.paging import decode_cursor, encode_cursor

MAX_PAGE_ROWS: Final = 200  # of one read
MIN_PAGE_ROWS: Final = 4
MAX_LOOKED_AT: Final = 5_000  # rows for one page of an answer; about 0.2 s of CPU


class Placed(Protocol):
    """A row that knows its partition and its sort key there."""

    @property
    def partition(self) -> str:
        """The partition's key."""

    @property
    def sort(self) -> str:
        """The sort key, unique in the partition."""


R = TypeVar("R", bound=Placed)
# (partition, after which sort key, how many) -> (rows, whether others follow)
Fetch = Callable[[str, str | None, int], tuple[Sequence[R], bool]]


class Position(NamedTuple):
    """A place in the merged list. Rows that arrive later do not move it."""

    sort: str
    partition: str

    def cursor(self) -> str:
        """The opaque text that clients send back."""
        return encode_cursor(self.sort, self.partition)


@dataclass(frozen=True, slots=True)
class Gathered(Generic[R]):
    """One page of an answer; `next` is where the following one begins, None at the end."""

    rows: tuple[R, ...]
    next: Position | None


def position(cursor: str) -> Position:
    """The place that a cursor names. Raises BadRequest."""
    sort, partition = decode_cursor(cursor, 2)
    if not storable(sort):
        raise BadRequest("cursor is not one that this list gave")
    return Position(sort, partition)


def place(row: Placed) -> Position:
    """Where a row is in the merged list."""
    return Position(row.sort, row.partition)


def merged(partitions: Sequence[str], fetch: Fetch[R], newest_first: bool, expected: int) -> Iterator[R]:
    """The rows of all partitions by sort key, then partition; read when they are asked for. `expected` rows size the first reads."""
    size = min(max(-(-expected // max(len(partitions), 1)) + 1, MIN_PAGE_ROWS), MAX_PAGE_ROWS)
    streams = [_stream(partition, fetch, size) for partition in dict.fromkeys(partitions)]
    return heapq.merge(*streams, key=place, reverse=newest_first)


def gather(rows: Iterable[R], start: Position | None, newest_first: bool, shows: Callable[[R], bool], limit: int) -> Gathered[R]:
    """The first `limit` rows past `start` that are to be shown."""
    shown: list[R] = []
    last: R | None = None
    for looked_at, row in enumerate(rows):
        if len(shown) == limit or looked_at == MAX_LOOKED_AT:
            return Gathered(tuple(shown), place(last) if last else start)
        if start is not None and not (place(row) < start if newest_first else place(row) > start):
            continue
        last = row
        if shows(row):
            shown.append(row)
    return Gathered(tuple(shown), None)


def _stream(partition: str, fetch: Fetch[R], size: int) -> Iterator[R]:
    after: str | None = None
    more = True
    while more:
        rows, more = fetch(partition, after, size)
        yield from rows
        after = rows[-1].sort if rows else None
        more = more and bool(rows)
        size = min(size * 2, MAX_PAGE_ROWS)
