"""The `menus` document: what everybody sees at the bottom of an account, and what those in certain segments see instead. Pure."""

from collections.abc import Iterator
from typing import Annotated, Final, Self

from pydantic import ConfigDict, Field, StrictStr, model_validator

from chalicelib.audiences.operands import Clause, refuse, with_example
from chalicelib.menus.buttons import MAX_DOMAINS, Button, Buttons, domains_of
from chalicelib.wechat.account_tags import MAX_ACCOUNT_TAGS, SegmentName

KIND: Final = "menus"

_EXAMPLE: Final = {
    "title": "旗舰店菜单",
    "account": "wx77aa00bb11cc22dd",
    "buttons": [
        {
            "name": "新品",
            "sub_button": [{"type": "click", "name": "裙装", "key": "dress"}, {"type": "click", "name": "裤装", "key": "pants"}],
        },
        {"type": "view", "name": "商城", "url": "https://shop.example.com/"},
    ],
    "personal": [
        {"segment": "unpaid", "buttons": [{"type": "view", "name": "去付款", "url": "https://shop.example.com/orders"}]},
    ],
}


class PersonalMenu(Clause):
    """The menu of everybody in a segment."""

    segment: SegmentName
    buttons: Buttons


class MenuDocument(Clause):
    """The menus of an account. Of several personal ones that are for a fan, the first is shown."""

    model_config = ConfigDict(json_schema_extra=with_example(_EXAMPLE))

    title: Annotated[StrictStr, Field(max_length=200)] = ""
    account: Annotated[StrictStr, Field(min_length=1, max_length=64, description="The appid. An account has one definition in force.")]
    buttons: Buttons
    personal: Annotated[
        tuple[PersonalMenu, ...],
        Field(max_length=MAX_ACCOUNT_TAGS, description="The most important first. Each segment takes one of the account's tags."),
    ] = ()

    def menus(self) -> Iterator[tuple[Button, ...]]:
        """The buttons of all menus, those for everybody first."""
        yield self.buttons
        yield from (one.buttons for one in self.personal)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        seen: set[str] = set()
        for place, one in enumerate(self.personal):
            if one.segment in seen:
                refuse(
                    ("personal", place, "segment"), "segment_repeated", f"{one.segment} has a menu already; only the first would be shown"
                )
            seen.add(one.segment)
        domains = domains_of(self.menus())
        if len(domains) > MAX_DOMAINS:
            listed = ", ".join(domains)
            refuse((), "domains_too_many", f"all menus together may lead to {MAX_DOMAINS} domains; these lead to {listed}")
        return self
