"""Calls about calls: what is left of the day's, clearing the count, and what was wrong with one that was refused."""

from typing import Final

from infra.local_wechat.api_tokens import with_secret
from infra.local_wechat.call import Api, Auth, Body, Call
from infra.local_wechat.clock import SECOND_MS, china_month
from infra.local_wechat.counters import clear, daily_limit, used_today
from infra.local_wechat.refusals import Refused
from infra.local_wechat.state import Json

CLEARS_PER_MONTH: Final = 10
_UNLIMITED: Final = 1_000_000_000
_CALLERS: Final = ["127.0.0.1"]


def clear_all(call: Call) -> Json:
    """Begins the day's counts anew. Raises Refused (40013 for another appid, 48006 after ten in a month)."""
    if call.text("appid") != call.caller.appid:
        raise Refused(40013)
    _may_clear(call)
    clear(call.world, call.caller.appid)
    return {}


def clear_by_secret(call: Call) -> Json:
    """The same without a token."""
    with_secret(call, "appsecret")
    _may_clear(call)
    clear(call.world, call.caller.appid)
    return {}


def clear_one(call: Call) -> Json:
    """The same for one call."""
    path = _path(call)
    _may_clear(call)
    clear(call.world, call.caller.appid, path.path)
    return {}


def get(call: Call) -> Json:
    """How many calls are left of one kind. Raises Refused (76003, 76021)."""
    api = _path(call)
    limit, used = daily_limit(api, call.caller), used_today(call.world, call.caller.appid, api.path)
    most = _UNLIMITED if limit is None else limit
    said: Json = {"quota": {"daily_limit": most, "used": used, "remain": max(0, most - used)}}
    if api.per_minute is not None:
        said["rate_limit"] = {"call_count": api.per_minute, "refresh_second": 60}
    return said


def rid(call: Call) -> Json:
    """What is known of a refused call of one's own. Raises Refused (76003)."""
    asked = call.text("rid")
    for logged in call.world.log:
        if asked and logged.rid == asked and logged.appid == call.caller.appid:
            return {
                "request": {
                    "invoke_time": logged.at // SECOND_MS,
                    "cost_in_ms": 1,
                    "request_url": "&".join(f"{name}={value}" for name, value in logged.query.items() if name != "access_token"),
                    "request_body": logged.body.decode("utf-8", "replace"),
                    "response_body": f'{{"errcode":{logged.errcode}}}',
                    "client_ip": _CALLERS[0],
                }
            }
    raise Refused(76003)


def addresses(_call: Call) -> Json:
    """From where pushes come."""
    return {"ip_list": list(_CALLERS)}


def network(_call: Call) -> Json:
    """A check of the way between the platform and the account's server."""
    ping = {"ip": _CALLERS[0], "from_operator": "CAP", "package_loss": "0%", "time": "1.0ms"}
    return {"dns": [{"ip": _CALLERS[0], "real_operator": "UNICOM"}], "ping": [ping]}


def _may_clear(call: Call) -> None:
    key = ("clears", call.caller.appid, china_month(call.now))
    if call.world.counters[key] >= CLEARS_PER_MONTH:
        raise Refused(48006)
    call.world.counters[key] += 1


def _path(call: Call) -> Api:
    from infra.local_wechat.catalogue import APIS as EVERY  # which holds these calls too

    path = call.text("cgi_path")
    if not path.startswith("/"):
        raise Refused(76003)
    if path not in EVERY:
        raise Refused(76021)
    return EVERY[path]


APIS: Final = (
    Api("/cgi-bin/clear_quota", clear_all, needs={"appid": 41002}),
    Api("/cgi-bin/clear_quota/v2", clear_by_secret, auth=Auth.SECRET),
    Api("/cgi-bin/openapi/quota/clear", clear_one),
    Api("/cgi-bin/openapi/quota/get", get),
    Api("/cgi-bin/openapi/rid/get", rid),
    Api("/cgi-bin/getcallbackip", addresses, body=Body.NONE, bare=True),
    Api("/cgi-bin/get_api_domain_ip", addresses, body=Body.NONE, bare=True),
    Api("/cgi-bin/callback/check", network, needs={"action": 40035}, bare=True),
)
