"""What follows from how journeys stand: schedules that let people in, dates that are looked through, people who are ended.

follow(now)                   # of all journeys: every hour, so that nothing that was lost stays lost
follow_one("coupon", now)     # after somebody has published, archived, stopped or resumed it
"""

from typing import Final

from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import JourneyState, Standing
from chalicelib.journeys.in_force.pages import Page
from chalicelib.journeys.walks import cron_entries, date_entries, walk_store, walking
from chalicelib.journeys.walks.walks import Walk, What

LATE_MS: Final = 2 * 60_000  # from a firing until somebody else than its timer minds it


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
    """Lets those inside go on, in a state that is not held, and has everybody looked at whose time may have come meanwhile.

    The walk is kept before the state is changed: who dies behind that has it begun by whoever looks next. Before it, it wakes nobody.
    Raises NotFound, Conflict for a journey that is archived.
    """
    walk = walk_store.put(Walk(name, What.WAKE, now, now, by=by)) if name in book.newest().pages else None
    standing = book.put_state(name, state, now, by)
    if walk is not None:
        walking.begin(walk, now)
    follow_one(name, now)
    return standing


def stopped(name: str, by: str, at: int, now: int) -> Walk:
    """Has everybody's runs ended that began by `at` (ms), when a journey was stopped. May be done twice."""
    return walking.begin(Walk(name, What.END, at, now, by=by), now)


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
    missed = cron_entries.missed(chart, since, now - LATE_MS)
    if missed is not None and not cron_entries.has_begun(chart.name, missed):
        cron_entries.begin(chart, missed, now)
