"""Definitions of menus as tests write them."""

from typing import Any, Final

from chalicelib.definitions.model import Definition, State
from chalicelib.menus.documents import MenuDocument

APPID: Final = "wx77aa00bb11cc22dd"


def button(name: str, **more: Any) -> dict[str, Any]:
    """A button that sends its name."""
    return {"type": "click", "name": name, "key": name} | more


def document(*personal: str, **more: Any) -> dict[str, Any]:
    """Menus with a button for everybody, and one for each segment, of its name."""
    mine = [{"segment": one, "buttons": [button(one)]} for one in personal]
    return {"account": APPID, "buttons": [button("新品")], "personal": mine} | more


def definition(*personal: str, version: int = 1) -> Definition:
    """Such menus in force."""
    written = document(*personal)
    MenuDocument.model_validate(written)
    return Definition("menus", "shop", version, State.PUBLISHED, written, 1, "test", version, 1, "test")
