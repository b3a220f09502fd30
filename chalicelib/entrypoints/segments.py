"""Segments over HTTP: who is in one, how many are and were, and who would be."""

from collections.abc import Callable
from enum import StrEnum
from hashlib import blake2b
from time import monotonic
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.audiences import planbook, preview
from chalicelib.audiences.conditions import Condition
from chalicelib.audiences.flows import Point, Unit, bounds_of, history
from chalicelib.audiences.kinds import RuleKind
from chalicelib.audiences.membership import Audience
from chalicelib.audiences.populations import Member, count_of, flows_of, people_in
from chalicelib.durations import RETENTION_DAYS, UNITS_MS
from chalicelib.entrypoints.in_force import in_force
from chalicelib.entrypoints.times import time_of
from chalicelib.errors import BadRequest
from chalicelib.events.clock import rfc3339
from chalicelib.http import Answer, Query, Request
from chalicelib.paging import MAX_CURSOR_LENGTH
from chalicelib.people.reading import strongest_of
from chalicelib.settings import settings
from chalicelib.zones import DEFAULT_TIMEZONE, zone

MAX_SAMPLE: Final = 100
DEFAULT_SAMPLE: Final = 10
MAX_STEPS: Final = 750  # of a history: a month of hours, two years of days
FINGERPRINT_BYTES: Final = 8
SPANS_MS: Final = {Unit.HOUR: 2 * UNITS_MS["d"], Unit.DAY: 30 * UNITS_MS["d"]}  # of a history without `from`
OLDEST_MS: Final = RETENTION_DAYS * UNITS_MS["d"]
COUNTS_QUERY: Final = (
    Query("from", "Steps from this time on (RFC 3339 or epoch ms). Default: two days ago for hours, thirty for days."),
    Query("to", "Steps that begin before this time. Default: now."),
    Query("unit", "`hour` or `day`.", {"type": "string", "enum": [*Unit], "default": Unit.DAY}),
    Query("timezone", "Where a day begins (IANA name).", {"type": "string", "default": DEFAULT_TIMEZONE}),
)


class Backfill(StrEnum):
    """Whether everybody has been judged by the rules in force; until then lists and counts still move by themselves."""

    RUNNING = "running"
    DONE = "done"


class MemberShown(BaseModel):
    """A person in a segment, with its strongest identifier."""

    person_id: str
    since: str
    identifiers: list[dict[str, str]]


class MemberList(BaseModel):
    """A page of a segment's people. `backfill` is `running` while newly published rules are still being applied to everybody."""

    items: list[MemberShown]
    next: str | None
    backfill: Backfill


class SegmentCount(BaseModel):
    """How many people are in a segment."""

    count: int
    backfill: Backfill
    as_of: str


class SegmentStep(BaseModel):
    """An hour or a day: when it began, how many there were at its end (for the last one: now), who came and who went in it."""

    at: str
    count: int
    entered: int
    left: int


class SegmentCounts(BaseModel):
    """How many people were in a segment, oldest step first."""

    items: list[SegmentStep]
    backfill: Backfill
    as_of: str


