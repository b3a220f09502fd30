"""Broadcasts over HTTP: whom one would reach, making one, how far it is, what became of its messages, and holding it."""

from hashlib import blake2b
from time import monotonic
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StrictStr
from pydantic.config import JsonDict

from chalicelib.audiences.kinds import RuleKind
from chalicelib.broadcasts import part_store, preview, queue, starting, store
from chalicelib.broadcasts.model import AHEAD_MS, Broadcast, Phase, Wanted, broadcast_id
from chalicelib.broadcasts.queue import Begin
from chalicelib.definitions.model import MAX_NAME_LENGTH
from chalicelib.dispatch import tallies
from chalicelib.durations import Duration, duration_ms
from chalicelib.entrypoints.broadcast_ranks import Name, RankWanted, faults_of
from chalicelib.entrypoints.broadcasts_shown import (
    BroadcastList,
    BroadcastPreview,
    BroadcastShown,
    BroadcastStatus,
    fields_of,
    progress_of,
)
from chalicelib.entrypoints.in_force import in_force
from chalicelib.entrypoints.messages import faults_of_data
from chalicelib.entrypoints.reports import shown_report
from chalicelib.errors import DocumentInvalid, Fault, NotFound
from chalicelib.events.model import Json
from chalicelib.events.wire import RecordInvalid, time_ms
from chalicelib.http import Answer, Request
from chalicelib.messages.templates import published
from chalicelib.messages.templates.model import ChannelName
from chalicelib.messages.templates.published import Template
from chalicelib.paging import MAX_CURSOR_LENGTH
from chalicelib.settings import settings

MAX_KEY: Final = 200  # characters of an idempotency key
MAX_EXCEPTED: Final = 10  # segments left out: each is looked up for everybody
MAX_DATA: Final = 100
_FINGERPRINT_BYTES: Final = 8
_EXAMPLE: Final[JsonDict] = {
    "key": "spring-2026",
    "segment": "vip",
    "except": ["asleep"],
    "template": "spring",
    "channels": ["mass", "sms"],
    "at": "2026-12-01T10:00:00+08:00",
    "data": {"code": "SPRING"},
}


class Audience(BaseModel):
    """For whom, and what."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    segment: Name = Field(description="Who is in it when the broadcast begins, and still is when their turn comes.")
    excepted: Annotated[list[Name], Field(max_length=MAX_EXCEPTED)] = Field(
        default=[], alias="except", description="Segments whose people are left out."
    )
    template: Name = Field(description="Its version in force now; a later one changes nothing.")
    channels: Annotated[list[ChannelName], Field(max_length=len(ChannelName))] = Field(
        default=[], description="Which of the template's, in which order; all where it is left out."
    )
    strict: bool = Field(default=False, description="A person's favourite channel does not go first.")
    split: Annotated[StrictStr, Field(max_length=MAX_NAME_LENGTH)] = Field(default="", description="The part of the mass quota.")
    data: Annotated[Json, Field(max_length=MAX_DATA)] = Field(default={}, description="`data.` in texts.")
    rank: RankWanted | None = Field(default=None, description="Tells everybody where they stand among the others.")


class BroadcastWanted(Audience):
    """A broadcast. The same `key` is the same broadcast: send it again when no answer came."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    key: Annotated[StrictStr, Field(min_length=1, max_length=MAX_KEY)] = Field(description="Yours, one for each broadcast.")
    at: StrictStr | None = Field(default=None, description="When to begin (RFC 3339 with an offset); at once where it is left out.")
    expires_in: Duration | None = Field(default=None, description="How long after the beginning a message is worth nothing any more.")


