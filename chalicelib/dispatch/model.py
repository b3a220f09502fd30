"""A message from the moment it is asked for: what was asked, where it is now, and how it came there. Pure. All times are epoch ms."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from chalicelib.events.model import Json
from chalicelib.messages.policy.model import Attempt
from chalicelib.messages.templates.model import Category, ChannelName

NEVER: Final = 0


def number_of(channel: ChannelName, account: str, reference: str) -> str:
    """A platform's number of a message, told apart from those of other platforms: `<channel>#<account>#<reference>`."""
    return f"{channel.value}#{account}#{reference}"


class State(StrEnum):
    """Where a message is. The values are stable."""

    ACCEPTED = "accepted"  # asked for; nothing is decided
    DEFERRED = "deferred"  # decided again at `until`
    QUEUED = "queued"  # decided: it goes by `trip`
    CLAIMED = "claimed"  # somebody is calling the platform, or died doing so
    SENT = "sent"  # the platform took it on
    DELIVERED = "delivered"  # a receipt says so
    CLICKED = "clicked"  # the person followed a link in it
    FAILED = "failed"  # this way certainly not; another may be tried
    UNKNOWN = "unknown"  # nobody knows whether it went out; only a receipt or a look at the provider settles it
    REFUSED = "refused"  # by policy, before it was sent; for good


class SourceKind(StrEnum):
    """What asked for a message."""

    API = "api"
    BROADCAST = "broadcast"
    NOTICE = "notice"
    JOURNEY = "journey"
    TEST = "test"  # to oneself: consent, caps, hours and holdouts do not ask about it


@dataclass(frozen=True, slots=True)
class Source:
    """Who asked: `name` is the broadcast's id, the notice's or journey's name, the API key's id."""

    kind: SourceKind
    name: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked, for good. `person` is the person's id as it was then (merges redirect it).

    `version` is that of the template. `channels` are those that may be taken, in the message's order; empty: all that the template has
    words for, in its order. `strict`: the person's favourite does not go first. `data`, `event` and `entry` are variables of the texts.
    `expires`: from when it is worth nothing. `split`: the part of the mass quota. `report`: which tally it is counted in.
    """

    id: str
    person: str
    template: str
    version: int
    category: Category
    source: Source
    asked_at: int
    channels: tuple[ChannelName, ...] = ()
    strict: bool = False
    data: Json = field(default_factory=dict, repr=False)
    event: Json | None = field(default=None, repr=False)
    entry: Json | None = field(default=None, repr=False)
    expires: int | None = None
    split: str = ""
    report: str = ""


@dataclass(frozen=True, slots=True)
class Trip:
    """The way that was decided, and how far the message is on it.

    `attempt` counts trips of the message from 0. `calls` counts calls of the platform; `first_at` is the first of them that may have gone
    out, NEVER when none has. `reference` is the platform's own number, `provider_key` one drawn before. `template` is the platform's
    template. `group`: of messages that go in one call. `links` are where the links of this and earlier trips lead, by their numbers.
    `earlier` is the `number` of the trip before, whose receipt may still come. `by_key`: receipts name our id, so `reference` is for people
    only and stands in no index.
    """

    channel: ChannelName
    account: str
    address: str = field(repr=False)
    body: Json = field(repr=False)
    attempt: int = 0
    template: str = ""
    calls: int = 0
    first_at: int = NEVER
    provider_key: str = ""
    reference: str = ""
    group: str = ""
    links: tuple[str, ...] = ()
    earlier: str = ""
    by_key: bool = False

    @property
    def number(self) -> str:
        """The platform's number as the index has it, "" without one. Those of mass messages belong to thousands and are not looked up."""
        if not self.reference or self.by_key or self.channel is ChannelName.MASS:
            return ""
        return number_of(self.channel, self.account, self.reference)


@dataclass(frozen=True, slots=True)
class Step:
    """One state that the message came to: when, why, and by which channel ("" where none was chosen)."""

    state: State
    at: int
    reason: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """The item. `rev` counts writes; each is conditional on it. `trail` are its states, oldest first; the last is `state`.

    `tried` are the trips that are over, as the policy wants them. Before `until` a deferred message is not decided again, and a queued one
    not sent. `why` is the last decision as `policy.showing.shown` tells it, for messages that were refused or deferred. `leftover` is not
    stored: the attempt whose place under the caps is to be given back once this is written (see `places`).
    """

    order: Order
    state: State
    at: int
    rev: int = 0
    reason: str = ""
    trail: tuple[Step, ...] = ()
    tried: tuple[Attempt, ...] = ()
    trip: Trip | None = None
    until: int = NEVER
    why: Json | None = field(default=None, repr=False)
    leftover: int | None = field(default=None, compare=False, repr=False)

    @property
    def id(self) -> str:
        """The message's id."""
        return self.order.id