class PreviewWanted(BaseModel):
    """A condition to try. `sample` is how many people to show, `cursor` that of the answer to go on from."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"where": {"event": "MenuClicked", "count": {"gt": 5}, "within": "7d"}, "sample": 5}]},
    )

    where: Condition
    sample: int = Field(default=DEFAULT_SAMPLE, ge=1, le=MAX_SAMPLE)
    cursor: str | None = Field(default=None, max_length=MAX_CURSOR_LENGTH)


class PersonSampled(BaseModel):
    """Somebody for whom the condition holds, with the strongest identifier."""

    person_id: str
    identifiers: list[dict[str, str]]


class PreviewShown(BaseModel):
    """For how many of the people `checked` so far the condition holds, and some of those found by this call.

    `complete` tells whether everybody was asked; if not, send the condition again with the `cursor`.
    """

    count: int
    sample: list[PersonSampled]
    checked: int
    complete: bool
    cursor: str | None


def get_people(request: Request) -> Answer:
    """`GET /v1/segments/{name}/people`: by key, whatever the size of the segment, in an order that means nothing."""
    name, backfill = _segment(request)
    page = people_in(Audience.SEGMENT, name, request.limit, request.cursor)
    return Answer(body=MemberList(items=[_member(one) for one in page.items], next=page.next, backfill=backfill))


def get_count(request: Request) -> Answer:
    """`GET /v1/segments/{name}/count`: from counters that are kept with every change; nobody is looked at."""
    name, backfill = _segment(request)
    return Answer(body=SegmentCount(count=count_of(Audience.SEGMENT, name), backfill=backfill, as_of=rfc3339(request.received_at)))


def get_counts(request: Request) -> Answer:
    """`GET /v1/segments/{name}/counts`: worked out backwards from the count of this moment and from who came and went in each hour.

    Raises BadRequest for more than 750 steps, and for times before those that events are kept.
    """
    name, backfill = _segment(request)
    bounds = _bounds(request, _unit(request))
    points = history(count_of(Audience.SEGMENT, name), flows_of(Audience.SEGMENT, name, bounds[0]), bounds)
    return Answer(body=SegmentCounts(items=[_step(one) for one in points], backfill=backfill, as_of=rfc3339(request.received_at)))


def monotonic_ms() -> int:
    """Milliseconds of a clock that never goes back."""
    return int(monotonic() * 1000)


def post_preview(request: Request, clock: Callable[[], int] = monotonic_ms) -> Answer:
    """`POST /v1/segments/preview`: asks everybody, at the price of reading all of the people table; nothing is changed.

    Exact: signals that people do not keep are counted from their stored events. What takes more than 20 seconds is cut into several
    calls, each with the cursor of the one before. Raises DocumentInvalid for a condition that refers to what is not published.
    """
    wanted = request.document(PreviewWanted)
    rules = planbook.current_rules(planbook.newest().version)
    asked = preview.question(wanted.where, rules, settings().time_scale)
    of = _fingerprint(wanted)
    start = preview.progress_of(wanted.cursor, of) if wanted.cursor else preview.Progress()
    found = preview.ask(asked, start, wanted.sample, request.received_at, clock)
    progress = found.progress
    shown = PreviewShown(
        count=progress.count,
        sample=[PersonSampled(person_id=one.id, identifiers=_strongest(one.id)) for one in found.sample],
        checked=progress.checked,
        complete=progress.place is None,
        cursor=progress.cursor(of),
    )
    return Answer(body=shown)


def _segment(request: Request) -> tuple[str, Backfill]:
    """The name of the segment, if it is published, and whether everybody has been judged by what is."""
    rules, published = in_force(RuleKind.SEGMENTS, request.params["name"])
    return published.name, Backfill.DONE if planbook.finished(rules.plan.version) else Backfill.RUNNING


def _member(one: Member) -> MemberShown:
    return MemberShown(person_id=one.person, since=rfc3339(one.since), identifiers=_strongest(one.person))


def _strongest(person: str) -> list[dict[str, str]]:
    found = strongest_of(person)
    return [{"namespace": found.namespace, "value": found.value}] if found else []


def _unit(request: Request) -> Unit:
    try:
        return Unit(request.query.get("unit") or Unit.DAY)
    except ValueError as error:
        raise BadRequest("unit must be hour or day") from error


def _bounds(request: Request, unit: Unit) -> list[int]:
    now = request.received_at
    end = min(time_of(request, "to") or now, now)
    start = time_of(request, "from") or end - SPANS_MS[unit]
    if not now - OLDEST_MS <= start < end:
        raise BadRequest(f"from must lie before to, and not more than {RETENTION_DAYS} days ago")
    if (end - start) // UNITS_MS[unit.value[0]] >= MAX_STEPS:
        raise BadRequest(f"a history has at most {MAX_STEPS} steps; ask for days, or for less")
    try:
        return bounds_of(start, end, unit, zone(request.query.get("timezone") or DEFAULT_TIMEZONE))
    except ValueError as error:
        raise BadRequest(str(error)) from error


def _step(point: Point) -> SegmentStep:
    return SegmentStep(at=rfc3339(point.at), count=point.count, entered=point.flow.entered, left=point.flow.left)


def _fingerprint(wanted: PreviewWanted) -> str:
    text = wanted.model_dump_json(include={"where"}, by_alias=True, exclude_unset=True)
    return blake2b(text.encode(), digest_size=FINGERPRINT_BYTES).hexdigest()