class BroadcastPreviewWanted(Audience):
    """A broadcast to try. `cursor` is that of the answer to go on from."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"segment": "vip", "template": "spring", "channels": ["mass", "sms"]}]})

    cursor: str | None = Field(default=None, max_length=MAX_CURSOR_LENGTH)


def post_broadcast(request: Request) -> Answer:
    """`POST /v1/broadcasts`: once under its key; asked again it answers what was made.

    Raises DocumentInvalid for a segment or template that is not in force, KeyReused when the key is that of another request.
    """
    wanted = request.document(BroadcastWanted)
    caller, now = request.known_caller().key_id, request.received_at
    lasts = None if wanted.expires_in is None else int(duration_ms(wanted.expires_in) / settings().time_scale)
    asked = _asked(wanted, at=_time(wanted.at, now), lasts_ms=lasts)
    made = store.create(Broadcast(broadcast_id(caller, wanted.key), asked, now, caller))
    if made.phase is Phase.SCHEDULED:  # also when it was made before: whoever made it may have died before sending this
        queue.send([Begin(made.id)])
    return Answer(201, BroadcastShown(**fields_of(made)))


def get_broadcast(request: Request) -> Answer:
    """`GET /v1/broadcasts/{id}`: from notes that are kept with every change. Should its messages or workers have been lost, it goes on."""
    one = store.existing(request.params["id"])
    starting.revive(one, request.received_at)
    parts = part_store.parts_of(one.id)
    shown = BroadcastStatus(**fields_of(one), progress=progress_of(one, parts), report=shown_report(tallies.counted(one.report)))
    return Answer(body=shown)


def list_broadcasts(request: Request) -> Answer:
    """`GET /v1/broadcasts`."""
    page = store.page(request.limit, request.cursor)
    return Answer(body=BroadcastList(items=[BroadcastShown(**fields_of(one)) for one in page.items], next=page.next))


def post_pause(request: Request) -> Answer:
    """`POST /v1/broadcasts/{id}/pause`: within some five seconds nothing more goes out, also of what was queued. Twice is once."""
    return _answer(starting.pause(request.params["id"]))


def post_resume(request: Request) -> Answer:
    """`POST /v1/broadcasts/{id}/resume`: it goes on where it was. Raises BroadcastCancelled."""
    return _answer(starting.resume(request.params["id"], request.received_at))


def post_cancel(request: Request) -> Answer:
    """`POST /v1/broadcasts/{id}/cancel`: as pausing, for good; what is waiting is refused as `cancelled`."""
    return _answer(starting.cancel(request.params["id"]))


def monotonic_ms() -> int:
    """Milliseconds of a clock that never goes back."""
    return int(monotonic() * 1000)


def post_preview(request: Request) -> Answer:
    """`POST /v1/broadcasts/preview`: decides for everybody in the segment as if it began now; nothing is sent or kept.

    What takes more than 20 seconds is cut into several calls, each with the cursor of the one before.
    """
    wanted = request.document(BroadcastPreviewWanted)
    asked, of = _asked(wanted), _fingerprint(wanted)
    start = preview.progress_of(wanted.cursor, of) if wanted.cursor else preview.Progress()
    found = preview.look(asked, start, request.received_at, monotonic_ms)
    reach = found.reach
    shown = BroadcastPreview(
        checked=reach.checked,
        excepted=reach.excepted,
        reached=reach.channels.total(),
        channels=dict(reach.channels.most_common()),
        waits=dict(reach.waits.most_common()),
        refusals=dict(reach.refusals.most_common()),
        complete=found.is_complete,
        cursor=found.cursor(of),
    )
    return Answer(body=shown)


def _asked(wanted: Audience, at: int = 0, lasts_ms: int | None = None) -> Wanted:
    """With the template's version in force. Raises DocumentInvalid."""
    _check_segment("segment", wanted.segment)
    for place, name in enumerate(wanted.excepted):
        _check_segment(f"except/{place}", name)
    template = _template(wanted)
    ranking = wanted.rank.ranking() if wanted.rank else None
    if faults := [*faults_of_data(wanted.data), *(faults_of(ranking, wanted.data) if ranking else ())]:
        raise DocumentInvalid("the broadcast cannot be made", faults)
    return Wanted(
        segment=wanted.segment,
        template=template.name,
        version=template.version,
        category=template.document.category,
        excepted=tuple(dict.fromkeys(wanted.excepted)),
        at=at,
        channels=tuple(dict.fromkeys(wanted.channels)),
        strict=wanted.strict,
        split=wanted.split,
        data=wanted.data,
        lasts_ms=lasts_ms,
        rank=ranking,
    )


def _check_segment(path: str, name: str) -> None:
    try:
        in_force(RuleKind.SEGMENTS, name)
    except NotFound as error:
        raise _invalid(path, "segment_unknown", error.detail) from error


def _template(wanted: Audience) -> Template:
    found = published.newest(wanted.template)
    if found is None:
        raise _invalid("template", "template_unknown", f"nothing named {wanted.template} is published among the templates")
    bodies = found.document.bodies()
    for place, channel in enumerate(wanted.channels):
        if channel not in bodies:
            raise _invalid(f"channels/{place}", "channel_missing", f"the template has no words for {channel.value}")
    return found


def _time(text: str | None, now: int) -> int:
    """Epoch ms; 0 for at once."""
    try:
        at = time_ms(text, "at") or 0 if text is not None else 0
    except RecordInvalid as invalid:
        raise _invalid("at", "time_invalid", invalid.detail) from invalid
    if at > now + AHEAD_MS:
        raise _invalid("at", "time_invalid", "a broadcast begins within a year")
    return at


def _invalid(path: str, code: str, detail: str) -> DocumentInvalid:
    return DocumentInvalid("the broadcast cannot be made", [Fault(path, code, detail)])


def _answer(one: Broadcast) -> Answer:
    return Answer(body=BroadcastShown(**fields_of(one)))


def _fingerprint(wanted: BroadcastPreviewWanted) -> str:
    text = wanted.model_dump_json(exclude={"cursor"})
    return blake2b(text.encode(), digest_size=_FINGERPRINT_BYTES).hexdigest()
