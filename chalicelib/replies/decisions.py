"""What was decided to answer to a push or a transition: kept once, so that every delivery of it does the same.

The first step may be the answer to the push itself (`passive`). Whether it was is known only by what WeChat does: it sends the push again
exactly when it did not get the answer. So each delivery answers again, the same way, unless it comes so soon that it is a copy of the last
one. When it has become too late for an answer, all of it is handed to the queue, once and for good.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from pynamodb.exceptions import DoesNotExist, PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.events.model import Json
from chalicelib.messages.contents import Content, content_of
from chalicelib.messages.ledger_records import KEPT_MS
from chalicelib.messages.model import Message, message_id
from chalicelib.replies.records import REPLY, ReplyRecord

RESEND_MS: Final = 4_500  # WeChat waits for 5 s before it sends a push again; what comes sooner is a copy
_LOST: Final = "ConditionalCheckFailedException"


@dataclass(frozen=True, slots=True)
class Step:
    """One content of a reply, its texts filled in, and the rule that wanted it."""

    rule: str
    content: Content


@dataclass(frozen=True, slots=True)
class Decision:
    """A reply. `at` is when it was decided (ms), `agent` None unless the fan is handed over, `passive` whether the first step may be the
    answer to the push; `attempted` is the arrival (ms) of the last push that was answered, `handed` whether the queue has all of it.
    """

    id: str
    appid: str
    openid: str
    at: int
    steps: tuple[Step, ...]
    agent: str | None = None
    passive: bool = False
    mini_program: bool = False
    trigger: str = ""
    attempted: int = 0
    handed: bool = False

    def message(self, place: int) -> Message:
        """The message of a step."""
        step = self.steps[place]
        about: Json = {"reply": step.rule, "trigger": self.trigger, "place": place}
        identity = message_id("reply", self.id, place)
        return Message(identity, self.appid, self.openid, step.content, self.at, self.mini_program, about)

    def queued(self) -> Iterator[Message]:
        """The messages that do not go as the answer to the push, in order."""
        first = 1 if self.passive and not self.handed else 0
        return (self.message(place) for place in range(first, len(self.steps)))

    @property
    def has_queued(self) -> bool:
        """Whether there are any, or a handing over that came too late."""
        return next(self.queued(), None) is not None or (self.handed and self.agent is not None)


def find(decision_id: str) -> Decision | None:
    """What was decided, or None."""
    try:
        record = ReplyRecord.get(decision_id, REPLY, consistent_read=True)
    except DoesNotExist:
        return None
    return _decision(record)


def keep(decision: Decision) -> Decision:
    """Keeps a decision, and returns the one that is kept: another delivery may have been first."""
    record = ReplyRecord(decision.id, d=_json(decision), expires=(decision.at + KEPT_MS) // 1000)
    record.attempted, record.handed = decision.attempted, decision.handed
    try:
        record.save(condition=ReplyRecord.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code != _LOST:
            raise
        return find(decision.id) or decision
    return decision


def attempt(decision: Decision, arrived: int) -> bool:
    """Whether the delivery that arrived then (ms) may answer: neither a copy of the last one, nor has the queue taken over."""
    free = _unanswered(arrived) & (ReplyRecord.handed == False)  # noqa: E712 - an expression
    return _changed(decision, ReplyRecord.attempted.set(arrived), free)


def hand_over(decision: Decision, arrived: int) -> Decision | None:
    """The decision with all of it given to the queue; None when a copy of the delivery, or a newer one, may have been answered."""
    free = _unanswered(arrived) | (ReplyRecord.handed == True)  # noqa: E712 - an expression
    return replace(decision, handed=True) if _changed(decision, ReplyRecord.handed.set(True), free) else None


def _unanswered(arrived: int) -> Condition:
    """No delivery has been answered whose answer WeChat may still have got when this one arrived."""
    found: Condition = ReplyRecord.attempted <= arrived - RESEND_MS
    return found


def _changed(decision: Decision, action: Action, condition: Condition) -> bool:
    try:
        ReplyRecord(decision.id, REPLY).update([action], condition=condition)
    except UpdateError as error:
        if error.cause_response_code != _LOST:
            raise
        return False
    return True


def _json(decision: Decision) -> str:
    body = {
        "appid": decision.appid,
        "openid": decision.openid,
        "at": decision.at,
        "steps": [[step.rule, step.content.document] for step in decision.steps],
        "agent": decision.agent,
        "passive": decision.passive,
        "mini": decision.mini_program,
        "trigger": decision.trigger,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _decision(record: ReplyRecord) -> Decision:
    body = json.loads(record.d)
    return Decision(
        id=record.pk,
        appid=body["appid"],
        openid=body["openid"],
        at=body["at"],
        steps=tuple(Step(rule, content_of(document)) for rule, document in body["steps"]),
        agent=body["agent"],
        passive=body["passive"],
        mini_program=body["mini"],
        trigger=body["trigger"],
        attempted=int(record.attempted),
        handed=bool(record.handed),
    )
