"""The parts of broadcasts in DynamoDB. Every change is conditional, so that doing it twice is doing it once.

A worker takes a part under a lease; each taking raises the fence, and only who took it last can write. See `fanning_out`.
"""

from dataclasses import asdict
from enum import StrEnum
from typing import Any, Final

from pynamodb.exceptions import DoesNotExist, UpdateError
from pynamodb.expressions.condition import Condition

from chalicelib.broadcasts.backlog import RECENT
from chalicelib.broadcasts.parts import LEASE_MS, LOST_MS, SHARDS, Gone, Part, numbers_for
from chalicelib.broadcasts.records import COUNT_PREFIX, PART_PREFIX, PartRecord, part_key, part_of
from chalicelib.definitions.model import LostRace
from chalicelib.definitions.records import whole, written_together

_REFUSED: Final = "ConditionalCheckFailedException"


class LeaseLost(Exception):
    """Another worker has taken the part over, and goes on with it."""


class Taken(StrEnum):
    """Why a part is not to be worked on."""

    HELD = "held"  # by a worker whose own message comes again should it die
    OVER = "over"
    UNKNOWN = "unknown"  # there is no such broadcast, or it has not begun


def begin(broadcast: str, expected: int, *, ranked: bool = False) -> None:
    """Makes the parts for so many people unless somebody else has: all of them or none, for every number of parts has a first. `ranked`:
    with those that count. Raises LostRace when nobody has made them: begin again.
    """
    numbers = numbers_for(expected, ranked=ranked)
    of = sum(number < SHARDS for number in numbers)
    try:
        with written_together() as writing:
            for number in numbers:
                record = PartRecord(pk=broadcast, sk=part_key(number), of=of)
                writing.save(record, condition=PartRecord.pk.does_not_exist())
    except LostRace:
        if not parts_of(broadcast):
            raise  # two were in each other's way, and neither has made them


def parts_of(broadcast: str) -> list[Part]:
    """The parts by which people are told, none if it has not begun. Strongly consistent."""
    return _parts(broadcast, PART_PREFIX)


def counts_of(broadcast: str) -> list[Part]:
    """The parts that count, none where nobody is ranked. Strongly consistent; up to 100 KB each."""
    return _parts(broadcast, COUNT_PREFIX)


def wake(part: Part, now: int) -> None:
    """Notes that a new message was sent for a part, unless a worker came. Whoever had it is taken for dead, and the lease is free."""
    unchanged = (PartRecord.until == part.until) & (PartRecord.fence == part.fence)
    _changed(part, [PartRecord.holder.remove(), PartRecord.until.set(now + LOST_MS)], unchanged)


def take(broadcast: str, number: int, message: str, now: int) -> Part | Taken:
    """Claims a part for a message until LEASE_MS from now. The same message may take it again: it comes again when its worker died."""
    free = PartRecord.holder.does_not_exist() | (PartRecord.holder == message) | (PartRecord.until < now)
    actions = [PartRecord.fence.add(1), PartRecord.holder.set(message), PartRecord.until.set(now + LEASE_MS)]
    there = PartRecord.pk.exists() & PartRecord.finished.does_not_exist()
    part = Part(broadcast, number)
    return _changed(part, actions, there & free) or _not_to_take(part)


def save(part: Part, place: tuple[int, str], gone: Gone, begun: int, now: int) -> Part:
    """Notes that one more page was gone through, which brought `begun` messages, and renews the lease. `place`: how many shards are behind,
    and the last person in the next. Raises LeaseLost.
    """
    recent = (*part.recent, begun)[-RECENT:]
    moved = [*_moved(part, place, now), PartRecord.recent.set(",".join(map(str, recent)))]
    return _written(part, [*moved, *_counted(gone)])


def save_count(part: Part, place: tuple[int, str], gone: Gone, histogram: bytes, now: int) -> Part:
    """The same for a page that was counted: the place and what was counted up to it are one write. Raises LeaseLost."""
    return _written(part, [*_moved(part, place, now), *_counted(gone), PartRecord.counted.set(histogram)])


def _moved(part: Part, place: tuple[int, str], now: int) -> list[Any]:
    return [
        PartRecord.shards.set(place[0]),
        PartRecord.after.set(place[1]),
        PartRecord.pages.set(part.pages + 1),
        PartRecord.paged_at.set(now),
        PartRecord.until.set(now + LEASE_MS),
    ]


def release(part: Part, until: int) -> None:
    """Gives the lease up; without a worker by `until` (ms), the part is lost. Raises LeaseLost."""
    _written(part, [PartRecord.holder.remove(), PartRecord.until.set(until)])


def finish(part: Part, gone: Gone, now: int, histogram: bytes = b"") -> None:
    """Notes that the part was gone through to its end, and what it has counted. Raises LeaseLost."""
    counted = [PartRecord.counted.set(histogram)] if histogram else []
    _written(part, [*_counted(gone), *counted, PartRecord.finished.set(now), PartRecord.holder.remove()])


def _parts(broadcast: str, prefix: str) -> list[Part]:
    found = PartRecord.query(broadcast, PartRecord.sk.startswith(prefix), consistent_read=True)
    return [part_of(record) for record in found]


def _counted(gone: Gone) -> list[Any]:
    return [getattr(PartRecord, name).set(count) for name, count in asdict(gone).items()]


def _written(part: Part, actions: list[Any]) -> Part:
    after = _changed(part, actions, PartRecord.fence == part.fence)
    if after is None:
        raise LeaseLost(f"part {part.number} of {part.broadcast} was taken by another worker")
    return after


def _changed(part: Part, actions: list[Any], condition: Condition) -> Part | None:
    """The part after a change, None when the condition did not hold."""
    record = PartRecord(pk=part.broadcast, sk=part_key(part.number))
    try:
        record.update(actions=actions, condition=condition)
    except UpdateError as error:
        if error.cause_response_code != _REFUSED:
            raise
        return None
    return part_of(record)


def _not_to_take(part: Part) -> Taken:
    try:
        record = PartRecord.get(part.broadcast, part_key(part.number), consistent_read=True)
    except DoesNotExist:
        return Taken.UNKNOWN
    return Taken.HELD if whole(record.finished) is None else Taken.OVER
