"""`/v1/accounts/{name}/sync`: all fans of an account are compared with the platform's list, and how far that is."""

from typing import Final

from pydantic import BaseModel, Field

from chalicelib.errors import Conflict, NotFound
from chalicelib.events.clock import rfc3339
from chalicelib.fans import connected, run_records, run_tallies, syncing
from chalicelib.fans.runs import Phase, Reads, Run, phase_of, share_of
from chalicelib.http import Answer, Request

ACCEPTED: Final = 202


class NoFans(Conflict):
    """The account is a mini program, which nobody can follow."""

    code = "account_has_no_fans"


class SyncShown(BaseModel):
    """How far a sync has come."""

    state: Phase
    share: float = Field(ge=0, le=1, description="How much is done; an estimate until it is 1.")
    started_at: str
    compared_at: str | None = Field(description="When the whole list had been compared; fans may still be read after it.")
    fans_total: int = Field(description="As the platform counts; 0 until it was asked.")
    fans_listed: int
    fans_read: int = Field(description="Of those who were unknown, had not been read for a month, or were missing in the list.")
    found_following: int = Field(description="Who follow although no push had told so: each has a WechatSubscribed now.")
    found_gone: int = Field(description="Who had left although no push had told so: each has a WechatUnsubscribed now.")
    error: int | None = Field(description="The platform's number of the error for which it could not go on.")


def post_sync(request: Request) -> Answer:
    """`POST`: begins a sync, or shows the one that is under way."""
    return Answer(ACCEPTED, _shown(syncing.start(_appid(request), request.received_at)))


def get_sync(request: Request) -> Answer:
    """`GET`: the last sync."""
    run = run_records.latest(_appid(request))
    if run is None:
        raise NotFound("the fans of this account have not been compared yet")
    return Answer(body=_shown(run))


def _appid(request: Request) -> str:
    appid = request.params["name"]
    if connected.type_of(appid) is None:
        raise NotFound("no account with this appid is in force")
    if not connected.has_fans(appid):
        raise NoFans("a mini program has visitors, not fans; there is nothing to compare")
    return appid


def _shown(run: Run) -> SyncShown:
    reads: Reads = run_tallies.reads(run)
    return SyncShown(
        state=phase_of(run, reads),
        share=share_of(run, reads),
        started_at=rfc3339(run.id),
        compared_at=None if run.ended_at is None else rfc3339(run.ended_at),
        fans_total=run.total,
        fans_listed=run.listed,
        fans_read=reads.read,
        found_following=reads.followed,
        found_gone=reads.left,
        error=run.error,
    )
