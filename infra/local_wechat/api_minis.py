"""Calls of mini programs: who logs in, their phone number, links and codes that lead to a page."""

import base64
from typing import Any, Final

from infra.local_wechat.api_notices import page_there
from infra.local_wechat.api_tokens import with_secret
from infra.local_wechat.call import MINI, Api, Auth, Body, Call
from infra.local_wechat.clock import MINUTE_MS, SECOND_MS, china_day
from infra.local_wechat.grants import exchanged
from infra.local_wechat.pictures import picture
from infra.local_wechat.refusals import Refused
from infra.local_wechat.state import GrantKind, Json
from infra.local_wechat.wire import Answer

_LOGINS_PER_MINUTE: Final = 100  # of one person
_LINKS_PER_DAY: Final = 500_000  # links and schemes together
_CODES: Final = 100_000  # of the two kinds that are counted, for ever
_SCENE_LETTERS: Final = 32
_PATH_LETTERS: Final = 1024
_CHINA: Final = "86"


def session(call: Call) -> Json:
    """Exchanges a login code for the person, with a new key of their session. Raises Refused (41008, 40029, 40163, 45011)."""
    account = with_secret(call, "secret")
    grant = exchanged(call.world, call.text("js_code"), GrantKind.LOGIN, account.appid)
    key = ("logins", account.appid, grant.person, str(call.now // MINUTE_MS))
    if call.world.counters[key] >= _LOGINS_PER_MINUTE:
        raise Refused(45011)
    call.world.counters[key] += 1
    fan = call.world.relation(account.appid, grant.person)
    fan.session_key = base64.b64encode(call.world.chance.salt()).decode()
    unionid = call.world.unionid(fan)
    return {"openid": fan.openid, "session_key": fan.session_key, **({"unionid": unionid} if unionid else {})}


def phone_number(call: Call) -> Json:
    """Exchanges the phone button's code. Raises Refused (40029, 40163)."""
    grant = exchanged(call.world, call.text("code"), GrantKind.PHONE, call.caller.appid)
    mobile = call.world.persons[grant.person].mobile
    mark = {"timestamp": call.world.clock.wire_seconds(), "appid": call.caller.appid}
    told = {"phoneNumber": mobile, "purePhoneNumber": mobile, "countryCode": _CHINA, "watermark": mark}
    return {"phone_info": told}


def url_link(call: Call) -> Json:
    """A link into the mini program from anywhere."""
    _checked(call, call.json)
    return {"url_link": f"https://wxaurl.cn/{call.world.chance.text(11)}"}


def scheme(call: Call) -> Json:
    """The same as a scheme."""
    jump = call.field("jump_wxa") or {}
    if not isinstance(jump, dict):
        raise Refused(40097, "jump_wxa")
    _checked(call, {**call.json, **jump})
    return {"openlink": f"weixin://dl/business/?t={call.world.chance.text(11)}"}


def unlimited_code(call: Call) -> Answer:
    """The picture of a code; there may be any number of them. Raises Refused (40129, 41030)."""
    scene = call.text("scene")
    if not scene or len(scene) > _SCENE_LETTERS or not scene.isascii() or not scene.isprintable():
        raise Refused(40129)
    if call.field("check_path") is not False:
        page_there(call, call.text("page"))
    return picture()


def code(call: Call) -> Answer:
    """The picture of a code; a hundred thousand in all. Raises Refused (40035, 45029)."""
    if not call.text("path") or len(call.text("path")) > _PATH_LETTERS:
        raise Refused(40035, "path")
    key = ("codes", call.caller.appid)
    if call.world.counters[key] >= _CODES:
        raise Refused(45029)
    call.world.counters[key] += 1
    return picture()


def _checked(call: Call, said: Json) -> None:
    """Whether page and end of a link are right; an end after thirty days is brought forward without a word."""
    page_there(call, str(said.get("path", "")))
    if len(str(said.get("query", ""))) > _PATH_LETTERS:
        raise Refused(40035, "query")
    match said.get("expire_type", 0):
        case 0:
            _not_past(call, said.get("expire_time"))
        case 1:
            days = said.get("expire_interval")
            if not isinstance(days, int) or days < 1:
                raise Refused(85401)
        case _:
            raise Refused(40097, "expire_type")
    key = ("links", call.caller.appid, china_day(call.now))
    if call.world.counters[key] >= _LINKS_PER_DAY:
        raise Refused(45009)
    call.world.counters[key] += 1


def _not_past(call: Call, seconds: Any) -> None:
    if seconds is not None and (not isinstance(seconds, int) or seconds * SECOND_MS <= call.now):
        raise Refused(40097, "expire_time")


_CODES_PER_MINUTE: Final = 5000

APIS: Final = (
    Api("/sns/jscode2session", session, auth=Auth.SECRET, body=Body.NONE, kinds=MINI, bare=True),
    Api("/wxa/business/getuserphonenumber", phone_number, kinds=MINI, needs={"code": 40029}),
    Api("/wxa/generate_urllink", url_link, kinds=MINI),
    Api("/wxa/generatescheme", scheme, kinds=MINI),
    Api("/wxa/getwxacodeunlimit", unlimited_code, kinds=MINI, per_minute=_CODES_PER_MINUTE),
    Api("/wxa/getwxacode", code, kinds=MINI),
    Api("/cgi-bin/wxaapp/createwxaqrcode", code, kinds=MINI),
)
