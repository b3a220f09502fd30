"""Template messages of service accounts: taken on at once, reported on later by an event; and the templates themselves."""

import json
from typing import Final

from infra.local_wechat.call import SERVICE, Api, Body, Call
from infra.local_wechat.clock import MINUTE_MS, china_day
from infra.local_wechat.outbox import ACCEPTED, BLOCKED, keep
from infra.local_wechat.receivers import reachable
from infra.local_wechat.refusals import Refused
from infra.local_wechat.state import Json, Relation, Template, TemplateKind
from infra.local_wechat.template_values import check

_ONCE_MS: Final = 10 * MINUTE_MS  # a client_msg_id counts so long
_SAME_MS: Final = MINUTE_MS  # the same message to the same person is refused so long
_MOST_TEMPLATES: Final = 25
_TEMPLATE_LETTERS: Final = 43


def send(call: Call) -> Json:
    """Answers a repeated client_msg_id as the first time and sends nothing.

    Raises Refused (40003, 40037, 43116, 47003, 43019, 50002, 43004, 43117, 40241).
    """
    fan = call.fan(call.text("touser"))
    template = found(call, TemplateKind.TEMPLATE)
    check(template, call.field("data"), strictly=False)
    reachable(call, fan)
    key = ("client_msg_id", fan.openid, call.text("client_msg_id"))
    until, msgid = call.world.once.get(key, (0, 0))
    if call.text("client_msg_id") and call.now < until:
        return {"msgid": msgid}
    _not_too_much(call, fan)
    msgid = call.world.chance.number()
    call.world.once[key] = (call.now + _ONCE_MS, msgid)
    keep(call, fan, "template", msgid, ACCEPTED if fan.receives else BLOCKED)
    return {"msgid": msgid}


def found(call: Call, *kinds: TemplateKind) -> Template:
    """The template of a message. Raises Refused (40037 for none of these kinds, 43116 for one that was banned)."""
    template = call.caller.templates.get(call.text("template_id"))
    if template is None or template.kind not in kinds:
        raise Refused(40037)
    if template.banned:
        raise Refused(43116)
    return template


def _not_too_much(call: Call, fan: Relation) -> None:
    """The same message within a minute is 40241, too many to one person in a day 43117."""
    content = json.dumps([call.field("data"), call.field("url"), call.field("miniprogram")], sort_keys=True)
    same = ("same", fan.openid, call.text("template_id"), content)
    if call.now < call.world.once.get(same, (0, 0))[0]:
        raise Refused(40241)
    key = ("template", fan.openid, china_day(call.now))
    most = call.world.choices.template_sends_to_one
    if most and call.world.counters[key] >= most:
        raise Refused(43117)
    call.world.counters[key] += 1
    call.world.once[same] = (call.now + _SAME_MS, 0)


def add(call: Call) -> Json:
    """Takes a template from the platform's library. Raises Refused (40246 without keywords, 45026 with 25 of them)."""
    names = call.field("keyword_name_list")
    if not isinstance(names, list) or not names:
        raise Refused(40246, "keyword list missing")
    if sum(one.kind is TemplateKind.TEMPLATE for one in call.caller.templates.values()) >= _MOST_TEMPLATES:
        raise Refused(45026, "template num exceeds limit")
    keys = tuple(f"thing{number}" for number in range(1, len(names) + 1))
    template = Template(call.world.chance.text(_TEMPLATE_LETTERS), TemplateKind.TEMPLATE, keys, call.text("template_id_short"))
    call.caller.templates[template.template_id] = template
    return {"template_id": template.template_id}


def every(call: Call) -> Json:
    """The account's own templates."""
    return {
        "template_list": [
            {
                "template_id": one.template_id,
                "title": one.title,
                "primary_industry": "",
                "deputy_industry": "",
                "content": "\n".join(f"{{{{{key}.DATA}}}}" for key in one.keys),
                "example": "",
            }
            for one in call.caller.templates.values()
            if one.kind is TemplateKind.TEMPLATE
        ]
    }


def delete(call: Call) -> Json:
    """Gives a template back. Raises Refused (40037)."""
    if call.caller.templates.pop(call.text("template_id"), None) is None:
        raise Refused(40037)
    return {}


_NEEDS: Final = {"touser": 40003, "template_id": 40037}

APIS: Final = (
    Api("/cgi-bin/message/template/send", send, kinds=SERVICE, certified=True, needs=_NEEDS, per_day=(100_000, 100_000)),
    Api("/cgi-bin/template/api_add_template", add, kinds=SERVICE, certified=True, needs={"template_id_short": 40035}),
    Api("/cgi-bin/template/get_all_private_template", every, body=Body.NONE, kinds=SERVICE, certified=True, bare=True),
    Api("/cgi-bin/template/del_private_template", delete, kinds=SERVICE, certified=True),
)
