"""What accounts have sent: every message that was taken on, with the whole request and what became of it."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from html import escape
from typing import Any, Final

from infra.local_wechat.call import Call
from infra.local_wechat.happenings import Happening, Took
from infra.local_wechat.setting import number_asked
from infra.local_wechat.state import Json, Relation, Sent
from infra.local_wechat.wire import HTML_TYPE, Answer, Request, answer_json
from infra.local_wechat.world import World

ACCEPTED: Final = "accepted"
BLOCKED: Final = "failed:user block"
_FILTERS: Final = ("appid", "openid", "msgtype", "decision")
_COLUMNS: Final = ("order", "appid", "openid", "api", "msgtype", "decision", "body")


def keep(call: Call, fan: Relation, msgtype: str, msgid: int = 0, decision: str = ACCEPTED) -> Sent:
    """Keeps a message that was taken on, and tells of it."""
    world, api = call.world, call.api.path
    sent = Sent(world.order(), call.now, fan.appid, fan.openid, api, msgtype, msgid, call.json, decision)
    world.outbox.append(sent)
    world.happened(Happening(Took.SENT, fan.appid, {"sent": sent}))
    return sent


def chosen(world: World, query: Mapping[str, str]) -> Iterator[Json]:
    """The messages that a query asks for: appid, openid, msgtype, decision, api (its end), template_id, after (an order)."""
    after = number_asked(query, "after")
    for sent in world.outbox:
        told = asdict(sent)
        if (
            all(told[name] == query[name] for name in _FILTERS if name in query)
            and sent.api.endswith(query.get("api", ""))
            and sent.body.get("template_id") == query.get("template_id", sent.body.get("template_id"))
            and sent.order > after
        ):
            yield told


def page(world: World, request: Request) -> Answer:
    """`GET /outbox`: JSON, or a table for people who look with a browser."""
    messages = list(chosen(world, request.query))
    if "text/html" not in request.headers.get("accept", ""):
        return answer_json({"messages": messages})
    return Answer(_html(messages).encode(), content_type=HTML_TYPE)


def _html(messages: list[Json]) -> str:
    head = "".join(f"<th>{name}</th>" for name in _COLUMNS)
    rows = "".join(f"<tr>{''.join(_cell(one[name]) for name in _COLUMNS)}</tr>" for one in reversed(messages))
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta http-equiv=refresh content=3><title>Outbox</title>"
        "<style>body{font:14px sans-serif}td,th{padding:.3em .6em;text-align:left;vertical-align:top;border-bottom:1px solid #ccc}"
        f"td{{overflow-wrap:anywhere}}</style><h1>Outbox: {len(messages)}</h1><table><tr>{head}</tr>{rows}</table></html>"
    )


def _cell(value: Any) -> str:
    return f"<td>{escape(str(value))}</td>"
