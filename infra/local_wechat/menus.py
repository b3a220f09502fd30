"""Menus: what may stand in one, and which one a fan sees."""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from infra.local_wechat.refusals import Refused
from infra.local_wechat.state import Account, Json, Relation

_MOST_BUTTONS: Final = 3
_MOST_INSIDE: Final = 5
_NAME_BYTES: Final = 16
_INSIDE_NAME_BYTES: Final = 60
_KEY_BYTES: Final = 128
_URL_BYTES: Final = 1024
_MOST_DOMAINS: Final = 3

_KEYED: Final = frozenset(
    {"click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select"}
)
_OF_ARTICLE: Final = frozenset({"article_id", "article_view_limited"})
_OF_MEDIA: Final = frozenset({"media_id", "view_limited"})


def menu_of(account: Account, relation: Relation | None) -> tuple[list[Json] | None, int]:
    """The buttons that somebody sees, None without any, and the number of the menu, 0 for everybody's.

    Of a fan's tags the one set last that has a menu decides; of several menus of that tag the newest.
    """
    for tag in reversed(relation.tags if relation else []):
        for menu in reversed(account.conditional_menus):
            if menu.tag_id == tag:
                return menu.buttons, menu.menuid
    return account.menu, 0


def leaves(buttons: list[Json]) -> Iterator[Json]:
    """The buttons that do something, not those that only hold others."""
    for button in buttons:
        inside = button.get("sub_button")
        yield from inside if isinstance(inside, list) and inside else [button]


def check_buttons(buttons: Any) -> list[Json]:
    """The buttons of a menu. Raises Refused with the number of what is wrong first."""
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= _MOST_BUTTONS:
        raise Refused(40016)
    for button in buttons:
        _check_outer(button)
    domains = {urlsplit(str(leaf["url"])).hostname for leaf in leaves(buttons) if leaf.get("type") == "view"}
    if len(domains) > _MOST_DOMAINS:
        raise Refused(65316)
    return buttons


def _check_outer(button: Any) -> None:
    if not isinstance(button, dict):
        raise Refused(40016)
    _sized(button.get("name"), _NAME_BYTES, 40018)
    inside = button.get("sub_button")
    if inside is None or inside == []:
        _check_action(button, 40017)
        return
    if not isinstance(inside, list) or len(inside) > _MOST_INSIDE:
        raise Refused(40023)
    for one in inside:
        if not isinstance(one, dict):
            raise Refused(40023)
        _sized(one.get("name"), _INSIDE_NAME_BYTES, 40025)
        _check_action(one, 40017)


def _check_action(button: Json, unknown: int) -> None:
    match str(button.get("type")):
        case "view":
            _linked(button)
        case "miniprogram":
            _linked(button)
            _sized(button.get("appid"), _KEY_BYTES, 40035)
            _sized(button.get("pagepath"), _URL_BYTES, 40035)
        case kind if kind in _KEYED:
            _sized(button.get("key"), _KEY_BYTES, 40019)
        case kind if kind in _OF_MEDIA:
            _sized(button.get("media_id"), _KEY_BYTES, 40007)
        case kind if kind in _OF_ARTICLE:
            _sized(button.get("article_id"), _KEY_BYTES, 40007)
        case _:
            raise Refused(unknown)


def _linked(button: Json) -> None:
    _sized(button.get("url"), _URL_BYTES, 40020)
    if urlsplit(button["url"]).scheme not in {"http", "https"}:
        raise Refused(40020)


def _sized(text: Any, most: int, errcode: int) -> None:
    """A text of at least one and at most so many bytes."""
    if not isinstance(text, str) or not 1 <= len(text.encode()) <= most:
        raise Refused(errcode)
