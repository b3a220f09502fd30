"""The stored form of a message: one compact JSON text. Pure. The same message always gives the same text, and the text the same message.

DynamoDB's maps lose the order of keys, and its attributes' names cost as much as values: so one text, with keys of one letter, and nothing
in it that is as it is anyway. A typical message takes half a kilobyte: each write of it is one write unit.
"""

import json
from dataclasses import MISSING, Field, fields
from typing import Any, Final

from chalicelib.dispatch.model import Message, Order, Source, SourceKind, State, Step, Trip
from chalicelib.events.model import Json
from chalicelib.events.packing import encode
from chalicelib.messages.policy.model import Attempt, Tried
from chalicelib.messages.templates.model import Category, ChannelName

_ORDER: Final = {
    "person": "p",
    "template": "t",
    "version": "v",
    "category": "c",
    "asked_at": "a",
    "channels": "n",
    "strict": "f",
    "data": "d",
    "event": "e",
    "entry": "y",
    "expires": "x",
    "split": "q",
    "report": "r",
}
_TRIP: Final = {
    "channel": "c",
    "account": "a",
    "address": "d",
    "body": "b",
    "attempt": "n",
    "template": "t",
    "calls": "l",
    "first_at": "f",
    "provider_key": "k",
    "reference": "r",
    "group": "g",
    "links": "u",
    "earlier": "e",
    "by_key": "i",
}
_MESSAGE: Final = {"reason": "r", "until": "u", "why": "w"}


def packed(message: Message) -> str:
    """The text of a message, without what its item holds beside it: id, state, `at` and `rev`."""
    order = message.order
    parts: Json = {
        "o": _short(order, _ORDER) | {"s": [order.source.kind.value, order.source.name]},
        "h": [_row(step.state.value, step.at, step.reason, step.channel) for step in message.trail],
        **_short(message, _MESSAGE),
    }
    if message.tried:
        parts["d"] = [[one.channel.value, one.account, one.result.value, one.at, one.address] for one in message.tried]
    if message.trip is not None:
        parts["t"] = _short(message.trip, _TRIP)
    return encode(parts)


def unpacked(text: str | bytes, message_id: str, state: str, at: int, rev: int) -> Message:
    """The message of an item."""
    parts: Json = json.loads(text)
    return Message(
        order=_order(parts["o"], message_id),
        state=State(state),
        at=at,
        rev=rev,
        trail=tuple(_step(*row) for row in parts["h"]),
        tried=tuple(_attempt(*row) for row in parts.get("d", ())),
        trip=_trip(parts["t"]) if "t" in parts else None,
        **_long(parts, _MESSAGE),
    )


def _order(parts: Json, message_id: str) -> Order:
    values = _long(parts, _ORDER)
    kind, name = parts["s"]
    values["category"] = Category(values["category"])
    values["channels"] = tuple(ChannelName(one) for one in values.get("channels", ()))
    return Order(id=message_id, source=Source(SourceKind(kind), name), **values)


def _trip(parts: Json) -> Trip:
    values = _long(parts, _TRIP)
    values["channel"] = ChannelName(values["channel"])
    values["links"] = tuple(values.get("links", ()))
    return Trip(**values)


def _step(state: str, at: int, reason: str = "", channel: str = "") -> Step:
    return Step(State(state), at, reason, channel)


def _attempt(channel: str, account: str, result: str, at: int, address: str) -> Attempt:
    return Attempt(ChannelName(channel), account, Tried(result), at, address)


def _row(*values: str | int) -> list[str | int]:
    """Without the empty ones at its end."""
    row = list(values)
    while row[-1] == "":
        row.pop()
    return row


def _short(whole: Order | Trip | Message, names: dict[str, str]) -> Json:
    """The fields that are named, by their short names, without those that are as they are if nobody says."""
    values = ((one, getattr(whole, one.name)) for one in fields(whole) if one.name in names)
    return {names[one.name]: value for one, value in values if value != _default(one)}


def _long(parts: Json, names: dict[str, str]) -> dict[str, Any]:
    return {name: parts[short] for name, short in names.items() if short in parts}


def _default(field: Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default
