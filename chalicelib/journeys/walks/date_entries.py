"""Journeys that let people in by a date of theirs: three days before a birthday, on the day that a membership ends.

Everybody whose date comes within the next weeks has a timer. It is set when the attribute is (`hear`), by a walk over everybody whenever a
journey comes in force and every thirty days from then on (`arming`), and by the timer of the year before. When it rings, the date is looked
at as it is then: who has another one by now does not come in by the old one.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from chalicelib.events.model import Event
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.instants import next_date
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import JourneyState, Standing
from chalicelib.journeys.runs.viewing import view_of
from chalicelib.journeys.steps import timing
from chalicelib.journeys.walks.walks import Walk
from chalicelib.people import store as people
from chalicelib.people.absorb import POISON
from chalicelib.people.model import Person

EVERY_MS: Final = 30 * 86_400_000  # by the true clock: from one walk over everybody to the next
AHEAD_MS: Final = EVERY_MS + 5 * 86_400_000  # dates within it have timers: the next walk has time to come by
DATE: Final = "date"  # what entries and ids of runs say they are
ARMED: Final = "armed"
SINCE: Final = "since"  # argument of walks: dates since then (ms) fell into a pause, and are made up for
_KEPT: Final = (JourneyState.RUNNING, JourneyState.PAUSED)  # of others, a walk comes by when they run again
_MINUTES_OF_HOUR: Final = 60


def fire(person: str, journey: str, at: int, now: int) -> None:
    """Lets somebody in whose date it is at `at` (ms), if it still is, and sets the timer of the next one."""
    from chalicelib.journeys.walks import calendar_entries  # what hearing events does without takes its time to import

    standing = book.current().standing(journey)
    if standing is None or not standing.open:  # it may have come in force since this process has last looked
        book.look_again()
        standing = book.current().standing(journey)
    chart = standing.current if standing is not None and standing.open else None
    root = people.roots([person]).get(person)
    if chart is None or root is None or not chart.door.date:
        return
    _arm(chart, root, now)
    if now - at < calendar_entries.OLDEST_MS and next_of(chart, root, at - 1, now) == at:
        calendar_entries.let_in(journey, DATE, at, root, now)


def hear(events: Iterable[Event], now: int) -> Sequence[tuple[Event, str]]:
    """Sets the timers of whoever has got a date that a journey goes by; gives back those events of whose people nothing can be made, with
    the reasons. Safe to call twice, and with events in any order: what counts is the attribute as it is.
    """
    dated = _dated()
    if not dated:
        return ()
    told = [(event, charts) for event in events if (charts := _told(event, dated))]
    return _arm_all(told, now) if told else ()


def arming(walk: Walk, now: int) -> Callable[[str], str]:
    """How somebody of everybody gets their timer, and comes in whose date fell into a pause; what came of it."""
    chart = next((one for one in _dated() if one.name == walk.journey), None)
    if chart is None:
        return lambda _: ""

    def armed(person: str) -> str:
        root = people.roots([person]).get(person)
        if root is None or root.id != person:
            return ""
        is_armed = _arm(chart, root, now)
        return _made_up(chart, root, walk, now) or (ARMED if is_armed else "")

    return armed


def _made_up(chart: Chart, person: Person, walk: Walk, now: int) -> str:
    """Lets somebody in whose date fell into the pause behind a walk; what came of it, "" where it did not."""
    from chalicelib.journeys.walks import calendar_entries

    if SINCE not in walk.arguments:
        return ""
    at = next_of(chart, person, max(walk.arguments[SINCE], now - calendar_entries.OLDEST_MS), now)
    return calendar_entries.let_in(chart.name, DATE, at, person, now) if at is not None and at <= walk.at else ""


def next_of(chart: Chart, person: Person, after: int, now: int) -> int | None:
    """When a person's date comes next, later than `after` (ms); None where they have none."""
    door = chart.door
    hour, minute = map(int, door.at.split(":"))
    value = view_of(person, now)(chart).attribute(door.date)
    return next_date(value, door.offset, hour * _MINUTES_OF_HOUR + minute, door.timezone, door.yearly, after, chart.pace)


def _arm(chart: Chart, person: Person, now: int) -> bool:
    at = next_of(chart, person, now, now)
    if at is None or at > now + AHEAD_MS:
        return False
    timing.TIMERS.arm([timing.date_of(person.id, chart.name, at)], now)
    return True


def _told(event: Event, dated: Iterable[Chart]) -> list[Chart]:
    """The journeys that go by an attribute which the event has changed."""
    changed = {change.name for change in event.attributes}
    return [chart for chart in dated if chart.door.date.partition(".")[0] in changed] if changed else []


def _arm_all(told: Sequence[tuple[Event, Sequence[Chart]]], now: int) -> list[tuple[Event, str]]:
    nodes = people.nodes(sorted({event.primary.key for event, _ in told}))
    roots = people.roots({str(node.person) for node in nodes.values()})
    faults: list[tuple[Event, str]] = []
    for event, charts in told:
        node = nodes.get(event.primary.key)
        root = roots.get(str(node.person)) if node is not None else None
        if root is None:
            continue
        try:
            for chart in charts:
                _arm(chart, root, now)
        except POISON as error:  # of this person; the others need not wait for it to be mended
            faults.append((event, f"date: {type(error).__name__}: {error}"))
    return faults


def _dated() -> list[Chart]:
    """The journeys that go by dates."""
    journeys = book.current()
    standings = (journeys.standing(name) for name in journeys.names())
    return [chart for one in standings if one is not None and (chart := _by_date(one)) is not None]


def _by_date(standing: Standing) -> Chart | None:
    chart = standing.current
    return chart if chart is not None and chart.door.date and standing.state in _KEPT else None
