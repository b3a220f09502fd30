"""What an action of a fan needs and leaves behind: the words that all kinds of actions are written in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from infra.local_wechat import windows
from infra.local_wechat.payloads import Payload
from infra.local_wechat.routes import Nonsense
from infra.local_wechat.state import Account, Json, Relation, Trigger
from infra.local_wechat.world import World

PLATFORM: Final = "oPlatform0000000000000000000"  # who sends the platform's own news to an account


@dataclass(frozen=True, slots=True)
class Scene:
    """Who acts where, and the action's fields as they were asked for."""

    world: World
    account: Account
    relation: Relation
    fields: Mapping[str, Any]

    def text(self, name: str, default: str | None = None) -> str:
        """A field as a text. Raises Nonsense without it and a default."""
        value = self.fields.get(name, default)
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            raise Nonsense(f"the action needs {name}, a text")
        return str(value)

    def flag(self, name: str, default: bool) -> bool:
        """A field that is true or false."""
        return bool(self.fields.get(name, default))

    def texts(self, name: str) -> list[str]:
        """A field that is a list of texts. Raises Nonsense."""
        value = self.fields.get(name)
        if not isinstance(value, list) or not value:
            raise Nonsense(f"the action needs {name}, a list of texts")
        return [str(one) for one in value]

    def number(self) -> int:
        """A message id."""
        return self.world.chance.number()

    def media(self) -> str:
        """A media id, as of something that the fan sent."""
        return f"fan-{self.world.chance.text(24)}"

    def official(self) -> "Scene":
        """Itself. Raises Nonsense for a mini program, which has no fans."""
        if not self.account.official:
            raise Nonsense(f"{self.account.appid} is a mini program: nobody follows it, and it has no menu")
        return self

    def mini(self) -> "Scene":
        """Itself. Raises Nonsense for all but mini programs."""
        if self.account.official:
            raise Nonsense(f"{self.account.appid} is no mini program")
        return self

    def following(self) -> "Scene":
        """Itself. Raises Nonsense for somebody who does not follow an official account."""
        if self.account.official and not self.relation.subscribed:
            raise Nonsense(f"{self.relation.openid} does not follow {self.account.appid}")
        return self

    def opens(self, trigger: Trigger) -> None:
        """The customer-service window of the fan opens, as the trigger says."""
        windows.opened(self.world, self.relation, trigger)


@dataclass(frozen=True, slots=True)
class Acted:
    """What an action leads to: pushes in their order, what the fan sees of it in the chat, and what else it gives (a code, an address)."""

    pushes: tuple[Payload, ...] = ()
    kind: str = ""
    content: Json = field(default_factory=dict)
    gives: Json = field(default_factory=dict)


Action = Callable[[Scene], Acted]
"""Runs inside of a transaction. Raises Nonsense for what this fan cannot do here and now."""
