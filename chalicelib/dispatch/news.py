"""What comes back of messages, and waits in the queue `followups`: receipts, clicks, answers, and people who leave. Pure.

followup_of(body_of(Click("7f3a...", at)))     # the same click again, and how often it came in vain
"""

import json
from dataclasses import MISSING, asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Final

from chalicelib.events.model import Json
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Fate
from chalicelib.providers.model import Receipt as ProviderReceipt
from chalicelib.providers.model import Reply as ProviderReply

KIND: Final = "kind"
TRIES: Final = "tries"


class NewsKind(StrEnum):
    """What a message of the queue tells."""

    RECEIPT = "receipt"
    CLICK = "click"
    REPLY = "reply"
    LEFT = "left"
    JOB = "job"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message that was taken on, at `at` (ms). `message` is our id where the platform gives it back, else `reference` is
    the platform's own number of it. It comes once, often, late or never.
    """

    channel: ChannelName
    account: str
    fate: Fate
    at: int
    message: str = ""
    reference: str = ""
    address: str = field(default="", repr=False)
    reason: str = ""
    raw_code: str = ""


@dataclass(frozen=True, slots=True)
class Click:
    """Somebody followed a link of a message at `at` (ms); `link` is its number, "" where there is but one."""

    message: str
    at: int
    link: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person answered by SMS; `stops`: they want no more. `identity` is the same for every delivery of the same answer."""

    account: str
    sender: str = field(repr=False)
    text: str = field(repr=False)
    at: int
    stops: bool
    identity: str


@dataclass(frozen=True, slots=True)
class Left:
    """A fan has left an account at `at` (ms)."""

    appid: str
    openid: str = field(repr=False)
    at: int


@dataclass(frozen=True, slots=True)
class Job:
    """A mass message of an account is through: `fields` is what the platform tells of it. The members before `start` know it already."""

    appid: str
    fields: Json
    at: int
    start: int = 0


Followup = Receipt | Click | Reply | Left | Job
_KINDS: Final[dict[type[Followup], NewsKind]] = {
    Receipt: NewsKind.RECEIPT,
    Click: NewsKind.CLICK,
    Reply: NewsKind.REPLY,
    Left: NewsKind.LEFT,
    Job: NewsKind.JOB,
}
_TYPES: Final = {kind: made for made, kind in _KINDS.items()}
_READ: Final[dict[str, Any]] = {"channel": ChannelName, "fate": Fate, "at": int, "stops": bool, "fields": dict, "start": int}


def of_receipt(channel: ChannelName, account: str, receipt: ProviderReceipt, now: int) -> Receipt:
    """A receipt of a provider; one that does not tell its time is of `now`."""
    at = now if receipt.at is None else receipt.at
    told = (receipt.key, receipt.provider_id, receipt.to, receipt.reason.value, receipt.raw_code)
    return Receipt(channel, account, receipt.fate, at, *told)


def of_reply(account: str, reply: ProviderReply, now: int) -> Reply:
    """An answer that a provider hands on; one that does not tell its time is of `now`."""
    return Reply(account, reply.sender, reply.text, now if reply.at is None else reply.at, reply.stops, reply.identity)


def body_of(one: Followup, tries: int = 0) -> str:
    """The message of the queue. `tries` counts how often it came in vain."""
    return json.dumps({KIND: _KINDS[type(one)].value, **asdict(one), TRIES: tries}, ensure_ascii=False)


def followup_of(body: str) -> tuple[Followup, int]:
    """What a message of the queue tells, and how often it came in vain. Raises ValueError, KeyError or TypeError for anything else."""
    found = json.loads(body)
    made = _TYPES[NewsKind(found[KIND])]
    told = {one.name: _READ.get(one.name, str)(found[one.name]) for one in fields(made) if one.name in found or one.default is MISSING}
    return made(**told), int(found.get(TRIES, 0))
