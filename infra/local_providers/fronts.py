"""What every front is given to answer a call: the world, who calls back, and the request."""

import re
from dataclasses import dataclass
from typing import Final

from infra.local_providers.callbacks import Callbacks
from infra.local_providers.state import Nature
from infra.local_providers.world import World
from infra.local_wechat.wire import Request

_MOBILE: Final = re.compile(r"(?:\+86|0086|86)?(1[3-9]\d{9})")


@dataclass(frozen=True, slots=True)
class Call:
    """One call."""

    world: World
    callbacks: Callbacks
    request: Request
    action: str

    @property
    def now(self) -> int:
        """Epoch ms of the world."""
        return self.world.clock.world()

    def nature(self, number: str) -> Nature:
        """How the number behaves."""
        return self.world.numbers.get(number, Nature.FINE)


class Refused(Exception):
    """A call, or a part of it, is refused with a code of the provider's."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.text = text or code


def whole(number: str) -> str:
    """A Chinese mobile number as +86..., or "" for what is none."""
    found = _MOBILE.fullmatch(number)
    return f"+86{found[1]}" if found else ""
