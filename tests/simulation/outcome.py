"""The people that are stored, in the form in which the reference tells what they should be."""

from collections.abc import Iterable

from chalicelib.events.model import Event
from chalicelib.identity.rules import DEFAULT_RULES
from chalicelib.people import reading, store
from chalicelib.people.model import Person
from chalicelib.signals.plan import SignalPlan
from tests.simulation.reference import Expected, people_of


def expected_people(events: Iterable[Event], plan: SignalPlan) -> list[Expected]:
    """Who should come out of the events, with the signals of a plan."""
    return sorted(people_of(list(events), DEFAULT_RULES, plan), key=_order)


def stored_people(keys: Iterable[str], plan: SignalPlan) -> list[Expected]:
    """Who is stored behind the identifier keys. Fails when somebody is not at rest, or listed wrongly."""
    nodes = store.nodes(sorted(keys))
    roots = store.roots(str(node.person) for node in nodes.values())
    return sorted((_found(person, plan) for person in {root.id: root for root in roots.values()}.values()), key=_order)


def _found(person: Person, plan: SignalPlan) -> Expected:
    assert person.settled, "somebody waits for a settle that nobody does"
    members = [key for key, _ in store.members(person.id)]
    assert len(members) == len(set(members)) == person.cluster.size
    for one in reading.evidence_of(person):
        assert one.state is not reading.EdgeState.REFUSED or one.reason, f"the reason of a refusal got lost: {one}"
    assert person.plan == plan.version, "somebody was not brought up"
    activity, profile = person.activity, store.profile(person.id)
    assert person.attributes_version == profile.version, "nobody was told that the attributes changed"
    signals = plan.states(store.ledger(person.id).ledger, person.journal, plan.version)
    return Expected(frozenset(members), activity.events, activity.first_seen, activity.last_seen, profile.profile.values(), signals)


def _order(one: Expected) -> list[str]:
    return sorted(one.identifiers)
