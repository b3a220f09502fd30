"""Runs over HTTP: those of a journey, one person's with all that happened on the way, and those of a person in all journeys."""

from typing import Final

import chalicelib.journeys.publishing  # noqa: F401 - makes the kind known
from chalicelib.definitions import store as definitions
from chalicelib.entrypoints.addressing import addressed
from chalicelib.entrypoints.journey_runs_shown import STATES, RunLine, RunList, RunsOfPerson, line_of, shown, state_of
from chalicelib.errors import BadRequest, NotFound
from chalicelib.http import PAGE, Answer, Query, Request
from chalicelib.journeys.counts import history
from chalicelib.journeys.engine.model import Enrolment, Run
from chalicelib.people import reading, store
from chalicelib.people.model import Person

KIND: Final = "journeys"
RUNS_QUERY: Final = (
    Query("state", "Only runs of this state.", {"type": "string", "enum": STATES}),
    Query("node", "Only runs that are at this node."),
    Query("version", "Only runs of this version.", {"type": "integer", "minimum": 1}),
    *PAGE,
)
_MOST_VERSIONS: Final = 10**9


def list_runs(request: Request) -> Answer:
    """`GET /v1/journeys/{name}/runs`. Raises NotFound, BadRequest."""
    name, state, node = request.params["name"], request.query.get("state"), request.query.get("node")
    definitions.get(KIND, name)
    version = request.integer("version", 0, 1, _MOST_VERSIONS)
    if state and state not in STATES:
        raise BadRequest(f"state must be one of {', '.join(STATES)}")

    def wanted(run: Run) -> bool:
        fits = not version or run.version == version
        return fits and (not state or state_of(run) == state) and (not node or (run.node == node and run.open))

    page = history.page(name, wanted, request.limit, request.cursor)
    return Answer(body=RunList(items=[RunLine(**line_of(name, person, run)) for person, run in page.items], next=page.next))


def get_runs(request: Request) -> Answer:
    """`GET /v1/journeys/{name}/runs/{person}`: by the person's id, also an old one. Raises NotFound."""
    name = request.params["name"]
    definitions.get(KIND, name)
    person = store.roots([request.params["person"]]).get(request.params["person"])
    if person is None:
        raise NotFound("there is no such person")
    return _answer(person, [history.in_journey(person, name, request.received_at)])


def get_journeys_of_person(request: Request) -> Answer:
    """`GET /v1/people/{namespace}/{value}/journeys`. Raises NotFound."""
    person = reading.person_of(addressed(request))
    return _answer(person, history.of_person(person, request.received_at))


def _answer(person: Person, enrolments: list[Enrolment]) -> Answer:
    runs = [(one.journey, run) for one in enrolments for run in one.runs]
    runs.sort(key=lambda one: (-one[1].entered_at, one[0], one[1].id))
    return Answer(body=RunsOfPerson(person=person.id, runs=[shown(journey, person.id, run) for journey, run in runs]))
