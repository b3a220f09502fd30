"""Buttons of a menu as operators write them: in the platform's own words, so that an existing menu can be pasted. Pure.

Limits are the platform's: 1 to 3 buttons, 1 to 5 below one; names of 16 and 60 bytes; keys of 128, addresses of 1,024.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, Self
from urllib.parse import urlsplit

from pydantic import Field, StrictStr, model_validator

from chalicelib.audiences.operands import Clause, Optional, refuse
from chalicelib.audiences.parts import FILLED

MAX_BUTTONS: Final = 3
MAX_SUB_BUTTONS: Final = 5
MAX_NAME: Final = 16  # bytes of UTF-8: five Chinese characters
MAX_SUB_NAME: Final = 60
MAX_DOMAINS: Final = 3  # that all menus of an account may lead to
_SCHEMES: Final = ("http", "https")


class ButtonType(StrEnum):
    """What a tap does."""

    CLICK = "click"
    VIEW = "view"
    SCANCODE_PUSH = "scancode_push"
    SCANCODE_WAITMSG = "scancode_waitmsg"
    PIC_SYSPHOTO = "pic_sysphoto"
    PIC_PHOTO_OR_ALBUM = "pic_photo_or_album"
    PIC_WEIXIN = "pic_weixin"
    LOCATION_SELECT = "location_select"
    MEDIA_ID = "media_id"
    ARTICLE_ID = "article_id"
    ARTICLE_VIEW_LIMITED = "article_view_limited"
    MINIPROGRAM = "miniprogram"


MAX_BYTES: Final[Mapping[str, int]] = {"key": 128, "url": 1024, "media_id": 256, "article_id": 256, "appid": 64, "pagepath": 1024}
NEEDS: Final[Mapping[ButtonType, tuple[str, ...]]] = {
    ButtonType.VIEW: ("url",),
    ButtonType.MEDIA_ID: ("media_id",),
    ButtonType.ARTICLE_ID: ("article_id",),
    ButtonType.ARTICLE_VIEW_LIMITED: ("article_id",),
    ButtonType.MINIPROGRAM: ("url", "appid", "pagepath"),
}
_KEY: Final = ("key",)  # what all others need


def needs_of(kind: ButtonType) -> tuple[str, ...]:
    """The fields that a type of button has, all of which it needs."""
    return NEEDS.get(kind, _KEY)


class SubButton(Clause):
    """A button that does something."""

    name: StrictStr
    type: ButtonType
    key: Optional[StrictStr] = None
    url: Optional[StrictStr] = None
    media_id: Optional[StrictStr] = None
    article_id: Optional[StrictStr] = None
    appid: Optional[StrictStr] = None
    pagepath: Optional[StrictStr] = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        check_name(self.name, MAX_SUB_NAME)
        check_fields(self, self.type)
        return self

    @property
    def links(self) -> tuple[str, ...]:
        """The addresses that it leads to."""
        return (self.url,) if self.url is not None else ()


class Button(Clause):
    """A button at the bottom: one that does something, or one that opens a list (`sub_button`)."""

    name: StrictStr
    type: Optional[ButtonType] = None
    key: Optional[StrictStr] = None
    url: Optional[StrictStr] = None
    media_id: Optional[StrictStr] = None
    article_id: Optional[StrictStr] = None
    appid: Optional[StrictStr] = None
    pagepath: Optional[StrictStr] = None
    sub_button: Annotated[tuple[SubButton, ...], Field(max_length=MAX_SUB_BUTTONS)] = ()

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        check_name(self.name, MAX_NAME)
        if (self.type is None) != bool(self.sub_button):
            refuse((), "type_or_sub_button", "a button has either a type or buttons below it")
        check_fields(self, self.type)
        return self

    @property
    def links(self) -> tuple[str, ...]:
        """The addresses that it and the buttons below it lead to."""
        own = (self.url,) if self.url is not None else ()
        return own + tuple(link for one in self.sub_button for link in one.links)


Buttons = Annotated[tuple[Button, ...], Field(max_length=MAX_BUTTONS), FILLED]


def check_name(name: str, most: int) -> None:
    """Refuses a name that is empty or takes too many bytes."""
    if not name.strip():
        refuse(("name",), "name_missing", "a button has a name")
    if len(name.encode("utf-8", "surrogatepass")) > most:
        refuse(("name",), "name_too_long", f"a name here takes at most {most} bytes; a Chinese character takes three")


def check_fields(button: SubButton | Button, kind: ButtonType | None) -> None:
    """Refuses a button that lacks a field of its type, or has one of another type."""
    needed = needs_of(kind) if kind is not None else ()
    for field in MAX_BYTES:
        value = getattr(button, field)
        if value is None and field in needed:
            refuse((field,), "field_missing", f"a button of the type {kind} needs {field}")
        if value is not None and field not in needed:
            refuse((field,), "field_unexpected", f"a button of the type {kind} has no {field}" if kind else "a list has no other fields")
        if value is not None:
            _check_value(field, value)


def _check_value(field: str, value: str) -> None:
    if not value.strip():
        refuse((field,), "field_missing", f"{field} is empty")
    if len(value.encode("utf-8", "surrogatepass")) > MAX_BYTES[field]:
        refuse((field,), "field_too_long", f"{field} takes at most {MAX_BYTES[field]} bytes")
    if field == "url" and not domain_of(value):
        refuse((field,), "url_invalid", "an address begins with http:// or https:// and names a host")


def domain_of(url: str) -> str:
    """The host that an address leads to, "" where it is none of the web."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.scheme in _SCHEMES else ""


def domains_of(menus: Iterator[tuple[Button, ...]]) -> list[str]:
    """The hosts that menus lead to, in the order in which they are met."""
    return list(dict.fromkeys(domain_of(link) for buttons in menus for one in buttons for link in one.links))


def platform_buttons(buttons: tuple[Button, ...]) -> list[dict[str, Any]]:
    """The buttons as the platform takes them."""
    return [one.model_dump(mode="json", exclude_unset=True) for one in buttons]
