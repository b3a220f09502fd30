"""A person's timeline: all identifiers in one order, filtered, in pages that cost the same however long the history is."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import BadRequest
from chalicelib.events.model import Event, Kind
from chalicelib.events.packing import pack, sort_key
from chalicelib.events.store import MAX_PAGE, Page, Row
from chalicelib.events.timeline import Order, timeline
from tests.support.records import NOW, draft, pending


@dataclass
class Stored:
    """Events by partition, with counters of what is read."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    reads: int = 0
    read_rows: int = 0
    largest: int = 0

    def add(self, key: str, time: int, *, name: str = "Viewed", kind: Kind = Kind.TRACK) -> None:
        namespace, _, value = key.partition("#")
        event = pending(
            draft(id=f"e-{time}", time=time, name=name, kind=kind, identifiers=((namespace, value),), unlink=_unlink(kind))
        ).event
        self.rows.setdefault(key, []).append(Row(key, sort_key(time, event.id), kind.value, name, pack(event)))

    def events_of(self, key: str, newest_first: bool, low: str, high: str, after: str | None, limit: int) -> Page:
        rows = [row for row in sorted(self.rows.get(key, []), key=lambda row: row.sort, reverse=newest_first) if low <= row.sort <= high]
        if after is not None:
            rows = [row for row in rows if (row.sort < after if newest_first else row.sort > after)]
        self.reads += 1
        self.read_rows += len(rows[:limit])
        self.largest = max(self.largest, limit)
        return Page(tuple(rows[:limit]), len(rows) > limit)


def _unlink(kind: Kind) -> tuple[tuple[str, str], ...]:
    return (("mobile", "13912345678"),) if kind is Kind.UNLINK else ()


def everything(stored: Stored, order: Order, limit: int, **filters: int | str) -> list[Event]:
    found: list[Event] = []
    cursor: str | None = None
    while True:
        page = timeline(list(stored.rows), order, limit=limit, cursor=cursor, events_of=stored.events_of, **filters)  # type: ignore[arg-type]
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


def times(events: list[Event]) -> list[int]:
    return [event.time - NOW for event in events]


@pytest.fixture
def stored() -> Stored:
    found = Stored()
    for time in (5, 1, 9):
        found.add("user_id#u1", NOW + time)
    for time in (2, 9, 7):
        found.add("openid:wx1#o1", NOW + time, name="Scanned")
    found.add("device_id#d1", NOW + 4, kind=Kind.PROFILE, name="$ProfileSet")
    found.add("device_id#d1", NOW + 3, kind=Kind.LINK, name="$SignUp")
    found.add("device_id#d1", NOW + 6, kind=Kind.UNLINK, name="$UnbindID")
    return found


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_events_of_all_identifiers_come_in_the_order_of_time(stored: Stored, limit: int) -> None:
    assert times(everything(stored, Order.OLDEST_FIRST, limit)) == [1, 2, 3, 5, 6, 7, 9, 9]
    assert times(everything(stored, Order.NEWEST_FIRST, limit)) == [9, 9, 7, 6, 5, 3, 2, 1]


def test_events_at_the_same_millisecond_keep_their_order_over_pages(stored: Stored) -> None:
    last = [event.primary.key for event in everything(stored, Order.OLDEST_FIRST, 1)][-2:]
    assert last == ["openid:wx1#o1", "user_id#u1"]
    assert [event.primary.key for event in everything(stored, Order.NEWEST_FIRST, 1)][:2] == last[::-1]


def test_profile_records_are_shown_only_when_asked_for(stored: Stored) -> None:
    page = timeline(list(stored.rows), Order.OLDEST_FIRST, kinds=frozenset(Kind), events_of=stored.events_of)
    assert times(page.items) == [1, 2, 3, 4, 5, 6, 7, 9, 9]


