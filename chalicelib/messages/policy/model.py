"""What is asked before a message goes out, and all that the answer depends on. Pure. Times are epoch ms, 0 for never."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from chalicelib.fans.contacts import SHUT, Window
from chalicelib.messages.policy.sends import NOTHING_SENT, Sends
from chalicelib.messages.templates.model import Category, ChannelName

NEVER: Final = 0


@dataclass(frozen=True, slots=True)
class Route:
    """One way that a message has words for: a channel and, of WeChat, the appid, else the account at a provider.

    `template` is the platform's own template id, for template and subscription messages.
    """

    channel: ChannelName
    account: str = ""
    template: str = ""


class Tried(StrEnum):
    """What is known of an earlier attempt to send the same message."""

    NOT_SENT = "not_sent"  # certainly, and the same way may be tried again
    FAILED = "failed"  # certainly, and this way is closed to the message
    SENT = "sent"  # taken on; no receipt yet
    DELIVERED = "delivered"
    UNKNOWN = "unknown"  # may have been sent


@dataclass(frozen=True, slots=True)
class Attempt:
    """An earlier attempt: which way, to which address (an empty one stands for all), what came of it, and when."""

    channel: ChannelName
    account: str
    result: Tried
    at: int
    address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Fallback:
    """What the message itself says of a second channel.

    `after_failure`: whether one is tried when the first has certainly failed. `receipt_within` (ms): after so long without a receipt a
    message that was taken on counts as failed; None: one that was taken on stays the only one.
    """

    after_failure: bool = True
    receipt_within: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """The message: its id, for whom, what for, and by which routes, the message's favourite first.

    `preferred` is the channel that the person likes best; it goes first among the routes unless the message is `strict` about its order.
    `expires`: from when the message is worth nothing any more. `split`: which part of the quota of mass messages it takes (`content`).
    """

    message: str
    person: str
    category: Category
    routes: tuple[Route, ...]
    preferred: ChannelName | None = None
    strict: bool = False
    fallback: Fallback = Fallback()
    tried: tuple[Attempt, ...] = ()
    expires: int | None = None
    split: str = ""


@dataclass(frozen=True, slots=True)
class Permission:
    """That a fan allowed messages of one template: `left` so many, or any number when it is `lasting`. `at`: when they last said so."""

    left: int = 0
    lasting: bool = False
    at: int = NEVER

    @property
    def allows(self) -> bool:
        """Whether one more may go."""
        return self.lasting or self.left > 0


@dataclass(frozen=True, slots=True)
class Unreachable:
    """That an address takes nothing: since when, why (the word of whoever found it), and until when if that is known."""

    since: int
    reason: str
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """An address of the person, with its state. An empty `account` serves every account: a phone number does, an openid does not.

    `following` is None while nobody has said, and for what nobody follows (mini programs); `changed_at` is when that last changed.
    `active_at` is the newest sign of life by it: a message, a click, a scan. `permissions` are by template; `blocked` the templates that
    the platform does not carry to it any more. `mass_elsewhere` counts mass messages of this month that went out by hand.
    """

    channel: ChannelName
    value: str = field(repr=False)
    account: str = ""
    following: bool | None = None
    changed_at: int = NEVER
    active_at: int = NEVER
    window: Window = SHUT
    permissions: Mapping[str, Permission] = field(default_factory=dict)
    blocked: frozenset[str] = frozenset()
    unreachable: Unreachable | None = None
    mass_elsewhere: int = 0

    def serves(self, route: Route) -> bool:
        """Whether the route leads here."""
        return self.channel is route.channel and self.account in ("", route.account)


@dataclass(frozen=True, slots=True)
class Consent:
    """What the person said of being told things: yes or no, when, and where we have it from. None and "" stand for all."""

    granted: bool
    at: int
    source: str
    channel: ChannelName | None = None
    category: Category | None = None
    account: str = ""


@dataclass(frozen=True, slots=True)
class Suppression:
    """An entry of the suppression list. An empty `address` means the person, by every channel or the one that is named."""

    since: int
    reason: str
    address: str = field(default="", repr=False)
    channel: ChannelName | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """All that is known of the person, in any order, each address once. `timezone` is theirs ("" where nobody knows), `sends` what they
    were sent lately.
    """

    addresses: tuple[Address, ...] = ()
    consents: tuple[Consent, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    sends: Sends = NOTHING_SENT
    timezone: str = ""
