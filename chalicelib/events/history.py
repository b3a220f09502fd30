"""Reads of whole partitions, page by page: what a split or a rebuild has to look at again."""

from collections.abc import Iterator
from typing import Final

from chalicelib.events.model import Event
from chalicelib.events.store import EventRecord, Row, low_bound

PAGE_EVENTS: Final = 500


def all_events(key: str) -> Iterator[list[Event]]:
    """Every event stored under an identifier key, oldest first, in pages of at most PAGE_EVENTS. Strongly consistent."""
    return _pages(key, low_bound(0))


def newer_events(key: str, after: int) -> Iterator[Event]:
    """The events stored under an identifier key whose time (ms) is past `after`, oldest first. Strongly consistent."""
    for page in _pages(key, low_bound(after + 1)):
        yield from page


def _pages(key: str, low: str) -> Iterator[list[Event]]:
    page: list[Event] = []
    found = EventRecord.query(key, EventRecord.sk.between(low, "~"), consistent_read=True, page_size=PAGE_EVENTS)
    for record in found:
        page.append(Row(key, record.sk, record.k, record.n, record.d).event())
        if len(page) == PAGE_EVENTS:
            yield page
            page = []
    if page:
        yield page
