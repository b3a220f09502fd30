"""Rejected records over HTTP: listed, read whole, replayed."""

import json
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.access import store as access
from chalicelib.entrypoints.times import time_of
from chalicelib.errors import NotFound
from chalicelib.events import native, rejections, segment, sensors
from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Source
from chalicelib.events.rejection_records import Rejection, State, WireFormat
from chalicelib.events.replay import Reader, replay
from chalicelib.http import PAGE, Answer, Query, Request
from chalicelib.identity.published import current_rules

FILTERS: Final = (
    Query("code", "Only those with this reason."),
    Query("source", "Only those of this source."),
    Query("from", "Received at or after this time; the last seven days where it is left out."),
    Query("to", "Received before this time."),
    *PAGE,
)


class RejectionShown(BaseModel):
    """A rejected record in a list. `index` is its place in the request that brought it."""

    id: str
    code: str
    detail: str
    source: str
    protocol: WireFormat
    index: int
    received_at: str
    state: State
    replayed_at: str | None


class RejectionWhole(RejectionShown):
    """A rejected record with what was sent; a text that is not complete where `truncated` is true."""

    truncated: bool
    record: Any


class RejectionList(BaseModel):
    """A page of rejections, newest first."""

    items: list[RejectionShown]
    next: str | None


class ReplayWanted(BaseModel):
    """How to replay a record."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"source": "shop"}]})

    source: str | None = Field(default=None, description="Credit the record to this published source instead of the one that sent it.")


class StillRefused(BaseModel):
    """Why a record is refused today."""

    code: str
    detail: str


class Replayed(BaseModel):
    """What became of a replayed record; `accepted` is 0 when an earlier replay had kept it."""

    id: str
    state: State
    accepted: int
    rejected: list[StillRefused]


def list_rejections(request: Request) -> Answer:
    """`GET /v1/rejections`: what was refused, newest first."""
    start, end = time_of(request, "from"), time_of(request, "to")
    wanted = rejections.wanted(
        start,
        end,
        now=request.received_at,
        code=request.query.get("code") or None,
        source=request.query.get("source") or None,
    )
    page = rejections.listed(wanted, request.limit, request.cursor)
    return Answer(
        body=RejectionList(items=[RejectionShown(**_shown(one)) for one in page.rows], next=page.next.cursor() if page.next else None)
    )


def get_rejection(request: Request) -> Answer:
    """`GET /v1/rejections/{id}`: one with the record that was sent."""
    one = rejections.get(request.params["id"])
    record = one.text if one.truncated else json.loads(one.text)
    return Answer(body=RejectionWhole(**_shown(one), truncated=one.truncated, record=record))


def replay_rejection(request: Request) -> Answer:
    """`POST /v1/rejections/{id}/replay`: reads the record again under today's rules."""
    wanted = request.document(ReplayWanted) if request.body.strip() else ReplayWanted()
    source = _source(wanted.source) if wanted.source else None
    state, outcome = replay(request.params["id"], READERS, current_rules(), request.received_at, source)
    refused = [StillRefused(code=one.code, detail=one.detail) for one in outcome.refusals]
    return Answer(body=Replayed(id=request.params["id"], state=state, accepted=outcome.accepted, rejected=refused))


READERS: Final[dict[WireFormat, Reader]] = {
    WireFormat.NATIVE: native.read_events,
    WireFormat.SEGMENT: segment.read_messages,
    WireFormat.SENSORS: lambda raws: [sent.record for sent in sensors.read(raws)],
}


def _source(name: str) -> Source:
    found = access.source(name)
    if found is None:
        raise NotFound(f"no published source {name[:100]!r}")
    return found


def _shown(one: Rejection) -> dict[str, Any]:
    return {
        "id": one.id,
        "code": one.code,
        "detail": one.detail,
        "source": one.source.name,
        "protocol": one.protocol,
        "index": one.index,
        "received_at": rfc3339(one.received_at),
        "state": one.state,
        "replayed_at": rfc3339(one.replayed_at) if one.replayed_at is not None else None,
    }
