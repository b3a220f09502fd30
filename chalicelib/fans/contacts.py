"""Windows: how long and how often an account may write to a fan after each kind of contact. Pure.

The counts are the platform's as its pages have them since June 2023. A contact lifts what is left to its own count and moves the end to its
own end; it never adds. What the platform counts after a mixed sequence is documented nowhere: its answers have the last word (`used_up`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from chalicelib.wechat.naming import MENU, MESSAGES, RELATION, SERVICE
from chalicelib.wechat.push import Push

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
_OPENID: Final = re.compile(r"[A-Za-z0-9_\-]{1,128}")  # they have 28
MENU_MESSAGE: Final = "bizmsgmenuid"  # field of a text that was not written but tapped in a message menu


class Contact(StrEnum):
    """What a fan does that lets the account write."""

    MESSAGE = "message"
    TAP = "tap"  # on the menu or in a message menu
    FOLLOW = "follow"
    SCAN = "scan"
    ENTRY = "entry"  # into the customer service of a mini program


class WindowReason(StrEnum):
    """Why nothing may be sent to a fan now. The values are stable."""

    CLOSED = "window_closed"
    USED_UP = "window_used_up"


def is_openid(text: str) -> bool:
    """Whether a sender can be a fan: what else a push in plain mode may claim is nobody whom anything could be sent to."""
    return _OPENID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Opening:
    """What a contact allows: so many messages within so many ms."""

    count: int
    ms: int


OPENINGS: Final[Mapping[Contact, Opening]] = {
    Contact.MESSAGE: Opening(5, 48 * HOUR_MS),
    Contact.TAP: Opening(3, MINUTE_MS),
    Contact.FOLLOW: Opening(3, MINUTE_MS),
    Contact.SCAN: Opening(3, MINUTE_MS),
    Contact.ENTRY: Opening(2, MINUTE_MS),
}
_TAPS: Final = frozenset({"click", "scancode_push", "scancode_waitmsg"})
_BY_EVENT: Final[Mapping[str, Contact]] = {
    **dict.fromkeys(_TAPS & MENU.names.keys(), Contact.TAP),
    **{kind: contact for kind, contact in (("subscribe", Contact.FOLLOW), ("scan", Contact.SCAN)) if kind in RELATION.names},
    **{kind: Contact.ENTRY for kind in ("user_enter_tempsession",) if kind in SERVICE.names},
}
_ENDS: Final = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Window:
    """Until when (ms) and how often a fan may be written to. `opened_at` (ms) and `opened_by` (an event's id) are the newest contact's."""

    opened_at: int = 0
    opened_by: str = ""
    until: int = 0
    left: int = 0

    def refusal(self, now: int) -> WindowReason | None:
        """Why nothing may be sent at `now` (ms), or None."""
        if now >= self.until:
            return WindowReason.CLOSED
        return None if self.left > 0 else WindowReason.USED_UP


SHUT: Final = Window()


def contact_of(push: Push) -> Contact | None:
    """What contact a push tells of, None when it opens nothing: links and mini programs of the menu do not."""
    if push.is_event:
        return _BY_EVENT.get(push.kind)
    if push.kind not in MESSAGES.names:
        return None
    return Contact.TAP if push.fields.get(MENU_MESSAGE) else Contact.MESSAGE


def ends(push: Push) -> bool:
    """Whether the fan has gone."""
    return push.is_event and push.kind == _ENDS


def opened(window: Window, contact: Contact, at: int, by: str, scale: float = 1) -> Window:
    """The window after a contact at `at` (ms), told by the event `by`. The same or an older one again changes nothing."""
    if (at, by) <= (window.opened_at, window.opened_by):
        return window
    opening = OPENINGS[contact]
    left = window.left if window.until > at else 0
    return Window(at, by, max(window.until, at + int(opening.ms / scale)), max(left, opening.count))


def ended(window: Window, at: int, by: str) -> Window:
    """The window after the fan went. A contact that is older than that does not open it again."""
    return window if at < window.opened_at or by == window.opened_by else Window(at, by, at, 0)


def used_up(window: Window) -> Window:
    """As the platform sees it when it says that nothing is left."""
    return replace(window, left=0)


def closed(window: Window, now: int) -> Window:
    """As the platform sees it when it says that the fan did not write in time."""
    return replace(window, until=min(window.until, now))
