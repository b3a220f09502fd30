"""What this room asks of the platform: calls about the tags of one account, as a protocol, so that tests can play the platform.

    tags = real("wx77aa00bb11cc22dd")
    tags.tag(100, ["oFan1", "oFan2"])

Tags are named by the platform's numbers here.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from chalicelib.wechat.calls import tags as calls
from chalicelib.wechat.calls.tags import PlatformTag
from chalicelib.wechat.calls.users import Page
from chalicelib.wechat.client import Client


class Tags(Protocol):
    """The calls about tags of one account. All raise WechatError."""

    def all(self) -> list[PlatformTag]:
        """Every tag of the account, the platform's own three too."""

    def create(self, name: str) -> int:
        """Makes a tag; its number."""

    def delete(self, tag: int) -> None:
        """Takes a tag away from everybody."""

    def tag(self, tag: int, openids: Sequence[str]) -> None:
        """Gives a tag to at most 50 fans."""

    def untag(self, tag: int, openids: Sequence[str]) -> None:
        """Takes a tag from at most 50 fans."""

    def holders(self, tag: int, after: str) -> Page:
        """At most 10,000 of the fans with a tag, those behind the openid `after`."""


Opener = Callable[[str], Tags]


class _Real:
    """The platform itself."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def all(self) -> list[PlatformTag]:
        return calls.all(self._client)

    def create(self, name: str) -> int:
        return calls.create(self._client, name)

    def delete(self, tag: int) -> None:
        calls.delete(self._client, tag)

    def tag(self, tag: int, openids: Sequence[str]) -> None:
        calls.tag(self._client, tag, openids)

    def untag(self, tag: int, openids: Sequence[str]) -> None:
        calls.untag(self._client, tag, openids)

    def holders(self, tag: int, after: str) -> Page:
        return calls.holders(self._client, tag, after)


def real(appid: str) -> Tags:
    """The calls of an account."""
    return of(Client(appid))


def of(client: Client) -> Tags:
    """The calls of a client's account."""
    return _Real(client)
