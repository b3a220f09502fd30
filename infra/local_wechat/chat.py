"""Each fan's chat with each account: what they did, what they were sent, the platform's own words, in their order."""

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

CANNOT_SERVE: Final = "该公众号提供的服务出现故障，请稍后再试"
MINI_CANNOT_SERVE: Final = "该小程序提供的服务出现故障，请稍后再试"


class Who(StrEnum):
    """Whose doing an entry is."""

    FAN = "fan"
    ACCOUNT = "account"
    PLATFORM = "platform"


class Via(StrEnum):
    """How an entry came into the chat."""

    ACTION = "action"  # the fan's own
    REPLY = "reply"  # the answer to a push
    CUSTOM = "custom"
    TEMPLATE = "template"
    NOTICE = "notice"  # by subscription
    MASS = "mass"
    MENU = "menu"  # the buttons below the chat are others from here on
    FAILURE = "failure"  # the text that tells of a failure


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a chat. `kind` is the message's type or the action's name, `content` what it holds; `at` is wire time in ms."""

    order: int
    at: int
    who: Who
    via: Via
    kind: str
    content: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """For the admin API."""
        return asdict(self)


class Chats:
    """All chats, by account and openid."""

    def __init__(self) -> None:
        self._entries: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
        self._menus: dict[tuple[str, str], Any] = {}
        self._order = 0
        self._lock = threading.Lock()

    def add(self, appid: str, openid: str, at: int, who: Who, via: Via, kind: str, content: Mapping[str, Any]) -> Entry:
        """Appends an entry."""
        with self._lock:
            self._order += 1
            entry = Entry(self._order, at, who, via, kind, content)
            self._entries[appid, openid].append(entry)
            return entry

    def menu(self, appid: str, openid: str, at: int, buttons: list[dict[str, Any]] | None) -> None:
        """Tells which buttons the fan sees now; an entry only when they have changed."""
        shown = buttons or []
        if self._menus.get((appid, openid), []) != shown:
            self._menus[appid, openid] = shown
            self.add(appid, openid, at, Who.PLATFORM, Via.MENU, "menu", {"buttons": shown})

    def of(self, appid: str, openid: str) -> list[Entry]:
        """The chat of one fan."""
        with self._lock:
            return list(self._entries.get((appid, openid), ()))

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._entries.clear()
            self._menus.clear()
