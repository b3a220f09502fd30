"""Stands in for WeChat where codes are made: answers at once, remembers what it was asked, and fails on demand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.campaigns import links, origins, platform, published
from chalicelib.campaigns.making import Ticket
from chalicelib.definitions import store as definitions
from chalicelib.errors import HuiliuError

APPID = "wx77aa00bb11cc22dd"


@dataclass(slots=True)
class DoubleWechat:
    """Usage: `wechat = double(monkeypatch)`, then `wechat.scenes` after some codes were made; `wechat.fails.append(WechatBusy("..."))`."""

    asked: list[tuple[str, str, int | None]] = field(default_factory=list)  # account, scene, seconds
    fails: list[HuiliuError] = field(default_factory=list)  # each for one call
    meanwhile: Callable[[], None] = lambda: None  # what happens while WeChat thinks

    def create(self, account: str, scene: str, expire_seconds: int | None) -> Ticket:
        """A ticket of its own for each call."""
        self.asked.append((account, scene, expire_seconds))
        if self.fails:
            raise self.fails.pop()
        place = len(self.asked)
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return Ticket(f"ticket/{place}=", f"http://weixin.qq.com/q/{place}", expire_seconds)

    @property
    def scenes(self) -> set[str]:
        """The scenes that codes were made for."""
        return {scene for _, scene, _ in self.asked}


def double(patch: pytest.MonkeyPatch) -> DoubleWechat:
    """Puts a double in WeChat's place."""
    found = DoubleWechat()
    patch.setattr(platform, "Wechat", lambda: found)
    return found


def put_in_force(kind: str, name: str, document: Any, at: int) -> None:
    """Publishes a definition, seen at once by everything here that remembers campaigns."""
    definitions.draft(kind, name, document, by="test", at=at)
    definitions.publish(kind, name, by="test", at=at)
    forget()


def forget() -> None:
    """A minute later: whatever was remembered of campaigns, codes and links is read anew."""
    for module in (published, links, origins):
        module.forget()
