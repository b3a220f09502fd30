"""The engine: what entries, events, time and operators do to all runs of a person in a journey. Pure.

    entered(chart, enrolment, arrival, now, view)       # somebody comes to the door: the enrolment, or why not
    heard(charts, enrolment, event, now, view)          # something happened
    woken(charts, enrolment, now, view)                 # time has passed

Each gives back an enrolment, the very same object when nothing changes, and adds what follows to its outbox. None of them reads a clock,
asks anybody or draws by chance: `now` is an argument, `view` shows the person, and lots are hashes. So what a run does can be replayed.

`charts` are the versions in flight. A run of a version that is not among them stays as it is.
"""

from chalicelib.journeys.engine.arrivals import Arrival, EntryRefusal, Refused, arrival_of
from chalicelib.journeys.engine.enrolling import Charts
from chalicelib.journeys.engine.entering import Gate, anybody, entered
from chalicelib.journeys.engine.intervening import ended, failed, moved, retried
from chalicelib.journeys.engine.listening import caught_up, heard, heard_all
from chalicelib.journeys.engine.stepping import Views
from chalicelib.journeys.engine.uniting import parted, united
from chalicelib.journeys.engine.waking import next_due, next_look, woken

__all__ = [
    "Arrival",
    "Charts",
    "EntryRefusal",
    "Gate",
    "Refused",
    "Views",
    "anybody",
    "arrival_of",
    "caught_up",
    "ended",
    "entered",
    "failed",
    "heard",
    "heard_all",
    "moved",
    "next_due",
    "next_look",
    "parted",
    "retried",
    "united",
    "woken",
]