def test_a_name_can_be_asked_for(stored: Stored) -> None:
    assert times(everything(stored, Order.OLDEST_FIRST, 2, name="Scanned")) == [2, 7, 9]
    assert everything(stored, Order.OLDEST_FIRST, 2, name="Nothing") == []


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(2, 9, [2, 3, 5, 6, 7]), (9, None, [9, 9]), (None, 2, [1]), (7, 7, []), (8, 3, []), (-NOW * 2, NOW * 9000, [1, 2, 3, 5, 6, 7, 9, 9])],
)
@pytest.mark.parametrize("limit", [1, 50])
def test_from_is_included_and_to_is_not(stored: Stored, start: int | None, end: int | None, expected: list[int], limit: int) -> None:
    window = {name: NOW + time for name, time in (("start", start), ("end", end)) if time is not None}
    assert times(everything(stored, Order.OLDEST_FIRST, limit, **window)) == expected
    assert times(everything(stored, Order.NEWEST_FIRST, limit, **window)) == expected[::-1]


def test_nobody_has_an_empty_timeline() -> None:
    page = timeline([], events_of=Stored().events_of)
    assert (page.items, page.next) == ([], None)


def test_a_cursor_of_another_list_is_refused(stored: Stored) -> None:
    with pytest.raises(BadRequest):
        timeline(list(stored.rows), cursor="nonsense", events_of=stored.events_of)


@given(
    data=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 30)), unique=True, max_size=40),
    limit=st.integers(1, 7),
    order=st.sampled_from(Order),
)
def test_pages_are_the_list_cut_in_pieces(data: list[tuple[int, int]], limit: int, order: Order) -> None:
    stored = Stored()
    for place, time in data:
        stored.add(f"device_id#d{place}", NOW + time)
    found = [(event.time - NOW, event.primary.value) for event in everything(stored, order, limit)]
    assert found == sorted(((time, f"d{place}") for place, time in data), reverse=order is Order.NEWEST_FIRST)


def test_fifty_identifiers_and_a_hundred_thousand_events_page_in_bounded_reads_and_memory() -> None:
    stored = Many(keys=50, events=100_000)
    cursor: str | None = None
    for _ in range(40):
        stored.reads = stored.read_rows = 0
        page = timeline(stored.keys, Order.NEWEST_FIRST, limit=100, cursor=cursor, events_of=stored.events_of)
        cursor = page.next
        assert len(page.items) == 100
        assert stored.reads <= 100
        assert stored.read_rows <= 500
        assert stored.largest <= MAX_PAGE


def test_one_identifier_with_everything_costs_no_more() -> None:
    stored = Many(keys=50, events=100_000, all_in_one=True)
    page = timeline(stored.keys, Order.OLDEST_FIRST, limit=100, events_of=stored.events_of)
    assert len(page.items) == 100
    assert stored.reads <= 50 + 6
    assert stored.read_rows <= 200


class Many(Stored):
    """A long history that is made up as it is read: event t lies in partition t modulo the number of keys, or all in the first."""

    def __init__(self, keys: int, events: int, *, all_in_one: bool = False) -> None:
        super().__init__()
        self.keys = [f"device_id#d{place:02d}" for place in range(keys)]
        self.events, self.all_in_one = events, all_in_one

    def events_of(self, key: str, newest_first: bool, low: str, high: str, after: str | None, limit: int) -> Page:
        first, step = (0, 1) if self.all_in_one else (self.keys.index(key), len(self.keys))
        every = range(first, self.events if key == self.keys[0] or not self.all_in_one else 0, step)
        begin, end = int(low[:13]), int(high[:13]) if high[0].isdigit() else self.events
        inside = [time for time in (reversed(every) if newest_first else every) if begin <= time <= end]
        if after is not None:
            mark = int(after[:13])
            inside = [time for time in inside if (time < mark if newest_first else time > mark)]
        self.reads += 1
        self.read_rows += len(inside[:limit])
        self.largest = max(self.largest, limit)
        return Page(tuple(Row(key, sort_key(time, "e"), "track", "Viewed", '{"s":"shop"}') for time in inside[:limit]), len(inside) > limit)
