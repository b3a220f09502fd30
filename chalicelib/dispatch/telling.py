"""What became of a message, as an event on the person's timeline: one for each state that concerns somebody, however often it is told.

That a message was asked for, queued and claimed are no events of their own but times in those that follow: each event costs two writes.
"""

from collections.abc import Iterable
from typing import Final

from chalicelib.contacts.addresses import identifier_of
from chalicelib.dispatch import states
from chalicelib.dispatch.model import Message, State
from chalicelib.dispatch.moves import way_of_arrival
from chalicelib.events.clock import rfc3339
from chalicelib.events.model import Event, Json, Kind
from chalicelib.events.reserved import Told
from chalicelib.events.store import put_own
from chalicelib.identifiers import Identifier
from chalicelib.messages.model import message_id
from chalicelib.messages.telling import SOURCE
from chalicelib.people.reading import strongest_of

_NAMES: Final = {
    State.REFUSED: Told.MESSAGE_REFUSED,
    State.DEFERRED: Told.MESSAGE_DEFERRED,
    State.SENT: Told.MESSAGE_SENT,
    State.DELIVERED: Told.MESSAGE_DELIVERED,
    State.CLICKED: Told.MESSAGE_CLICKED,
    State.FAILED: Told.MESSAGE_FAILED,
    State.UNKNOWN: Told.MESSAGE_UNKNOWN,
}


def tell(messages: Iterable[Message]) -> None:
    """Writes the events of messages as they are now. Telling again what was told before changes nothing."""
    found = [event for event in map(event_of, messages) if event is not None]
    if found:
        put_own(found)


def event_of(message: Message) -> Event | None:
    """The event of a message's state; None where it concerns nobody, or nobody is known whom it would concern.

    It stands under the address that the message went to. One that went nowhere stands under the person's strongest identifier, which costs
    a query.
    """
    name = _NAMES.get(message.state)
    whom = _identifier(message) if name is not None else None
    if name is None or whom is None:
        return None
    return Event(
        id=message_id("told", message.id, message.state.value, _attempt(message), message.at),
        kind=Kind.DERIVED,
        name=name.value,
        time=message.at,
        identifiers=(whom,),
        source=SOURCE,
        properties=properties_of(message),
        verified=frozenset({whom.key}),
    )


def properties_of(message: Message) -> Json:
    """What the event says: the message, whose it is, which way it went, and when it came to what. Pure."""
    order, trip = message.order, message.trip
    found: Json = {
        "message": message.id,
        "template": order.template,
        "category": order.category.value,
        "by": order.source.kind.value,
        "of": order.source.name,
        "reason": message.reason,
        "asked_at": rfc3339(order.asked_at),
    }
    way = way_of_arrival(message)
    if way is not None and trip is not None and (attempt := message.tried.index(way)) < trip.attempt:
        found |= {"channel": way.channel.value, "account": way.account, "attempt": attempt}
    elif trip is not None:
        times = {"queued_at": states.queued_at(message), "claimed_at": states.claimed_at(message)}
        found |= {"channel": trip.channel.value, "account": trip.account, "attempt": trip.attempt}
        found |= {name: rfc3339(at) for name, at in times.items() if at}
    if message.state is State.DEFERRED:
        found["until"] = rfc3339(message.until)
    return {name: value for name, value in found.items() if value != ""}


def _attempt(message: Message) -> int:
    return message.trip.attempt if message.trip is not None else 0


def _identifier(message: Message) -> Identifier | None:
    trip = message.trip
    address = identifier_of(trip.channel, trip.account, trip.address) if trip is not None else None
    return address or strongest_of(message.order.person)
