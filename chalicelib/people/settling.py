"""Settling: when the quick answer is not safe, the evidence around a person is weighed anew and people are moved to match.

A settle has three steps, and any of them may be repeated by anybody: it *begins* by writing its plan and locking the persons it
concerns, in one transaction; it *moves* identifiers one by one; it *ends* by writing what the events of each person add up to and
unlocking them, in one transaction (`settlement.py` does the last two). A worker that dies leaves the plan; whoever meets it after
its lease finishes it.
"""

from dataclasses import replace
from typing import Final

from chalicelib.identifiers import parse_key
from chalicelib.identity.resolve import Resolution, resolve
from chalicelib.identity.rules import IdentityRules
from chalicelib.people import neighbourhood, settlement, store
from chalicelib.people.model import Person, person_id
from chalicelib.people.neighbourhood import Neighbourhood
from chalicelib.people.packing import pack_edge
from chalicelib.people.recent import KnownSets
from chalicelib.people.records import EdgeRecord
from chalicelib.people.settlement import Plan
from chalicelib.telemetry import count_refusals

CUT: Final = "settle_cut"  # evidence beyond the limits of a neighbourhood was left as it was


def settle(person: str, rules: IdentityRules, now: int) -> None:
    """Finish or do what the person waits for; nothing if it waits for nothing. Raises Busy while another worker is at it."""
    start = store.roots([person]).get(person)
    if start is None or start.settled:
        return
    if start.lock:
        settlement.take_over(start.lock, now)
        return
    around = neighbourhood.read(start)
    held = sorted(one.lock for one in around.persons.values() if one.lock)
    if held:
        settlement.take_over(held[0], now)
        return
    if not all(around.keys_of(name) for name in around.persons):
        return  # read while somebody was moving identifiers; whoever needs the person looks again
    if not around.whole:
        count_refusals([CUT])
    resolution = resolve(around.listed, around.edges.values(), around.withdrawn, rules)
    plan = _plan(around, resolution, f"{start.id}.{start.version}")
    try:
        _begin(plan, around, now)
    except store.Stale:
        return  # somebody wrote first; whoever needs the person looks again
    _note_refusals(around, resolution)
    if not plan.quiet:
        settlement.finish(plan, now)


def _plan(around: Neighbourhood, resolution: Resolution, token: str) -> Plan:
    owner = _names(around, resolution, token)
    clusters = {owner[place]: cluster for place, (_, cluster) in enumerate(resolution.groups)}
    place_of = {key: place for place, (keys, _) in enumerate(resolution.groups) for key in keys}
    moves: list[tuple[str, str, str]] = []
    merges: list[tuple[str, str]] = []
    for name in sorted(around.persons):
        keys = around.keys_of(name)
        goes_on_as = name if name in clusters else owner[place_of[min(keys, key=_weight)]]
        if goes_on_as != name:
            merges.append((name, goes_on_as))
        leaving = (key for key in sorted(keys) if owner[place_of[key]] != goes_on_as)
        moves.extend((key, around.listed[key][1], owner[place_of[key]]) for key in leaving)
    return Plan(token, clusters, tuple(moves), tuple(merges))


def _names(around: Neighbourhood, resolution: Resolution, token: str) -> dict[int, str]:
    """The person id of each group: a person goes on where its strongest identifier is; a group without one gets a new id."""
    owner: dict[int, str] = {}
    for name in sorted(around.persons, key=lambda one: (-around.persons[one].cluster.size, one)):
        anchor = min(around.keys_of(name), key=_weight)
        place = next(place for place, (group, _) in enumerate(resolution.groups) if anchor in group)
        owner.setdefault(place, name)
    for place, (group, _) in enumerate(resolution.groups):
        owner.setdefault(place, person_id(f"{min(group, key=_weight)}|{token}"))
    return owner


def _weight(key: str) -> tuple[int, str]:
    return (-parse_key(key).strength, key)


def _begin(plan: Plan, around: Neighbourhood, now: int) -> None:
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
    writing.commit()


def _note_refusals(around: Neighbourhood, resolution: Resolution) -> None:
    """Keeps the reasons readable. Only words: who is whom does not depend on them, so they need no transaction."""
    for pair, edge in around.edges.items():
        reason = resolution.refused.get(pair, "")
        if reason != around.reasons.get(pair, "") and all(key in around.listed for key in pair):
            for record in pack_edge(edge, 0, reason):
                record.update(actions=[EdgeRecord.reason.set(reason) if reason else EdgeRecord.reason.remove()])
