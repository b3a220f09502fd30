"""Contacts to items and back: compact JSON, only of what is known. Pure."""

import json
from typing import Final

from chalicelib.contacts.model import NOTHING_KNOWN, Contact, Granted
from chalicelib.events.model import Json
from chalicelib.messages.policy.model import Consent, Suppression, Unreachable
from chalicelib.messages.templates.model import Category, ChannelName

_EMPTY: Final = "{}"


def packed(contact: Contact) -> str:
    """The text of an item."""
    whole: Json = {
        "c": [_consent(one) for one in contact.consents],
        "s": [_suppression(one) for one in contact.suppressions],
        "g": {name: [one.credits, one.at, one.ended, one.spent] for name, one in sorted(contact.granted.items())},
        "b": dict(sorted(contact.blocked.items())),
        "u": {channel.value: [one.since, one.reason, one.until] for channel, one in sorted(contact.unreachable.items())},
        "h": contact.heard,
    }
    return json.dumps({name: value for name, value in whole.items() if value}, ensure_ascii=False, separators=(",", ":"))


def unpacked(text: str) -> Contact:
    """The contact of an item."""
    if text == _EMPTY:
        return NOTHING_KNOWN
    whole = json.loads(text)
    return Contact(
        consents=tuple(_consent_of(*row) for row in whole.get("c", ())),
        suppressions=tuple(_suppression_of(*row) for row in whole.get("s", ())),
        granted={name: _granted_of(*row) for name, row in whole.get("g", {}).items()},
        blocked=whole.get("b", {}),
        unreachable={ChannelName(name): Unreachable(*row) for name, row in whole.get("u", {}).items()},
        heard=tuple(whole.get("h", ())),
    )


def _consent(one: Consent) -> list[str | int | bool | None]:
    return [one.granted, one.at, one.source, one.channel, one.category, one.account]


def _consent_of(granted: bool, at: int, source: str, channel: str | None, category: str | None, account: str) -> Consent:
    return Consent(granted, at, source, _channel_of(channel), Category(category) if category else None, account)


def _suppression(one: Suppression) -> list[str | int | None]:
    return [one.since, one.reason, one.address, one.channel, one.until]


def _suppression_of(since: int, reason: str, address: str, channel: str | None, until: int | None) -> Suppression:
    return Suppression(since, reason, address, _channel_of(channel), until)


def _granted_of(left: list[int], at: int, ended: int, spent: list[tuple[str, int]]) -> Granted:
    return Granted(tuple(left), at, ended, tuple((message, taken) for message, taken in spent))


def _channel_of(name: str | None) -> ChannelName | None:
    return ChannelName(name) if name else None
