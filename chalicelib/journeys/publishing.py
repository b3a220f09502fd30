"""Journeys go in force and out of it: the kind, and the book and the rules' plan, which are written with every change.

Importing this module makes the kind known.
"""

from typing import Final

import chalicelib.messages.templates.publishing  # noqa: F401 - makes the kind known
from chalicelib.audiences import passes, planbook
from chalicelib.audiences.plans import Plan
from chalicelib.definitions.kinds import Change, Write, Writing, register
from chalicelib.errors import Conflict, Fault
from chalicelib.journeys import operating
from chalicelib.journeys.definition.documents import KIND, JourneyDocument
from chalicelib.journeys.definition.naming import entered_in
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import JourneyState
from chalicelib.journeys.in_force.pages import ARCHIVED, Book, Kept, Page
from chalicelib.journeys.in_force.trying import tried

LATELY_MS: Final = 3_600_000


def _next_book(change: Change) -> Write:
    """What has to be written so that the book and the rules follow. Raises DocumentInvalid for what is named and not in force, Conflict."""
    before = book.newest()
    if change.document is None or change.version is None:
        return _together(_without(before, change))
    plan_before = planbook.newest()
    plan = tried(change.name, change.version, change.document, before, plan_before).plan
    return _together(_with(before, change, plan), *book.plan_writes(plan_before, plan, change.at))


def _with(before: Book, change: Change, plan: Plan) -> Write:
    """The book with a version in force."""
    page = before.pages.get(change.name, _NEW)
    kept = Kept(change.document or {}, plan.version)
    return book.writes(before.changed(change.name, page.published(change.version or ARCHIVED, kept, change.at)))


def _without(before: Book, change: Change) -> Write:
    """The book with a journey that nobody enters any more."""
    faults = [
        Fault(f"{KIND}/{name}/{one.path}", "reference_in_use", f"{KIND} {name} lets people into it at {one.path}")
        for name, page in before.pages.items()
        if name != change.name and (kept := page.current) is not None
        for one in entered_in(kept.document)
        if one.name == change.name
    ]
    if faults:
        raise Conflict("other journeys in force let people into this one: " + "; ".join(one.detail for one in faults), faults)
    page = before.pages.get(change.name)
    return book.writes(before.changed(change.name, page.archived(change.at))) if page else lambda _: None


def _together(*writes: Write) -> Write:
    def write(writing: Writing) -> None:
        for one in writes:
            one(writing)

    return write


def _after(at: int) -> None:
    """Everybody is brought up to the rules that the journey asks by, and what follows from its being in force or out of it begins.

    Which journey it was is not told, so those are looked at that were changed lately; all of them are once an hour.
    """
    book.forget()
    passes.ensure_started(planbook.stored(), at)
    for name, page in book.newest().pages.items():
        if max(page.at, page.since) > at - LATELY_MS:
            operating.follow_one(name, at)


_NEW: Final = Page(JourneyState.STOPPED, ARCHIVED, 0)
register(KIND, JourneyDocument, also=_next_book, after=_after)
