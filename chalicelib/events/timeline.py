"""The events of one person in time order, whichever identifier each was stored under."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from chalicelib.errors import BadRequest
from chalicelib.events import store
from chalicelib.events.merge import Position, gather, merged, position
from chalicelib.events.model import Event, Kind
from chalicelib.events.packing import TIME_DIGITS
from chalicelib.events.store import Page, Row
from chalicelib.identifiers import NAMESPACE_PATTERN, parse_key

SHOWN: Final = frozenset(Kind) - {Kind.PROFILE}  # profile records change attributes; nothing happened

_SORT: Final = re.compile(rf"[0-9]{{{TIME_DIGITS}}}#")

EventsOf = Callable[[str, bool, str, str, str | None, int], Page]


class Order(StrEnum):
    """The direction of a timeline."""

    OLDEST_FIRST = "asc"
    NEWEST_FIRST = "desc"


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Some events of a timeline; `next` is the cursor of the following page, None at the end. A page may be short before that."""

    items: list[Event]
    next: str | None


def timeline(
    keys: Sequence[str],
    order: Order = Order.NEWEST_FIRST,
    start: int | None = None,
    end: int | None = None,
    name: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
    kinds: Collection[Kind] = SHOWN,
    events_of: EventsOf = store.events_of,
) -> TimelinePage:
    """A page of the events stored under the identifier keys, from `start` (ms) up to, not including, `end`.

    The cost of a page is one small read per key plus what it shows or skips, however long the history is. Pages neither repeat nor
    leave out an event when others arrive meanwhile. Raises BadRequest for a
    cursor of another list.
    """
    newest_first = order is Order.NEWEST_FIRST
    since = _since(cursor) if cursor else None
    low, high = _bounds(start, end, since, newest_first)
    if low > high:
        return TimelinePage([], None)

    def fetch(key: str, after: str | None, size: int) -> tuple[tuple[Row, ...], bool]:
        page = events_of(key, newest_first, low, high, after, size)
        return page.rows, page.more

    def shows(row: Row) -> bool:
        return row.kind in kinds and (name is None or row.name == name)

    found = gather(merged(keys, fetch, newest_first, limit), since, newest_first, shows, limit)
    return TimelinePage([row.event() for row in found.rows], found.next.cursor() if found.next else None)


def _since(cursor: str) -> Position:
    found = position(cursor)
    # Other lists have other partitions and sort keys.
    if not (_SORT.match(found.sort) and NAMESPACE_PATTERN.fullmatch(parse_key(found.partition).namespace)):
        raise BadRequest("cursor is not one that this list gave")
    return found


def _bounds(start: int | None, end: int | None, since: Position | None, newest_first: bool) -> tuple[str, str]:
    """The sort keys to read between; a cursor narrows them, and its own row is skipped later."""
    low, high = store.low_bound(start), store.high_bound(end)
    if since is None:
        return low, high
    return (low, min(high, since.sort)) if newest_first else (max(low, since.sort), high)
