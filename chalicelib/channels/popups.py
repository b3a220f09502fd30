"""What lies in a person's inbox until a mini program or a page has shown it. Pure. Times are epoch ms."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from chalicelib.events.model import Json
from chalicelib.messages.templates.own import Placement

MOST_LISTED: Final = 10  # at once; nobody closes more windows than that
NEVER: Final = 0


class Deed(StrEnum):
    """What became of a popup on somebody's screen."""

    SHOWN = "shown"
    CLICKED = "clicked"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Popup:
    """A popup of a person: `id` is the message's, `account` the appid or the source whose pages ask, `body` as the template rendered it.

    It came at `at` and is worth nothing from `until` on. `shown_at` and `done_at` (closed or clicked) are NEVER while that is so.
    """

    id: str
    person: str
    account: str
    at: int
    until: int
    body: Json = field(repr=False)
    shown_at: int = NEVER
    done_at: int = NEVER

    def waits(self, account: str, now: int) -> bool:
        """Whether it is to be shown there now. A banner stays until it is closed; everything else comes once."""
        if self.account != account or self.done_at or self.until <= now:
            return False
        return not self.shown_at or self.body.get("placement") == Placement.BANNER


def waiting(popups: list[Popup], account: str, now: int) -> list[Popup]:
    """What is to be shown to whoever asks from there: the oldest first, ten at most."""
    return sorted((one for one in popups if one.waits(account, now)), key=lambda one: (one.at, one.id))[:MOST_LISTED]
