"""Withdrawing: an identifier leaves its person; what it alone held together falls apart."""

from dataclasses import replace
from typing import Final

from chalicelib.errors import Busy
from chalicelib.identifiers import Identifier
from chalicelib.identity.model import Edge
from chalicelib.identity.rules import IdentityRules
from chalicelib.people import store
from chalicelib.people.linking import MAX_ATTEMPTS
from chalicelib.people.model import Person
from chalicelib.people.neighbourhood import sightings_after
from chalicelib.people.packing import pack_edge, unpack_edge
from chalicelib.people.recent import KnownSets
from chalicelib.people.records import NodeRecord
from chalicelib.people.settling import settle

MAX_OTHERS: Final = 60  # persons that one transaction can touch beside the evidence


def withdraw(one: Identifier, at: int, rules: IdentityRules, now: int) -> None:
    """No evidence about the identifier up to `at` (event time, ms) counts any more; later evidence links it anew.

    Safe to run twice; the order against links and other withdrawals does not matter. An unknown identifier has nothing to withdraw,
    but evidence of before `at` may still be on its way, so the caller links it (alone) first.
    """
    for _ in range(MAX_ATTEMPTS):
        record = store.nodes([one.key]).get(one.key)
        if record is None:
            return
        person = store.roots([str(record.person)])[str(record.person)]
        if not person.settled:
            settle(person.id, rules, now)
            continue
        if record.withdrawn >= at:
            return
        try:
            _mark(one, record, person, at)  # the next round settles it
        except store.Stale:
            continue
    raise Busy("the identifier is being linked by many at once; the delivery is tried again")


def _mark(one: Identifier, record: NodeRecord, person: Person, at: int) -> None:
    edges = [unpack_edge(edge) for edge in store.edges_of(one.key)]
    faded = [edge for edge in edges if edge.last <= at]
    writing = store.Transaction()
    before = (NodeRecord.person == record.person) & (NodeRecord.withdrawn == record.withdrawn)
    record.withdrawn = at
    writing.put(record, before)
    writing.person(replace(person, dirty=True, known=KnownSets()))
    for other in _refused_by(edges, person):
        writing.person(replace(other, known=KnownSets()))
    for edge in sightings_after(at, faded).values():
        for half in pack_edge(edge, 0, ""):
            writing.put(half)
    writing.commit()


def _refused_by(edges: list[Edge], person: Person) -> list[Person]:
    """Other persons that evidence about the identifier was refused for: they have to look at it again when it is next seen."""
    far = store.nodes({key for edge in edges for key in edge.pair})
    others = store.roots(str(node.person) for node in far.values()).values()
    return [other for other in {one.id: one for one in others}.values() if other.id != person.id][:MAX_OTHERS]
