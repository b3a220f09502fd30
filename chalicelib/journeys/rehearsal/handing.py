"""Who would be handed over to other journeys in a rehearsal: whether their doors would be open. What happens behind them is not played."""

from dataclasses import dataclass, field, replace

from chalicelib.journeys.engine.acts import EnterJourney
from chalicelib.journeys.engine.arrivals import Refused, refused
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.engine import Arrival, Views
from chalicelib.journeys.engine.model import Do, Enrolment, Mark, Run, run_id
from chalicelib.journeys.engine.scope import known_at
from chalicelib.journeys.in_force.charts import Journeys
from chalicelib.journeys.rehearsal.rehearsed import Handed
from chalicelib.signals.paths import ABSENT

UNKNOWN = "journey_unknown"  # why the step fails: nothing of the name is in force
_NO_KEY = (ABSENT, None, "")


class NotDone(Exception):
    """The act cannot be done, and in earnest the run would stand still. `reason` is the code that it would have."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class Doors:
    """Those of the journeys in force, for one person. Who was let in by the rehearsal is known; who is inside in earnest is not asked."""

    person: str
    journeys: Journeys
    entered: dict[str, Enrolment] = field(default_factory=dict)

    def hand(self, act: EnterJourney, run: Run, effect: Do, place: int, view: Views) -> Handed:
        """What comes of the act of a node at that place. Raises NotDone."""
        standing = self.journeys.standing(act.journey)
        if standing is None or not standing.version:
            raise NotDone(UNKNOWN)
        known, chart = known_at(run, act.key) if act.key else ABSENT, standing.current
        if chart is not None and chart.door.key and known in _NO_KEY:
            raise NotDone(Refused.KEY_MISSING)
        key = "" if known is ABSENT else str(known)
        if chart is None or not standing.open:
            return Handed(act.journey, key, Refused.NOT_RUNNING)
        seed = run_id(act.journey, "run", run.id, effect.node, effect.visit, place)
        arrival = Arrival(seed, key, run.by, self.person, effect.at, run.entry, run.depth + 1)
        return Handed(act.journey, key, self._refusal(chart, arrival, view))

    def _refusal(self, chart: Chart, arrival: Arrival, view: Views) -> Refused | None:
        before = self.entered.get(chart.name, Enrolment(self.person, chart.name))
        found = refused(chart, before, arrival, arrival.at)
        if found is not None:
            return found.code
        if chart.door.segment and not view(chart).is_in(chart.door.segment):
            return Refused.NOT_IN_SEGMENT
        self.entered[chart.name] = replace(before, marks=(*before.marks, Mark(arrival.run, arrival.at, key=arrival.key)))
        return None
