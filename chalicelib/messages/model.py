"""A message to a fan and what became of it. Pure."""

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Final

from chalicelib.events.model import Json
from chalicelib.fans.contacts import WindowReason
from chalicelib.messages.contents import Content

_ID_BYTES: Final = 16


class State(StrEnum):
    """What became of a message."""

    SENDING = "sending"  # claimed: somebody is calling the platform, or died doing so
    WAITING = "waiting"  # certainly not sent, and may be tried again
    SENT = "sent"
    REFUSED = "refused"  # by us or by the platform; never tried again
    UNKNOWN = "unknown"  # nobody knows whether the fan got it; never tried again, for twice is worse than not at all


class SendReason(StrEnum):
    """Why a message was not sent, or why nobody knows. The values are stable."""

    WINDOW_CLOSED = WindowReason.CLOSED.value
    WINDOW_USED_UP = WindowReason.USED_UP.value
    LIMIT_REACHED = "limit_reached"  # of the account, or of messages to one person
    CONTENT_REFUSED = "content_refused"  # the platform will never take it
    FAN_UNREACHABLE = "fan_unreachable"  # gone, blocked, closed
    ACCOUNT_MISCONFIGURED = "account_misconfigured"  # every message of the account will fail until somebody repairs it
    PLATFORM_SILENT = "platform_silent"  # no answer, or none that says whether it was sent
    PLATFORM_BUSY = "platform_busy"  # refused several times, and certainly not sent
    WORKER_DIED = "worker_died"  # between the call and the record of it


class Channel(StrEnum):
    """How a message goes out."""

    PASSIVE = "passive"  # as the answer to a push
    CUSTOMER_SERVICE = "customer_service"
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one fan. `at` (epoch ms) is when it was decided, `about` what decided it (the rule, its place), for the event."""

    id: str
    appid: str
    openid: str
    content: Content
    at: int
    mini_program: bool = False
    about: Json = field(default_factory=dict)

    @property
    def channel(self) -> Channel:
        """How it goes out when it is no answer to a push."""
        return Channel.CUSTOMER_SERVICE if self.content.needs_window else Channel.TEMPLATE


@dataclass(frozen=True, slots=True)
class Entry:
    """What the ledger knows of a message. `since` (ms) is when it was claimed last, `first` when first; `counted` whether it has been
    taken off the fan's window; `reason` a SendReason or "".
    """

    state: State
    since: int
    first: int
    counted: bool = False
    reason: str = ""

    @property
    def settled(self) -> bool:
        """Whether it is over."""
        return self.state not in (State.SENDING, State.WAITING)


def message_id(*seed: str | int) -> str:
    """The id of what these name, always the same."""
    return sha256("\n".join(map(str, seed)).encode("utf-8", "surrogatepass")).hexdigest()[: 2 * _ID_BYTES]
