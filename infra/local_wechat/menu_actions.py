"""A tap on a button of the menu that the fan sees: their own, by their tags. What is pushed depends on the button's type."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from infra.local_wechat import kinds, menus
from infra.local_wechat.acting import Acted, Action, Scene
from infra.local_wechat.payloads import Payload
from infra.local_wechat.routes import Nonsense
from infra.local_wechat.state import Json, Trigger

_OPENING: Final = frozenset({"click", "scancode_push", "scancode_waitmsg"})
_SHOWN_BY_PLATFORM: Final = frozenset({"media_id", "view_limited", "article_id", "article_view_limited"})
_PLACE: Final = ("31.230416", "121.473701")


def menu(scene: Scene) -> Acted:
    """Taps the button of that `name` or `key`. Scanning buttons take `result`, those for pictures `count`, that for a place `label`."""
    scene.official().following()
    buttons, menuid = menus.menu_of(scene.account, scene.relation)
    button = _button(scene, buttons or [])
    kind = str(button.get("type", ""))
    if kind in _OPENING:
        scene.opens(Trigger.CLICK)
    return Acted(tuple(_pushed(scene, kind, button, menuid)), "menu", {"name": button["name"], "type": kind})


def _button(scene: Scene, buttons: list[Json]) -> Json:
    name, key = scene.text("name", ""), scene.text("key", "")
    for button in menus.leaves(buttons):
        if (name and button.get("name") == name) or (key and button.get("key") == key):
            return button
    there = ", ".join(str(one["name"]) for one in menus.leaves(buttons)) or "none"
    raise Nonsense(f"the fan's menu has no button {name or key!r}; there is {there}")


def _pushed(scene: Scene, kind: str, button: Json, menuid: int) -> Iterator[Payload]:
    if kind in _SHOWN_BY_PLATFORM:
        return
    if kind not in _PUSHED:
        raise Nonsense(f"a button of type {kind!r} does nothing")
    number: dict[str, Any] = {"MenuId": menuid} if menuid else {}
    yield from _PUSHED[kind](scene, button, number)


def _click(_scene: Scene, button: Json, _number: Json) -> Iterator[Payload]:
    yield kinds.event("CLICK", EventKey=button["key"])


def _view(_scene: Scene, button: Json, number: Json) -> Iterator[Payload]:
    yield kinds.event("VIEW", EventKey=button["url"], **number)


def _view_mini(_scene: Scene, button: Json, number: Json) -> Iterator[Payload]:
    yield kinds.event("view_miniprogram", EventKey=button["pagepath"], **number)


def _scan(scene: Scene, button: Json, _number: Json) -> Iterator[Payload]:
    result = scene.text("result", "https://shop.example/t/7")
    yield kinds.scanned(button["type"], button["key"], scene.text("scan_type", "qrcode"), result)


def _pictures(scene: Scene, button: Json, _number: Json) -> Iterator[Payload]:
    """How many there are, then each as a message of its own."""
    ids = [scene.media() for _ in range(int(scene.text("count", "1")))]
    yield kinds.pictures(button["type"], button["key"], [_md5(one) for one in ids])
    scene.opens(Trigger.MESSAGE)
    for media_id in ids:
        yield kinds.image(f"http://mmbiz.qpic.cn/{media_id}/0", media_id, scene.number())


def _place(scene: Scene, button: Json, _number: Json) -> Iterator[Payload]:
    """The choice, then the place as a message of its own."""
    label = scene.text("label", "上海市黄浦区人民大道")
    yield kinds.chosen_place(button["key"], *_PLACE, label, scene.text("place", ""))
    scene.opens(Trigger.MESSAGE)
    yield kinds.location(*_PLACE, 15, label, scene.number())


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


_PUSHED: Final[Mapping[str, Callable[[Scene, Json, Json], Iterator[Payload]]]] = {
    "click": _click,
    "view": _view,
    "miniprogram": _view_mini,
    "scancode_push": _scan,
    "scancode_waitmsg": _scan,
    "pic_sysphoto": _pictures,
    "pic_photo_or_album": _pictures,
    "pic_weixin": _pictures,
    "location_select": _place,
}
ACTIONS: Final[Mapping[str, Action]] = {"menu": menu}
