"""Looks for people on journeys whose time came and whom nobody looked at, and rings for them again: RunsOverdue, which has an alarm.

A timer can be lost with its whole cohort (an execution that failed to the last), or alone (a message that went to the dead letters, a
process that died in a way that nobody has foreseen). So every hour

- of each cohort of the last hour some are looked at; where one of them stands still, or the execution has failed, all of it is sent once
  more;
- a sixteenth of each journey's people is looked at one by one, so that everybody has had their turn within sixteen hours; of journeys with
  more than 16 * MOST people so many of them from another place each time, so that nobody is left out for good.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from chalicelib.journeys.engine import engine
from chalicelib.journeys.engine.model import NEVER, Enrolment
from chalicelib.journeys.runs import joining, store
from chalicelib.journeys.runs.records import SHARDS
from chalicelib.journeys.steps import timing
from chalicelib.journeys.steps.timing import TIMERS, Kind, look_at
from chalicelib.telemetry import count_for_stage, logger
from chalicelib.timers import shards
from chalicelib.timers.model import Cohort, Due
from chalicelib.timers.shards import MINUTE_MS

OVERDUE: Final = "RunsOverdue"
LATE_MS: Final = 10 * MINUTE_MS  # who is looked at so late is none of the stragglers of a full minute any more
HOUR_MS: Final = 60 * MINUTE_MS
SAMPLE: Final = 25  # people of a cohort
MOST: Final = 2_000  # people of one journey in one hour; of a shard that has more others each time
_READ: Final = 100  # enrolments of one BatchGetItem
_ID: Final = "p_"  # how the ids of persons begin; hexadecimal digits follow, as good as drawn by chance
_BITS: Final = 32
_STRIDE: Final = 0x9E3779B1  # the golden section of 2**32, and odd: places of any number of turns in a row lie evenly apart
_LOST: Final = ("FAILED", "TIMED_OUT", "")  # how executions stand that have not sent all; one that was aborted somebody has stopped by hand


def look_after(journey: str, now: int) -> None:
    """Looks at some of the people of a journey. Rings for whom nobody looked at in time."""
    if joining.held(journey):
        return
    late = list(_late(((person, journey) for person in _turn(journey, now // HOUR_MS)), now))
    _tell(journey, len(late))
    TIMERS.send([look_at(one.person, one.journey, now) for one in late], now)


def look_after_cohorts(now: int) -> None:
    """Looks at some of everybody who fell due within the last hour. Sends whole cohorts again of which somebody was forgotten."""
    last = now - LATE_MS - (now - LATE_MS) % MINUTE_MS - MINUTE_MS  # its last second was so long ago
    for minute in range(last - HOUR_MS + MINUTE_MS, last + 1, MINUTE_MS):
        for shard in range(shards.SHARDS):
            _look_after_cohort(Cohort(minute, shard), now)


def is_late(enrolment: Enrolment, now: int) -> bool:
    """Whether somebody should have looked at it long ago."""
    look = engine.next_look(joining.charts_for([enrolment], enrolment.journey), enrolment)
    return look != NEVER and look <= now - LATE_MS


def _turn(journey: str, hour: int) -> list[str]:
    """The people of a journey whose turn it is: of one shard, from another place in it every time, and on from its beginning."""
    rounds, shard = divmod(hour, len(SHARDS))
    place = rounds * _STRIDE % (1 << _BITS)
    people = store.listed(journey, SHARDS[shard], f"{_ID}{place:0{_BITS // 4}x}", MOST)
    others = store.listed(journey, SHARDS[shard], limit=MOST - len(people)) if len(people) < MOST else []
    return list(dict.fromkeys((*people, *others)))


def _look_after_cohort(cohort: Cohort, now: int) -> None:
    dues, more = TIMERS.page(cohort, None)
    if not dues:
        return
    # Of dates and calendars nothing shows that they were forgotten: but that nobody has sent them does.
    lost = TIMERS.status(cohort) in _LOST
    late = [one for one in _late(islice(_people(dues), SAMPLE), now) if not joining.held(one.journey)]
    if not lost and not late:
        return
    _tell(TIMERS.execution(cohort), len(late) or len(dues))
    TIMERS.send(dues, now)
    while more is not None:
        dues, more = TIMERS.page(cohort, more)
        TIMERS.send(dues, now)


def _people(dues: Sequence[Due]) -> Iterator[tuple[str, str]]:
    for due in dues:
        found = timing.about(due.subject)
        if found.kind is Kind.PERSON:
            yield found.person, found.journey


def _late(people: Iterable[tuple[str, str]], now: int) -> Iterator[Enrolment]:
    waiting = list(people)
    for start in range(0, len(waiting), _READ):
        yield from (one for one in store.find_many(waiting[start : start + _READ]).values() if is_late(one, now))


def _tell(what: str, late: int) -> None:
    if late:
        count_for_stage(OVERDUE, late)
        logger.error("people on journeys were not looked at when their time came; it is rung for them again", of=what, people=late)
