"""The person of a rehearsal: as they were at any instant, with what the rehearsal does to them."""

from dataclasses import dataclass, field, replace

from chalicelib.audiences.portrait import shown
from chalicelib.events.model import Event
from chalicelib.identifiers import parse_key
from chalicelib.journeys.engine.acts import EnterJourney, kind_of
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.engine import Arrival, Views
from chalicelib.journeys.engine.model import Do, Enrolment, Run, Send, Tell
from chalicelib.journeys.in_force.charts import Journeys
from chalicelib.journeys.nodes import acting as nodes
from chalicelib.journeys.rehearsal.acts import events_of
from chalicelib.journeys.rehearsal.calendar import Calendar
from chalicelib.journeys.rehearsal.counting import Round
from chalicelib.journeys.rehearsal.handing import Doors, NotDone
from chalicelib.journeys.rehearsal.past import Past
from chalicelib.journeys.rehearsal.posts import Desk
from chalicelib.journeys.rehearsal.rehearsed import Deed, Post
from chalicelib.journeys.runs.caps import window
from chalicelib.journeys.steps import told


@dataclass(slots=True)
class Somebody:
    """An `Actor`. `by` is the key of the strongest identifier, `round` what is counted over everybody, `doors` those of other journeys."""

    chart: Chart
    past: Past
    calendar: Calendar
    desk: Desk
    by: str
    round: Round = field(default_factory=Round)
    doors: Doors = field(default_factory=lambda: Doors("", Journeys()))

    def view(self, now: int) -> Views:
        """How nodes see the person at an instant."""
        return self.past.view(now)

    def by_calendar(self, after: int) -> Arrival | None:
        """The next entry later than an instant that no event makes."""
        return self.calendar.next(self.past, self.by, after)

    def let_in(self, coming: Arrival) -> Arrival | None:
        """How the calendar lets the person in, if it does; of a ranking, with where they stand."""
        found, ranking = self.calendar.let_in(self.past, coming), self.chart.door.rank
        if found is None or ranking is None:
            return found
        moment = self.past.at(found.at)
        value = ranking.value_in(shown(moment.facts, moment.past.rules.judge(moment.facts, moment.now, moment.plan)))
        standing = self.round.standing(found.at, value, ranking)
        return replace(found, entry={**found.entry, "properties": standing.data()}) if standing else None

    def takes_place(self, at: int) -> bool:
        """Whether the journey's cap has a place for somebody who could enter at an instant, which is taken."""
        door = self.chart.door
        return not door.most or self.round.takes_place(window(door.per, at, self.chart.pace)[0], at, door.most)

    def act(self, run: Run, effect: Do, number: int, now: int) -> Deed:
        """Does the acts of a node to the person as rehearsed."""
        node = self.chart.nodes[effect.node]
        acts = node.acts if isinstance(node, nodes.Do) else ()
        events = events_of(self.chart.name, run, effect, acts, parse_key(run.by or self.by), number)
        self.past.happened(events)
        deed = Deed(run.id, effect.node, effect.at, (), told=tuple(events))
        for place, act in enumerate(acts):
            if isinstance(act, EnterJourney):
                try:
                    handed = self.doors.hand(act, run, effect, place, self.past.view(now))
                except NotDone as error:
                    return replace(deed, failed=error.reason)
                deed = replace(deed, handed=(*deed.handed, handed))
            deed = replace(deed, acts=(*deed.acts, kind_of(act)))
        return deed

    def tell(self, run: Run, effect: Tell) -> Event:
        """Writes on the timeline of the person as rehearsed what the journey tells."""
        found = told.told(Enrolment(self.past.person.id, self.chart.name), run, effect, parse_key(run.by or self.by))
        self.past.happened([found])
        return found

    def post(self, run: Run, effect: Send, now: int) -> Post:
        """What would become of a message at an instant."""
        return self.desk.post(run, effect, now)

    def post_again(self, waiting: Post, now: int) -> Post:
        """What would become of a deferred one when its time has come."""
        return self.desk.again(waiting, now)
