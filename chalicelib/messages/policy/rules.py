"""The policy as decisions use it, and the one that holds while none is published. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import StrEnum
from typing import Final

from chalicelib.messages.policy.caps import Cap
from chalicelib.messages.policy.hours import Hours
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.pace import STEADY, Pace
from chalicelib.zones import DEFAULT_TIMEZONE, zone

PLATFORM_ZONE: Final = zone(DEFAULT_TIMEZONE)  # WeChat's months are China's
MARKETING_SMS: Final = Hours(9 * 60, 20 * 60)  # all providers carry it then; some begin earlier or go on later


class Basis(StrEnum):
    """What a message needs to be consented to, when the person never said no."""

    ASSUMED = "assumed"  # nothing
    FOLLOWING = "following"  # who follows an account has asked for what it tells
    ASKED = "asked"  # a yes


# What is needed where a policy says nothing. Services and transactions are told unless the person refused. For advertising by phone the
# law wants a yes (通信短信息服务管理规定, art. 18), and a device's owner is asked the same way.
DEFAULT_BASES: Final[Mapping[Category, Mapping[ChannelName, Basis]]] = {
    Category.MARKETING: {
        ChannelName.TEMPLATE: Basis.FOLLOWING,
        ChannelName.CUSTOMER_SERVICE: Basis.FOLLOWING,
        ChannelName.MASS: Basis.FOLLOWING,
        ChannelName.SMS: Basis.ASKED,
        ChannelName.PUSH: Basis.ASKED,
    },
    Category.SERVICE: {},
    Category.TRANSACTIONAL: {},
}


FREE_CATEGORIES: Final = frozenset({Category.TRANSACTIONAL})  # what quiet hours are not for
FREE_CHANNELS: Final = frozenset({ChannelName.POPUP, ChannelName.WEBHOOK})  # these wake nobody


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours in which messages wait, or are dropped; not those of the categories and channels that they are `free` for."""

    hours: Hours
    drops: bool = False
    free_categories: frozenset[Category] = FREE_CATEGORIES
    free_channels: frozenset[ChannelName] = FREE_CHANNELS

    def holds_for(self, category: Category, channel: ChannelName) -> bool:
        """Whether such a message minds them."""
        return category not in self.free_categories and channel not in self.free_channels


@dataclass(frozen=True, slots=True)
class Holdout:
    """A share of all people who get nothing of these categories, so that what messages bring about can be measured."""

    share: float
    salt: str
    categories: frozenset[Category] = frozenset({Category.MARKETING})


@dataclass(frozen=True, slots=True)
class Interaction:
    """Template messages go only to who was active in the account within the last `within_ms`."""

    within_ms: int
    categories: frozenset[Category] = frozenset(Category)


@dataclass(frozen=True, slots=True)
class MassQuota:
    """Mass messages to a fan in a calendar month; `split` keeps places for kinds of messages, the rest is for all others."""

    limit: int = 4
    split: Mapping[str, int] = field(default_factory=dict)

    def limit_of(self, kind: str) -> int:
        """How many of a kind may go in a month."""
        return self.split.get(kind, self.limit - sum(self.split.values()))


@dataclass(frozen=True, slots=True)
class ContactRules:
    """The policy in force. `own_zones`: the person's own time zone counts, where it is known. Advertising by SMS keeps to China's clocks
    or those of `sms_zone`. All clocks run at the `pace` of the stage.
    """

    zone: tzinfo = PLATFORM_ZONE
    own_zones: bool = True
    quiet_hours: tuple[QuietHours, ...] = ()
    marketing_sms: Hours = MARKETING_SMS
    sms_zone: tzinfo = PLATFORM_ZONE
    caps: tuple[Cap, ...] = ()
    holdout: Holdout | None = None
    template_interaction: Interaction | None = None
    mass_quota: MassQuota = MassQuota()
    bases: Mapping[Category, Mapping[ChannelName, Basis]] = field(default_factory=dict)
    pace: Pace = STEADY

    def basis(self, category: Category, channel: ChannelName) -> Basis:
        """What consent such a message needs."""
        own = self.bases.get(category, {}).get(channel)
        return own or DEFAULT_BASES[category].get(channel, Basis.ASSUMED)


DEFAULT_RULES: Final = ContactRules()
