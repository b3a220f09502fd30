"""`POST /v1/journeys/{name}/dry-run`: what a version of a journey would have done to everybody, had it been in force."""

import base64
import binascii
import json
import zlib
from collections.abc import Callable
from time import monotonic
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, TypeAdapter, model_validator

import chalicelib.journeys.publishing  # noqa: F401 - makes the kind known
from chalicelib.definitions import store
from chalicelib.definitions.model import Definition
from chalicelib.durations import RETENTION_DAYS, UNITS_MS
from chalicelib.entrypoints.journey_rehearsals_shown import DryRunShown, person_shown, totals_shown, warning_shown
from chalicelib.errors import BadRequest, NotFound
from chalicelib.events.clock import rfc3339
from chalicelib.events.wire import RecordInvalid, time_ms
from chalicelib.http import Answer, Request
from chalicelib.journeys.definition.documents import KIND
from chalicelib.journeys.rehearsal import rehearsal
from chalicelib.journeys.rehearsal.counting import Round
from chalicelib.journeys.rehearsal.rehearsal import Progress
from chalicelib.journeys.rehearsal.totals import kept, totals_from
from chalicelib.people.everybody import PERSONS, Place
from chalicelib.people.records import node_partition

MAX_DAYS: Final = 92
MAX_SAMPLE: Final = 20
DEFAULT_SAMPLE: Final = 5
MAX_CURSOR: Final = 256 * 1024  # characters: it carries the totals, and what is counted over everybody
MAX_UNPACKED: Final = 2 * 1024 * 1024
_PARTITIONS: Final = (PERSONS, node_partition(""))
_ROUND: Final = TypeAdapter(Round)


class DryRunWanted(BaseModel):
    """What to play: the events of `from` up to `to` (RFC 3339 or epoch ms), through a `version`, the newest one (`draft`), or the one in
    force. `sample` is how many people to show, `cursor` that of the answer to go on from.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={"examples": [{"from": "2026-11-01T00:00:00+08:00", "to": "2026-11-08T00:00:00+08:00", "draft": True}]},
    )

    start: StrictStr | StrictInt = Field(alias="from")
    end: StrictStr | StrictInt = Field(alias="to")
    version: StrictInt | None = Field(default=None, ge=1)
    draft: StrictBool = False
    sample: StrictInt = Field(default=DEFAULT_SAMPLE, ge=0, le=MAX_SAMPLE)
    cursor: StrictStr | None = Field(default=None, max_length=MAX_CURSOR)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.draft and self.version is not None:
            raise ValueError("either name a version or ask for the draft")
        return self


def monotonic_ms() -> int:
    """Milliseconds of a clock that never goes back."""
    return int(monotonic() * 1000)


def post_dry_run(request: Request, clock: Callable[[], int] = monotonic_ms) -> Answer:
    """Nothing is sent and nothing is written. What takes more than 20 seconds is cut into calls, each with the cursor of the one before.

    Raises NotFound, BadRequest for a strange span or cursor, DocumentInvalid for a version that could not go in force, EnteredByApi.
    """
    wanted, now = request.document(DryRunWanted), request.received_at
    start, end = _span(wanted, now)
    found = _definition(request.params["name"], wanted)
    script = rehearsal.script_of(found.name, found.version, found.document, start, end)
    of = f"{found.name}@{found.version}/{start}/{end}/{script.rules.plan.version}"  # rules that change would make two halves of it
    progress = _progress(wanted.cursor, of) if wanted.cursor else Progress()
    answer = rehearsal.go_through(script, progress, wanted.sample, now, clock)
    shown = {
        "journey": found.name,
        "version": found.version,
        "from": rfc3339(start),
        "to": rfc3339(end),
        "totals": totals_shown(answer.progress.totals),
        "sample": [person_shown(person, story) for person, story in answer.sample],
        "warnings": [warning_shown(one) for one in answer.warnings],
        "round": answer.progress.round.number,
        "complete": answer.progress.complete,
        "cursor": _cursor(answer.progress, of),
    }
    return Answer(body=DryRunShown(**shown))


def _definition(name: str, wanted: DryRunWanted) -> Definition:
    """The version that is meant. Raises NotFound."""
    if wanted.draft or wanted.version is not None:
        return store.get(KIND, name, wanted.version)
    found = store.published(KIND, name)
    if found is None:
        raise NotFound(f"no journey {name} is in force; name a version, or ask for the draft")
    return found


def _span(wanted: DryRunWanted, now: int) -> tuple[int, int]:
    try:
        start, end = time_ms(wanted.start, "from"), time_ms(wanted.end, "to")
    except RecordInvalid as invalid:
        raise BadRequest(invalid.detail) from invalid
    if start is None or end is None or not now - RETENTION_DAYS * UNITS_MS["d"] <= start < end <= now:
        raise BadRequest(f"from must lie before to, to not in the future, and from not more than {RETENTION_DAYS} days ago")
    if end - start > MAX_DAYS * UNITS_MS["d"]:
        raise BadRequest(f"a dry run goes over at most {MAX_DAYS} days")
    return start, end


def _cursor(progress: Progress, of: str) -> str | None:
    if progress.complete:
        return None
    place = [progress.place.pk, progress.place.sk] if progress.place else None
    text = json.dumps([of, place, kept(progress.totals), _ROUND.dump_python(progress.round, mode="json")], separators=(",", ":"))
    return base64.urlsafe_b64encode(zlib.compress(text.encode())).decode().rstrip("=")


def _progress(cursor: str, of: str) -> Progress:
    """What a cursor was made of. Raises BadRequest for one of another dry run, or of nobody's making."""
    try:
        whose, place, totals, played = _unpacked(cursor)
        if whose != of or (place and not (str(place[0]).startswith(_PARTITIONS) and isinstance(place[1], str))):
            raise ValueError("of another dry run")
        return Progress(totals_from(totals), Place(*place) if place else None, _ROUND.validate_python(played))
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError, zlib.error, binascii.Error) as error:
        raise BadRequest("cursor is not one that this dry run gave") from error


def _unpacked(cursor: str) -> Any:
    packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    return json.loads(zlib.decompressobj().decompress(packed, MAX_UNPACKED))
