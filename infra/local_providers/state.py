"""What exists behind the local fronts: accounts, templates, numbers, devices, receivers, and what was taken on.

Times are epoch ms of the world's clock. All of it is changed inside of a transaction (`World.transaction`) only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class Provider(StrEnum):
    """Whose front."""

    ALIYUN = "aliyun"
    TENCENT = "tencent"
    JPUSH = "jpush"
    WEBHOOK = "webhook"


class Nature(StrEnum):
    """How a phone number behaves; what no one said anything of is fine."""

    FINE = "fine"
    ABSENT = "absent"  # switched off: taken on, then not delivered
    BLOCKED = "blocked"  # unsubscribed
    WRONG = "wrong"  # nobody's
    SILENT = "silent"  # delivered, but no receipt ever comes


class State(StrEnum):
    """What became of a message."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(slots=True)
class Template:
    """An approved text. `variables` are the names (Aliyun), or as many as there are (Tencent)."""

    name: str
    variables: tuple[str, ...] = ()
    marketing: bool = False


@dataclass(slots=True)
class Account:
    """An account. `key_id` and `secret` sign its calls (app key and master secret at JPush). Limits are messages a day; None is none."""

    provider: Provider
    key_id: str
    secret: str = field(repr=False)
    app_id: str = ""
    signatures: set[str] = field(default_factory=set)
    templates: dict[str, Template] = field(default_factory=dict)
    receipts_url: str = ""
    replies_url: str = ""
    balance: int | None = None
    day_limit: int | None = None
    returns_context: bool = True  # whether receipts that are asked for carry the caller's id (Tencent: on request only)


@dataclass(slots=True)
class Receiver:
    """A webhook receiver. It answers with `statuses` in turn, the last one for ever; with `location` where one redirects."""

    name: str
    secret: str = field(default="", repr=False)
    statuses: list[int] = field(default_factory=lambda: [200])
    headers: dict[str, str] = field(default_factory=dict)
    calls: int = 0


@dataclass(slots=True)
class Taken:
    """A message that was taken on. `key` is the caller's id of it, `id` ours; `first` is False for a repetition that was recognised."""

    order: int
    at: int
    provider: Provider
    account: str
    to: str
    key: str
    id: str
    body: Mapping[str, Any]
    state: State = State.ACCEPTED
    code: str = ""
    done_at: int = 0
    pulled: bool = False


@dataclass(frozen=True, slots=True)
class Logged:
    """A call and its answer."""

    order: int
    at: int
    provider: str
    action: str
    status: int
    code: str


@dataclass(slots=True)
class Delivery:
    """A callback and what became of it: the statuses it was answered with, 0 for no answer."""

    url: str
    kind: str
    body: Any
    statuses: list[int] = field(default_factory=list)
    done: bool = False
