"""Linking: records the evidence of one event and joins the persons that it proves to be one, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from chalicelib.errors import Busy
from chalicelib.events.model import Event
from chalicelib.identifiers import Identifier
from chalicelib.identity.model import Cluster, Edge, edge_between, single
from chalicelib.identity.plan import Decision, decide
from chalicelib.identity.resolve import is_active
from chalicelib.identity.rules import IdentityRules
from chalicelib.people import store
from chalicelib.people.fold import set_mark
from chalicelib.people.joining import join
from chalicelib.people.model import Person, person_id
from chalicelib.people.packing import pack_edge, unpack_edge
from chalicelib.people.records import EdgeRecord, NodeRecord, node_partition
from chalicelib.people.rulebook import Rulebook
from chalicelib.people.settling import settle
from chalicelib.telemetry import count_refusals

MAX_ATTEMPTS: Final = 12  # lost races before the delivery is left to be tried again


@dataclass(frozen=True, slots=True)
class _View:
    """What is stored of an event's identifiers. `fresh` holds persons that exist only if this event makes them."""

    nodes: dict[str, NodeRecord]
    person_of: dict[str, str]
    persons: dict[str, Person]
    fresh: frozenset[str]
    stored: dict[tuple[str, str], EdgeRecord]


def link(event: Event, book: Rulebook, now: int) -> Person:
    """The person of the event's strongest identifier, after its evidence has been recorded and acted upon.

    Safe to run twice and beside others. Raises Busy when races or a settle that somebody else holds do not end, Unstorable when an
    identifier is too long.
    """
    cause = {one.key for one in event.identifiers}
    store.check_keys(cause)
    for _ in range(MAX_ATTEMPTS):
        view = _look(event, book)
        unsettled = [person for person in view.persons.values() if not person.settled]
        if unsettled:
            settle(unsettled[0].id, book, now, cause)
            continue
        try:
            person = _record(event, view, book)
        except store.Stale:
            continue
        if person.settled:
            return person
        settle(person.id, book, now, cause)
    raise Busy("identifiers of one person are being linked by many at once; the delivery is tried again")


def _look(event: Event, book: Rulebook) -> _View:
    keys = [one.key for one in event.identifiers]
    nodes = store.nodes(keys)
    attached = {key: str(record.person) for key, record in nodes.items()}
    roots = store.roots(attached.values())
    persons = {root.id: root for root in roots.values()}
    person_of = {key: roots[person].id for key, person in attached.items()}
    fresh = {one.id: one for one in (_fresh(identifier, book) for identifier in event.identifiers if identifier.key not in nodes)}
    person_of.update({one.key: person_id(one.key) for one in event.identifiers if one.key not in nodes})
    pairs = [_pair(event.primary, one) for one in event.identifiers[1:]]
    return _View(nodes, person_of, {**persons, **fresh}, frozenset(fresh), store.edges_between(pairs))


def _fresh(one: Identifier, book: Rulebook) -> Person:
    return Person(id=person_id(one.key), cluster=single(one), plan=book.signals.version)


def _pair(one: Identifier, two: Identifier) -> tuple[str, str]:
    low, high = sorted((one.key, two.key))
    return low, high


def _record(event: Event, view: _View, book: Rulebook) -> Person:
    for person in view.persons.values():
        book.require(person)
    withdrawn = {key: int(record.withdrawn) for key, record in view.nodes.items()}
    changed, complete = _evidence(event, view, withdrawn, book.rules)
    clusters = {name: person.cluster for name, person in view.persons.items()}
    active = [edge for edge in changed.values() if is_active(edge, withdrawn)]
    decision = decide(active, view.person_of, clusters, book.rules)
    writing = store.Transaction()
    survivors = _persons(event, view, decision, complete, book, writing)
    _nodes(event, view, survivors, writing)
    for pair, edge in changed.items():
        for record in pack_edge(edge, book.version, decision.refused.get(pair, "")):
            writing.put(record)
    writing.commit()
    count_refusals("link_" + reason.partition(":")[0] for reason in decision.refused.values())
    person = survivors[view.person_of[event.primary.key]]
    return replace(person, version=person.version + 1)


