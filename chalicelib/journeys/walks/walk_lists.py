"""The lists that walks go over, page by page: a segment's people, everybody whose runs in a journey are known, or everybody there is.

    page = page_of(walk, part)        # who comes next, and where to read on ("" at the end)

What changes on a list while somebody goes over it is seen or not; whom that matters for is met in the second round.
"""

import json
from dataclasses import dataclass
from typing import Final

from chalicelib.broadcasts.means import STORES
from chalicelib.journeys.runs import store
from chalicelib.journeys.walks.walks import SHARDS, Over, Part, Walk
from chalicelib.people.records import PERSON, PersonRecord, person_partition

PAGE: Final = 100  # people: as many as one BatchGetItem reads
SCANNED: Final = 500  # items of one read of everybody, a fifth of them people
SEGMENT: Final = "segment"  # the argument that names whose people they are


@dataclass(frozen=True, slots=True)
class Listing:
    """Some people of a list. `after` is where it is read on; "" behind its end."""

    people: tuple[str, ...]
    after: str


def page_of(walk: Walk, part: Part) -> Listing:
    """Who comes next in a part of a walk's list."""
    match walk.over:
        case Over.SEGMENT:
            return _of_segment(walk, part)
        case Over.INSIDE:
            return _inside(walk, part)
        case Over.EVERYBODY:
            return _everybody(part)


def _of_segment(walk: Walk, part: Part) -> Listing:
    """Without those who came into the segment after the part had begun: lists are complete by then, and whoever keeps coming and going does
    not keep a walk from its end.
    """
    found = STORES.listed(walk.arguments[SEGMENT], SHARDS.index(part.shard), part.after, PAGE)
    people = tuple(one.person for one in found if one.since <= part.begun_at)
    return Listing(people, found[-1].person if len(found) == PAGE else "")


def _inside(walk: Walk, part: Part) -> Listing:
    people = store.listed(walk.journey, part.shard, part.after, PAGE)
    return Listing(tuple(people), people[-1] if len(people) == PAGE else "")


def _everybody(part: Part) -> Listing:
    """Eventually consistent, at half the price: who is newer than the walk is heard of."""
    page = next(
        PersonRecord.scan(
            (PersonRecord.sk == PERSON) & PersonRecord.into.does_not_exist(),
            segment=SHARDS.index(part.shard),
            total_segments=len(SHARDS),
            last_evaluated_key=json.loads(part.after) if part.after else None,
            page_size=SCANNED,
            attributes_to_get=["pk", "sk"],
        ).page_iter
    )
    last = page.get("LastEvaluatedKey")
    return Listing(tuple(item["pk"]["S"].removeprefix(person_partition("")) for item in page["Items"]), json.dumps(last) if last else "")
