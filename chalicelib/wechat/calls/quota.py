"""The platform's own count of calls, and what it knows of one that failed."""

from dataclasses import dataclass
from typing import Final

from chalicelib.wechat import quotas
from chalicelib.wechat.apis import Api, Json
from chalicelib.wechat.calls import fields
from chalicelib.wechat.client import Client

GET: Final = Api("/cgi-bin/openapi/quota/get")
CLEAR: Final = Api("/cgi-bin/openapi/quota/clear", repeatable=False)  # ten times a month, counted over all ways
CLEAR_ALL: Final = Api("/cgi-bin/clear_quota", repeatable=False)
RID: Final = Api("/cgi-bin/openapi/rid/get")


@dataclass(frozen=True, slots=True)
class Quota:
    """The calls of one interface: those of a day, and of `refresh_seconds` (0 when the platform limits the day alone)."""

    daily_limit: int
    used: int
    remain: int
    burst: int = 0
    refresh_seconds: int = 0


def get(client: Client, path: str) -> Quota:
    """What is left of an interface's day. `path` begins with a slash. Raises Dropped (76003, 76021) for none that exists."""
    found = client.call(GET, body={"cgi_path": path})
    day, rate = fields.part(found, "quota"), fields.part(found, "rate_limit")
    return Quota(
        daily_limit=fields.number(day, "daily_limit"),
        used=fields.number(day, "used"),
        remain=fields.number(day, "remain"),
        burst=fields.number(rate, "call_count"),
        refresh_seconds=fields.number(rate, "refresh_second"),
    )


def clear(client: Client, path: str = "") -> None:
    """Begins the day's count of an interface, or of all, anew. Raises LimitReached (48006) when a month's ten are used up."""
    if path:
        client.call(CLEAR, body={"cgi_path": path})
    else:
        client.call(CLEAR_ALL, body={"appid": client.appid})
    quotas.clear(client.appid, path, client.means.now())


def rid(client: Client, number: str) -> Json:
    """What the platform kept of a call with this rid, for 7 days: the request, the answer, the address that it came from."""
    return fields.part(client.call(RID, body={"rid": number}), "request")
