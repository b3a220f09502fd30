"""What has to be created and deleted so that the platform's personal menus are those that are wanted. Pure.

The platform shows a fan the newest menu whose tag it has, and can neither change a menu nor its place. So the least important is made
first; what is there already stays if everything older that is wanted is there too, in the right order; all others are made anew on top.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

_FIELDS: Final = ("type", "name", "key", "url", "media_id", "article_id", "appid", "pagepath")  # what tells buttons apart
_DIGITS: Final = 32

Shape = Mapping[str, Any]  # a button as the platform takes or gives it


@dataclass(frozen=True, slots=True)
class Menu:
    """A personal menu that is wanted: its buttons, and the platform's number of the tag whose fans see it."""

    buttons: tuple[Shape, ...]
    tag: int

    @property
    def fingerprint(self) -> str:
        """The same for the same menu."""
        return fingerprint(self.buttons, self.tag)


@dataclass(frozen=True, slots=True)
class Made:
    """A personal menu that the platform has: its number there, and the fingerprint that it was made with."""

    id: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Steps:
    """What to do: `kept` stay as they are, `created` are made in this order, `deleted` go when those are there."""

    kept: tuple[Made, ...]
    created: tuple[Menu, ...]
    deleted: tuple[Made, ...]


def steps(wanted: Sequence[Menu], there: Sequence[Made]) -> Steps:
    """How to get from what is `there`, the oldest first, to what is `wanted`, the most important first."""
    order = wanted[::-1]
    kept: list[Made] = []
    deleted: list[Made] = []
    for one in there:
        if len(kept) < len(order) and one.fingerprint == order[len(kept)].fingerprint:
            kept.append(one)
        else:
            deleted.append(one)
    return Steps(tuple(kept), tuple(order[len(kept) :]), tuple(deleted))


def fingerprint(buttons: Iterable[Shape], tag: int | None = None) -> str:
    """The same for buttons that mean the same: the platform adds empty lists, and may add fields of its own."""
    text = json.dumps([tag, [_normal(one) for one in buttons]], ensure_ascii=False, sort_keys=True)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def _normal(button: Shape) -> dict[str, Any]:
    own = {field: button[field] for field in _FIELDS if button.get(field)}
    below = button.get("sub_button") or ()
    if isinstance(below, Mapping):  # as some of the platform's answers nest it
        below = below.get("list") or ()
    return {**own, "sub_button": [_normal(one) for one in below]} if below else own
