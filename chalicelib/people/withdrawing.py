"""Withdrawing: an identifier leaves its person; what it alone held together falls apart.

One transaction marks the identifier and asks its person to settle. Everybody else who was seen with the identifier has to look at the
evidence when it is next seen; as many as fit are told in that transaction, the others one after the other. What somebody who has not
been told yet takes for known meanwhile is found in the stored events.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from chalicelib.errors import Busy
from chalicelib.identifiers import Identifier
from chalicelib.identity.model import Edge
from chalicelib.people import store
from chalicelib.people.linking import MAX_ATTEMPTS
from chalicelib.people.model import Person
from chalicelib.people.neighbourhood import sightings_after
from chalicelib.people.packing import pack_edge, unpack_edge
from chalicelib.people.recent import KnownSets
from chalicelib.people.records import EdgeRecord, NodeRecord
from chalicelib.people.rulebook import Rulebook
from chalicelib.people.settling import settle

RENEWED_AT_ONCE: Final = 30  # three items each: both halves of the evidence and a person


def withdraw(one: Identifier, at: int, book: Rulebook, now: int) -> None:
    """No evidence about the identifier up to `at` (event time, ms) counts any more; later evidence links it anew.

    Safe to run twice; the order against links and other withdrawals does not matter. An unknown identifier has nothing to withdraw,
    but evidence of before `at` may still be on its way, so the caller links it (alone) first.
    """
    told = set[str]()
    everybody = False
    for _ in range(MAX_ATTEMPTS):
        record = store.nodes([one.key]).get(one.key)
        if record is None:
            return
        person = store.roots([str(record.person)])[str(record.person)]
        if not person.settled:
            settle(person.id, book, now, {one.key})
            continue
        try:
            if record.withdrawn < at:
                everybody = _mark(one, record, person, at)  # the next round settles it
            elif everybody or record.withdrawn > at or _tell(one, person, at, told):
                return
        except store.Stale:
            continue
    raise Busy("the identifier is being linked by many at once; the delivery is tried again")


@dataclass(frozen=True, slots=True)
class _Witnesses:
    """Who was seen with an identifier: each person once, and by far identifier the evidence that was seen again since."""

    persons: dict[str, Person]
    person_of: dict[str, str]
    renewed: dict[str, Edge]

    def first(self) -> tuple[list[Edge], list[Person]]:
        """As much renewed evidence as one transaction takes, and the persons that it leads to."""
        keys = sorted(self.renewed)[:RENEWED_AT_ONCE]
        names = dict.fromkeys(self.person_of[key] for key in keys)
        return [self.renewed[key] for key in keys], [self.persons[name] for name in names]


def _witnesses(one: Identifier, at: int) -> _Witnesses:
    """Persons are read before events: who takes something for known after that has another version."""
    edges = [unpack_edge(record) for record in store.edges_of(one.key)]
    nodes = store.nodes(edge.other(one.key) for edge in edges)
    roots = store.roots(str(node.person) for node in nodes.values())
    renewed = sightings_after(at, [edge for edge in edges if edge.last <= at])
    return _Witnesses(
        persons={root.id: root for root in roots.values()},
        person_of={key: roots[str(node.person)].id for key, node in nodes.items()},
        renewed={edge.other(one.key): edge for edge in renewed.values()},
    )


def _mark(one: Identifier, record: NodeRecord, person: Person, at: int) -> bool:
    """Withdraws the identifier; whether everybody else knows of it."""
    witnesses = _witnesses(one, at)
    edges, persons = witnesses.first()
    told = {person.id, *(other.id for other in persons)}
    rest = [other for other in witnesses.persons.values() if other.id not in told]
    room = store.MAX_TRANSACTION - 2 * len(edges) - len(told) - 1
    writing = store.Transaction()
    before = (NodeRecord.person == record.person) & (NodeRecord.withdrawn == record.withdrawn)
    record.withdrawn = at
    writing.put(record, before)
    _write(writing, person, [*persons, *rest[:room]], edges)
    return len(edges) == len(witnesses.renewed) and len(rest) <= room


def _tell(one: Identifier, person: Person, at: int, told: set[str]) -> bool:
    """Tells those who do not know yet; False when the person has to settle for what was seen again."""
    witnesses = _witnesses(one, at)
    edges, persons = witnesses.first()
    if edges:
        _write(store.Transaction(), person, persons, edges)
        return False
    for other in witnesses.persons.values():
        if other.known.sets and other.id not in told:
            store.save_person(replace(other, known=KnownSets()))
            told.add(other.id)
    return True


def _write(writing: store.Transaction, person: Person, others: Sequence[Person], edges: Sequence[Edge]) -> None:
    writing.person(replace(person, dirty=True, known=KnownSets()))
    for other in others:
        if other.id != person.id:
            writing.person(replace(other, known=KnownSets()))
    for edge in edges:
        for half in pack_edge(edge, 0, ""):
            writing.update(half, EdgeRecord.last.set(edge.last), EdgeRecord.reason.remove())
    writing.commit()
