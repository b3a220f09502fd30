"""Calls for menus: everybody's, those for whoever has a tag, and which one a person sees."""

from typing import Any, Final

from infra.local_wechat.call import OFFICIAL, Api, Body, Call
from infra.local_wechat.menus import check_buttons, menu_of
from infra.local_wechat.refusals import Refused
from infra.local_wechat.state import ConditionalMenu, Json

_MOST_CONDITIONAL: Final = 100
_PERSONAL: Final = frozenset({"sex", "country", "province", "city", "language", "client_platform_type"})


def create(call: Call) -> Json:
    """Puts everybody's menu in the place of the one before; those for tags stay."""
    call.caller.menu = check_buttons(call.field("button"))
    return {}


def get(call: Call) -> Json:
    """All menus; without any that is 46003."""
    if call.caller.menu is None:
        raise Refused(46003)
    said: Json = {"menu": {"button": _told(call.caller.menu)}}
    conditional = call.caller.conditional_menus
    if conditional:
        said["menu"]["menuid"] = 200_000_000
        said["conditionalmenu"] = [
            {"button": _told(menu.buttons), "matchrule": menu.matchrule, "menuid": menu.menuid} for menu in reversed(conditional)
        ]
    return said


def current(call: Call) -> Json:
    """What of menus everybody sees now, in the other form in which the platform tells it."""
    if call.caller.menu is None:
        return {"is_menu_open": 0, "selfmenu_info": {"button": []}}
    buttons = [
        {**{name: value for name, value in button.items() if name != "sub_button"}, **_listed(button)} for button in call.caller.menu
    ]
    return {"is_menu_open": 1, "selfmenu_info": {"button": buttons}}


def delete(call: Call) -> Json:
    """Takes all of them away, those for tags too."""
    call.caller.menu = None
    call.caller.conditional_menus.clear()
    return {}


def add_conditional(call: Call) -> Json:
    """One more menu for whoever has a tag. Raises Refused (65303, 65304, 65305, 65320, 40035, 45159)."""
    account = call.caller
    if account.menu is None:
        raise Refused(65303)
    rule = call.field("matchrule")
    if not isinstance(rule, dict) or not any(rule.values()):
        raise Refused(65304)
    if any(rule.get(name) for name in _PERSONAL):
        raise Refused(65320)
    if len(account.conditional_menus) >= _MOST_CONDITIONAL:
        raise Refused(65305)
    tag_id = _tag(rule.get("tag_id", rule.get("group_id")))
    if tag_id not in account.tags:
        raise Refused(45159)
    made = ConditionalMenu(call.world.chance.number() % 1_000_000_000, check_buttons(call.field("button")), rule, tag_id)
    account.conditional_menus.append(made)
    return {"menuid": str(made.menuid)}


def delete_conditional(call: Call) -> Json:
    """Takes one of those for tags away. Raises Refused (65301)."""
    menuid = call.text("menuid")
    kept = [menu for menu in call.caller.conditional_menus if str(menu.menuid) != menuid]
    if len(kept) == len(call.caller.conditional_menus):
        raise Refused(65301)
    call.caller.conditional_menus = kept
    return {}


def try_match(call: Call) -> Json:
    """The menu that a person sees, named by openid. Raises Refused (46003 without a menu, 40003 for nobody)."""
    fan = call.fan(call.text("user_id"))
    if call.caller.menu is None:
        raise Refused(46003)
    return {"menu": {"button": _told(menu_of(call.caller, fan)[0] or [])}}


def _told(buttons: list[Json]) -> list[Json]:
    return [{**button, "sub_button": button.get("sub_button", [])} for button in buttons]


def _listed(button: Json) -> Json:
    return {"sub_button": {"list": button["sub_button"]}} if button.get("sub_button") else {}


def _tag(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as broken:
        raise Refused(40035, "tag_id") from broken


_MADE: Final = (2000, 2000)  # a day; of real and of test accounts

APIS: Final = (
    Api("/cgi-bin/menu/create", create, kinds=OFFICIAL, needs={"button": 40016}, per_day=(1000, 100)),
    Api("/cgi-bin/menu/get", get, body=Body.NONE, kinds=OFFICIAL, per_day=(10_000, 1000), bare=True),
    Api("/cgi-bin/get_current_selfmenu_info", current, body=Body.NONE, kinds=OFFICIAL, per_day=(10_000, 1000), bare=True),
    Api("/cgi-bin/menu/delete", delete, body=Body.NONE, kinds=OFFICIAL, per_day=(1000, 100)),
    Api("/cgi-bin/menu/addconditional", add_conditional, kinds=OFFICIAL, certified=True, per_day=_MADE, bare=True),
    Api("/cgi-bin/menu/delconditional", delete_conditional, kinds=OFFICIAL, certified=True, needs={"menuid": 65301}, per_day=_MADE),
    Api("/cgi-bin/menu/trymatch", try_match, kinds=OFFICIAL, certified=True, needs={"user_id": 40003}, per_day=(20_000, 20_000), bare=True),
)
