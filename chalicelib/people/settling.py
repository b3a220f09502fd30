"""Settling: when the quick answer is not safe, the evidence around a person is weighed anew and people are moved to match.

A settle has three steps, and any of them may be repeated by anybody: it *begins* by writing its plan and locking the persons it
concerns, in one transaction; it *moves* identifiers one by one; it *ends* by writing what the events of each person add up to and
unlocking them, in one transaction (`settlement.py` does the last two). A worker that dies leaves the plan; whoever meets it after
its lease finishes it.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from pynamodb.expressions.update import Action

from chalicelib.identity.resolve import Resolution, resolve
from chalicelib.people import neighbourhood, settlement, store
from chalicelib.people.model import Person
from chalicelib.people.neighbourhood import Neighbourhood
from chalicelib.people.packing import pack_edge
from chalicelib.people.planning import Plan, plan_of
from chalicelib.people.recent import KnownSets
from chalicelib.people.records import PERSON, EdgeRecord, PersonRecord, person_partition
from chalicelib.people.rulebook import Rulebook
from chalicelib.telemetry import count_refusals

Note = tuple[EdgeRecord, Action]
CUT: Final = "settle_cut"  # evidence beyond the limits of a neighbourhood was left as it was


def settle(person: str, book: Rulebook, now: int, cause: Collection[str]) -> None:
    """Finish or do what the person waits for; nothing if it waits for nothing. Raises Busy while another worker is at it.

    It may have to be called again: look at the person. Who settles for the sake of some identifiers names their keys as `cause`.
    """
    start = store.roots([person]).get(person)
    if start is None or start.settled:
        return
    if start.lock:
        settlement.take_over(start.lock, now, book.signals)
        return
    around = neighbourhood.read(start)
    held = sorted(one.lock for one in around.persons.values() if one.lock)
    if held:
        settlement.take_over(held[0], now, book.signals)
        return
    if not all(around.keys_of(name) for name in around.persons):
        return  # read while somebody was moving identifiers; whoever needs the person looks again
    if not around.whole:
        count_refusals([CUT])
    resolution = resolve(around.listed, around.edges.values(), around.withdrawn, book.rules)
    plan = plan_of(around, resolution, start.id, f"{start.id}.{start.version}", cause)
    try:
        _begin(plan, around, _notes(around, resolution), now)
    except store.Stale:
        return  # somebody wrote first; whoever needs the person looks again
    if not plan.quiet:
        settlement.finish(plan, now, book.signals)


def _begin(plan: Plan, around: Neighbourhood, notes: list[Note], now: int) -> None:
    """Locks everybody concerned and writes the plan; if nobody moves, it only clears the wish."""
    writing = store.Transaction()
    for name, person in around.persons.items():
        cluster = plan.clusters.get(name, person.cluster)
        known = person.known if plan.quiet and not person.dirty else KnownSets()
        writing.person(replace(person, cluster=cluster, dirty=False, lock="" if plan.quiet else plan.token, known=known))
    for name in plan.clusters.keys() - around.persons.keys():
        writing.person(Person(id=name, cluster=plan.clusters[name], lock=plan.token))
    if not plan.quiet:
        writing.put(settlement.record_of(plan, now))
    for record, action in notes[_noted_before(around, notes, writing.room) :]:
        writing.update(record, action)
    writing.commit()


def _noted_before(around: Neighbourhood, notes: list[Note], room: int) -> int:
    """Writes so many of the notes that the rest fits into `room`, as long as nobody concerned has changed."""
    done = 0
    while len(notes) - done > room:
        writing = store.Transaction()
        for person in around.persons.values():
            writing.check(PersonRecord, person_partition(person.id), PERSON, store.unchanged(PersonRecord, person.version))
        part = notes[done : done + writing.room]
        for record, action in part:
            writing.update(record, action)
        writing.commit()
        done += len(part)
    return done


def _notes(around: Neighbourhood, resolution: Resolution) -> list[Note]:
    """What keeps the reasons of refusals readable: the evidence that is refused for another reason than before, or no longer."""
    notes: list[Note] = []
    for pair, edge in around.edges.items():
        reason = resolution.refused.get(pair, "")
        if reason != around.reasons.get(pair, "") and all(key in around.listed for key in pair):
            action = EdgeRecord.reason.set(reason) if reason else EdgeRecord.reason.remove()
            notes.extend((record, action) for record in pack_edge(edge, 0, reason))
    return notes
