"""Journeys over HTTP, for who runs them: how one stands, holding it, ending it, moving people to another version, trying steps again.

All of it is answered at once with how the journey stands. What it means for everybody inside is done by a walk, which the answer shows.
"""

from collections.abc import Callable
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

import chalicelib.journeys.publishing  # noqa: F401 - makes the kind known
from chalicelib.audiences.conditions import Name
from chalicelib.entrypoints.journeys_shown import shown
from chalicelib.errors import Conflict, DocumentInvalid, Fault, NotFound
from chalicelib.http import Answer, Request
from chalicelib.journeys import operating
from chalicelib.journeys.definition.compiling import not_kept
from chalicelib.journeys.engine.chart import Chart
from chalicelib.journeys.in_force import book
from chalicelib.journeys.in_force.charts import JourneyState, Standing
from chalicelib.journeys.in_force.pages import Page
from chalicelib.journeys.walks import changing, walking
from chalicelib.journeys.walks.walks import Walk, What

MAX_REASON: Final = 200  # characters
MAX_NODES: Final = 100
_GOES_ON: Final = (JourneyState.RUNNING, JourneyState.DRAINING)


class JourneyHeld(Conflict):
    """It is paused or stopped: nobody's steps are taken."""

    code = "journey_held"


class JourneyStopped(Conflict):
    """It was stopped, and whoever is inside is ended."""

    code = "journey_stopped"


class ResumeWanted(BaseModel):
    """How a journey is to go on."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"entries": True}]})

    entries: StrictBool = Field(default=True, description="Whether people enter again; else those inside go on alone.")


class StopWanted(BaseModel):
    """What becomes of those inside: `finish` lets them go on to their end, `exit` ends them where they are."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"inside": "finish"}, {"inside": "exit"}]})

    inside: Literal["finish", "exit"]


class MoveWanted(BaseModel):
    """Whom to take to the version in force: those of the version `from`. Who is at a node that `nodes` names goes to the one that it says,
    others to the node of the same name, where their stay goes on. Who is at none of both stays at the version.
    """

    model_config = ConfigDict(
        extra="forbid", populate_by_name=True, json_schema_extra={"examples": [{"from": 1, "nodes": {"hold": "hold-longer"}}]}
    )

    version: StrictInt = Field(alias="from", ge=1)
    nodes: Annotated[dict[Name, Name], Field(max_length=MAX_NODES)] = {}


