"""Stored events are read back in time order, over pages and identifiers."""

import pytest

from chalicelib.events import store
from chalicelib.events.keep import keep
from chalicelib.events.model import Event, Kind
from chalicelib.events.packing import pack
from chalicelib.events.timeline import Order, timeline
from chalicelib.identifiers import parse_key
from chalicelib.identity.rules import DEFAULT_RULES
from tests.support.aws import Stack
from tests.support.records import NOW, SHOP, draft, pending

KEYS = ["user_id#u1", "device_id#d1", "anonymous_id#a1"]


def keep_events(count: int) -> None:
    whom = [parse_key(key) for key in KEYS]
    records = [
        draft(
            index=place,
            id=f"e-{place}",
            time=NOW - place,
            name=f"N{place % 5}",
            identifiers=((whom[place % 3].namespace, whom[place % 3].value),),
        )
        for place in range(count)
    ]
    keep(records, SHOP, DEFAULT_RULES, NOW)


def pages(order: Order, limit: int, name: str | None = None) -> list[list[Event]]:
    found: list[list[Event]] = []
    cursor: str | None = None
    while True:
        page = timeline(KEYS, order, name=name, limit=limit, cursor=cursor)
        found.append(page.items)
        cursor = page.next
        if cursor is None:
            return found


@pytest.mark.parametrize("order", list(Order))
def test_every_event_is_read_back_once_and_in_order(stack: Stack, order: Order) -> None:
    keep_events(70)
    found = pages(order, limit=20)
    times = [event.time for page in found for event in page]
    assert times == sorted((NOW - place for place in range(70)), reverse=order is Order.NEWEST_FIRST)
    assert [len(page) for page in found] == [20, 20, 20, 10]


def test_the_filters_reach_the_store(stack: Stack) -> None:
    keep_events(30)
    assert [event.time for page in pages(Order.OLDEST_FIRST, 2, name="N3") for event in page] == [
        NOW - 28,
        NOW - 23,
        NOW - 18,
        NOW - 13,
        NOW - 8,
        NOW - 3,
    ]
    window = timeline(KEYS, Order.OLDEST_FIRST, start=NOW - 9, end=NOW - 6)
    assert [event.time for event in window.items] == [NOW - 9, NOW - 8, NOW - 7]


def test_an_event_that_arrives_between_two_pages_is_not_repeated_and_moves_nothing(stack: Stack) -> None:
    keep_events(10)
    first = timeline(KEYS, Order.NEWEST_FIRST, limit=4)
    keep([draft(id="late", time=NOW + 1)], SHOP, DEFAULT_RULES, NOW + 1)
    rest = timeline(KEYS, Order.NEWEST_FIRST, limit=50, cursor=first.next)
    assert [event.time for event in (*first.items, *rest.items)] == [NOW - place for place in range(10)]


def test_a_page_of_one_partition_says_whether_there_is_more(stack: Stack) -> None:
    keep_events(9)
    first = store.events_of(KEYS[0], limit=2)
    assert [row.event().time for row in first.rows] == [NOW - 6, NOW - 3]
    assert first.more
    rest = store.events_of(KEYS[0], after=first.rows[-1].sort)
    assert [row.event().time for row in rest.rows] == [NOW]
    assert not rest.more
    assert store.events_of("user_id#nobody") == store.Page((), more=False)


def test_the_item_of_an_event_and_its_stream_image_are_the_same_event(stack: Stack) -> None:
    event = pending(draft(kind=Kind.LINK, identifiers=(("user_id", "u1"), ("mobile", "13912345678")))).event
    store.to_record(event).save()
    (image,) = stack.items("events")
    assert store.from_image(image) == event
    assert image["d"]["S"] == pack(event)
    assert image["v"] == {"N": "1"}
