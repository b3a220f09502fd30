"""Journeys that let people in by the calendar: everybody in a segment, whenever a schedule comes round.

A firing arms the next one before it does anything else, and its walk is called by its instant: however often it rings, there is one.
"""

from typing import Final

from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.crons import next_fire
from chalicelib.journeys.in_force import book
from chalicelib.journeys.steps import timing
from chalicelib.journeys.walks import walk_store, walking
from chalicelib.journeys.walks.calendar_entries import OLDEST_MS
from chalicelib.journeys.walks.walk_lists import SEGMENT
from chalicelib.journeys.walks.walks import Walk, What

_LOOKED_THROUGH: Final = 1_500  # firings that were missed: more than a day has minutes


def fire(journey: str, at: int, now: int) -> None:
    """Begins to let people in for the firing of a schedule at `at` (ms), and arms the next one. Nothing for a firing of a schedule that is
    not in force any more, or of a journey that lets nobody in. Of several that have come round meanwhile the newest counts.
    """
    chart = _fired(journey, at)
    if chart is None:
        return
    newest = _newest(chart, at, now)
    if has_begun(chart.name, newest):
        return  # and the next one was armed before: a firing that rings twice is not to make the next one ring twice as often
    arm(chart, max(newest, now), now)
    if now - newest < OLDEST_MS:
        begin(chart, newest, now)


def begin(chart: Chart, at: int, now: int) -> Walk:
    """Begins the walk of a firing, unless it has begun."""
    return walking.begin(walk_of(chart, at, now), now)


def walk_of(chart: Chart, at: int, now: int) -> Walk:
    """The walk of a firing."""
    what = What.COUNT if chart.door.rank else What.ENTER
    return Walk(chart.name, what, at, now, chart.version, arguments={SEGMENT: chart.door.segment})


def has_begun(journey: str, at: int) -> bool:
    """Whether the walk of a firing is under way, or over."""
    found = (walk_store.find(journey, Walk(journey, what, at, at).id) for what in (What.ENTER, What.COUNT))
    return any(walk is not None and walk.sent_at for walk in found)


def arm(chart: Chart, after: int, now: int) -> None:
    """Sees to the first firing later than `after` (ms). May be done twice."""
    at = next_fire(chart.door.cron, chart.door.timezone, after, chart.pace)
    if at is not None:
        timing.TIMERS.arm([timing.cron_of(chart.name, at)], now)


def missed(chart: Chart, since: int, now: int) -> int | None:
    """The newest firing later than `since` (ms), a day ago at most; None where there is none."""
    first = next_fire(chart.door.cron, chart.door.timezone, since, chart.pace)
    return _newest(chart, first, now) if first is not None and first <= now else None


def _fired(journey: str, at: int) -> Chart | None:
    """The chart that a firing is of. What is in force may have changed since this process has last looked."""
    if _is_of(chart := _open(journey), at):
        return chart
    book.look_again()
    return chart if _is_of(chart := _open(journey), at) else None


def _open(journey: str) -> Chart | None:
    standing = book.current().standing(journey)
    return standing.current if standing is not None and standing.open else None


def _is_of(chart: Chart | None, at: int) -> bool:
    return chart is not None and bool(chart.door.cron) and next_fire(chart.door.cron, chart.door.timezone, at - 1, chart.pace) == at


def _newest(chart: Chart, at: int, now: int) -> int:
    """The last firing from `at` on that has come round."""
    for _ in range(_LOOKED_THROUGH):
        following = next_fire(chart.door.cron, chart.door.timezone, at, chart.pace)
        if following is None or following > now:
            break
        at = following
    return at
