"""A settle that has begun: its plan, and the steps that carry it out. All may be repeated, by anybody who holds the plan.

The plan item fences them: every step is conditional on the plan's `attempt`, which rises when somebody takes over. A worker that
was only slow, and not dead, finds its attempt outdated and can do no harm.
"""

import json
from dataclasses import replace
from typing import Final

from chalicelib.errors import Busy
from chalicelib.people import store
from chalicelib.people.clock import Clock
from chalicelib.people.joining import PAST_START, join_standings
from chalicelib.people.model import Person
from chalicelib.people.packing import compact, pack_cluster, unpack_cluster
from chalicelib.people.planning import Plan
from chalicelib.people.rebuild import rebuilt
from chalicelib.people.recent import KnownSets
from chalicelib.people.records import PLAN_PREFIX, PlanRecord
from chalicelib.signals.model import Journal, Ledger
from chalicelib.signals.plan import SignalPlan

LEASE_MS: Final = 10_000


class _Lease:
    """Keeps others from taking over while a long history is read: the lease is renewed as time goes by."""

    def __init__(self, plan: Plan, now: int) -> None:
        self.plan = plan
        self.clock = Clock(now)
        self._renewed = now

    def hold(self) -> None:
        """Renews the lease when half of it is over. Raises Stale when another worker has taken over."""
        now = self.clock.now()
        if now - self._renewed < LEASE_MS / 2:
            return
        writing = store.Transaction()
        writing.put(record_of(self.plan, now), PlanRecord.attempt == self.plan.attempt)
        writing.commit()
        self._renewed = now

    def check(self) -> None:
        """Raises Stale when another worker has taken over, or ended the plan."""
        held = [record.attempt for record in PlanRecord.batch_get([(PLAN_PREFIX + self.plan.token, PLAN_PREFIX)], consistent_read=True)]
        if held != [self.plan.attempt]:
            raise store.Stale


def record_of(plan: Plan, now: int) -> PlanRecord:
    """The item of a plan, leased until LEASE_MS from now."""
    clusters = {name: pack_cluster(cluster) for name, cluster in plan.clusters.items()}
    body = compact({"clusters": clusters, "moves": plan.moves, "merges": plan.merges, "unfinished": sorted(plan.unfinished)})
    return PlanRecord(pk=PLAN_PREFIX + plan.token, attempt=plan.attempt, until=now + LEASE_MS, d=body)


def take_over(token: str, now: int, signals: SignalPlan) -> None:
    """Finish a plan whose worker seems to have died. Raises Busy while its lease runs; nothing if it has been finished."""
    for record in PlanRecord.batch_get([(PLAN_PREFIX + token, PLAN_PREFIX)], consistent_read=True):
        if record.until > now:
            raise Busy("the identifiers of this person are being rearranged; the delivery is tried again")
        plan = replace(_plan_of(token, record), attempt=int(record.attempt) + 1)
        writing = store.Transaction()
        writing.put(record_of(plan, now), PlanRecord.attempt == record.attempt)
        try:
            writing.commit()
        except store.Stale as error:
            raise Busy("another worker has taken over; the delivery is tried again") from error
        finish(plan, now, signals)


def finish(plan: Plan, now: int, signals: SignalPlan) -> None:
    """Carries the plan out. When another worker has taken over, nothing more happens here."""
    lease = _Lease(plan, now)
    try:
        for key, listed_under, person in plan.moves:
            _move(plan, key, listed_under, person)
            lease.hold()
        while not _ended(plan, lease, signals):
            lease.check()  # rules have put somebody elsewhere meanwhile
    except store.Stale:
        return


def _move(plan: Plan, key: str, listed_under: str, person: str) -> None:
    """Attaches an identifier to another person."""
    node = store.nodes([key])[key]
    node.person = person
    writing = store.Transaction()
    writing.check(PlanRecord, PLAN_PREFIX + plan.token, PLAN_PREFIX, PlanRecord.attempt == plan.attempt)
    writing.put(node)
    writing.put(store.member(person, key))
    if listed_under != person:
        writing.delete(store.member(listed_under, key))
    writing.commit()


def _ended(plan: Plan, lease: _Lease, signals: SignalPlan) -> bool:
    try:
        _end(plan, lease, signals)
    except store.Stale:
        return False
    return True


def _end(plan: Plan, lease: _Lease, signals: SignalPlan) -> None:
    survivors = dict(plan.merges)
    people = store.persons([*plan.clusters, *survivors])
    writing = store.Transaction()
    for name, survivor in plan.merges:
        writing.person(Person(id=name, version=people[name].version, cluster=people[name].cluster, into=survivor))
        writing.put(store.merged(survivor, name))
    for name, cluster in plan.clusters.items():
        absorbed = [people[one] for one, survivor in plan.merges if survivor == name]
        height = max([people[name].height, *(one.height + 1 for one in absorbed)])
        person = replace(people[name], cluster=cluster, height=height, known=KnownSets(), lock="")
        join_standings(name, absorbed, writing, _sources(plan, name))
        if name in plan.unfinished:
            writing.person(replace(person, dirty=True, recount=True))
        else:
            _rewrite(person, [one.id for one in absorbed], lease, signals, writing)
    writing.delete(PlanRecord(pk=PLAN_PREFIX + plan.token, d=""), PlanRecord.attempt == plan.attempt)
    writing.commit()


def _sources(plan: Plan, person: str) -> list[str]:
    """The persons that identifiers of a person come from."""
    listed = {listed_under for _, listed_under, to in plan.moves if to == person and listed_under != person}
    return sorted({root.id for root in store.roots(sorted(listed)).values()})


def _rewrite(person: Person, absorbed: list[str], lease: _Lease, signals: SignalPlan, writing: store.Transaction) -> None:
    keys = sorted({key for one in (person.id, *absorbed) for key, _ in store.members(one)})
    owner = f"{person.id}~{lease.plan.token}~{lease.plan.attempt}"
    stored = store.profile(person.id)
    history = rebuilt(keys, owner, signals, lease.clock.now, lease.hold)
    generation = person.generation + 1
    rewritten = replace(
        person,
        activity=history.activity,
        recent=history.recent,
        recount=False,
        generation=generation,
        plan=signals.version,
        journal=_begin_anew(person, history.ledger, writing),
        attributes_version=stored.version + 1,
    )
    writing.person(rewritten)
    writing.profile(person.id, replace(stored, profile=history.profile, generation=generation))


def _begin_anew(person: Person, counted: Ledger, writing: store.Transaction) -> Journal:
    """Puts what was counted in the place of the ledger that there is; returns the journal that follows it.

    The count of entries goes on: who read the person before, and the ledger after, must not take what is new for something missing.
    """
    stored = store.ledger(person.id)
    if not (stored.version or counted.states):
        return Journal()
    through = max(stored.ledger.through, person.journal.start + len(person.journal.entries)) + PAST_START
    writing.ledger(person.id, replace(stored, ledger=replace(counted, through=through)))
    return Journal(start=through)


def _plan_of(token: str, record: PlanRecord) -> Plan:
    body = json.loads(record.d)
    return Plan(
        token=token,
        clusters={name: unpack_cluster(packed) for name, packed in body["clusters"].items()},
        moves=tuple((key, listed_under, person) for key, listed_under, person in body["moves"]),
        merges=tuple((person, survivor) for person, survivor in body["merges"]),
        unfinished=frozenset(body["unfinished"]),
        attempt=int(record.attempt),
    )
