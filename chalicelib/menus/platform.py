"""What this room asks of the platform: calls about the menus of one account, as a protocol, so that tests can play the platform."""

from collections.abc import Sequence
from typing import Any, Protocol

from chalicelib.wechat.calls import menus as calls
from chalicelib.wechat.calls.menus import Menus
from chalicelib.wechat.client import Client

Shape = dict[str, Any]  # a button as the platform takes it


class MenuCalls(Protocol):
    """The calls about menus of one account. All raise WechatError."""

    def create(self, buttons: Sequence[Shape]) -> None:
        """Sets the menu for everybody."""

    def get(self) -> Menus | None:
        """All menus, None when there is none."""

    def delete(self) -> None:
        """Deletes the menu for everybody, and every personal one."""

    def add_conditional(self, buttons: Sequence[Shape], tag: int) -> str:
        """Adds a menu for the fans with a tag; its number."""

    def delete_conditional(self, menu: str) -> None:
        """Deletes a personal menu."""


class _Real:
    """The platform itself."""

    def __init__(self, appid: str) -> None:
        self._client = Client(appid)

    def create(self, buttons: Sequence[Shape]) -> None:
        calls.create(self._client, buttons)

    def get(self) -> Menus | None:
        return calls.get(self._client)

    def delete(self) -> None:
        calls.delete(self._client)

    def add_conditional(self, buttons: Sequence[Shape], tag: int) -> str:
        return calls.add_conditional(self._client, buttons, tag)

    def delete_conditional(self, menu: str) -> None:
        calls.delete_conditional(self._client, menu)


def real(appid: str) -> MenuCalls:
    """The calls of an account."""
    return _Real(appid)
