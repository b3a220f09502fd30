"""What a dry run looks like over HTTP."""

from collections.abc import Iterable
from typing import Literal, TypeVar

from pydantic import BaseModel, Field

from chalicelib.entrypoints.journey_runs_shown import RunWhere, state_of
from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Json
from chalicelib.journeys.engine.engine import Refused
from chalicelib.journeys.engine.model import Run
from chalicelib.journeys.rehearsal.caveats import Caveat, Warned
from chalicelib.journeys.rehearsal.rehearsed import Deed, Post, Story
from chalicelib.journeys.rehearsal.totals import Counted, Totals
from chalicelib.people.model import Person
from chalicelib.people.reading import strongest_of

Thing = TypeVar("Thing", Post, Deed)


class NodeRehearsed(BaseModel):
    """What happened at a node. Messages `sent` by channel, `refused` by reason; `deferred` by what they had to wait for, whatever came of
    it, of which `waiting` still did at the end. `acts` by key; people `handed_over` by the other journey, `not_handed_over` by why its door
    is closed to them. `inside` are the runs that were there at the end, `failed` those that stopped there.
    """

    sent: dict[str, int] = {}
    refused: dict[str, int] = {}
    deferred: dict[str, int] = {}
    waiting: int = 0
    acts: dict[str, int] = {}
    handed_over: dict[str, int] = {}
    not_handed_over: dict[str, int] = {}
    inside: int = 0
    failed: int = 0


class RehearsalTotals(BaseModel):
    """The dry run in numbers. `people` were looked at. `entered` and `held_out` (the control group) are runs; `outside` those of
    "A, then not B" that were not decided yet at the end; `turned_away` entries that began none, by reason. `ended` by why.
    `converted` and `converted_held_out` by the goal's window after the entry. `left_out` are people with more events than are looked at,
    or who would go round in a ring.
    """

    people: int
    entered: int
    held_out: int
    outside: int
    turned_away: dict[str, int]
    ended: dict[str, int]
    converted: dict[str, int]
    converted_held_out: dict[str, int]
    left_out: dict[str, int]
    nodes: dict[str, NodeRehearsed]


class StepRehearsed(BaseModel):
    """A stay at a node: from when until when (null: still there), how it ended, and the numbers or names that decided.

    `message` is what became of the message of the node, `acts` what it did, `handed_over` to which journeys.
    """

    node: str
    since: str
    until: str | None
    outcome: str
    why: Json | None
    message: "MessageRehearsed | None" = None
    acts: list[str] = []
    handed_over: "list[HandedOver]" = []


class HandedOver(BaseModel):
    """Somebody at the door of another journey, with the key of the entry, and why it would not let them in; null where it would. That they
    may still be inside from before is not asked.
    """

    journey: str
    key: str | None
    refusal: Refused | None


class MessageRehearsed(BaseModel):
    """A message: `sent`, `refused` or `deferred` (still waiting, for `until`), by which way, or why not; `waited_for` names what it had to
    wait for.
    """

    asked_at: str
    at: str
    state: Literal["sent", "refused", "deferred"]
    channel: str | None
    account: str | None
    reason: str | None
    waited_for: str | None
    until: str | None


class RunRehearsed(BaseModel):
    """A run, with every step. `state` is as `RunLine` has it."""

    run: str
    key: str | None
    entered_at: str
    state: RunWhere
    reason: str | None
    ended_at: str | None
    converted_at: str | None
    steps: list[StepRehearsed]


class TurnedAway(BaseModel):
    """An entry that began no run."""

    at: str
    reason: Refused


class PersonRehearsed(BaseModel):
    """Somebody who came to the door, with the strongest identifier."""

    person_id: str
    identifiers: list[dict[str, str]]
    runs: list[RunRehearsed]
    turned_away: list[TurnedAway]


class RehearsalWarning(BaseModel):
    """What is to be known of the numbers: what is not played, or not as in earnest; `place` is where in the document it lies."""

    code: Caveat
    place: str
    detail: str


class DryRunShown(BaseModel):
    """The dry run so far: everything in `totals` is of all calls of this `round` up to this one, the `sample` of this one alone.

    `complete` tells whether there is nothing more to be done; if not, send the same again with the `cursor`. A journey with a cap on
    entries or with ranks takes several rounds, in each of which everybody is looked at: the numbers are no answer before the last is over.
    """

    journey: str
    version: int
    start: str = Field(alias="from")
    end: str = Field(alias="to")
    totals: RehearsalTotals
    sample: list[PersonRehearsed]
    warnings: list[RehearsalWarning]
    round: int
    complete: bool
    cursor: str | None


