"""Making an account's menus and tags on the platform what the definitions in force say.

What is there is read first and compared, every call is noted before the next one, and what a worker made before it died is found again by
what it looks like. So it may be done at any time, twice, and after having ended anywhere; when all is as it should be, it only reads.

Order: tags, for menus name them; the menu for everybody, without which there can be no others; personal ones; tags that nothing needs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from chalicelib.definitions.model import Definition
from chalicelib.menus import records
from chalicelib.menus.buttons import platform_buttons
from chalicelib.menus.diffing import Made, Menu, Steps, fingerprint, steps
from chalicelib.menus.documents import MenuDocument
from chalicelib.menus.platform import MenuCalls
from chalicelib.menus.records import Applied
from chalicelib.tagging import upkeep, wanted
from chalicelib.tagging.platform import Tags
from chalicelib.tagging.sources import Source
from chalicelib.wechat.calls.menus import Menus
from chalicelib.wechat.errors import Dropped

TOO_MANY_MENUS: Final = 65305
UNKNOWN_MENU: Final = 65301


@dataclass(frozen=True, slots=True)
class Account:
    """An account and the way to it, and the message for which a worker has it. `now` tells the time (epoch ms)."""

    appid: str
    menus: MenuCalls
    tags: Tags
    message: str
    now: Callable[[], int]


def apply(to: Account, known: Applied) -> None:
    """Makes menus and tags of an account what is in force; `known` is what was noted of them. An account out of force is left as it is.

    Raises WechatError, and LeaseLost when another worker goes on with it.
    """
    asked = wanted.synced(to.appid)
    if asked is None:
        return
    definition = wanted.menu_of(to.appid)
    numbers = upkeep.made(to.appid, asked, to.tags, to.now())
    if definition is not None:
        _make_equal(to, known, MenuDocument.model_validate(definition.document), numbers)
    elif known.owned:
        _delete(to)
    _note(to, definition)
    upkeep.retired(to.appid, asked, to.tags)


def wanted_menus(document: MenuDocument, numbers: Mapping[Source, int]) -> list[Menu]:
    """The personal menus with the platform's numbers of their tags, the most important first. Pure.

    One whose segment has no tag is left out: it was added after the tags were made, and its message is under way.
    """
    tagged = ((one, numbers.get(Source.menu(one.segment))) for one in document.personal)
    return [Menu(tuple(platform_buttons(one.buttons)), tag) for one, tag in tagged if tag is not None]


def in_order(known: Applied, there: Menus | None) -> list[Made]:
    """The personal menus that the platform has, the oldest first: those that were noted, then others, which are newer. Pure."""
    found = {one.id: one for one in (there.conditional if there else ())}
    noted = [one for one in known.menus if one.id in found]
    others = [one for one in found.values() if one.id not in {made.id for made in noted}]
    return noted + [Made(one.id, fingerprint(one.buttons, one.tag)) for one in reversed(others)]


def _make_equal(to: Account, known: Applied, document: MenuDocument, numbers: Mapping[Source, int]) -> None:
    there = to.menus.get()
    buttons = platform_buttons(document.buttons)
    made = fingerprint(buttons)
    if there is None or (known.made, known.shown) != (made, fingerprint(there.buttons)):
        records.note_owned(to.appid, to.message)
        to.menus.create(buttons)
        there = to.menus.get()
        # What it gives back may look different from what it was given, and only a change of that means that somebody else was at it.
        records.note_everybodys(to.appid, to.message, made, fingerprint(there.buttons) if there else "")
    order = in_order(known, there)
    _Personal(to, order).follow(steps(wanted_menus(document, numbers), order))


@dataclass(slots=True)
class _Personal:
    """The personal menus of an account while they change; `there` is what the platform has, the oldest first."""

    to: Account
    there: list[Made]

    def follow(self, todo: Steps) -> None:
        """New ones first, so that no fan is without; the old ones first where the platform has no room for both."""
        old = list(todo.deleted)
        for menu in todo.created:
            try:
                self._add(menu)
            except Dropped as error:
                if error.number != TOO_MANY_MENUS or not old:
                    raise
                self._remove(old)
                self._add(menu)
        self._remove(old)
        self._note()

    def _add(self, menu: Menu) -> None:
        number = self.to.menus.add_conditional([dict(one) for one in menu.buttons], menu.tag)
        self.there.append(Made(number, menu.fingerprint))
        self._note()

    def _remove(self, old: list[Made]) -> None:
        while old:
            try:
                self.to.menus.delete_conditional(old[0].id)
            except Dropped as error:
                if error.number != UNKNOWN_MENU:
                    raise
            self.there.remove(old.pop(0))
            self._note()

    def _note(self) -> None:
        records.note_personal(self.to.appid, self.to.message, self.there)


def _delete(to: Account) -> None:
    to.menus.delete()
    records.note_personal(to.appid, to.message, [])
    records.note_everybodys(to.appid, to.message, "", "")


def _note(to: Account, definition: Definition | None) -> None:
    name, version = (definition.name, definition.version) if definition is not None else ("", 0)
    records.note_applied(to.appid, to.message, name, version, to.now())
