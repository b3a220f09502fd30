"""Many partitions are read as one sorted list, page by page, in bounded memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import BadRequest
from chalicelib.events.merge import MAX_LOOKED_AT, MAX_PAGE_ROWS, MIN_PAGE_ROWS, Position, gather, merged, position


@dataclass(frozen=True, slots=True)
class Row:
    sort: str
    partition: str


@dataclass
class Source:
    """Partitions that count what is read of them."""

    partitions: dict[str, list[str]]
    newest_first: bool = False
    reads: int = 0
    rows: int = 0
    largest: int = 0
    sizes: dict[str, list[int]] = field(default_factory=dict)

    def fetch(self, key: str, after: str | None, size: int) -> tuple[Sequence[Row], bool]:
        keys = sorted(self.partitions[key], reverse=self.newest_first)
        if after is not None:
            keys = [one for one in keys if (one < after if self.newest_first else one > after)]
        self.reads += 1
        self.rows += len(keys[:size])
        self.largest = max(self.largest, size)
        self.sizes.setdefault(key, []).append(size)
        return [Row(one, key) for one in keys[:size]], len(keys) > size


def all_pages(source: Source, limit: int) -> list[Position]:
    found: list[Position] = []
    start: Position | None = None
    while True:
        rows = merged(list(source.partitions), source.fetch, source.newest_first, limit)
        page = gather(rows, start, source.newest_first, lambda _: True, limit)
        found += [Position(row.sort, row.partition) for row in page.rows]
        if page.next is None:
            return found
        start = position(page.next.cursor())


PARTITIONS = st.dictionaries(
    st.sampled_from("abcde"), st.lists(st.text("0123", min_size=1, max_size=3), unique=True, max_size=12), min_size=1
)


@given(partitions=PARTITIONS, newest_first=st.booleans(), limit=st.integers(1, 9))
def test_the_pages_hold_every_row_once_and_in_order(partitions: dict[str, list[str]], newest_first: bool, limit: int) -> None:
    expected = sorted((Position(sort, key) for key, sorts in partitions.items() for sort in sorts), reverse=newest_first)
    assert all_pages(Source(partitions, newest_first), limit) == expected


@given(partitions=PARTITIONS, limit=st.integers(1, 9), newer=st.text("45", min_size=1, max_size=2))
def test_rows_that_arrive_between_two_pages_move_nothing(partitions: dict[str, list[str]], limit: int, newer: str) -> None:
    source = Source(partitions, newest_first=True)
    before = all_pages(source, limit)
    first = gather(merged(list(partitions), source.fetch, True, limit), None, True, lambda _: True, limit)
    for keys in partitions.values():
        keys.append(newer)
    rest = gather(merged(list(partitions), source.fetch, True, 500), first.next, True, lambda _: True, 500)
    if first.next is not None:
        assert [Position(row.sort, row.partition) for row in (*first.rows, *rest.rows)] == before


def test_a_key_named_twice_is_read_once() -> None:
    source = Source({"a": ["1", "2"]})
    assert [row.sort for row in merged(["a", "a"], source.fetch, False, 10)] == ["1", "2"]


def test_no_partitions_are_an_empty_list() -> None:
    assert gather(merged([], Source({}).fetch, False, 10), None, False, lambda _: True, 10).rows == ()


def test_quiet_partitions_cost_one_small_read_each() -> None:
    source = Source({f"p{place}": ["1"] for place in range(50)})
    assert len(list(merged(list(source.partitions), source.fetch, False, 50))) == 50
    assert source.reads == 50
    assert source.largest == MIN_PAGE_ROWS


def test_a_busy_partition_is_read_in_ever_larger_pages() -> None:
    source = Source({"quiet": ["0"], "busy": [f"{place:05d}" for place in range(2000)]})
    assert len(list(merged(["quiet", "busy"], source.fetch, False, 6))) == 2001
    assert source.sizes["busy"] == sorted(source.sizes["busy"])
    assert source.largest == MAX_PAGE_ROWS
    assert len(source.sizes["busy"]) < 20


def test_one_page_reads_no_more_than_it_shows_and_one_page_of_each_partition() -> None:
    """Fifty identifiers, 100,000 events: any page of fifty costs a few hundred rows wherever it lies."""
    times = [f"{place:06d}" for place in range(100_000)]
    source = Source({f"p{part:02d}": times[part::50] for part in range(50)})
    start: Position | None = None
    for middle in (None, Position("050000", "p00"), Position("099900", "p00")):
        source.reads = source.rows = 0
        start = middle
        low = "" if start is None else start.sort
        narrowed = Source({key: [one for one in keys if one >= low] for key, keys in source.partitions.items()})
        page = gather(merged(list(narrowed.partitions), narrowed.fetch, False, 50), start, False, lambda _: True, 50)
        assert len(page.rows) == 50
        assert narrowed.reads <= 60
        assert narrowed.rows <= 300


def test_a_page_of_rare_rows_ends_and_says_where_to_go_on() -> None:
    source = Source({"a": [f"{place:06d}" for place in range(12_000)]})
    rows: list[Row] = []
    start: Position | None = None
    pages = 0
    while True:
        page = gather(merged(["a"], source.fetch, False, 10), start, False, lambda row: row.sort.endswith("0999"), 10)
        rows += page.rows
        pages += 1
        if page.next is None:
            break
        low, start = page.next.sort, page.next
        source = Source({"a": [one for one in source.partitions["a"] if one >= low]})
    assert len(rows) == 2
    assert pages == 12_000 // MAX_LOOKED_AT + 1


def test_the_last_page_says_that_it_is_the_last() -> None:
    source = Source({"a": ["1", "2"], "b": ["3"]})
    assert gather(merged(["a", "b"], source.fetch, False, 3), None, False, lambda _: True, 3).next is None
    assert gather(merged(["a", "b"], source.fetch, False, 2), None, False, lambda _: True, 2).next == Position("2", "a")


@pytest.mark.parametrize("cursor", ["x", "!!!", "W10", "WzEsMl0", "eyJhIjoxfQ", "é"])
def test_a_cursor_that_this_list_did_not_give_is_refused(cursor: str) -> None:
    with pytest.raises(BadRequest):
        position(cursor)