class RetryWanted(BaseModel):
    """Whose steps to try again: of all that failed, those at one node, or those that failed for one reason."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"node": "offer", "reason": "template_unknown"}]})

    node: Name | None = None
    reason: Annotated[StrictStr, Field(max_length=MAX_REASON)] | None = None


def get_status(request: Request) -> Answer:
    """`GET /v1/journeys/{name}/status`. Should messages or workers of a walk have been lost, it goes on. Raises NotFound."""
    name = request.params["name"]
    _page(name)
    walking.revive(name, request.received_at)
    return _answer(name)


def post_pause(request: Request) -> Answer:
    """`POST /v1/journeys/{name}/pause`: within 20 s nobody enters and no step is taken; exits and goals count all the same. Twice is once.

    Raises NotFound, JourneyStopped.
    """
    name = request.params["name"]
    if _page(name).state is JourneyState.STOPPED:
        raise JourneyStopped(f"the journey {name} is stopped; there is nothing left to pause")
    _put(request, JourneyState.PAUSED)
    return _answer(name)


def post_resume(request: Request) -> Answer:
    """`POST /v1/journeys/{name}/resume`: everybody whose time has come meanwhile goes on. Raises NotFound, Conflict for one archived."""
    wanted = request.document(ResumeWanted) if request.body else ResumeWanted()
    _resume(request, JourneyState.RUNNING if wanted.entries else JourneyState.DRAINING)
    return _answer(request.params["name"])


def post_stop(request: Request) -> Answer:
    """`POST /v1/journeys/{name}/stop`: nobody enters any more. Raises NotFound."""
    wanted = request.document(StopWanted)
    if wanted.inside == "exit":
        standing = _put(request, JourneyState.STOPPED)
        operating.stopped(standing.name, standing.by, standing.at, request.received_at)
    elif _page(request.params["name"]).state in _GOES_ON:
        _put(request, JourneyState.DRAINING)
    else:
        _resume(request, JourneyState.DRAINING)
    return _answer(request.params["name"])


def post_move(request: Request) -> Answer:
    """`POST /v1/journeys/{name}/move`. Whoever comes to another node begins it, so nobody is moved while it is paused.

    Raises NotFound, JourneyStopped, JourneyHeld, DocumentInvalid for versions and nodes that there are not.
    """
    wanted, name = request.document(MoveWanted), request.params["name"]
    standing = book.standing_of(name, _page(name))
    to = standing.current
    if to is None:
        raise JourneyStopped(f"the journey {name} has no version that people could go on at")
    if standing.state not in _GOES_ON:
        raise JourneyHeld(f"the journey {name} is {standing.state}; resume it first")
    if faults := _faults(wanted, standing, to):
        raise DocumentInvalid("nobody can be moved like that; the places are named in `errors`", faults)
    arguments = {changing.FROM: wanted.version, changing.NODES: wanted.nodes}
    return _walk(request, lambda at, by: Walk(name, What.MOVE, at, at, to.version, by, arguments))


def post_retry(request: Request) -> Answer:
    """`POST /v1/journeys/{name}/retry`: a message that is asked for again is the same message.

    Raises NotFound, JourneyHeld, DocumentInvalid for a node that there is not.
    """
    wanted, name = request.document(RetryWanted) if request.body else RetryWanted(), request.params["name"]
    page = _page(name)
    if page.state not in _GOES_ON:
        raise JourneyHeld(f"the journey {name} is {page.state}; resume it first")
    if wanted.node is not None and not any(wanted.node in kept.document["nodes"] for kept in page.documents.values()):
        raise DocumentInvalid("no step can be tried again there", [Fault("node", "node_unknown", f"no version has a node {wanted.node}")])
    arguments = wanted.model_dump(exclude_none=True)
    return _walk(request, lambda at, by: Walk(name, What.RETRY, at, at, 0, by, arguments))


def _faults(wanted: MoveWanted, standing: Standing, to: Chart) -> list[Fault]:
    origin = standing.charts.get(wanted.version)
    if origin is None or origin is to:
        there = ", ".join(str(one) for one in standing.charts if one != to.version) or "none"
        return [Fault("from", "version_unknown", f"people are moved to version {to.version}; others that they may be at: {there}")]
    unknown = [
        Fault(f"nodes/{old}", "node_unknown", f"version {wanted.version} has no node {old}")
        for old in wanted.nodes
        if old not in origin.nodes
    ]
    unknown += [
        Fault(f"nodes/{old}", "node_unknown", f"version {to.version} has no node {new}")
        for old, new in wanted.nodes.items()
        if new not in to.nodes
    ]
    missing = ", ".join(not_kept(origin, to))
    detail = f"version {to.version} asks for properties of the entry that runs of version {wanted.version} do not keep: {missing}"
    return [*unknown, Fault("from", "entry_not_kept", detail)] if missing else unknown


def _walk(request: Request, walk: Callable[[int, str], Walk]) -> Answer:
    made = walking.begin(walk(request.received_at, request.known_caller().key_id), request.received_at)
    return _answer(made.journey)


def _put(request: Request, state: JourneyState) -> Standing:
    return book.put_state(request.params["name"], state, request.received_at, request.known_caller().key_id)


def _resume(request: Request, state: JourneyState) -> None:
    operating.resume(request.params["name"], state, request.known_caller().key_id, request.received_at)


def _page(name: str) -> Page:
    page = book.newest().pages.get(name)
    if page is None:
        raise NotFound(f"no journey {name} is in force, and nobody is inside of one")
    return page


def _answer(name: str) -> Answer:
    return Answer(body=shown(name, _page(name)))
