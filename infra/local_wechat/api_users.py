"""Calls about fans: who they are, all of them page by page, remarks, and the list of those who were shut out."""

from typing import Final

from infra.local_wechat.call import OFFICIAL, Api, Body, Call
from infra.local_wechat.refusals import Refused
from infra.local_wechat.state import Json, Relation

PAGE: Final = 10_000  # openids
_BATCH: Final = 100  # persons of a batchget
_SHUT_OUT: Final = 20  # persons of a batchblacklist
_REMARK_LETTERS: Final = 30


def info(call: Call) -> Json:
    """What the account may know of one person."""
    return profile(call, call.fan(call.text("openid")))


def batch_info(call: Call) -> Json:
    """The same of a hundred; one openid that is none of the account's fails all of them."""
    asked = call.field("user_list")
    if not isinstance(asked, list) or not all(isinstance(one, dict) for one in asked):
        raise Refused(40031)
    if len(asked) > _BATCH:
        raise Refused(40032)
    return {"user_info_list": [profile(call, call.fan(one.get("openid"))) for one in asked]}


def profile(call: Call, fan: Relation) -> Json:
    """No name, sex or picture: the platform has not told them since 2021. Of somebody who does not follow, next to nothing."""
    unionid = call.world.unionid(fan)
    if not fan.subscribed:
        known = {"unionid": unionid} if unionid and call.world.choices.unionid_when_gone else {}
        return {"subscribe": 0, "openid": fan.openid, **known}
    return {
        "subscribe": 1,
        "openid": fan.openid,
        "language": call.world.persons[fan.person].language,
        "subscribe_time": fan.subscribed_at,
        **({"unionid": unionid} if unionid else {}),
        "remark": fan.remark,
        "groupid": fan.tags[-1] if fan.tags else 0,
        "tagid_list": list(fan.tags),
        "subscribe_scene": fan.subscribe_scene,
        "qr_scene": fan.qr_scene,
        "qr_scene_str": fan.qr_scene_str,
    }


def followers(call: Call) -> Json:
    """All who follow, ten thousand at a time."""
    everybody = [fan.openid for fan in call.world.followers(call.caller.appid)]
    page = page_after(everybody, call.text("next_openid"))
    return {"total": len(everybody), **page}


def page_after(openids: list[str], after: str) -> Json:
    """The openids that follow on one; `next_openid` is the page's last one, and empty of an empty page. The order stays, so one that is
    gone by now still has its place.
    """
    page = sorted(openid for openid in openids if openid > after)[:PAGE]
    return {"count": len(page), **({"data": {"openid": page}} if page else {}), "next_openid": page[-1] if page else ""}


def remark(call: Call) -> Json:
    """A name that only the account sees."""
    text = call.text("remark")
    if len(text) >= _REMARK_LETTERS:
        raise Refused(40035, "remark")
    call.fan(call.text("openid")).remark = text
    return {}


def shut_out(call: Call) -> Json:
    """Puts fans on the blacklist."""
    for fan in call.fans("openid_list", _SHUT_OUT):
        fan.blacklisted = True
    return {}


def let_in(call: Call) -> Json:
    """Takes fans off the blacklist."""
    for fan in call.fans("openid_list", _SHUT_OUT):
        fan.blacklisted = False
    return {}


def blacklist(call: Call) -> Json:
    """Who is on it."""
    listed = [fan.openid for fan in call.world.relations.values() if fan.appid == call.caller.appid and fan.blacklisted]
    return {"total": len(listed), **page_after(listed, call.text("begin_openid"))}


_QUERIES: Final = (5_000_000, 500_000)  # a day; of real and of test accounts

APIS: Final = (
    Api("/cgi-bin/user/info", info, body=Body.NONE, kinds=OFFICIAL, needs={"openid": 41009}, per_day=_QUERIES, bare=True),
    Api("/cgi-bin/user/info/batchget", batch_info, kinds=OFFICIAL, needs={"user_list": 40031}, per_day=_QUERIES, bare=True),
    Api("/cgi-bin/user/get", followers, body=Body.NONE, kinds=OFFICIAL, per_day=(500, 100), bare=True),
    Api("/cgi-bin/user/info/updateremark", remark, kinds=OFFICIAL, needs={"openid": 41009}, per_day=(10_000, 10_000)),
    Api("/cgi-bin/tags/members/getblacklist", blacklist, kinds=OFFICIAL, bare=True),
    Api("/cgi-bin/tags/members/batchblacklist", shut_out, kinds=OFFICIAL, needs={"openid_list": 40031}),
    Api("/cgi-bin/tags/members/batchunblacklist", let_in, kinds=OFFICIAL, needs={"openid_list": 40031}),
)
