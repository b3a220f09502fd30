"""What a code and a short link are. Pure.

Their ids follow from what was asked for. So whoever asks for the same again, at once or after a crash, speaks of the same code, and none is
made twice.
"""

import json
import re
from base64 import b32encode
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import blake2b
from typing import Final

from chalicelib.durations import UNITS_MS
from chalicelib.events.model import Json

CODE_PREFIX: Final = "c-"
CODE_ID: Final = re.compile(r"c-[a-z2-7]{24}", re.ASCII)
LINK_ID: Final = re.compile(r"[a-z2-7]{13}", re.ASCII)
MAX_PERMANENT: Final = 100_000  # codes without an end that WeChat lets an account make, in all its life
MAX_LIFETIME_MS: Final = 30 * UNITS_MS["d"]  # of a temporary code: 2,592,000 s
MIN_LIFETIME_MS: Final = UNITS_MS["m"]
RENEWED_BEFORE_MS: Final = UNITS_MS["d"]  # whoever asks for a code that ends sooner gets it with a new end
_CODE_BYTES: Final = 15  # 24 letters; two of 10^12 codes meet once in 10^12 times
_LINK_BYTES: Final = 8  # 13 letters, short enough to print; two that meet are told apart by `attempt`


class CodeState(StrEnum):
    """Where the making of a code stands."""

    PENDING = "pending"  # kept, and WeChat has not said yet what it looks like; whoever asks again finishes it
    MADE = "made"


@dataclass(frozen=True, slots=True)
class Asked:
    """What makes a code this one and no other. `inviter` is an identifier's key (`openid:wx1#oABC`) or "", `campaign` a name or ""."""

    account: str
    campaign: str = ""
    inviter: str = ""
    permanent: bool = False
    properties: Json = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The code's id, which is also its scene: 26 characters of the 64 that WeChat allows."""
        return CODE_PREFIX + _digest(_CODE_BYTES, self.account, self.campaign, self.inviter, self.permanent, self.properties)


@dataclass(frozen=True, slots=True)
class Code:
    """A code of an account. Times are epoch ms; `expires_at` is None for one that never ends, and while it is pending.

    `ticket` names its picture, `url` is what it holds for whoever draws it: both are "" while it is pending.
    """

    id: str
    asked: Asked
    created_at: int
    created_by: str
    state: CodeState = CodeState.PENDING
    ticket: str = ""
    url: str = ""
    expires_at: int | None = None

    def is_good(self, lifetime: int, now: int) -> bool:
        """Whether it can be handed out as it is to somebody who wants it for `lifetime` ms: made, and with some time left."""
        if self.state is CodeState.PENDING:
            return False
        return self.expires_at is None or self.expires_at - now >= min(RENEWED_BEFORE_MS, lifetime // 2)

    def made(self, ticket: str, url: str, expires_at: int | None) -> "Code":
        """The same with what WeChat said."""
        return replace(self, state=CodeState.MADE, ticket=ticket, url=url, expires_at=expires_at)


@dataclass(frozen=True, slots=True)
class Link:
    """A short link. `inviter` and `person` are identifiers' keys or "": who shares it, and whom it was made for; times are epoch ms."""

    target: str
    campaign: str = ""
    inviter: str = ""
    person: str = ""
    expires_at: int | None = None
    created_at: int = 0
    created_by: str = ""

    def id(self, attempt: int = 0) -> str:
        """Its id; another one for each attempt, as an id so short may be taken by another link."""
        return _digest(_LINK_BYTES, self.target, self.campaign, self.inviter, self.person, self.expires_at, attempt)

    def same(self, other: "Link") -> bool:
        """Whether both were asked for in the same words."""
        return replace(self, created_at=0, created_by="") == replace(other, created_at=0, created_by="")


def _digest(size: int, *parts: object) -> str:
    text = json.dumps(parts, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return b32encode(blake2b(text.encode(), digest_size=size).digest()).decode().rstrip("=").lower()