def _evidence(event: Event, view: _View, withdrawn: Mapping[str, int], rules: IdentityRules) -> tuple[dict[tuple[str, str], Edge], bool]:
    """The edges that this event changes, and whether its set of identifiers needs no look next time."""
    changed: dict[tuple[str, str], Edge] = {}
    complete = True
    for one in event.identifiers[1:]:
        edge = edge_between(event.primary, one, event.time, event.verified, event.source, rules)
        record = view.stored.get(edge.pair)
        before = unpack_edge(record) if record else None
        after = before.joined(edge) if before else edge
        complete = complete and is_active(after, withdrawn)
        if before is None or _matters(before, after, withdrawn):
            changed[edge.pair] = after
    return changed, complete


def _matters(before: Edge, after: Edge, withdrawn: Mapping[str, int]) -> bool:
    """Whether the new sighting can change who is whom; a later sighting alone cannot, and is not worth a write."""
    stands_again = is_active(after, withdrawn) and not is_active(before, withdrawn)
    return stands_again or (before.first, before.verified) != (after.first, after.verified)


def _persons(
    event: Event, view: _View, decision: Decision, complete: bool, book: Rulebook, writing: store.Transaction
) -> dict[str, Person]:
    """Puts every person that the event touches at its next version; returns who each of them now is."""
    unions = decision.unions if not decision.settle else tuple((frozenset({name}), one.cluster) for name, one in view.persons.items())
    home = view.person_of[event.primary.key]
    now_is: dict[str, Person] = {}
    for names, cluster in unions:
        survivor, losers = _survivor(names, view)
        joined = _joined(survivor, losers, view, cluster, book, writing)
        if home in names and complete and not decision.settle:
            joined = replace(joined, known=joined.known.added(set_mark(event), event.time))
        if decision.settle:
            joined = replace(joined, dirty=True)
        writing.person(joined)
        now_is.update(dict.fromkeys(names, joined))
    return now_is


def _survivor(names: frozenset[str], view: _View) -> tuple[Person, list[Person]]:
    """The person that goes on (a stored one before a fresh one, then by seniority), and the others."""
    ordered = sorted((view.persons[name] for name in names), key=lambda one: (one.id in view.fresh, one.seniority))
    return ordered[0], ordered[1:]


def _joined(survivor: Person, losers: list[Person], view: _View, cluster: Cluster, book: Rulebook, writing: store.Transaction) -> Person:
    result = replace(survivor, cluster=cluster)
    absorbed = [one for one in losers if one.id not in view.fresh]
    for loser in absorbed:
        result = result.merged(loser, cluster)
        writing.person(Person(id=loser.id, version=loser.version, cluster=loser.cluster, into=survivor.id))
        writing.put(store.merged(survivor.id, loser.id))
    return join(result, survivor, absorbed, book.signals, writing)


def _nodes(event: Event, view: _View, survivors: Mapping[str, Person], writing: store.Transaction) -> None:
    """New identifiers are attached and listed; those that are stored must still be where they were read."""
    for one in event.identifiers:
        record, vouched = view.nodes.get(one.key), one.key in event.verified
        if record is None:
            person = survivors[view.person_of[one.key]].id
            made = NodeRecord(pk=node_partition(one.key), person=person, since=event.time, source=event.source, verified=vouched)
            writing.put(made, NodeRecord.pk.does_not_exist())
            writing.put(store.member(person, one.key))
            continue
        there = NodeRecord.person == record.person
        if event.time < record.since or (vouched and not record.verified):
            writing.put(_seen_earlier(record, event, vouched), there & (NodeRecord.withdrawn == record.withdrawn))
        else:
            writing.check(NodeRecord, record.pk, record.sk, there & (NodeRecord.withdrawn == record.withdrawn))


def _seen_earlier(record: NodeRecord, event: Event, vouched: bool) -> NodeRecord:
    earlier = event.time < record.since
    return NodeRecord(
        pk=record.pk,
        person=record.person,
        since=event.time if earlier else record.since,
        source=event.source if earlier else record.source,
        verified=bool(record.verified) or vouched,
        withdrawn=record.withdrawn,
    )
