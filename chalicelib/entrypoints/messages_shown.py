"""A message as the API shows it: every state that it came to, with time and reason; addresses only so far that two can be told apart."""

from typing import Any

from pydantic import BaseModel, Field

from chalicelib.contacts.masking import masked
from chalicelib.dispatch.model import Message, SourceKind, State, Step
from chalicelib.events.clock import rfc3339
from chalicelib.messages.policy.model import Attempt, Tried
from chalicelib.messages.templates.model import Category, ChannelName


class StepShown(BaseModel):
    """A state that the message came to. `channel` is "" where none was chosen."""

    state: State
    at: str
    reason: str
    channel: str


class AttemptShown(BaseModel):
    """A way that was tried and is over."""

    channel: ChannelName
    account: str
    address: str
    result: Tried
    at: str


class SourceShown(BaseModel):
    """What asked for the message: the API key's id, the broadcast's, the name of a notice or journey."""

    kind: SourceKind
    name: str


class MessageShown(BaseModel):
    """A message and all that became of it."""

    id: str
    person_id: str
    template: str
    version: int
    category: Category
    source: SourceShown
    asked_at: str
    expires_at: str | None
    state: State
    at: str
    reason: str
    until: str | None = Field(description="When a deferred message is decided again.")
    channel: str
    account: str
    address: str = Field(description="To whom it went or goes, masked.")
    states: list[StepShown] = Field(description="Oldest first.")
    tried: list[AttemptShown]
    decision: dict[str, Any] | None = Field(description="The last decision with every check, of messages that were refused or deferred.")


def shown(message: Message) -> MessageShown:
    """The message as it is answered."""
    order, trip = message.order, message.trip
    return MessageShown(
        id=order.id,
        person_id=order.person,
        template=order.template,
        version=order.version,
        category=order.category,
        source=SourceShown(kind=order.source.kind, name=order.source.name),
        asked_at=rfc3339(order.asked_at),
        expires_at=None if order.expires is None else rfc3339(order.expires),
        state=message.state,
        at=rfc3339(message.at),
        reason=message.reason,
        until=rfc3339(message.until) if message.state is State.DEFERRED and message.until else None,
        channel=trip.channel.value if trip else "",
        account=trip.account if trip else "",
        address=masked(trip.address) if trip and trip.address else "",
        states=[_step(one) for one in message.trail],
        tried=[_attempt(one) for one in message.tried],
        decision=message.why,
    )


def _step(step: Step) -> StepShown:
    return StepShown(state=step.state, at=rfc3339(step.at), reason=step.reason, channel=step.channel)


def _attempt(one: Attempt) -> AttemptShown:
    return AttemptShown(
        channel=one.channel, account=one.account, address=masked(one.address) if one.address else "", result=one.result, at=rfc3339(one.at)
    )
