"""Why a message went out the way it did, or did not: every state that it came to, every way that was tried, the last decision. Pure."""

from pydantic import BaseModel

from chalicelib.dispatch.model import Message, SourceKind, State
from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Json
from chalicelib.messages.policy.decisions import Decision
from chalicelib.messages.policy.model import Tried
from chalicelib.messages.policy.showing import shown
from chalicelib.messages.templates.model import Category, ChannelName


class StepShown(BaseModel):
    """A state that the message came to: when, why, and by which channel, where one was chosen."""

    state: State
    time: str
    reason: str
    channel: str


class AttemptShown(BaseModel):
    """A way that is over, and what came of it."""

    channel: ChannelName
    account: str
    result: Tried
    time: str


class MessageExplained(BaseModel):
    """A message with everything that was decided about it.

    `decision` has every check of the policy in its order with what it found: of one that was refused or waits, as it was decided then; of
    one that has failed, as it would be decided now. null where the message goes its way.
    """

    message: str
    template: str
    version: int
    category: Category
    by: SourceKind
    of: str
    state: State
    reason: str
    until: str | None
    trail: list[StepShown]
    tried: list[AttemptShown]
    decision: Json | None


def explained(message: Message, now: Decision | None = None) -> MessageExplained:
    """The message as people ask about it. `now` is what would be decided at this moment, for those that keep no decision."""
    order = message.order
    return MessageExplained(
        message=message.id,
        template=order.template,
        version=order.version,
        category=order.category,
        by=order.source.kind,
        of=order.source.name,
        state=message.state,
        reason=message.reason,
        until=rfc3339(message.until) if message.state is State.DEFERRED else None,
        trail=[StepShown(state=one.state, time=rfc3339(one.at), reason=one.reason, channel=one.channel) for one in message.trail],
        tried=[AttemptShown(channel=one.channel, account=one.account, result=one.result, time=rfc3339(one.at)) for one in message.tried],
        decision=message.why or (shown(now) if now is not None else None),
    )
