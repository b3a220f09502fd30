"""What is known of one identifier as an address: what was said by it, allowed, refused, and what came of trying it. Pure.

All of it lies with the identifier and not with the person: whoever the identifier belongs to has it, also after persons became one or two.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from chalicelib.fans.contacts import SHUT, Window
from chalicelib.messages.policy.model import NEVER, Consent, Permission, Suppression, Unreachable
from chalicelib.messages.templates.model import ChannelName

HEARD: Final = 64  # marks of pushes: one comes three times within 15 s
SPENT: Final = 64  # messages of a template that took a permission
CREDITS: Final = 200  # permissions of a template that are left: more were never seen
BLOCKED_MS: Final = 30 * 86_400_000  # then the template is tried again: nobody tells when a person lets it in


@dataclass(frozen=True, slots=True)
class Granted:
    """What a fan allowed of one template. `credits` are the times (ms) of each yes that is left, `at` is the newest yes, `ended` when they
    last took everything back. `spent` are messages that took one: their ids with the time of the yes.
    """

    credits: tuple[int, ...] = ()
    at: int = NEVER
    ended: int = NEVER
    spent: tuple[tuple[str, int], ...] = ()

    @property
    def permission(self) -> Permission:
        """As the policy asks for it."""
        return Permission(left=len(self.credits), at=self.at if self.at > self.ended else NEVER)


@dataclass(frozen=True, slots=True)
class Contact:
    """The item. `granted` and `blocked` (since when) are by template; `heard` are marks of what was counted already, newest last."""

    consents: tuple[Consent, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    granted: Mapping[str, Granted] = field(default_factory=dict)
    blocked: Mapping[str, int] = field(default_factory=dict)
    unreachable: Mapping[ChannelName, Unreachable] = field(default_factory=dict)
    heard: tuple[str, ...] = ()


NOTHING_KNOWN: Final = Contact()


@dataclass(frozen=True, slots=True)
class FanState:
    """What a fan's item says of reaching them: whether they follow and since when that is so, and their window."""

    following: bool | None = None
    changed_at: int = NEVER
    window: Window = SHUT


UNKNOWN_FAN: Final = FanState()
