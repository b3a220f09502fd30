"""What follows from how journeys stand: schedules that let people in, dates that are looked through, people who are ended.

follow(now)                   # of all journeys: every hour, so that nothing that was lost stays lost
follow_one("coupon", now)     # after somebody has published, archived, stopped or resumed it
"""

from collections.abc import Iterator
from typing import Final

from chalicelib.errors import Conflict
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import JourneyState, Standing
from chalicelib.journeys.in_force.pages import ARCHIVED, Page
from chalicelib.journeys.walks import cron_entries, date_entries, walk_store, walking
from chalicelib.journeys.walks.calendar_entries import OLDEST_MS
from chalicelib.journeys.walks.walks import Walk, What

LATE_MS: Final = 2 * 60_000  # from a firing until somebody else than its timer minds it
_MISSED_MS: Final = 2 * 3_600_000  # how far back a firing is looked for that nobody has heard of


def follow(now: int) -> None:
    """Brings timers and walks up to the journeys in force. May be done any number of times."""
    for name, page in book.newest().pages.items():
        _follow(name, page, now)


def follow_one(name: str, now: int) -> None:
    """The same for one journey, at once."""
    page = book.newest().pages.get(name)
    if page is not None:
        _follow(name, page, now)


def resume(name: str, state: JourneyState, by: str, now: int) -> Standing:
    """Lets those inside go on, in a state that is not held, and has everybody looked at whose time may have come meanwhile. The calendar's
    entries that fell into a pause are made up for.

    Walks are kept before the state is changed: who dies behind that has them begun by whoever looks next. Before it, they move nobody.
    Raises NotFound, Conflict for a journey that is archived.
    """
    page = book.newest().pages.get(name)
    if page is not None and page.version == ARCHIVED:
        raise Conflict(f"the journey {name} is archived; publish it to have it run again")
    walks = [walk_store.put(walk) for walk in _due(name, page, state, by, now)] if page is not None else []
    standing = book.put_state(name, state, now, by)
    for walk in walks:
        walking.begin(walk, now)
    follow_one(name, now)
    return standing


def stopped(name: str, by: str, at: int, now: int) -> Walk:
    """Has everybody's runs ended that began by `at` (ms), when a journey was stopped. May be done twice."""
    return walking.begin(Walk(name, What.END, at, now, by=by), now)


def _due(name: str, page: Page, state: JourneyState, by: str, now: int) -> Iterator[Walk]:
    """What has to be done with many when a journey is resumed."""
    yield Walk(name, What.WAKE, now, now, by=by)
    if page.state is JourneyState.PAUSED and state is JourneyState.RUNNING and _is_timed(page):
        yield from _missed(book.standing_of(name, page).current, max(page.at, page.since, now - OLDEST_MS), now)


def _missed(chart: Chart | None, since: int, now: int) -> Iterator[Walk]:
    """What the calendar would have begun since an instant (ms)."""
    if chart is None:
        return
    if chart.door.date:
        yield Walk(chart.name, What.DATES, now, now, chart.version, arguments={date_entries.SINCE: since})
    elif (fired := cron_entries.missed(chart, since, now)) is not None:
        yield cron_entries.walk_of(chart, fired, now)


def _follow(name: str, page: Page, now: int) -> None:
    if page.state is JourneyState.STOPPED:
        stopped(name, page.by, page.at, now)
    elif page.state is JourneyState.RUNNING and page.version in page.documents and _is_timed(page):
        _follow_calendar(book.standing_of(name, page), now)


def _is_timed(page: Page) -> bool:
    entry = page.documents[page.version].document["entry"]
    return "cron" in entry or "attribute_date" in entry


def _follow_calendar(standing: Standing, now: int) -> None:
    chart, since = standing.current, max(standing.at, standing.since)
    if chart is None:
        return
    if chart.door.date:
        at = max(since, now - now % date_entries.EVERY_MS)
        walking.begin(Walk(chart.name, What.DATES, at, now, chart.version), now)
        return
    cron_entries.arm(chart, now, now)
    missed = cron_entries.missed(chart, max(since, now - _MISSED_MS), now - LATE_MS)
    if missed is not None and not cron_entries.has_begun(chart.name, missed):
        cron_entries.begin(chart, missed, now)
