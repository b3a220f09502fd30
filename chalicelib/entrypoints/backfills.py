"""`/v1/{kind}/{name}/backfill` for the kinds of rules: how far everybody has been brought up to what was published.

Every rule that goes in force or out of it makes a new plan of all rules, and each plan has one pass over all people. So what is told is the
pass of the newest plan: once it is done, everything that was published before applies to everybody.
"""

from pydantic import BaseModel, Field

from chalicelib.audiences import passes
from chalicelib.audiences.pass_progress import Phase, Progress
from chalicelib.audiences.planbook import stored
from chalicelib.definitions import store as definitions
from chalicelib.definitions.model import State
from chalicelib.errors import NotFound
from chalicelib.events.clock import rfc3339
from chalicelib.http import Answer, Handler, Request


class BackfillShown(BaseModel):
    """How far a pass over all people has come. `plan` numbers the changes of all rules together."""

    plan: int
    state: Phase
    people_seen: int = Field(description="People looked at so far, those who needed nothing too.")
    people_recounted: int = Field(description="Of them, those whose stored events were counted again.")
    people_failed: int = Field(description="Of them, those who could not be brought up; the dead letters say why.")
    share: float = Field(ge=0, le=1, description="How much of the table has been read; an estimate until it is 1.")
    started_at: str | None
    finished_at: str | None


def reads(kind: str) -> Handler:
    """How far everybody has been brought up to a rule of the kind."""

    def read_backfill(request: Request) -> Answer:
        """Waiting until the pass begins, half a minute after the publication; then running, then done."""
        name = request.params["name"]
        if definitions.get(kind, name).state is State.DRAFT and definitions.published(kind, name) is None:
            raise NotFound(f"{kind} {name} has not been published; what is in force applies to everybody")
        plan = stored()
        passes.ensure_started(plan, request.received_at)
        return Answer(body=_shown(passes.progress(plan)))

    return read_backfill


def _shown(one: Progress) -> BackfillShown:
    return BackfillShown(
        plan=one.plan,
        state=one.phase,
        people_seen=one.tally.seen,
        people_recounted=one.tally.recounted,
        people_failed=one.tally.failed,
        share=one.share,
        started_at=_time(one.started_at),
        finished_at=_time(one.finished_at),
    )


def _time(moment: int | None) -> str | None:
    return None if moment is None else rfc3339(moment)
