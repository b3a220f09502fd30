"""What rules look at, read from the store: the facts of a person and where they put it."""

from collections.abc import Mapping
from typing import Final

from chalicelib.audiences.facts import Facts
from chalicelib.audiences.judgement import Judgement
from chalicelib.audiences.plans import Plan
from chalicelib.audiences.rules import Rules
from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Json
from chalicelib.events.reserved import TAG_PREFIX
from chalicelib.people import store
from chalicelib.people.attributes import Profile
from chalicelib.people.model import Activity, Person, Touch
from chalicelib.signals.model import Ledger, State
from chalicelib.signals.plan import Gap, SignalPlan

_NOTHING_KEPT: Final = Profile()


def facts_of(person: Person, plan: Plan) -> Facts:
    """All that rules look at. What the person item says was never written is not read.

    Attributes and signals are written before or with the person, so they are as new as `person` or newer; `person` itself has to be read
    again by whoever acts on the facts.
    """
    try:
        return _read(person, plan)
    except Gap:  # counted anew since it was read
        return _read(store.persons([person.id]).get(person.id, person), plan)


def judged(person: Person, rules: Rules, now: int) -> Judgement:
    """Where the rules put a person at an instant (ms)."""
    return rules.judge(facts_of(person, rules.plan), now, person.plan)


def assembled(person: Person, profile: Profile, states: Mapping[int, State]) -> Facts:
    """The facts from what is stored. Pure."""
    values = profile.values()
    by_hand = [name for name, value in values.items() if name.startswith(TAG_PREFIX) and value]
    return Facts(
        states=states,
        attributes={name: value for name, value in values.items() if not name.startswith(TAG_PREFIX)},
        manual={name.removeprefix(TAG_PREFIX): profile.changed_at(name) for name in by_hand},
        namespaces=frozenset(person.cluster.counts),
        first_seen=person.activity.first_seen,
        last_seen=person.activity.last_seen,
        touches=touches_of(person.activity),
    )


def touches_of(activity: Activity) -> dict[str, Json]:
    """How the person came, as the API shows it: the arrival, and the first and latest campaign (the arrival where there is none)."""
    return {name: _shown(touch) for name, touch in activity.touches.items() if touch}


def _read(person: Person, plan: Plan) -> Facts:
    profile = store.profile(person.id).profile if person.attributes_version else _NOTHING_KEPT
    return assembled(person, profile, _states(person, plan.signals))


def _states(person: Person, signals: SignalPlan) -> dict[int, State]:
    """The person's signals. Where somebody has posted the journal since the person was read, the ledger holds it already."""
    ledger = store.ledger(person.id).ledger if person.journal.start else Ledger()
    return signals.states(ledger, person.journal, person.plan)


def _shown(touch: Touch) -> Json:
    return {"time": rfc3339(touch.time), **touch.what}
