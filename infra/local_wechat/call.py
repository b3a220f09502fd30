"""What is known of a kind of call (`Api`), and one call while it is dealt with (`Call`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from infra.local_wechat.faults import Fault
from infra.local_wechat.refusals import Refused
from infra.local_wechat.state import Account, Json, Kind, Relation
from infra.local_wechat.wire import Answer, Request
from infra.local_wechat.world import World

OFFICIAL: Final = frozenset({Kind.SERVICE, Kind.SUBSCRIPTION, Kind.TEST})
SERVICE: Final = frozenset({Kind.SERVICE, Kind.TEST})
MINI: Final = frozenset({Kind.MINI})
EVERY_KIND: Final = frozenset(Kind)


class Auth(StrEnum):
    """How a call says whose it is."""

    TOKEN = "token"  # noqa: S105 - the name of a way
    SECRET = "secret"  # noqa: S105 - the name of a way
    NONE = "none"


class Body(StrEnum):
    """What a call brings along."""

    NONE = "none"
    JSON = "json"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Api:
    """A kind of call. Who has no `kinds` of it gets 48001. `needs` gives for fields that must be there (dots lead inwards) the number
    that their absence is refused with. `per_day` counts per account, with the number for test accounts beside it; None is no limit.
    `bare` answers carry no errcode when all is well.
    """

    path: str
    handler: "Callable[[Call], Json | Answer]"
    auth: Auth = Auth.TOKEN
    body: Body = Body.JSON
    kinds: frozenset[Kind] = EVERY_KIND
    certified: bool = False
    needs: Mapping[str, int] = field(default_factory=dict)
    per_day: tuple[int, int] | None = None
    per_minute: int | None = None
    bare: bool = False


@dataclass(slots=True)
class Call:
    """One call. `account` is None until it is known whose it is; `json` is the body, or the query of calls without one."""

    world: World
    request: Request
    api: Api
    now: int
    account: Account | None = None
    json: Json = field(default_factory=dict)
    fault: Fault | None = None

    @property
    def caller(self) -> Account:
        """The account that calls; there is one once the token has been judged."""
        if self.account is None:
            raise Refused(40013)
        return self.account

    def field(self, path: str) -> Any:
        """What stands at a path like `action_info.scene`; None when there is nothing."""
        value: Any = self.json
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def text(self, path: str) -> str:
        """A field as text; "" when there is none."""
        value = self.field(path)
        return "" if value is None else str(value)

    def fan(self, openid: object) -> Relation:
        """Whom an openid stands for in the calling account. Raises Refused (40003)."""
        found = self.world.fan(self.caller.appid, openid) if isinstance(openid, str) else None
        if found is None:
            raise Refused(40003)
        return found

    def fans(self, path: str, most: int) -> list[Relation]:
        """The persons of a list of openids. Raises Refused (40031, 40032, 40003: one wrong openid fails them all)."""
        openids = self.field(path)
        if not isinstance(openids, list) or not openids:
            raise Refused(40031)
        if len(openids) > most:
            raise Refused(40032)
        return [self.fan(openid) for openid in openids]
