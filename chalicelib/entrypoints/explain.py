"""Why a person is (not) in a segment or a journey, has (not) a tag, scores or stands as they do, was (not) sent a message."""

from typing import Any, Final

from pydantic import BaseModel, RootModel

from chalicelib.audiences.facts import Explanation
from chalicelib.audiences.judgement import Judgement
from chalicelib.audiences.kinds import RuleKind
from chalicelib.audiences.reading import facts_of
from chalicelib.dispatch import explaining
from chalicelib.dispatch import store as ledger
from chalicelib.dispatch.explaining import MessageExplained
from chalicelib.dispatch.model import Message, State
from chalicelib.entrypoints.addressing import addressed
from chalicelib.entrypoints.in_force import in_force, lifecycle_in_force
from chalicelib.entrypoints.journey_runs_shown import JourneyExplained
from chalicelib.entrypoints.standing_shown import standing_at
from chalicelib.errors import BadRequest, NotFound
from chalicelib.events.clock import rfc3339
from chalicelib.http import Answer, Query, Request
from chalicelib.people import reading, store
from chalicelib.people.model import Person
from chalicelib.people.standing import Standing

_KINDS: Final = {"segment": RuleKind.SEGMENTS, "score": RuleKind.SCORES, "tag": RuleKind.TAGS, "lifecycle": RuleKind.LIFECYCLE}
_BESIDE: Final = ("message", "journey")  # what is no rule
EXPLAIN_QUERY: Final = (
    Query("segment", "The name of a segment."),
    Query("score", "The name of a score."),
    Query("tag", "The name of a tag that rules give."),
    Query("message", "The id of a message."),
    Query("journey", "The name of a journey."),
    Query("lifecycle", "`true` to ask for the life cycle.", {"type": "string", "enum": ["true"]}),
)


class ExplanationShown(BaseModel):
    """A condition, or the rule of a score: whether it holds, what it says, and the numbers that decided.

    `changes_at` is when that may change next if nothing happens; null if it never will.
    """

    holds: bool
    condition: dict[str, Any]
    found: dict[str, Any]
    changes_at: str | None
    parts: list["ExplanationShown"]


class Explained(BaseModel):
    """Where one definition puts a person, since when, and why.

    `value` is the score, the tag's value or the stage, `band` that of a score with bands; `since` is since when segment, tag, band or stage
    stand. While `pending` the definition does not apply to the person yet, for events of before are still being counted: what stood before
    still stands. `manual` is since when a person gave the same tag by hand.
    """

    name: str
    kind: RuleKind
    version: int
    holds: bool
    value: int | float | str | None
    band: str | None
    since: str | None
    manual: str | None
    pending: bool
    changes_at: str | None
    tree: ExplanationShown


class ExplainedAny(RootModel[Explained | MessageExplained | JourneyExplained]):
    """Of a message, of a journey, or of another definition."""


def get_explanation(request: Request) -> Answer:
    """`GET /v1/people/{namespace}/{value}/explain`: judged at the moment of asking. Name exactly one definition, or one message.

    Raises BadRequest, NotFound for what is not published and for messages to others.
    """
    if message := _asked_alone(request, "message"):
        return Answer(body=_of_message(message, request))
    if journey := _asked_alone(request, "journey"):
        return Answer(body=_of_journey(journey, request))
    kind, name = _asked(request)
    person = reading.person_of(addressed(request))
    rules, published = lifecycle_in_force(person.plan) if kind is RuleKind.LIFECYCLE else in_force(kind, name, person.plan)
    now, facts = request.received_at, facts_of(person, rules.plan)
    judgement = rules.judge(facts, now, person.plan)
    tree = _tree(rules.explain(kind, published.name, facts, now, person.plan))
    shown = Explained(
        name=published.name,
        kind=kind,
        version=published.version,
        pending=(kind, published.name) in judgement.pending,
        changes_at=tree.changes_at,
        tree=tree,
        **_outcome(kind, published.name, judgement, standing_at(store.standing(person.id), judgement, facts, now)),
    )
    return Answer(body=shown)


def _asked_alone(request: Request, what: str) -> str:
    """The message or journey that is asked about; "" when something else is."""
    others = any(request.query.get(key) for key in {*_KINDS, *_BESIDE} - {what})
    return "" if others else request.query.get(what) or ""


def _of_journey(journey: str, request: Request) -> JourneyExplained:
    from chalicelib.entrypoints import journey_explained

    return journey_explained.explained(reading.person_of(addressed(request)), journey, request.received_at)


def _of_message(message_id: str, request: Request) -> MessageExplained:
    """Messages to somebody who has become this person are theirs."""
    person, message = reading.person_of(addressed(request)), ledger.find(message_id)
    if message is None or not _is_theirs(message, person):
        raise NotFound("no message of this id was asked for this person, or it has expired")
    if message.state is not State.FAILED:
        return explaining.explained(message)
    from chalicelib.dispatch import deciding  # renders templates: not light

    return explaining.explained(message, deciding.considered(message, request.received_at))


def _is_theirs(message: Message, person: Person) -> bool:
    return any(one.id == person.id for one in store.roots([message.order.person]).values())


def _asked(request: Request) -> tuple[RuleKind, str]:
    given = [(kind, request.query[key]) for key, kind in _KINDS.items() if request.query.get(key)]
    if len(given) != 1 or any(request.query.get(key) for key in _BESIDE):
        raise BadRequest("ask for exactly one: segment, score, tag, journey, message or lifecycle=true")
    kind, name = given[0]
    if kind is RuleKind.LIFECYCLE and name != "true":
        raise BadRequest("lifecycle must be true")
    return kind, name


def _outcome(kind: RuleKind, name: str, judgement: Judgement, standing: Standing) -> dict[str, Any]:
    """What holds, of the definition of that name."""
    if kind is RuleKind.SCORES:
        band, since = standing.bands.get(name, ("", 0))
        return _held(name in judgement.scores, since, value=judgement.scores.get(name), band=band or None)
    if kind is RuleKind.TAGS:
        value, since = standing.tags.get(name, ("", 0))
        return _held(name in standing.tags, since, value=value or None, manual=_time(standing.manual.get(name)))
    if kind is RuleKind.LIFECYCLE:
        stage, since = standing.stage
        return _held(bool(stage), since, value=stage or None)
    return _held(name in standing.segments, standing.segments.get(name, 0))


def _held(holds: bool, since: int, **more: Any) -> dict[str, Any]:
    return {"value": None, "band": None, "manual": None, **more, "holds": holds, "since": _time(since or None)}


def _tree(one: Explanation) -> ExplanationShown:
    return ExplanationShown(
        holds=one.holds, condition=one.what, found=one.found, changes_at=_time(one.next), parts=[_tree(part) for part in one.parts]
    )


def _time(moment: int | None) -> str | None:
    return None if moment is None else rfc3339(moment)
