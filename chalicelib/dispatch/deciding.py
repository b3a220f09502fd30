"""Decides what becomes of messages: now, by which channel, in which words; later; or not at all.

    message = begun(order, now)          # what was just asked for
    message = decided(message, now)      # one that waited, whose way was closed, or whose receipt is overdue

Nothing is written but the place that a message takes under the caps, and that before the message itself is. Whoever writes the message
writes what was decided here, once, and tells `places.settled` whether that came to be. The person is the one that they are now, whoever
was asked for.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final

from chalicelib.contacts import facts
from chalicelib.dispatch import links, places, states, weighing
from chalicelib.dispatch.cases import Case, Unknown, cases_of
from chalicelib.dispatch.model import Message, Order, SourceKind, State, Trip
from chalicelib.dispatch.saying import Weighed, weighed
from chalicelib.dispatch.wording import worded
from chalicelib.errors import Busy
from chalicelib.events.model import Json
from chalicelib.messages.contact_policy import current_rules
from chalicelib.messages.policy.deciding import decide
from chalicelib.messages.policy.decisions import Decision, Defer, Reason, Refuse, Send
from chalicelib.messages.policy.model import Route
from chalicelib.messages.policy.showing import shown
from chalicelib.messages.templates import published
from chalicelib.messages.templates.model import Rendered
from chalicelib.settings import settings

MAX_LOOKS: Final = 5  # at one message, while others take places under the caps of the same person
OVERDUE: Final = "receipt_overdue"  # why a message that was taken on goes another way


class NobodyTold(StrEnum):
    """Why a message is refused before the policy is asked. The values are stable."""

    PERSON_UNKNOWN = "person_unknown"
    TEMPLATE_UNKNOWN = "template_unknown"


def begun(order: Order, now: int) -> Message:
    """What becomes of an order at `now` (ms): a message that is queued, deferred or refused, and not written yet. Raises Busy."""
    return begun_many([order], now)[0]


def begun_many(orders: Sequence[Order], now: int) -> list[Message]:
    """As `begun`, for many at once: what has to be known of their persons is read together."""
    return decided_many([states.accepted(order, now) for order in orders], now)


def decided(message: Message, now: int) -> Message:
    """What becomes of a message at `now` (ms). The very same object: nothing, for it is sent or failed and there is no other way."""
    return decided_many([message], now)[0]


def decided_many(messages: Sequence[Message], now: int) -> list[Message]:
    """As `decided`, for many at once."""
    return [decided_of(one, now) for one in cases_of(messages, now)]


def decided_of(one: Case | Unknown, now: int) -> Message:
    """As `decided`, with all that the answer depends on. Raises Busy."""
    return _unknown(one, now) if isinstance(one, Unknown) else _settled(one, now)


def weighed_many(orders: Sequence[Order], now: int) -> list[Decision]:
    """What the policy would say of orders at `now`. Nothing is reserved, and no words are looked for."""
    cases = cases_of([states.accepted(order, now) for order in orders], now)
    return [Refuse(Reason.NO_ROUTE, (), ()) if isinstance(one, Unknown) else _asked(one, {}, now) for one in cases]


def considered(message: Message, now: int) -> Decision | None:
    """What would be decided of a message at `now`, for those who ask; None where it cannot be. Nothing is reserved."""
    (case,) = cases_of([message], now)
    return None if isinstance(case, Unknown) else _weighed(case, now).decision


def overdue_at(message: Message) -> int | None:
    """From when (ms) the receipt of a message is overdue, and another channel is tried; None for never."""
    found = published.of_version(message.order.template, message.order.version)
    return weighing.overdue_at(message, found.document, settings().time_scale) if found else None


def _unknown(one: Unknown, now: int) -> Message:
    return _never(one.message, NobodyTold.TEMPLATE_UNKNOWN if one.person_known else NobodyTold.PERSON_UNKNOWN, None, now)


def _settled(case: Case, now: int) -> Message:
    """Decides, and takes the place under the caps; anew with newer facts where somebody else took one meanwhile."""
    for _ in range(MAX_LOOKS):
        found = _weighed(case, now)
        match found.decision:
            case Send() as send if found.words is not None:
                if places.taken(case, send):
                    after = _queued(case.message, send, found.words, now)
                    return after if weighing.takes_a_place(case.message.order, send) else places.noted(case, after)
            case Defer(until, reason):
                return places.noted(case, _later(case.message, until, reason, _why(found), now))
            case Refuse() as refuse:
                return places.noted(case, _never(case.message, found.reason(refuse), _why(found), now))
        case = replace(case, facts=facts.of(case.person, now, case.profile))
    raise Busy("others keep taking the places under this person's caps; the message is decided again")


def _weighed(case: Case, now: int) -> Weighed:
    """The policy's answer among the channels that have something to say to this person."""
    return weighed(
        lambda closed: _asked(case, closed, now),
        lambda channel: worded(case.message.order, case.template, case.person, channel, now),
    )


def _asked(case: Case, closed: Collection[Route], now: int) -> Decision:
    asked = weighing.asked_of(case.message, case.template.document, case.person.id, case.liked, settings().time_scale, closed)
    rules, known = current_rules(), case.facts
    if case.message.order.source.kind is SourceKind.TEST:
        rules, known = weighing.for_tests(rules, known)
    return decide(asked, known, rules, now)


def _queued(message: Message, send: Send, words: Rendered, now: int) -> Message:
    known = message.trip.links if message.trip else ()
    trip = Trip(send.route.channel, send.route.account, send.address, words.body or {}, template=send.route.template)
    trip = links.tracked(trip, message.id, settings().public_url, known=known, local=settings().stage == "local")
    return states.queued(message, trip, now, OVERDUE if message.state is State.SENT else "")


def _later(message: Message, until: int, reason: Reason, why: Json, now: int) -> Message:
    """One that was taken on and waits for nothing but its receipt stays what it is."""
    if message.state is State.SENT and reason is Reason.AWAITING_RECEIPT:
        return message
    return states.deferred(message, until, reason.value, why, now)


def _never(message: Message, reason: str, why: Json | None, now: int) -> Message:
    """Refused; what has gone a way already stays what came of it, or turns into it when it waited for another."""
    if message.state in (State.SENT, State.FAILED):
        return message
    if message.tried:
        return states.gave_up(message, reason, why, now)
    return states.refused(message, reason, why, now)


def _why(found: Weighed) -> Json:
    """The decision as people are shown it, with the routes that had no words."""
    told = shown(found.decision)
    wordless = [{"channel": one.channel.value, "account": one.account, "reason": code} for one, code in found.closed.items()]
    return told | ({"wordless": wordless} if wordless else {})
