"""Enrolments as they are stored. Each write depends on nobody else having written since the enrolment was read.

    before = find("p_7f3a...", "unpaid") or Enrolment("p_7f3a...", "unpaid")
    if not replace(before, after):    # somebody was faster: read again and decide anew
        ...

The store counts `rev`: whoever changes an enrolment leaves it as it was read. Nobody reads an outbox here: what followed from the last
write is for who hears the stream (`of_image`), so that each change begins with an empty one and adds to it. Persons are taken as they are
named here; that one may be a part of another by now is known to `joining`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace as changed_to
from typing import Final

from pynamodb.exceptions import DoesNotExist, PutError
from pynamodb.expressions.condition import Condition

from chalicelib.errors import Busy
from chalicelib.journeys.engine.model import Enrolment
from chalicelib.journeys.runs.records import (
    SHARDS,
    EnrolmentRecord,
    Image,
    enrolment_of,
    enrolment_of_image,
    listing,
    person_of,
    record_of,
)
from chalicelib.people.records import person_partition
from chalicelib.people.store import INVALID, Stale, Transaction, Unstorable

TRIES: Final = 5  # of a change that others get in the way of
PAGE: Final = 500  # people of one read of the index
_LOST: Final = frozenset({"ConditionalCheckFailedException", "TransactionConflictException"})


def find(person: str, journey: str) -> Enrolment | None:
    """The enrolment as it is now, None where nothing is stored. Strongly consistent."""
    try:
        return _read(EnrolmentRecord.get(person_partition(person), journey, consistent_read=True))
    except DoesNotExist:
        return None


def find_many(wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Enrolment]:
    """Those of the enrolments (person, journey) that are stored. Strongly consistent."""
    keys = [(person_partition(person), journey) for person, journey in dict.fromkeys(wanted)]
    found = EnrolmentRecord.batch_get(keys, consistent_read=True) if keys else ()
    return {(one.person, one.journey): one for one in map(_read, found)}


def of_person(person: str) -> list[Enrolment]:
    """All enrolments of a person, by the names of their journeys. Strongly consistent."""
    return [_read(record) for record in EnrolmentRecord.query(person_partition(person), consistent_read=True)]


def listed(journey: str, shard: str, after: str = "", limit: int = PAGE) -> list[str]:
    """Persons of a shard (one of `SHARDS`) of a journey whose runs are still known, after the person `after`, in order of their ids: a
    full `limit` of them while there are more. Some milliseconds behind what was written.
    """
    # As a condition, for the person that a page ended with may be gone by the time of the next one.
    beyond = EnrolmentRecord.pk > person_partition(after) if after else None
    found = EnrolmentRecord.by_journey.query(listing(journey, shard), beyond, limit=limit)
    return [person_of(record.pk) for record in found]


def replace(before: Enrolment, after: Enrolment) -> bool:
    """Stores `after` where `before` still is (`rev` 0: nothing is there yet); False when somebody was faster.

    Raises Unstorable when it has grown too large for an item.
    """
    try:
        _record(after, [before]).save(condition=_unchanged(before))
    except PutError as error:
        if error.cause_response_code == INVALID:
            raise Unstorable(str(error)) from error
        if error.cause_response_code not in _LOST:
            raise
        return False
    return True


def replace_all(changes: Iterable[tuple[Enrolment, Enrolment]], beside: Transaction | None = None) -> bool:
    """Stores several enrolments (before, after), and what else the transaction `beside` holds, together or not at all; False when one of
    the conditions does not hold any more.

    They get one `rev`, higher than any of them had: wherever a run moves, its images count on.
    """
    writing, pairs = beside or Transaction(), list(changes)
    befores = [before for before, _ in pairs]
    for before, after in pairs:
        writing.put(_record(after, befores), _unchanged(before))
    try:
        writing.commit()
    except Stale:
        return False
    return True


def change(person: str, journey: str, changed: Callable[[Enrolment], Enrolment]) -> Enrolment:
    """Does something to an enrolment as it is now, again if somebody was faster; gives it back as it is stored then.

    `changed` gives the same object back where nothing is to be written. Raises Busy when too many are in the way, and whatever `changed`
    raises.
    """
    for _ in range(TRIES):
        before = find(person, journey) or Enrolment(person, journey)
        after = changed(before)
        if after is before:
            return before
        if replace(before, after):
            return written(before, after)
    raise Busy("the enrolment changes too fast; it is looked at again later")


def written(before: Enrolment, after: Enrolment, *together: Enrolment) -> Enrolment:
    """The enrolment as who reads it finds it, once `after` has been stored where `before` was, `together` with changes of others."""
    return changed_to(after, rev=_next_rev([before, *together]), outbox=())


def of_image(image: Image) -> Enrolment:
    """The enrolment of a stream record's image."""
    return enrolment_of_image(image)


def everybody(journey: str) -> Iterator[str]:
    """All persons of a journey whose runs are still known, for what is small enough to be gone through at once."""
    for shard in SHARDS:
        after = ""
        while people := listed(journey, shard, after):
            yield from people
            after = people[-1]


def _record(after: Enrolment, befores: Iterable[Enrolment]) -> EnrolmentRecord:
    return record_of(changed_to(after, rev=_next_rev(befores)))


def _next_rev(befores: Iterable[Enrolment]) -> int:
    return 1 + max(one.rev for one in befores)


def _read(record: EnrolmentRecord) -> Enrolment:
    found = enrolment_of(record)
    return changed_to(found, outbox=()) if found.outbox else found


def _unchanged(before: Enrolment) -> Condition:
    return EnrolmentRecord.rev == before.rev if before.rev else EnrolmentRecord.pk.does_not_exist()
