"""Membership: lists who is in a segment or has a tag, and counts them, as standings say.

    follow("p_1a2b", before, after, at)     # what changed between two standings of a person

Not the order in which changes are delivered decides but the standing that is in force: every write is made under the condition that the
standing is still the one that it follows. So a change may come twice, late or never in order, and the lists end up as the last standing
has it. A count is always the number of those listed, and what was entered less what was left.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pynamodb.expressions.update import Action

from chalicelib.audiences.membership_records import COUNT, PERSON_PREFIX, MemberOfRecord, TallyRecord, hour_key, partition, shard_of
from chalicelib.dynamo import SCHEMA_VERSION
from chalicelib.errors import Busy
from chalicelib.people import store
from chalicelib.people.records import STANDING, StandingRecord, person_partition
from chalicelib.people.standing import Standing

MAX_ATTEMPTS: Final = 12  # lost races before the delivery is left to be tried again
_TOGETHER: Final = 30  # changes of one transaction: three items each, and the standing that they follow


class Audience(StrEnum):
    """What lists people."""

    SEGMENT = "segment"
    TAG = "tag"


Key = tuple[Audience, str]  # (what, name)


@dataclass(frozen=True, slots=True)
class Place:
    """A person's place in a list: since when (ms), and the value of a tag that has values."""

    since: int
    value: str = ""


def places(standing: Standing) -> dict[Key, Place]:
    """All lists that a standing puts a person on. A tag given by a rule and by hand is there once, as the rule gave it. Pure."""
    by_hand = {(Audience.TAG, name): Place(since) for name, since in standing.manual.items()}
    by_rule = {(Audience.TAG, name): Place(since, value) for name, (value, since) in standing.tags.items()}
    return by_hand | by_rule | {(Audience.SEGMENT, name): Place(since) for name, since in standing.segments.items()}


def changed(before: Standing, after: Standing) -> list[Key]:
    """The lists that have to be looked at. Pure."""
    old, new = places(before), places(after)
    return sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))


def follow(person_id: str, before: Standing, after: Standing, at: int) -> None:
    """Brings the lists to where the standing of a person is, looking at those that changed from `before` to `after`.

    `at` (ms) names the hour in which it is counted. A standing that was removed is `Standing()`. Raises Busy when races do not end.
    """
    keys = changed(before, after)
    for start in range(0, len(keys), _TOGETHER):
        _bring(person_id, keys[start : start + _TOGETHER], after, at)


def _bring(person_id: str, keys: Sequence[Key], standing: Standing, at: int) -> None:
    for _ in range(MAX_ATTEMPTS):
        listed = _listed(person_id, keys)
        wanted = places(standing)
        writing = store.Transaction()
        for key in keys:
            _change(writing, _Slot(person_id, key, at), listed.get(key), wanted.get(key))
        if writing.room == store.MAX_TRANSACTION:
            return
        writing.check(StandingRecord, person_partition(person_id), STANDING, store.unchanged(StandingRecord, standing.version))
        try:
            writing.commit()
        except store.Stale:
            standing = store.standing(person_id)  # the delivery may be older than what is in force
            continue
        return
    raise Busy(f"the lists of {person_id} are being changed by many at once; the delivery is tried again")


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a person is listed under a key, and when the change happens (ms)."""

    person_id: str
    key: Key
    at: int

    @property
    def partition(self) -> str:
        kind, name = self.key
        return partition(kind, name, shard_of(self.person_id))

    def record(self, place: Place) -> MemberOfRecord:
        return MemberOfRecord(pk=self.partition, sk=PERSON_PREFIX + self.person_id, since=place.since, value=place.value or None)


def _listed(person_id: str, keys: Iterable[Key]) -> Mapping[Key, Place]:
    slots = {_Slot(person_id, key, 0).partition: key for key in keys}
    wanted = [(pk, PERSON_PREFIX + person_id) for pk in slots]
    found = MemberOfRecord.batch_get(wanted, consistent_read=True)
    return {slots[record.pk]: Place(int(record.since), record.value or "") for record in found}


def _change(writing: store.Transaction, slot: _Slot, listed: Place | None, wanted: Place | None) -> None:
    """The condition on the person's own item makes each change count once."""
    if wanted == listed:
        return
    if wanted is None:
        writing.delete(MemberOfRecord(pk=slot.partition, sk=PERSON_PREFIX + slot.person_id, since=0), MemberOfRecord.pk.exists())
    else:
        there = MemberOfRecord.pk.exists() if listed else MemberOfRecord.pk.does_not_exist()
        writing.put(slot.record(wanted), there)
    if wanted is None or listed is None:
        for tally, action in _counted(slot, 1 if listed is None else -1):
            writing.update(tally, action, TallyRecord.v.set(SCHEMA_VERSION))


def _counted(slot: _Slot, step: int) -> Iterator[tuple[TallyRecord, Action]]:
    yield TallyRecord(pk=slot.partition, sk=COUNT), TallyRecord.members.add(step)
    moved = TallyRecord.entered if step > 0 else TallyRecord.left
    yield TallyRecord(pk=slot.partition, sk=hour_key(slot.at)), moved.add(1)
