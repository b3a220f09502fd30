"""Mass messages: to everybody, to a tag, or to a list; seldom, and each fan gets four a month at most."""

from typing import Final

from infra.local_wechat.call import OFFICIAL, SERVICE, Api, Body, Call
from infra.local_wechat.clock import china_day, china_month
from infra.local_wechat.happenings import Happening, Took
from infra.local_wechat.outbox import keep
from infra.local_wechat.refusals import Refused
from infra.local_wechat.state import Json, Kind, MassJob, Relation

MONTHLY: Final = 4  # mass messages to one fan of a service account
_KEY_BYTES: Final = 64
_FEWEST: Final = 2
_MOST: Final = 10_000
_FASTEST: Final = (80, 60, 45, 30, 10)  # ten thousands a minute, by speed
_TYPES: Final = frozenset({"text", "voice", "image", "images", "mpvideo", "mpnews", "wxcard"})
_FULL: Final = "failed:freq limit"


def to_many(call: Call) -> Json:
    """To all fans, or those with a tag. Raises Refused (40008, 45159, 45067, 45065 with the earlier job, 45028)."""
    everybody = call.field("filter.is_to_all") is True
    fans = call.world.followers(call.caller.appid)
    if not everybody:
        tag_id = _tag(call)
        fans = [fan for fan in fans if tag_id in fan.tags]
    return _taken_on(call, fans, everybody)


def to_list(call: Call) -> Json:
    """To openids. Raises as `to_many`, and Refused (40031, 40032, 40003)."""
    openids = call.field("touser")
    if not isinstance(openids, list) or len(openids) < _FEWEST:
        raise Refused(40031)
    return _taken_on(call, call.fans("touser", _MOST), everybody=False)


def preview(call: Call) -> Json:
    """Shows a mass message to one person, without any of its limits."""
    keep(call, call.fan(call.text("touser")), _type(call))
    return {"msg_id": call.world.chance.number()}


def get(call: Call) -> Json:
    """What became of one."""
    job = _job(call)
    return {"msg_id": job.msg_id, "msg_status": "DELETE" if job.deleted else "SEND_SUCCESS"}


def delete(call: Call) -> Json:
    """Takes one back; whoever has it keeps it."""
    _job(call).deleted = True
    return {}


def speed(call: Call) -> Json:
    """How fast mass messages go out."""
    chosen = call.world.counters["speed", call.caller.appid]
    return {"speed": chosen, "realspeed": _FASTEST[chosen]}


def set_speed(call: Call) -> Json:
    """From 0, the fastest, to 4. Raises Refused (45083)."""
    chosen = call.field("speed")
    if not isinstance(chosen, int) or not 0 <= chosen < len(_FASTEST):
        raise Refused(45083)
    call.world.counters["speed", call.caller.appid] = chosen
    return {}


def _taken_on(call: Call, fans: list[Relation], everybody: bool) -> Json:
    world, account, msgtype = call.world, call.caller, _type(call)
    _once(call)
    _seldom(call, everybody)
    job = MassJob(world.chance.number(), call.now, call.api.path, [fan.openid for fan in fans], [], call.text("clientmsgid"))
    account.jobs[job.msg_id] = job
    for fan in fans:
        _to_one(call, fan, msgtype, job)
    world.happened(Happening(Took.MASS, account.appid, {"job": job}))
    return {"errmsg": "send job submission success", "msg_id": job.msg_id, "msg_data_id": world.chance.number()}


def _to_one(call: Call, fan: Relation, msgtype: str, job: MassJob) -> None:
    """What was sent in the console counts too, so the count is the person's, not the call's."""
    key = ("mass", fan.appid, fan.openid, china_month(call.world.clock.calendar(call.now)))
    if call.caller.kind is not Kind.SUBSCRIPTION and call.world.counters[key] >= MONTHLY:
        keep(call, fan, msgtype, job.msg_id, _FULL)
    elif fan.subscribed and fan.receives and not fan.blacklisted:
        call.world.counters[key] += 1
        job.sent.append(fan.openid)
        keep(call, fan, msgtype, job.msg_id)


def _type(call: Call) -> str:
    msgtype = call.text("msgtype")
    if msgtype not in _TYPES or not isinstance(call.field(msgtype), dict):
        raise Refused(40008)
    if msgtype == "text" and not call.field("text.content"):
        raise Refused(44004)
    return msgtype


def _once(call: Call) -> None:
    """A clientmsgid is taken on once; later ones are told which job that was."""
    key = call.text("clientmsgid")
    if len(key.encode()) > _KEY_BYTES:
        raise Refused(45067)
    same = [job for job in call.caller.jobs.values() if key and job.clientmsgid == key]
    if same:
        raise Refused(45065, more={"msg_id": same[0].msg_id})


def _seldom(call: Call, everybody: bool) -> None:
    """45028: a subscription account may once a day; a service account to everybody once a day and four times a month."""
    appid, counters = call.caller.appid, call.world.counters
    today = call.world.clock.calendar(call.now)
    day, month = ("mass day", appid, china_day(today)), ("mass month", appid, china_month(today))
    if call.caller.kind is Kind.SUBSCRIPTION or everybody:
        if counters[day] or (call.caller.kind is not Kind.SUBSCRIPTION and counters[month] >= MONTHLY):
            raise Refused(45028)
        counters[day] += 1
        counters[month] += 1


def _tag(call: Call) -> int:
    tag_id = call.text("filter.tag_id")
    if not tag_id.isdecimal() or int(tag_id) not in call.caller.tags:
        raise Refused(45159)
    return int(tag_id)


def _job(call: Call) -> MassJob:
    try:
        return call.caller.jobs[int(call.text("msg_id"))]
    except (KeyError, ValueError) as missing:
        raise Refused(40035, "msg_id") from missing


_CALLS_PER_DAY: Final = (100, 100)
_CALLS_PER_MINUTE: Final = 60

APIS: Final = (
    Api("/cgi-bin/message/mass/sendall", to_many, kinds=OFFICIAL, certified=True, per_day=_CALLS_PER_DAY, per_minute=_CALLS_PER_MINUTE),
    Api("/cgi-bin/message/mass/send", to_list, kinds=SERVICE, certified=True, per_day=_CALLS_PER_DAY, per_minute=_CALLS_PER_MINUTE),
    Api("/cgi-bin/message/mass/preview", preview, kinds=OFFICIAL, certified=True, needs={"touser": 40003}, per_day=_CALLS_PER_DAY),
    Api("/cgi-bin/message/mass/get", get, kinds=OFFICIAL, certified=True, bare=True),
    Api("/cgi-bin/message/mass/delete", delete, kinds=OFFICIAL, certified=True),
    Api("/cgi-bin/message/mass/speed/get", speed, body=Body.NONE, kinds=OFFICIAL, certified=True, bare=True),
    Api("/cgi-bin/message/mass/speed/set", set_speed, kinds=OFFICIAL, certified=True),
)
