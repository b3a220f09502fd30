"""The account's menu: one for all, and personalised ones for the fans with a tag. The newest that matches is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.wechat import apis
from chalicelib.wechat.apis import Api, Json
from chalicelib.wechat.calls import fields
from chalicelib.wechat.client import Client
from chalicelib.wechat.wire import Method

NO_MENU: Final = 46003

CREATE: Final = Api("/cgi-bin/menu/create")
GET: Final = Api("/cgi-bin/menu/get", Method.GET)
DELETE: Final = Api("/cgi-bin/menu/delete", Method.GET)
ADD_CONDITIONAL: Final = Api("/cgi-bin/menu/addconditional", repeatable=False)  # twice would make two
DELETE_CONDITIONAL: Final = Api("/cgi-bin/menu/delconditional")
TRY_MATCH: Final = Api("/cgi-bin/menu/trymatch")


@dataclass(frozen=True, slots=True)
class Conditional:
    """A personalised menu: its number, its buttons as the platform has them, and the tag whose fans see it, None for a rule without."""

    id: str
    buttons: tuple[Json, ...]
    tag: int | None


@dataclass(frozen=True, slots=True)
class Menus:
    """All menus of an account. `buttons` is what everybody sees; the newest personalised one comes first, as the platform answers."""

    buttons: tuple[Json, ...]
    conditional: tuple[Conditional, ...] = ()


def create(client: Client, buttons: Sequence[Json]) -> None:
    """Sets the menu for all, in place of the one before. Personalised menus stay."""
    client.call(CREATE, body={"button": list(buttons)})


def get(client: Client) -> Menus | None:
    """All menus, None when there is none."""
    found = client.call(GET)
    if found.get("errcode") == NO_MENU:
        return None
    conditional = tuple(map(_conditional, fields.parts(found, "conditionalmenu")))
    return Menus(tuple(fields.parts(fields.part(found, "menu"), "button")), conditional)


def delete(client: Client) -> None:
    """Deletes the menu for all, and every personalised one."""
    client.call(DELETE)


def add_conditional(client: Client, buttons: Sequence[Json], tag: int) -> str:
    """Adds a menu for the fans with a tag; its number. There is no way to change one: add, then delete.

    Raises Dropped (65303) without a menu for all. After TryAgain it may exist: compare with `get`.
    """
    found = client.call(ADD_CONDITIONAL, body={"button": list(buttons), "matchrule": {"tag_id": str(tag)}})
    made = _id(found)
    if not made:
        raise apis.lost(ADD_CONDITIONAL)
    return made


def delete_conditional(client: Client, menu: str) -> None:
    """Deletes a personalised menu. Raises Dropped (65301) when there is none of this number."""
    client.call(DELETE_CONDITIONAL, body={"menuid": menu})


def try_match(client: Client, openid: str) -> tuple[Json, ...]:
    """The buttons that a fan sees, none without a menu."""
    found = client.call(TRY_MATCH, body={"user_id": openid})
    return tuple(fields.parts(fields.part(found, "menu") or found, "button"))


def _conditional(found: Json) -> Conditional:
    tag = str(fields.part(found, "matchrule").get("tag_id", ""))
    return Conditional(_id(found), tuple(fields.parts(found, "button")), int(tag) if tag.isdecimal() else None)


def _id(found: Json) -> str:
    """A menu's number: the platform gives it as a number or as a text."""
    return str(found.get("menuid") or "")
