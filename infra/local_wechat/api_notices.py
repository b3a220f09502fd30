"""Subscription notices: a person allows each of them, and a one-time permission is used up by one."""

from typing import Final

from infra.local_wechat.api_templates import found
from infra.local_wechat.call import MINI, SERVICE, Api, Body, Call
from infra.local_wechat.outbox import keep
from infra.local_wechat.refusals import Refused
from infra.local_wechat.state import Credit, Json, Relation, Template, TemplateKind
from infra.local_wechat.template_values import check

_STATES: Final = frozenset({"", "developer", "trial", "formal"})
_LANGUAGES: Final = frozenset({"", "zh_CN", "en_US", "zh_HK", "zh_TW"})
_NUMBER_OF_KIND: Final = {TemplateKind.ONE_TIME: 2, TemplateKind.LONG_TERM: 3, TemplateKind.DEVICE: 4}
_LEAST_KEYWORDS: Final = 2
_MOST_KEYWORDS: Final = 5
_SCENE_LETTERS: Final = 15


def of_mini(call: Call) -> Json:
    """A mini program's notice."""
    if call.text("miniprogram_state") not in _STATES or call.text("lang") not in _LANGUAGES:
        raise Refused(40035, "miniprogram_state or lang")
    return _sent(call, TemplateKind.ONE_TIME, TemplateKind.LONG_TERM)


def of_service(call: Call) -> Json:
    """A service account's notice; who does not follow gets it among the platform's service notices."""
    return _sent(call, TemplateKind.ONE_TIME, TemplateKind.LONG_TERM)


def of_device(call: Call) -> Json:
    """The notice of a device; its templates have this call of their own."""
    return _sent(call, TemplateKind.DEVICE)


def _sent(call: Call, *kinds: TemplateKind) -> Json:
    """Raises Refused (40003, 40037, 43116, 41030, 47003 naming the field, 43101 without a permission)."""
    fan = call.fan(call.text("touser"))
    template = found(call, *kinds)
    page_there(call, call.text("page"))
    check(template, call.field("data"), strictly=True)
    if fan.frozen:
        raise Refused(50002)
    _allowed(fan, template)
    msgid = call.world.chance.number()
    keep(call, fan, "subscribe", msgid)
    return {"msgid": msgid}


def page_there(call: Call, page: str) -> None:
    """41030 for a page that the mini program's release does not have."""
    pages = call.caller.pages
    if page and pages and page.partition("?")[0].lstrip("/") not in pages:
        raise Refused(41030)


def _allowed(fan: Relation, template: Template) -> None:
    """Takes one permission. Those for good are not used up."""
    credit = fan.credits.get(template.template_id, Credit())
    if template.kind is not TemplateKind.ONE_TIME and credit.always and not credit.refused:
        return
    if credit.left <= 0 or credit.refused:
        raise Refused(43101)
    credit.left -= 1


def add(call: Call) -> Json:
    """Takes a template from the library. Raises Refused (40035)."""
    chosen = call.field("kidList")
    if not isinstance(chosen, list) or not _LEAST_KEYWORDS <= len(chosen) <= _MOST_KEYWORDS:
        raise Refused(40035, "kidList")
    if len(call.text("sceneDesc")) > _SCENE_LETTERS:
        raise Refused(40035, "sceneDesc")
    keys = tuple(f"thing{one}" for one in chosen)
    template = Template(call.world.chance.text(43), TemplateKind.ONE_TIME, keys, call.text("tid"))
    call.caller.templates[template.template_id] = template
    return {"priTmplId": template.template_id}


def every(call: Call) -> Json:
    """The account's notices."""
    return {
        "data": [
            {
                "priTmplId": one.template_id,
                "title": one.title,
                "content": "\n".join(f"{{{{{key}.DATA}}}}" for key in one.keys),
                "example": "",
                "type": _NUMBER_OF_KIND[one.kind],
            }
            for one in call.caller.templates.values()
            if one.kind is not TemplateKind.TEMPLATE
        ]
    }


def delete(call: Call) -> Json:
    """Gives one back. Raises Refused (40037)."""
    if call.caller.templates.pop(call.text("priTmplId"), None) is None:
        raise Refused(40037)
    return {}


_NEEDS: Final = {"touser": 40003, "template_id": 40037, "data": 47003}
_A_DAY: Final = (10_000_000, 10_000_000)

APIS: Final = (
    Api("/cgi-bin/message/subscribe/send", of_mini, kinds=MINI, needs=_NEEDS, per_day=_A_DAY),
    Api("/cgi-bin/message/subscribe/bizsend", of_service, kinds=SERVICE, certified=True, needs=_NEEDS, per_day=_A_DAY),
    Api("/cgi-bin/message/device/subscribe/send", of_device, kinds=MINI, needs=_NEEDS, per_day=_A_DAY),
    Api("/wxaapi/newtmpl/addtemplate", add, needs={"tid": 40035}),
    Api("/wxaapi/newtmpl/gettemplate", every, body=Body.NONE),
    Api("/wxaapi/newtmpl/deltemplate", delete, needs={"priTmplId": 40037}),
)
