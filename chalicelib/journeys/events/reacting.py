"""What follows from events that journeys look out for: exits, goals, steps and entries, in the order in which things happened.

Whose an event is may change while it is dealt with: then it is dealt with again, as that person's. Doing it twice changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from chalicelib.errors import Busy
from chalicelib.events.model import Event
from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.arrivals import OLDEST_MS
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.engine import EntryRefusal
from chalicelib.journeys.engine.heard import Heard, in_order
from chalicelib.journeys.engine.model import Enrolment
from chalicelib.journeys.events.addressing import Concern, come_to_others, concerned, owners_of
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import Standing
from chalicelib.journeys.runs import joining, looking_back, regrouping
from chalicelib.journeys.runs.admitting import TOO_LONG_UNDERWAY_MS, Entry, catch_up
from chalicelib.journeys.runs.viewing import view_of
from chalicelib.people.absorb import POISON
from chalicelib.people.model import Person
from chalicelib.people.store import Transaction
from chalicelib.telemetry import count_refusals

TRIES: Final = 5  # of events whose people become others all the time
Fault = tuple[Event, str]  # an event, and what went wrong with it

REFUSED: Final = "journey_"  # before the code of a refused entry, in the metric


def react(told: Sequence[Heard], now: int) -> list[Fault]:
    """Does what follows from events, at `now` (ms); gives back those that nothing can ever follow from, with the reasons. Raises Busy."""
    refused: list[EntryRefusal] = []
    faults: list[Fault] = []
    waiting = list(told)
    for _ in range(TRIES):
        owners = owners_of(waiting)
        for one in concerned(waiting, owners):
            try:
                refused.extend(_follow(one, now))
            except POISON as error:  # of this person in this journey; the others need not wait for it to be mended
                faults.extend((heard.event, f"{one.journey}: {type(error).__name__}: {error}") for heard in one.heard)
        waiting = come_to_others(waiting, owners)
        # Somebody may have entered as who they were.
        regrouping.parted((owners[one.event.primary.key].id for one in waiting if one.event.primary.key in owners), now)
        if not waiting:
            count_refusals([REFUSED + one.code for one in refused])
            return faults
    raise Busy("whose the events are changes too fast; the delivery is tried again")


def _follow(concern: Concern, now: int) -> list[EntryRefusal]:
    person, journey = concern.person, concern.journey
    standing = book.current().standing(journey)
    if standing is None:  # archived and forgotten since the batch was looked through
        return []
    chart = standing.current
    # What is older lets nobody in: a file of years is not to read everybody's history.
    entering_at = min((one.event.time for one in concern.heard if one.enters and one.event.time >= now - OLDEST_MS), default=now)
    late = _lately(person, chart, entering_at, now) if chart is not None and now - entering_at >= TOO_LONG_UNDERWAY_MS else []
    ordered = in_order(concern.heard, late)
    refused: list[EntryRefusal] = []
    entered, first = False, True
    for together in [ordered] if chart is None or not chart.door.most else [[one] for one in ordered]:  # a place is taken one by one
        step = _Step(standing, together, [one.event for one in ordered], now)
        joining.change(person.id, journey, now, step.made, step.beside, concern.seen if first else None)
        refused.extend(step.refused)
        entered, first = entered or step.entered, False
    if chart is not None and entered:
        catch_up(person.id, chart, [one.event for one in ordered], entering_at, now)
    return refused


def _lately(person: Person, chart: Chart, since: int, now: int) -> list[Event]:
    return looking_back.among(person.id, chart.names, since, looking_back.until(now))


@dataclass(slots=True)
class _Step:
    """Events that are held against an enrolment in one change of it, which may be tried several times; the last try stands. `around` are
    all that are known of: whoever enters is held against those too.
    """

    standing: Standing
    heard: Sequence[Heard]
    around: Sequence[Event]
    now: int
    refused: list[EntryRefusal] = field(default_factory=list, init=False)
    entries: list[Entry] = field(default_factory=list, init=False)

    @property
    def entered(self) -> bool:
        """Whether somebody may have entered, now or when the same was tried before."""
        return any(one.refusal is None for one in self.entries)

    def made(self, enrolment: Enrolment, person: Person) -> Enrolment:
        """The enrolment after the events, in their order: one may end a run and begin the next."""
        self.refused, self.entries = [], []
        charts = joining.charts_for([enrolment], self.standing.name)
        view, held = view_of(person, self.now), joining.held(self.standing.name)
        for one in self.heard:
            enrolment = engine.heard(charts, enrolment, one.event, self.now, view, held)
            if one.enters:
                enrolment = self._entered(enrolment, one.event, person)
        # What happened in the very millisecond of an entry may have come before it.
        return engine.heard_all(charts, enrolment, self.around, self.now, view, held) if self.entered else enrolment

    def beside(self, enrolment: Enrolment) -> Transaction | None:
        """The place under the journey's cap."""
        return next((place for one in self.entries if (place := one.beside(enrolment)) is not None), None)

    def _entered(self, enrolment: Enrolment, event: Event, person: Person) -> Enrolment:
        chart: Chart | None = self.standing.current
        arrival = engine.arrival_of(chart, event, person.id) if chart is not None else None
        if arrival is None:
            return enrolment
        if isinstance(arrival, EntryRefusal):
            self.refused.append(arrival)
            return enrolment
        entry = Entry(self.standing, arrival, self.now)
        after = entry.made(enrolment, person)
        self.entries.append(entry)
        if entry.refusal is not None:
            self.refused.append(entry.refusal)
        return after
