"""What a person has said of being told things, and which entries of the suppression list are about them. Pure."""

from collections.abc import Iterable

from chalicelib.messages.policy.model import Address, Consent, Suppression
from chalicelib.messages.templates.model import Category, ChannelName


def said(consents: Iterable[Consent], category: Category, channel: ChannelName, account: str) -> Consent | None:
    """The newest word that is about such a message, narrow or wide; of two at once the no. None if nothing was ever said."""
    about = [one for one in consents if _is_about(one, category, channel, account)]
    return max(about, key=_weight, default=None)


def kept(consents: Iterable[Consent]) -> tuple[Consent, ...]:
    """All that still matters of them: the newest word about each channel, category and account. Those of two persons become one so."""
    newest: dict[tuple[str, str, str], Consent] = {}
    for one in consents:
        about = (one.channel or "", one.category or "", one.account)
        newest[about] = max(newest.get(about, one), one, key=_weight)
    return tuple(newest[about] for about in sorted(newest))


def suppressing(entries: Iterable[Suppression], address: Address, now: int) -> Suppression | None:
    """The oldest entry that keeps the address from everything at `now` (ms)."""
    holding = [
        one
        for one in entries
        if one.channel in (None, address.channel)
        and one.address in ("", address.value)
        and one.since <= now
        and (one.until is None or now < one.until)
    ]
    return min(holding, key=lambda one: (one.since, one.reason), default=None)


def _is_about(one: Consent, category: Category, channel: ChannelName, account: str) -> bool:
    return one.category in (None, category) and one.channel in (None, channel) and one.account in ("", account)


def _weight(one: Consent) -> tuple[int, bool, str, str, str, str]:
    """What is said last only makes the choice among equals the same in any order."""
    return one.at, not one.granted, one.source, one.channel or "", one.category or "", one.account
