"""The addresses of a person, from their identifiers and what is known of each. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from chalicelib.contacts.model import BLOCKED_MS, NOTHING_KNOWN, UNKNOWN_FAN, Contact, FanState
from chalicelib.identifiers import Identifier, IdentifierInvalid, identifier
from chalicelib.messages.policy.model import NEVER, Address
from chalicelib.messages.templates.model import ChannelName

OPENID: Final = "openid"
MOBILE: Final = "mobile"
PUSH: Final = "push"
_ACCOUNT: Final = (ChannelName.TEMPLATE, ChannelName.SUBSCRIBE, ChannelName.CUSTOMER_SERVICE, ChannelName.MASS)
_MINI_PROGRAM: Final = (ChannelName.SUBSCRIBE, ChannelName.CUSTOMER_SERVICE)
_OF_PERSON: Final = (ChannelName.POPUP, ChannelName.WEBHOOK)  # these go to whoever comes as the person, or to a server


@dataclass(frozen=True, slots=True)
class Known:
    """What was read: contacts by identifier key, fans by appid and openid, and which appids are mini programs'."""

    contacts: Mapping[str, Contact]
    fans: Mapping[tuple[str, str], FanState]
    mini_programs: frozenset[str] = frozenset()


def account_of(one: Identifier) -> str:
    """The account of a namespace that has one: the appid of `openid:wx77aa00bb11cc22dd`."""
    return one.namespace.partition(":")[2]


def fans_among(identifiers: Iterable[Identifier]) -> list[tuple[str, str]]:
    """Those that name a fan or visitor of an account: appid and openid."""
    return [(account_of(one), one.value) for one in identifiers if one.base == OPENID and account_of(one)]


def identifier_of(channel: ChannelName, account: str, address: str) -> Identifier | None:
    """The identifier that an address is, as a channel knows it; None for what is no identifier of anybody."""
    match channel:
        case ChannelName.SMS:
            return _mobile(address)
        case ChannelName.PUSH:
            return Identifier(f"{PUSH}:{account}", address)
        case ChannelName.POPUP | ChannelName.WEBHOOK:
            return None
    return Identifier(f"{OPENID}:{account}", address)


def _mobile(number: str) -> Identifier | None:
    """Providers write the country before it."""
    try:
        return identifier(MOBILE, number)
    except IdentifierInvalid:
        return None


def addresses_of(person: str, identifiers: Iterable[Identifier], known: Known, now: int) -> tuple[Address, ...]:
    """All addresses of a person id at `now` (ms)."""
    mine = [address for one in identifiers for address in _of(one, known, now)]
    return (*mine, *(Address(channel, person) for channel in _OF_PERSON))


def _of(one: Identifier, known: Known, now: int) -> Iterator[Address]:
    contact = known.contacts.get(one.key, NOTHING_KNOWN)
    if one.base == OPENID and (appid := account_of(one)):
        fan = known.fans.get((appid, one.value), UNKNOWN_FAN)
        mini = appid in known.mini_programs
        for channel in _MINI_PROGRAM if mini else _ACCOUNT:
            yield _of_fan(channel, one, contact, fan if not mini else FanState(window=fan.window), now)
    elif one.base == MOBILE:
        yield Address(ChannelName.SMS, one.value, active_at=_yes_at(contact), unreachable=contact.unreachable.get(ChannelName.SMS))
    elif one.base == PUSH and (account := account_of(one)):
        dead = contact.unreachable.get(ChannelName.PUSH)
        yield Address(ChannelName.PUSH, one.value, account, active_at=_yes_at(contact), unreachable=dead)


def _yes_at(contact: Contact) -> int:
    """When somebody last said yes by this very address: the sign of life that phones and devices give."""
    return max((one.at for one in contact.consents if one.granted), default=NEVER)


def _of_fan(channel: ChannelName, one: Identifier, contact: Contact, fan: FanState, now: int) -> Address:
    return Address(
        channel,
        one.value,
        account_of(one),
        following=fan.following,
        changed_at=fan.changed_at,
        active_at=max(fan.window.opened_at, fan.changed_at) if fan.following is not False else NEVER,
        window=fan.window,
        permissions={template: granted.permission for template, granted in contact.granted.items()},
        blocked=frozenset(template for template, since in contact.blocked.items() if now < since + BLOCKED_MS),
        unreachable=contact.unreachable.get(channel),
    )
