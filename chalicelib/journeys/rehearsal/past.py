"""A person as they were: what had happened to them up to an instant, folded event by event. Pure.

    past = Past(person, events, rules)
    past.at(instant).findings           # instants never go back

What the person is now is not looked at, but for who they are: signals, attributes and activity are counted from the stored events, and of
their identifiers those count that no event has brought only later.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from chalicelib.audiences.facts import Facts
from chalicelib.audiences.findings import Findings
from chalicelib.audiences.reading import assembled
from chalicelib.audiences.rules import Rules
from chalicelib.events.model import Event
from chalicelib.journeys.engine.engine import Views
from chalicelib.journeys.engine.heard import ordered
from chalicelib.journeys.runs.viewing import ThroughChart
from chalicelib.people.attributes import Profile
from chalicelib.people.fold import activity_of
from chalicelib.people.model import Activity, Person
from chalicelib.signals.model import Journal, Ledger, State


class Moment:
    """A person at an instant. Nothing is worked out before it is asked for, and then once."""

    def __init__(self, past: "Past", now: int) -> None:
        self.past = past
        self.now = now

    @property
    def plan(self) -> int:
        """All signals are complete: they were counted for these rules."""
        return self.past.rules.plan.version

    def rules(self, _: int) -> Rules:
        """The rules of the rehearsal."""
        return self.past.rules

    @cached_property
    def facts(self) -> Facts:
        """All that rules look at."""
        return self.past.facts(self.now)

    @cached_property
    def findings(self) -> Findings:
        """What the rules find."""
        return self.past.rules.results(self.facts, self.now, self.plan)


@dataclass(slots=True)
class Past:
    """What happened to a person, in order of time, and how far it is folded."""

    person: Person
    rules: Rules
    coming: list[Event]  # the next one last
    own: list[Event] = field(default_factory=list)  # what the rehearsal did, and is not folded yet
    profile: Profile = field(default_factory=Profile)
    activity: Activity = field(default_factory=Activity)
    states: dict[int, State] = field(default_factory=dict)
    namespaces: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, person: Person, events: Iterable[Event], rules: Rules) -> "Past":
        """The person before anything happened; all of their events, in any order."""
        coming = ordered(events)[::-1]
        brought = {one.namespace for event in coming for one in event.identifiers}
        return cls(person, rules, coming, namespaces=set(person.cluster.counts) - brought)

    def at(self, now: int) -> Moment:
        """The person at an instant."""
        return Moment(self, now)

    def view(self, now: int) -> Views:
        """How a journey's nodes see the person at an instant."""
        moment = self.at(now)
        return lambda chart: ThroughChart(moment, chart)

    def is_known(self, now: int) -> bool:
        """Whether anything had happened by then."""
        self.facts(now)
        return bool(self.activity.events)

    def happened(self, events: Iterable[Event]) -> None:
        """What the rehearsal itself does to the person, at an instant that has come."""
        self.own += events

    def facts(self, now: int) -> Facts:
        """All that rules look at, with what had happened by then."""
        self._go_on(now)
        found = assembled(replace(self.person, activity=self.activity), self.profile, self.states)
        return replace(found, namespaces=frozenset(self.namespaces & self.person.cluster.counts.keys()))

    def _go_on(self, now: int) -> None:
        news: list[Event] = []
        while self.coming and self.coming[-1].time <= now:
            news.append(self.coming.pop())
        if self.own:
            news, self.own = ordered([*news, *(one for one in self.own if one.time <= now)]), [one for one in self.own if one.time > now]
        if not news:
            return
        signals, at = self.rules.plan.signals, self.rules.plan.version
        self.states = signals.states(Ledger(self.states), Journal(tuple(signals.entries_of(news, at))), at)
        self.activity = self.activity.union(activity_of(news))
        self.namespaces |= {one.namespace for event in news for one in event.identifiers}
        if changing := [one for one in news if one.attributes]:
            self.profile = self.profile.applied(changing)
