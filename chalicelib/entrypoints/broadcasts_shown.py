"""What broadcasts look like over HTTP."""

from typing import Final

from pydantic import BaseModel, Field

from chalicelib.broadcasts.model import Broadcast, Phase
from chalicelib.broadcasts.parts import Part, gone_through, is_first_over
from chalicelib.entrypoints.broadcast_ranks import RankWanted
from chalicelib.entrypoints.broadcast_ranks import shown as shown_rank
from chalicelib.entrypoints.reports import Report
from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Json
from chalicelib.messages.templates.model import Category, ChannelName

_MOST_UNFINISHED: Final = 0.99


class BroadcastPreview(BaseModel):
    """Of the people `checked` so far: how many would be told by each channel, would have to wait, or would not be told, and why.

    `complete` tells whether everybody was looked at; if not, send the same again with the `cursor`.
    """

    checked: int
    excepted: int
    reached: int
    channels: dict[str, int]
    waits: dict[str, int]
    refusals: dict[str, int]
    complete: bool
    cursor: str | None


class Progress(BaseModel):
    """How far the segment has been gone through. `expected` is how many were in it at the beginning; `share` is 0 to 1.

    Of those `seen`, `begun` got a message, `excepted` are in a segment that is left out, `late` came after the beginning, `twice` had one
    already, under this or another id, and `failed` are among the dead letters.
    """

    share: float
    expected: int
    seen: int
    begun: int
    excepted: int
    late: int
    twice: int
    failed: int


class BroadcastShown(BaseModel):
    """A broadcast. `state` is `paused` or `cancelled`, else its `phase`: `done` means that everybody has a message, maybe on its way. One
    that is `refused` was told to nobody, for the `reason`.
    """

    id: str
    state: str
    phase: Phase
    segment: str
    excepted: list[str] = Field(serialization_alias="except")
    template: str
    version: int
    category: Category
    channels: list[ChannelName]
    rank: RankWanted | None
    reason: str | None
    at: str | None
    created_at: str
    started_at: str | None
    finished_at: str | None


class BroadcastStatus(BroadcastShown):
    """A broadcast with how far it is and what became of its messages."""

    progress: Progress
    report: Report


class BroadcastList(BaseModel):
    """A page of broadcasts, the newest first."""

    items: list[BroadcastShown]
    next: str | None


def fields_of(one: Broadcast) -> Json:
    """A broadcast as `BroadcastShown` has it."""
    wanted = one.wanted
    times = {"at": wanted.at, "started_at": one.started_at, "finished_at": one.finished_at}
    return {
        "id": one.id,
        "state": one.state,
        "phase": one.phase,
        "segment": wanted.segment,
        "excepted": list(wanted.excepted),
        "template": wanted.template,
        "version": wanted.version,
        "category": wanted.category,
        "channels": list(wanted.channels),
        "rank": shown_rank(wanted.rank),
        "reason": one.reason or None,
        "created_at": rfc3339(one.created_at),
        **{name: rfc3339(at) if at else None for name, at in times.items()},
    }


def progress_of(one: Broadcast, parts: list[Part]) -> Progress:
    """How far it is."""
    gone = gone_through(parts)
    share = 1.0 if is_first_over(parts) else min(_MOST_UNFINISHED, gone.seen / one.expected) if one.expected else 0.0
    return Progress(
        share=round(share, 3),
        expected=one.expected,
        seen=gone.seen,
        begun=gone.begun,
        excepted=gone.excepted,
        late=gone.late,
        twice=gone.twice,
        failed=gone.failed,
    )
