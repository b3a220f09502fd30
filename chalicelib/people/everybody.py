"""Every person there is, by a scan that can stop anywhere and go on later.

    for step in everybody(after):
        if step.found: ...
        if out_of_time: return step.place     # None at the end

A person's items lie together, so they are gathered from the pages as they come, also where a page ends between them. Whoever was merged
into somebody else is passed over.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pynamodb.pagination import PageIterator

from chalicelib.people.attributes import Profile
from chalicelib.people.keeping import unpack_ledger
from chalicelib.people.model import Person
from chalicelib.people.packing import unpack_person, unpack_profile
from chalicelib.people.records import PERSON, PROFILE, SIGNALS, LedgerRecord, PersonRecord, ProfileRecord, person_partition
from chalicelib.signals.model import Ledger

PERSONS: Final = person_partition("")  # what partitions of persons begin with
Image = Mapping[str, Mapping[str, Any]]  # an item in DynamoDB's typed JSON
Page = tuple[list[Image], "Place | None"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a scan is: behind the item with this key."""

    pk: str
    sk: str


@dataclass(frozen=True, slots=True)
class Found:
    """A person as a scan finds it: its item, attributes, and what is kept of its signals but for the newest hits."""

    person: Person
    profile: Profile
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Step:
    """A part of the scan: a person, if there was one, and the place from which the rest is read; None at the end."""

    found: Found | None
    place: Place | None


def everybody(after: Place | None = None, page_items: int | None = None) -> Iterator[Step]:
    """All persons behind a place, in no particular order. Eventually consistent; `page_items` bounds what one read looks at.

    Reads the whole table, 1 MB a read: for what has to look at everybody only.
    """
    for items, place in gathered(_pages(after, page_items)):
        yield Step(_found(items), place)


def gathered(pages: Iterable[Page]) -> Iterator[tuple[list[Image], Place | None]]:
    """The items of each partition in one go, each with the place behind them. A page with nothing in it gives its place alone."""
    waiting: list[Image] = []
    for items, last in pages:
        for item in items:
            if waiting and item["pk"] != waiting[0]["pk"]:
                yield waiting, _place(waiting[-1])
                waiting = []
            waiting.append(item)
        if not waiting or last is None or last.pk != waiting[0]["pk"]["S"]:
            yield waiting, last
            waiting = []


def _pages(after: Place | None, page_items: int | None) -> Iterator[Page]:
    wanted = PersonRecord.pk.startswith(PERSONS) & PersonRecord.sk.is_in(PERSON, PROFILE, SIGNALS)
    start = {"pk": {"S": after.pk}, "sk": {"S": after.sk}} if after else None
    kwargs = {"filter_condition": wanted, "exclusive_start_key": start, "limit": page_items}
    for page in PageIterator[dict[str, Any]](PersonRecord._get_connection().scan, (), kwargs):  # noqa: SLF001 - items of several models
        last = page.get("LastEvaluatedKey")
        yield page["Items"], _place(last) if last else None


def _place(item: Image) -> Place:
    return Place(item["pk"]["S"], item["sk"]["S"])


def _found(items: Iterable[Image]) -> Found | None:
    by_name = {item["sk"]["S"]: dict(item) for item in items}
    if PERSON not in by_name:
        return None
    person = unpack_person(PersonRecord.from_raw_data(by_name[PERSON]))
    if person.into:
        return None
    profile = unpack_profile(ProfileRecord.from_raw_data(by_name[PROFILE])) if PROFILE in by_name else Profile()
    ledger = unpack_ledger(LedgerRecord.from_raw_data(by_name[SIGNALS]).d) if SIGNALS in by_name else Ledger()
    return Found(person, profile, ledger)
