"""The book of journeys as it is stored: a page for each, with the documents of all versions that somebody may be inside of. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from chalicelib.errors import Conflict, Fault, TooLarge
from chalicelib.events.model import Json
from chalicelib.journeys.in_force.charts import JourneyState

MAX_JOURNEYS: Final = 200
MAX_IN_FLIGHT: Final = 5  # versions beside the current one
ARCHIVED: Final = 0  # the version of a journey that nobody enters any more


@dataclass(frozen=True, slots=True)
class Kept:
    """A version: its document as it was checked, and the version of the rules' plan that knows its conditions. At `left` (epoch ms) another
    took its place; 0 for the one that is entered.
    """

    document: Json = field(repr=False)
    plan: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """A journey. `by` brought it into `state` at `at` (epoch ms). `version` is the one that is entered, in force since `since`."""

    state: JourneyState
    version: int
    at: int
    by: str = ""
    reason: str = ""
    since: int = 0
    documents: Mapping[int, Kept] = field(default_factory=dict)

    @property
    def current(self) -> Kept | None:
        """The version that is entered."""
        return self.documents.get(self.version)

    def brought_into(self, state: JourneyState, at: int, by: str, reason: str = "") -> "Page":
        """The journey in a state; the same object where it is in it already."""
        return self if state is self.state else replace(self, state=state, at=at, by=by, reason=reason)

    def archived(self, at: int, by: str = "") -> "Page":
        """The journey with nobody entering for good. Those inside are ended by whoever walks over them."""
        documents = self._left(at)
        return replace(self, state=JourneyState.STOPPED, version=ARCHIVED, at=at, by=by, reason="archived", documents=documents)

    def has_room(self, version: int) -> bool:
        """Whether a version can be put in force beside those that people may be inside of."""
        return len({*self.documents, version}) <= MAX_IN_FLIGHT + 1

    def published(self, version: int, kept: Kept, at: int, by: str = "") -> "Page":
        """The journey with a version in force: one that was stopped runs again. Raises Conflict for too many versions in flight."""
        if not self.has_room(version):
            held = ", ".join(str(one) for one in sorted(self.documents) if one != self.version)
            detail = f"people may be inside of the versions {held}; empty ones are forgotten after ten minutes; move people, or wait"
            raise Conflict(detail, [Fault("", "versions_in_flight", detail)])
        documents = {**self._left(at), version: kept}
        runs = self if self.state is not JourneyState.STOPPED else self.brought_into(JourneyState.RUNNING, at, by)
        return replace(runs, version=version, documents=documents, since=at)

    def without(self, version: int) -> "Page":
        """The journey after a version was left by everybody."""
        return replace(self, documents={number: kept for number, kept in self.documents.items() if number != version})

    def _left(self, at: int) -> dict[int, Kept]:
        """The versions, when another takes the place of the one that is entered."""
        return {number: replace(kept, left=at) if number == self.version else kept for number, kept in self.documents.items()}


@dataclass(frozen=True, slots=True)
class Book:
    """All pages by name. `version` counts changes; 0 is not stored yet."""

    version: int = 0
    pages: Mapping[str, Page] = field(default_factory=dict)

    def changed(self, name: str, page: Page | None) -> "Book":
        """The next version, with one page put in (or taken out, for None); the same object where nothing changes. Raises TooLarge."""
        if self.pages.get(name) is page:
            return self
        pages = {key: one for key, one in self.pages.items() if key != name}
        if page is not None:
            pages[name] = page
        if len(pages) > max(MAX_JOURNEYS, len(self.pages)):
            raise TooLarge(f"{MAX_JOURNEYS} journeys may be in force; archive what nobody needs")
        return replace(self, version=self.version + 1, pages=pages)


def to_json(book: Book) -> str:
    """The pages as compact JSON text; the version is kept beside it."""
    return json.dumps(
        {name: _written(page) for name, page in book.pages.items()}, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )


def from_json(version: int, text: str) -> Book:
    """The book of a text that `to_json` made."""
    return Book(version, {name: _page(body) for name, body in json.loads(text).items()})


def _written(page: Page) -> Json:
    versions = [[version, kept.plan, kept.document, kept.left] for version, kept in sorted(page.documents.items())]
    return {"s": page.state.value, "n": page.version, "at": page.at, "since": page.since, "by": page.by, "why": page.reason, "d": versions}


def _page(body: Mapping[str, Any]) -> Page:
    documents = {version: Kept(document, plan, *left) for version, plan, document, *left in body["d"]}
    return Page(JourneyState(body["s"]), body["n"], body["at"], body["by"], body["why"], body["since"], documents)