def totals_shown(totals: Totals) -> RehearsalTotals:
    """The numbers, by what they count."""

    def by(counted: Counted) -> dict[str, int]:
        return {key[1]: number for key, number in sorted(totals.items()) if key[0] == counted.value}

    def total(counted: Counted) -> int:
        return totals[counted.value,]

    return RehearsalTotals(
        people=total(Counted.PEOPLE),
        entered=total(Counted.ENTERED),
        held_out=total(Counted.HELD_OUT),
        outside=total(Counted.OUTSIDE),
        turned_away=by(Counted.TURNED_AWAY),
        ended=by(Counted.ENDED),
        converted=by(Counted.CONVERTED),
        converted_held_out=by(Counted.CONVERTED_HELD_OUT),
        left_out=by(Counted.LEFT_OUT),
        nodes=_nodes(totals),
    )


def person_shown(person: Person, story: Story) -> PersonRehearsed:
    """A person's story, step by step."""
    found = strongest_of(person.id)
    return PersonRehearsed(
        person_id=person.id,
        identifiers=[{"namespace": found.namespace, "value": found.value}] if found else [],
        runs=[_run(one, story) for one in story.runs],
        turned_away=[TurnedAway(at=rfc3339(one.at), reason=one.code) for one in story.turned],
    )


def warning_shown(one: Warned) -> RehearsalWarning:
    """What is to be known of the numbers."""
    return RehearsalWarning(code=one.code, place=one.place, detail=one.detail)


_OF_NODES = {
    Counted.SENT.value: "sent",
    Counted.REFUSED.value: "refused",
    Counted.DEFERRED.value: "deferred",
    Counted.ACTED.value: "acts",
    Counted.HANDED.value: "handed_over",
    Counted.NOT_HANDED.value: "not_handed_over",
    Counted.WAITING.value: "waiting",
    Counted.INSIDE.value: "inside",
    Counted.FAILED.value: "failed",
}


def _nodes(totals: Totals) -> dict[str, NodeRehearsed]:
    found: dict[str, NodeRehearsed] = {}
    for (what, *where), number in sorted(totals.items()):
        if what not in _OF_NODES:
            continue
        node = found.setdefault(where[0], NodeRehearsed())
        if len(where) > 1:
            setattr(node, _OF_NODES[what], {**getattr(node, _OF_NODES[what]), where[1]: number})
        else:
            setattr(node, _OF_NODES[what], number)
    return found


def _run(run: Run, story: Story) -> RunRehearsed:
    return RunRehearsed(
        run=run.id,
        key=run.key or None,
        entered_at=rfc3339(run.entered_at),
        state=state_of(run),
        reason=run.reason or None,
        ended_at=_time(run.ended_at),
        converted_at=_time(run.reached.at) if run.reached else None,
        steps=_steps(run, story),
    )


def _steps(run: Run, story: Story) -> list[StepRehearsed]:
    """The visits; what a node did was asked for when the run left it."""
    posts = {(one.node, one.asked_at): one for one in _of(run, story.posts)}
    deeds = {(one.node, one.at): one for one in _of(run, story.deeds)}
    found = []
    for visit in run.visits:
        post, deed = posts.get((visit.node, visit.until)), deeds.get((visit.node, visit.until))
        step = StepRehearsed(
            node=visit.node,
            since=rfc3339(visit.since),
            until=_time(visit.until),
            outcome=visit.outcome,
            why=visit.why,
            message=_message(post) if post else None,
            acts=list(deed.acts) if deed else [],
            handed_over=[HandedOver(journey=one.journey, key=one.key or None, refusal=one.refusal) for one in deed.handed] if deed else [],
        )
        found.append(step)
    return found


def _of(run: Run, things: Iterable[Thing]) -> list[Thing]:
    return [one for one in things if one.run == run.id]


def _message(post: Post) -> MessageRehearsed:
    return MessageRehearsed(
        asked_at=rfc3339(post.asked_at),
        at=rfc3339(post.at),
        state=post.state,
        channel=post.channel or None,
        account=post.account or None,
        reason=post.reason or None,
        waited_for=post.waited or None,
        until=_time(post.until),
    )


def _time(at: int) -> str | None:
    return rfc3339(at) if at else None
