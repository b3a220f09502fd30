"""Caps: how many messages a person may get within a time, over all that sends. Pure."""

from dataclasses import dataclass
from typing import Final

from chalicelib.messages.policy.calendars import Calendar
from chalicelib.messages.policy.periods import Period
from chalicelib.messages.policy.sends import Sends, Use, is_full
from chalicelib.messages.templates.model import Category, ChannelName

MAX_LIMIT: Final = 50
NO_CONTACT: Final = frozenset({ChannelName.WEBHOOK})  # tells a server something, not the person


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `limit` messages `within` a period of the calendar, or so many ms before now. `waits`: rather late than not at all.

    Without a category it is about marketing and service: what a person cannot do without is capped by nothing that does not name it.
    """

    name: str
    limit: int
    within: Period | int
    category: Category | None = None
    channel: ChannelName | None = None
    waits: bool = False

    def counts(self, category: Category, channel: ChannelName) -> bool:
        """Whether a message is one of those that it is about."""
        if self.channel is None and channel in NO_CONTACT:
            return False
        of_category = category is not Category.TRANSACTIONAL if self.category is None else category is self.category
        return of_category and self.channel in (None, channel)


def used(cap: Cap, sends: Sends, now: int, calendar: Calendar, message: str = "") -> int:
    """How many of the cap are taken by others than the message itself.

    Where so many were sent that the oldest are no longer known, all.
    """
    inside = _inside(cap, sends, now, calendar)
    live = sum(one not in sends.released and one.message != message for one in inside)
    return max(live, cap.limit) if is_full(inside) else live


def frees_at(cap: Cap, sends: Sends, now: int, calendar: Calendar, message: str = "") -> int | None:
    """When (ms) there is room again; None if nobody can say."""
    ends = sorted({_leaves_at(cap, one, calendar) for one in _inside(cap, sends, now, calendar)})
    return next((end for end in ends if used(cap, sends, end, calendar, message) < cap.limit), None)


def _inside(cap: Cap, sends: Sends, now: int, calendar: Calendar) -> list[Use]:
    """What was sent within the time of the cap. What other clocks put after now, is."""
    since = calendar.began_at(cap.within, now) - 1 if isinstance(cap.within, Period) else now - cap.within
    return [one for one in sends.uses if one.at > since and cap.counts(one.category, one.channel)]


def _leaves_at(cap: Cap, use: Use, calendar: Calendar) -> int:
    return calendar.ends_at(cap.within, use.at) if isinstance(cap.within, Period) else use.at + cap.within
