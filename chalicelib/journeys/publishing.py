"""Journeys go in force and out of it: the kind, and the book and the rules' plan, which are written with every change.

Importing this module makes the kind known.
"""

from typing import Final

import chalicelib.messages.templates.publishing  # noqa: F401 - makes the kind known
from chalicelib.audiences import passes, planbook
from chalicelib.audiences.plans import Plan
from chalicelib.definitions.kinds import Change, Write, Writing, register
from chalicelib.errors import Conflict
from chalicelib.journeys import operating, retiring
from chalicelib.journeys.definition.documents import KIND, JourneyDocument
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import JourneyState
from chalicelib.journeys.in_force.pages import ARCHIVED, Book, Kept, Page
from chalicelib.journeys.in_force.references import faults_of_entering
from chalicelib.journeys.in_force.trying import tried

LATELY_MS: Final = 3_600_000
_LOOKED_AT: Final = 10_000  # people, for a publication that waits for it: some 2 s


def _next_book(change: Change) -> Write:
    """What has to be written so that the book and the rules follow. Raises DocumentInvalid for what is named and not in force, Conflict."""
    if change.document is None or change.version is None:
        return _together(_without(book.newest(), change))
    before = _with_room(change.name, change.version, change.at)
    plan_before = planbook.newest()
    plan = tried(change.name, change.version, change.document, before, plan_before).plan
    return _together(_with(before, change, plan), *book.plan_writes(plan_before, plan, change.at))


def _with_room(name: str, version: int, at: int) -> Book:
    """The book; where it has no room for a further version, without those that nobody is inside of."""
    before = book.newest()
    if before.pages.get(name, _NEW).has_room(version):
        return before
    retiring.retire(name, at, _LOOKED_AT)
    return book.newest()


def _with(before: Book, change: Change, plan: Plan) -> Write:
    """The book with a version in force."""
    page = before.pages.get(change.name, _NEW)
    kept = Kept(change.document or {}, plan.version)
    return book.writes(before.changed(change.name, page.published(change.version or ARCHIVED, kept, change.at, change.by)))


def _without(before: Book, change: Change) -> Write:
    """The book with a journey that nobody enters any more."""
    if faults := list(faults_of_entering(change.name, before)):
        raise Conflict("other journeys in force let people into this one: " + "; ".join(one.detail for one in faults), faults)
    page = before.pages.get(change.name)
    return book.writes(before.changed(change.name, page.archived(change.at, change.by))) if page else lambda _: None


def _together(*writes: Write) -> Write:
    def write(writing: Writing) -> None:
        for one in writes:
            one(writing)

    return write


def _after(at: int) -> None:
    """Everybody is brought up to the rules that the journey asks by, and what follows from its being in force or out of it begins.

    Which journey it was is not told, so those are looked at that were changed lately; all of them are once an hour.
    """
    book.look_again()
    passes.ensure_started(planbook.stored(), at)
    for name, page in book.newest().pages.items():
        if max(page.at, page.since) > at - LATELY_MS:
            operating.follow_one(name, at)


_NEW: Final = Page(JourneyState.STOPPED, ARCHIVED, 0)
register(KIND, JourneyDocument, also=_next_book, after=_after)
