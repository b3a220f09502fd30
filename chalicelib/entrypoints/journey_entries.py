"""Entries over HTTP: a caller lets somebody into a journey."""

import json
from hashlib import sha256
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StrictStr

import chalicelib.journeys.publishing  # noqa: F401 - makes the kind known
from chalicelib.entrypoints.addressing import valid_identifier
from chalicelib.entrypoints.messages import MAX_DATA, MAX_KEY, IdempotencyConflict, To, faults_of_data
from chalicelib.errors import Conflict, DocumentInvalid, Fault, NotFound
from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Json
from chalicelib.http import Answer, Request
from chalicelib.identifiers import Identifier
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.engine.engine import Arrival, Refused
from chalicelib.journeys.engine.model import Enrolment, run_id
from chalicelib.journeys.in_force import book
from chalicelib.journeys.runs import admitting
from chalicelib.people.model import Person
from chalicelib.people.reading import person_of

API: Final = "api"  # what entries and ids of runs say they are
_DIGITS: Final = 12  # hexadecimal, of what tells requests apart: kept with every entry


class JourneyClosed(Conflict):
    """Nobody enters it by the API: its entry says what lets people in."""

    code = "journey_closed"


class EntryWanted(BaseModel):
    """Who is to enter. The same `idempotency_key` for the same identifier is the same entry, for two days; with another `key` or `data` it
    is refused.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "person": {"openid:wx77aa00bb11cc22dd": "oABC"},
                    "key": "course-88",
                    "data": {"course": "88"},
                    "idempotency_key": "sign-up-4711",
                }
            ]
        },
    )

    person: To = Field(description="By one identifier: its namespace and value.")
    key: Annotated[StrictStr, Field(max_length=MAX_KEY)] = Field(
        default="", description="What tells this run from others of the person, where the journey's entry has a `key`."
    )
    data: Annotated[Json, Field(max_length=MAX_DATA)] = Field(
        default={}, description="What the run knows: `entry.properties.` in texts. What nothing in the journey asks for is not kept."
    )
    idempotency_key: Annotated[StrictStr, Field(min_length=1, max_length=MAX_KEY)] | None = Field(
        default=None, description="Names what the entry is for, within the API key. Without it every request is another entry."
    )


class EntryMade(BaseModel):
    """Whether the person has entered. `run` is what the entry is called in either case; `reason` says why there is none."""

    run: str
    entered: bool
    reason: Refused | None = None


def post_entry(request: Request) -> Answer:
    """`POST /v1/journeys/{name}/entries`.

    Raises NotFound, JourneyClosed, DocumentInvalid for somebody unknown, IdempotencyConflict for a key that stands for something else.
    """
    wanted, name = request.document(EntryWanted), request.params["name"]
    chart, ((namespace, value),) = _chart(name), wanted.person.items()
    one = valid_identifier(namespace, value)
    person = _person(one, chart, wanted)
    run = run_id(name, API, request.known_caller().key_id, one.key, *_of(request, wanted))
    if chart.door.key and not wanted.key:
        return Answer(202, EntryMade(run=run, entered=False, reason=Refused.KEY_MISSING))
    entry: Json = {"name": API, "time": rfc3339(request.received_at), "properties": wanted.data}
    arrival = Arrival(run, wanted.key, one.key, person.id, request.received_at, entry, body=_body(wanted))
    found = admitting.admit(person.id, name, arrival, request.received_at)
    if isinstance(found, Enrolment):
        _refuse_another(found, arrival)
        return Answer(202, EntryMade(run=run, entered=True))
    return Answer(202, EntryMade(run=run, entered=False, reason=found.code if found else Refused.NOT_RUNNING))


def _of(request: Request, wanted: EntryWanted) -> tuple[str | int, ...]:
    """Without a key of their own two requests are never the same entry."""
    return ("key", wanted.idempotency_key) if wanted.idempotency_key is not None else (request.request_id, request.received_at)


def _body(wanted: EntryWanted) -> str:
    """What tells an entry from another one with the same `idempotency_key`; "" without one."""
    if wanted.idempotency_key is None:
        return ""
    return sha256(json.dumps([wanted.key, wanted.data], sort_keys=True).encode()).hexdigest()[:_DIGITS]


def _refuse_another(found: Enrolment, arrival: Arrival) -> None:
    if any(mark.run == arrival.run and mark.body not in ("", arrival.body) for mark in found.marks):
        raise IdempotencyConflict(
            "the idempotency_key was used for an entry with another key or data; take another one, or the same content"
        )


def _chart(name: str) -> Chart:
    """The version that people enter. What was published a moment ago this process may not know yet."""
    if not _is_open(book.current().current(name)):
        book.look_again()
    chart = book.current().current(name)
    if chart is None:
        raise NotFound(f"no journey {name} is in force")
    if not chart.door.api:
        raise JourneyClosed(f"nobody enters the journey {name} by the API: its entry is not {{'api': true}}")
    return chart


def _is_open(chart: Chart | None) -> bool:
    return chart is not None and chart.door.api


def _person(one: Identifier, chart: Chart, wanted: EntryWanted) -> Person:
    faults = faults_of_data(wanted.data)
    if wanted.key and not chart.door.key:
        faults.append(Fault("key", "key_unexpected", "runs of this journey are not told apart by a key: its entry has none"))
    try:
        person = person_of(one)
    except NotFound as nobody:
        faults.append(Fault("person", "person_unknown", nobody.detail))
    if faults:
        raise DocumentInvalid("the person cannot enter like that; the places are named in `errors`", faults)
    return person
