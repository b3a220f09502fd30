"""What trying an address teaches: that it takes nothing, or not this template, for good or for a while; or that it is well. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from chalicelib.contacts.model import BLOCKED_MS, Contact
from chalicelib.messages.policy.model import Unreachable
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Reason

DAY_MS: Final = 86_400_000
_REASSIGNED_MS: Final = 180 * DAY_MS  # carriers give a number to somebody else after three months; then it is worth a try again
WECHAT: Final = frozenset({ChannelName.TEMPLATE, ChannelName.SUBSCRIBE, ChannelName.CUSTOMER_SERVICE, ChannelName.MASS})


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a try at `at` (ms) by a channel: the word for it, until when that is so if somebody said, and with which template."""

    channel: ChannelName
    reason: str
    at: int
    until: int | None = None
    template: str = ""


# For how long an address is left alone, None for good. Words that are not here say nothing of the address.
_LEFT_ALONE: Final[Mapping[str, int | None]] = {
    Reason.ADDRESS_GONE: None,  # a device or a receiver: another one has another address
    Reason.ADDRESS_INVALID: _REASSIGNED_MS,
    Reason.ADDRESS_BLOCKED: _REASSIGNED_MS,
    Reason.ADDRESS_ABSENT: DAY_MS,
    Reason.ADDRESS_LIMIT: DAY_MS,
}


def learned(contact: Contact, trial: Trial, scale: float = 1) -> Contact:
    """With what a trial teaches; the same one again teaches nothing. Times are shorter by `scale`."""
    if trial.reason == Reason.NONE:
        return _well(contact, trial)
    if trial.reason not in _LEFT_ALONE:
        return contact
    if trial.reason == Reason.ADDRESS_BLOCKED and trial.channel in WECHAT and trial.template:
        since = max(trial.at, contact.blocked.get(trial.template, 0))
        return (
            contact
            if contact.blocked.get(trial.template) == since
            else replace(contact, blocked={**contact.blocked, trial.template: since})
        )
    return _closed(contact, trial, scale)


def tells_something(reason: str) -> bool:
    """Whether a word is about an address, so that it has to be kept."""
    return reason == Reason.NONE or reason in _LEFT_ALONE


def _closed(contact: Contact, trial: Trial, scale: float) -> Contact:
    known = contact.unreachable.get(trial.channel)
    if known is not None and (known.until is None or known.since >= trial.at):
        return contact  # for good already, or somebody was here later
    alone = BLOCKED_MS if trial.reason == Reason.ADDRESS_BLOCKED and trial.channel in WECHAT else _LEFT_ALONE[trial.reason]
    until = trial.until if trial.until is not None or alone is None else trial.at + int(alone / scale)
    found = Unreachable(trial.at, trial.reason, until)
    return replace(contact, unreachable={**contact.unreachable, trial.channel: found})


def _well(contact: Contact, trial: Trial) -> Contact:
    """It arrived: what was known against the address until then is over."""
    known = contact.unreachable.get(trial.channel)
    if known is not None and known.since <= trial.at:
        contact = replace(contact, unreachable={one: why for one, why in contact.unreachable.items() if one is not trial.channel})
    if contact.blocked.get(trial.template, trial.at + 1) <= trial.at:
        contact = replace(contact, blocked={one: at for one, at in contact.blocked.items() if one != trial.template})
    return contact
