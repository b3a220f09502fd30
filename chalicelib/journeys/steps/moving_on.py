"""People on journeys whose time has come: what their stay waited for has not happened, or they waited for nothing but the time.

    look_at("p_7f3a...", "coupon", now)

Whoever looks at somebody looks first at what happened to them lately: it is stored before anybody hears of it, so a payment that the
streams are late with is known before its coupon goes out. Looking too early, twice, or at somebody who has gone on does nothing.
"""

from typing import Final

from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.model import Enrolment, RunState
from chalicelib.journeys.runs import joining, looking_back, regrouping
from chalicelib.journeys.runs.caps import Gate
from chalicelib.journeys.runs.viewing import view_of
from chalicelib.people.model import Person

LOOK_BACK_MS: Final = 60 * 60_000  # by the true clock: streams that are further behind than that have alarms of their own


def look_at(person: str, journey: str, now: int) -> None:
    """Moves on whoever's time has come in a journey by `now` (ms). Of one that is held nobody is moved: who lets it go on looks at all.

    Raises Busy, and what stores raise.
    """
    if not joining.held(journey):
        gate = Gate(now)
        regrouping.change(person, journey, now, lambda enrolment, root: looked_at(enrolment, root, now, gate), gate.beside)


def looked_at(enrolment: Enrolment, person: Person, now: int, gate: Gate) -> Enrolment:
    """The enrolment with everybody moved on whose time has come; the same object where nothing is to be done. What the gate gives is to be
    written with it.
    """
    if not any(run.open or run.state is RunState.HELD_OUT for run in enrolment.runs):
        return enrolment
    charts = joining.charts_for([enrolment], enrolment.journey)
    events = looking_back.found(person, charts, enrolment, now - LOOK_BACK_MS, looking_back.until(now))
    return engine.caught_up(charts, enrolment, events, now, view_of(person, now), gate)
