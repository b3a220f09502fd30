"""The one way into a journey, whoever asks: an event, the API, a calendar, another journey.

    found = admit(person.id, "welcome", Arrival(...), now)

Whoever asks twice gets one run: the entry's mark stays in the enrolment. What happened while the entry was on its way is looked up in the
stored events.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from chalicelib.events.model import Event
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.engine import Arrival, EntryRefusal, Refused
from chalicelib.journeys.engine.heard import mark
from chalicelib.journeys.engine.model import Arm, Enrolment
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import Standing
from chalicelib.journeys.runs import joining, looking_back
from chalicelib.journeys.runs.caps import Gate
from chalicelib.journeys.runs.viewing import view_of
from chalicelib.people.model import Person
from chalicelib.people.store import Transaction

NEW_MS: Final = 60_000  # how long after a publication some process may not look out for what it names
LOOKED_AGAIN_MS: Final = 30_000  # when somebody who entered that early is looked at, with what happened meanwhile
TOO_LONG_UNDERWAY_MS: Final = 2_000  # an event that is heard of so late may be outdated already


def admit(person: str, journey: str, arrival: Arrival, now: int) -> Enrolment | EntryRefusal | None:
    """Lets a person in, unless something is against it, at `now` (ms). None when there is no such person, or no such journey.

    Raises Busy, and then nothing has happened.
    """
    standing = book.current().standing(journey)
    if standing is None:
        return None
    entry = Entry(standing, arrival, now)
    found = joining.change(person, journey, now, entry.made, entry.beside)
    if found is None or entry.refusal is not None:
        return entry.refusal
    chart = standing.current
    return found if chart is None else catch_up(found.person, chart, [], arrival.at, now) or found


@dataclass(slots=True)
class Entry:
    """An entry that is tried, maybe several times; the last try's refusal stands."""

    standing: Standing
    arrival: Arrival
    now: int
    refusal: EntryRefusal | None = field(default=None, init=False)
    _gate: Gate = field(init=False)

    def __post_init__(self) -> None:
        self._gate = Gate(self.now)

    def made(self, enrolment: Enrolment, person: Person) -> Enrolment:
        """The enrolment with the run that the entry begins; as it is when the entry is refused, or was dealt with before."""
        self.refusal = None
        if any(one.run == self.arrival.run for one in enrolment.marks):
            return enrolment
        found = self._decided(enrolment, person)
        if isinstance(found, EntryRefusal):
            self.refusal = found
            return enrolment
        return found if found is enrolment else looked_at_again(found, self.arrival.run, self.standing, self.now)

    def beside(self, _: Enrolment) -> Transaction | None:
        """The place under the journey's cap, which is taken together with the entry; None where nobody counts."""
        return self._gate.beside()

    def _decided(self, enrolment: Enrolment, person: Person) -> Enrolment | EntryRefusal:
        chart = self.standing.current
        if chart is None or not self.standing.open:
            return EntryRefusal(Refused.NOT_RUNNING)
        arrival = replace(self.arrival, seed=person.id)
        return engine.entered(chart, enrolment, arrival, self.now, view_of(person, self.now), self._gate)


def looked_at_again(enrolment: Enrolment, run: str, standing: Standing, now: int) -> Enrolment:
    """An enrolment that is looked at once more if the version is so new that some process may not look out yet for what it names."""
    if now - standing.since >= NEW_MS:
        return enrolment
    return replace(enrolment, outbox=(*enrolment.outbox, Arm(run, now + LOOKED_AGAIN_MS)))


def catch_up(person: str, chart: Chart, known: Sequence[Event], since: int, now: int) -> Enrolment | None:
    """Holds what is stored of the person's events since an instant (ms), but for those in `known`, against the runs of a journey.

    After a run was written: whatever happened before that and found no run is seen here, what happens later finds it. None: nothing new.
    """
    seen = {mark(event) for event in known}
    missed = [
        event for event in looking_back.among(person, chart.names, min(since, now), looking_back.until(now)) if mark(event) not in seen
    ]
    if not missed:
        return None

    def heard(enrolment: Enrolment, person: Person) -> Enrolment:
        charts = joining.charts_for([enrolment], chart.name)
        return engine.heard_all(charts, enrolment, missed, now, view_of(person, now), joining.held(chart.name))

    return joining.change(person, chart.name, now, heard)
