"""A message as the contact policy is asked about it: its routes, what was tried, what its template says of a second channel. Pure."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from chalicelib.dispatch.model import Message, Order, SourceKind, State
from chalicelib.dispatch.moves import ended
from chalicelib.durations import duration_ms
from chalicelib.messages.policy.decisions import Send
from chalicelib.messages.policy.hours import MINUTES_OF_DAY, Hours
from chalicelib.messages.policy.model import Asked, ContactFacts, Fallback, Route, Tried
from chalicelib.messages.policy.rules import Basis, ContactRules
from chalicelib.messages.templates.documents import TemplateDocument
from chalicelib.messages.templates.model import Category, ChannelName

PREFERRED: Final = "preferred_channel"  # the attribute of a person that names the channel that they like best
_ANY_TIME: Final = Hours(0, MINUTES_OF_DAY)
_NOTHING_NEEDED: Final = {category: dict.fromkeys(ChannelName, Basis.ASSUMED) for category in Category}


def routes_of(order: Order, document: TemplateDocument) -> tuple[Route, ...]:
    """The ways that the message has words for, its favourite first."""
    bodies = document.bodies()
    wanted = order.channels or tuple(bodies)
    return tuple(Route(one, bodies[one].account, getattr(bodies[one], "template_id", "")) for one in wanted if one in bodies)


def asked_of(
    message: Message, document: TemplateDocument, person: str, preferred: ChannelName | None, scale: float, closed: Collection[Route] = ()
) -> Asked:
    """The question to the policy. Routes that are `closed` have nothing to say to this person. `scale` shortens times, 1 in production."""
    order = message.order
    return Asked(
        message=order.id,
        person=person,
        category=order.category,
        routes=tuple(one for one in routes_of(order, document) if one not in closed),
        preferred=preferred,
        strict=order.strict,
        fallback=Fallback(receipt_within=receipt_within(document, scale)),
        tried=without_receipt(message).tried,
        expires=order.expires,
        split=order.split,
    )


def without_receipt(message: Message) -> Message:
    """The message as it is decided upon: one that was taken on, and of which nothing came back, has a trip that is over."""
    return ended(message, Tried.SENT, message.at) if message.state is State.SENT else message


def receipt_within(document: TemplateDocument, scale: float) -> int | None:
    """After how long (ms) without a receipt the next channel is tried; None: never."""
    return None if document.receipt_within is None else int(duration_ms(document.receipt_within) / scale)


def overdue_at(message: Message, document: TemplateDocument, scale: float) -> int | None:
    """From when (ms) the receipt of a message that was taken on is overdue; None where no other channel would be tried."""
    within = receipt_within(document, scale)
    if within is None or message.state is not State.SENT or len(routes_of(message.order, document)) == 1:
        return None
    return message.at + within


def liked(value: object) -> ChannelName | None:
    """The channel that an attribute of a person names, None for anything else."""
    return ChannelName(value) if isinstance(value, str) and value in set(ChannelName) else None


def for_tests(rules: ContactRules, facts: ContactFacts) -> tuple[ContactRules, ContactFacts]:
    """The policy for a message to oneself: only what the platforms want, and the suppression list, are asked about it."""
    free = replace(rules, quiet_hours=(), marketing_sms=_ANY_TIME, caps=(), holdout=None, bases=_NOTHING_NEEDED)
    return free, replace(facts, consents=())


def takes_a_place(order: Order, send: Send) -> bool:
    """Whether the message is written down for the caps, which costs a write. Not one to oneself, nor a transactional one that no cap in
    force counts; what the platform counts always is.
    """
    if send.route.channel is ChannelName.MASS:
        return True
    counts = order.category is not Category.TRANSACTIONAL or bool(send.caps)
    return counts and order.source.kind is not SourceKind.TEST
