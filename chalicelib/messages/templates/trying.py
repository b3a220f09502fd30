"""Test sends to oneself: which channels of a filled-in template go to which of one's own addresses, and why the others do not. Pure.

A test is a message like others and obeys the platform's windows and quotas; only consent, caps and quiet hours do not ask about it. It is
never marked as a test in its text: approved wording cannot be changed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from chalicelib.messages.model import message_id
from chalicelib.messages.templates.model import ChannelName, Rendered

ADDRESS_MISSING: Final = "address_missing"
_NAMELESS: Final = frozenset({ChannelName.WEBHOOK})  # goes to the system that the account names, not to an address of a person


@dataclass(frozen=True, slots=True)
class Trial:
    """One test send: by which channel to which address ("" for a webhook), or `reason` why not. `id` is the message's."""

    id: str
    rendered: Rendered
    address: str = ""
    reason: str = ""


def trials(
    template: str, version: int, rendered: Mapping[ChannelName, Rendered], addresses: Mapping[ChannelName, str], key: str
) -> tuple[Trial, ...]:
    """The test sends of a version of a template. `key` names the attempt: asking again with the same one sends nothing twice."""
    return tuple(_trials(template, version, rendered, addresses, key))


def _trials(
    template: str, version: int, rendered: Mapping[ChannelName, Rendered], addresses: Mapping[ChannelName, str], key: str
) -> Iterator[Trial]:
    for channel, one in rendered.items():
        address = addresses.get(channel, "")
        reason = one.reason or ("" if address or channel in _NAMELESS else ADDRESS_MISSING)
        yield Trial(message_id("test", template, version, channel, address, key), one, address, reason)
