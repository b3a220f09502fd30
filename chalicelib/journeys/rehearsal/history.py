"""The person of a rehearsal: as they were at any instant, with what the rehearsal does to them."""

from dataclasses import dataclass

from chalicelib.identifiers import parse_key
from chalicelib.journeys.engine.acts import kind_of
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.engine import Arrival, Views
from chalicelib.journeys.engine.model import Do, Run, Send
from chalicelib.journeys.nodes import acting as nodes
from chalicelib.journeys.rehearsal.acts import events_of
from chalicelib.journeys.rehearsal.calendar import Calendar
from chalicelib.journeys.rehearsal.past import Past
from chalicelib.journeys.rehearsal.posts import Desk
from chalicelib.journeys.rehearsal.rehearsed import Post


@dataclass(slots=True)
class Somebody:
    """An `Actor`. `by` is the key of the strongest identifier."""

    chart: Chart
    past: Past
    calendar: Calendar
    desk: Desk
    by: str

    def view(self, now: int) -> Views:
        """How nodes see the person at an instant."""
        return self.past.view(now)

    def by_calendar(self, after: int) -> Arrival | None:
        """The next entry later than an instant that no event makes."""
        return self.calendar.next(self.past, self.by, after)

    def let_in(self, coming: Arrival) -> Arrival | None:
        """How the calendar lets the person in, if it does."""
        return self.calendar.let_in(self.past, coming)

    def act(self, run: Run, effect: Do, number: int) -> tuple[str, ...]:
        """Does the acts of a node to the person as rehearsed; their keys."""
        node = self.chart.nodes[effect.node]
        if not isinstance(node, nodes.Do):
            return ()
        self.past.happened(events_of(self.chart.name, run, effect, node.acts, parse_key(run.by or self.by), number))
        return tuple(kind_of(act) for act in node.acts)

    def post(self, run: Run, effect: Send, now: int) -> Post:
        """What would become of a message at an instant."""
        return self.desk.post(run, effect, now)

    def post_again(self, waiting: Post, now: int) -> Post:
        """What would become of a deferred one when its time has come."""
        return self.desk.again(waiting, now)
