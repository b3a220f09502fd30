"""What runs look like over HTTP, and why somebody is (not) in a journey."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, Field, WithJsonSchema

from chalicelib.dispatch import store as messages
from chalicelib.events.clock import rfc3339
from chalicelib.identifiers import parse_key
from chalicelib.journeys.counts import counting
from chalicelib.journeys.counts.words import Where, where_of
from chalicelib.journeys.engine.arrivals import Refused
from chalicelib.journeys.engine.asked import of_acts
from chalicelib.journeys.engine.model import NEVER, Reached, Run, Sent, Visit
from chalicelib.journeys.in_force.charts import JourneyState

STATES: Final = [one.name.lower() for one in Where]
RunWhere = Annotated[str, WithJsonSchema({"type": "string", "enum": STATES})]


class RunLine(BaseModel):
    """A run: one thread of a person through a journey. `by` is the identifier that entered, `key` what tells it apart from the person's
    other runs. `state` is one of `not_yet` ("then not" may still happen), `not_entered`, `held_out` (control group), `going`, `failed`,
    `ended`, `merged` (it goes on as another run of the person). `until` is when the stay at `node` ends by itself.
    """

    run: str
    journey: str
    version: int
    person: str
    by: dict[str, str]
    key: str | None
    state: RunWhere
    reason: str | None
    node: str | None
    since: str
    until: str | None
    entered_at: str
    ended_at: str | None


class VisitShown(BaseModel):
    """One stay at a node: how it ended (`outcome`), and what decided that (`why`); of runs that are over for long `why` is not kept."""

    node: str
    since: str
    until: str | None
    outcome: str | None
    why: dict[str, Any] | None


class PostedShown(BaseModel):
    """A message that the run asked for, to the person, to the staff or by a webhook; `GET /v1/messages/{id}` tells what became of it."""

    node: str
    at: str
    message: str


class GoalShown(BaseModel):
    """The earliest goal event, what it brought, and the message that it is credited to."""

    at: str
    revenue: float
    message: str | None


class RunShown(RunLine):
    """A run with its whole history: what it entered by, every stay, every message."""

    entry: dict[str, Any]
    visits: list[VisitShown] = Field(description="Oldest first.")
    messages: list[PostedShown]
    milestones: list[dict[str, str]] = Field(description="Goal nodes that it passed: `node` and `at`.")
    goal: GoalShown | None


class RunList(BaseModel):
    """A page of runs. It ends with a person, so it may hold some more than the limit; with few that fit, fewer, and still a `next`."""

    items: list[RunLine]
    next: str | None


class RunsOfPerson(BaseModel):
    """The runs of a person, those entered last first."""

    person: str
    runs: list[RunShown]


class EntryHeard(BaseModel):
    """An event of the name that opens the door. `fits`: whether it is one that does, by filter and key; `run` is the run that it began,
    null for none: then somebody was inside, or a limit was reached, or the journey was not running.
    """

    at: str
    fits: bool
    run: str | None


class JourneyExplained(BaseModel):
    """A person and a journey. `would` is the state that the run of an entry at this moment would be in, null when it is refused: `refusal`
    then says why, `found` with which numbers. Where runs are told apart by a key, that is for a key that is new. Where a segment that is
    entered or left lets people in, `found` says whether it `holds` the person by now, null while it is still being counted.

    `entry` is how the current version is entered. `heard` are the person's events of the last seven days that may have done so, the newest
    first; null where it is not events that do. `runs` are those still known, the last one first.
    """

    journey: str
    state: JourneyState
    version: int | None
    inside: bool
    would: RunWhere | None
    refusal: Refused | None
    found: dict[str, Any]
    entry: dict[str, Any] | None
    heard: list[EntryHeard] | None
    runs: list[RunShown] = Field(description="With their whole history.")


def state_of(run: Run) -> str:
    """Where a run is, as counts say it."""
    return where_of(run).name.lower()


def shown(journey: str, person: str, run: Run) -> RunShown:
    """A run with its history."""
    return RunShown(
        **line_of(journey, person, run),
        entry=run.entry,
        visits=[_visit(one) for one in run.visits],
        messages=[PostedShown(node=one.node, at=rfc3339(one.at), message=one.message) for one in _messages(journey, run)],
        milestones=[{"node": node, "at": rfc3339(at)} for node, at in run.milestones],
        goal=_goal(run.reached) if run.reached else None,
    )


def line_of(journey: str, person: str, run: Run) -> dict[str, Any]:
    """A run as `RunLine` has it."""
    by = parse_key(run.by)
    return {
        "run": run.id,
        "journey": journey,
        "version": run.version,
        "person": person,
        "by": {by.namespace: by.value},
        "key": run.key or None,
        "state": state_of(run),
        "reason": run.reason or None,
        "node": run.node if run.open and run.inside else None,
        "since": rfc3339(run.since),
        "until": _time(run.due),
        "entered_at": rfc3339(run.entered_at),
        "ended_at": _time(run.ended_at),
    }


def _messages(journey: str, run: Run) -> list[Sent]:
    """All messages of a run in their order. Not all that its acts are about came to be one."""
    acts = list(of_acts(run, counting.chart(journey, run.version)))
    known = messages.find_many(one.message for one in acts) if acts else {}
    places = {visit.node: place for place, visit in enumerate(run.visits)}
    return sorted((*run.sent, *(one for one in acts if one.message in known)), key=lambda one: (one.at, places.get(one.node, 0)))


def _visit(one: Visit) -> VisitShown:
    return VisitShown(node=one.node, since=rfc3339(one.since), until=_time(one.until), outcome=one.outcome or None, why=one.why)


def _goal(one: Reached) -> GoalShown:
    return GoalShown(at=rfc3339(one.at), revenue=one.revenue, message=one.message or None)


def _time(at: int) -> str | None:
    return None if at == NEVER else rfc3339(at)
