"""The scoring lambda: people who changed are judged by the rules in force; what follows from a change of their standing is done."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from time import time
from typing import Any, Final, NamedTuple

from chalicelib.audiences import passes, planbook
from chalicelib.audiences.effects import Change, carry_out
from chalicelib.audiences.noticing import needs_a_look
from chalicelib.audiences.scoring import judge_person
from chalicelib.channels import inbox
from chalicelib.contacts import merging
from chalicelib.entrypoints.stream_batches import StreamBatch
from chalicelib.errors import Busy
from chalicelib.people import store
from chalicelib.people.absorb import POISON
from chalicelib.people.clock import Clock
from chalicelib.people.model import Person
from chalicelib.people.records import PERSON, STANDING
from chalicelib.people.standing import Standing
from chalicelib.replies import hearing as replies
from chalicelib.tagging import hearing as tagging
from chalicelib.telemetry import observed

FUNCTION: Final = "score"
POISON_CODE: Final = "score_poison"

# Told of every change of a standing, possibly more than once; what they do about it is theirs.
LISTENERS: Final[tuple[Callable[[Sequence[Change], int], None], ...]] = (tagging.hear, replies.hear)

_stored: list[planbook.StoredPlan] = []  # what was stored when this process last met a new plan


class _Place(NamedTuple):
    """Where a record comes from: its name to the stream, and the item's keys."""

    token: str
    pk: str
    sk: str


@dataclass(frozen=True, slots=True)
class _Look:
    """A person in a batch: before the first of its records, and after the last one."""

    place: _Place  # of the first record: if it comes again, so does everything after it
    before: Person | None
    after: Person


@dataclass(slots=True)
class _Batch(StreamBatch):
    """One invocation: what is to be done, and what went wrong."""

    looks: dict[str, _Look] = field(default_factory=dict)
    changes: list[tuple[_Place, Change]] = field(default_factory=list)


@observed(FUNCTION)
def score(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Takes a batch of the people table's stream; answers with the records to deliver again (`batchItemFailures`).

    Of a person that was written several times the last image counts. Input that can never be used goes to the dead letters with the
    reason; faults of the platform are raised and the batch comes again.
    """
    batch = _Batch(FUNCTION, Clock(int(time() * 1000)))
    for record in event["Records"]:
        change = record["dynamodb"]
        place = _Place(str(change["SequenceNumber"]), change["Keys"]["pk"]["S"], change["Keys"]["sk"]["S"])
        with batch.guarded(*place):
            _sort(change, place, batch)
    _carry_out(batch)
    _judge(batch)
    linked_otherwise = [look.after.id for look in batch.looks.values() if _links_otherwise(look)]
    tagging.joined(linked_otherwise, batch.clock.now())
    swallowed = {look.after.id: look.after.into for look in batch.looks.values() if _was_merged(look)}
    _unite(swallowed)
    _bring_runs(batch, swallowed, linked_otherwise)
    return batch.answer(POISON_CODE)


def forget() -> None:
    """Look at the stored plan anew at the next use."""
    _stored.clear()


def _sort(change: Mapping[str, Any], place: _Place, batch: _Batch) -> None:
    old, new = change.get("OldImage"), change.get("NewImage")
    if place.sk == STANDING:
        before, after = (store.standing_of_image(image) if image else Standing() for image in (old, new))
        written_at = int((float(change.get("ApproximateCreationDateTime", 0)) or time()) * 1000)
        batch.changes.append((place, Change(place.pk.removeprefix("P#"), before, after, written_at)))
    elif place.sk == PERSON and new:
        person = store.person_of_image(new)
        first = batch.looks.get(person.id) or _Look(place, store.person_of_image(old) if old else None, person)
        batch.looks[person.id] = _Look(first.place, first.before, max(first.after, person, key=lambda one: one.version))


def _carry_out(batch: _Batch) -> None:
    """All at once, which takes fewer calls; one by one when something is wrong with one of them."""
    try:
        _follow([change for _, change in batch.changes], batch.clock.now())
    except (Busy, *POISON):
        for place, change in batch.changes:
            with batch.guarded(*place):
                _follow([change], batch.clock.now())


def _follow(changes: Sequence[Change], now: int) -> None:
    """What follows from changes of standings, and whoever waits to hear of them."""
    carry_out(changes, now)
    for hear in LISTENERS:
        hear(changes, now)


def _judge(batch: _Batch) -> None:
    rules = planbook.current_rules()
    stored = _newest(rules.plan.version, batch.clock.now())
    for look in batch.looks.values():
        with batch.guarded(*look.place):
            if needs_a_look(look.before, look.after, rules, batch.clock.now()):
                # Brought up to new rules: what they find now is their doing.
                brought_up = look.before is not None and look.before.plan < look.after.plan
                judge_person(look.after.id, batch.clock.now(), initial=brought_up, image=look.after)
            if _came_late(look, stored.plan.version):
                passes.catch_up(look.after.id, stored, batch.clock.now())


def _links_otherwise(look: _Look) -> bool:
    """Whether somebody who was there before got other identifiers: a fan of an account may be somebody else's now.

    One that leaves is somebody else's only after the first image without it, but before the person has been counted anew.
    """
    if look.before is None or look.after.into:
        return False
    return look.before.cluster != look.after.cluster or look.before.generation != look.after.generation


def _was_merged(look: _Look) -> bool:
    """Whether somebody has become a part of somebody else."""
    return bool(look.after.into) and not (look.before is not None and look.before.into)


def _unite(swallowed: Mapping[str, str]) -> None:
    """What was sent to persons who are parts of others now, and what waits for them, is the others'."""
    for survivor, parts in merging.joined(swallowed).items() if swallowed else ():
        inbox.joined(survivor, parts)


def _bring_runs(batch: _Batch, swallowed: Collection[str], linked_otherwise: Collection[str]) -> None:
    """The journeys that people are on come along with them: all at once; one by one when something is wrong with one of them."""
    if not swallowed and not linked_otherwise:
        return
    from chalicelib.journeys.runs import regrouping  # 50 ms of a cold start, which most batches do without

    for bring, persons in ((regrouping.joined, swallowed), (regrouping.parted, linked_otherwise)):
        try:
            bring(persons, batch.clock.now())
        except (Busy, *POISON):
            for person in persons:
                with batch.guarded(*batch.looks[person].place):
                    bring([person], batch.clock.now())


def _came_late(look: _Look, version: int) -> bool:
    """Whether a worker with older rules made the person what it is: a pass over everybody may have gone by already."""
    person = look.after
    return not person.into and person.plan < version and (look.before is None or person.plan < look.before.plan)


def _newest(version: int, now: int) -> planbook.StoredPlan:
    """The plan with how far everybody is; a new one has its pass started, should whoever published it have died before."""
    if not _stored or _stored[0].plan.version < version:
        stored = planbook.stored()
        passes.ensure_started(stored, now)
        _stored[:] = [stored]
    return _stored[0]
