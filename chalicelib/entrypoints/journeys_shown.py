"""What the state of a journey looks like over HTTP."""

from typing import Final

from pydantic import BaseModel, Field

from chalicelib.audiences.conditions import Name
from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Json
from chalicelib.journeys.in_force.charts import JourneyState
from chalicelib.journeys.in_force.pages import ARCHIVED, Page
from chalicelib.journeys.walks import walk_store
from chalicelib.journeys.walks.walks import Walk, What, added

MOST_WALKS: Final = 10


class WalkShown(BaseModel):
    """Something that is done for everybody on a list: `enter` for a firing of the schedule (`count` before it, where people are ranked),
    `dates` looked through, everybody inside who is to `end`, `move`, `retry`, or is looked at again (`wake`).

    `share` (0 to 1) is how much of the list is behind, `people` what became of how many of them. `reason` is why it came to nothing.
    """

    walk: str
    what: What
    at: str = Field(description="The instant that it is about: the firing, or when somebody asked for it.")
    begun_at: str
    finished_at: str | None
    by: str | None
    arguments: Json
    share: float
    people: dict[str, int]
    reason: str | None


class JourneyStatus(BaseModel):
    """How a journey stands. `version` is the one that people enter, null once it is archived; people may be inside of any of `versions`.
    `changed_by` is the id of a key, or `guard` where the journey has paused itself.
    """

    journey: Name
    state: JourneyState
    version: int | None
    in_force_since: str | None
    versions: list[int]
    changed_at: str
    changed_by: str | None
    reason: str | None
    walks: list[WalkShown] = Field(description="The newest ones, newest first.")


def shown(name: str, page: Page) -> JourneyStatus:
    """A journey as it stands, and what is under way over it."""
    return JourneyStatus(
        journey=name,
        state=page.state,
        version=page.version if page.version != ARCHIVED else None,
        in_force_since=_time(page.since if page.version != ARCHIVED else 0),
        versions=sorted(page.documents),
        changed_at=rfc3339(page.at),
        changed_by=page.by or None,
        reason=page.reason or None,
        walks=[_walk(one) for one in walk_store.newest(name, MOST_WALKS)],
    )


def _walk(one: Walk) -> WalkShown:
    counts: dict[str, int] = {}
    parts = walk_store.parts_of(one, histograms=False)
    for part in parts:
        counts = added(counts, part.counts)
    return WalkShown(
        walk=one.id,
        what=one.what,
        at=rfc3339(one.at),
        begun_at=rfc3339(one.begun_at),
        finished_at=_time(one.finished_at),
        by=one.by or None,
        arguments=one.arguments,
        share=round(sum(bool(part.finished_at) for part in parts) / len(parts), 2),
        people=counts,
        reason=one.reason or None,
    )


def _time(at: int) -> str | None:
    return rfc3339(at) if at else None
