"""What every call goes through before it has its effect, in the platform's order."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from infra.local_wechat import steps
from infra.local_wechat.call import Api, Call
from infra.local_wechat.faults import BEFORE
from infra.local_wechat.mishaps import befallen, instead
from infra.local_wechat.refusals import Refused, refusal
from infra.local_wechat.wire import Answer, Request, answer_json
from infra.local_wechat.world import World

STEPS: Final[tuple[Callable[[Call], None], ...]] = (
    steps.whose,
    steps.address_allowed,
    steps.rivalled,
    steps.token_present,
    steps.token_well_formed,
    steps.token_current,
    steps.capable,
    steps.not_banned,
    steps.spared,
    steps.method_right,
    steps.body_read,
    steps.fields_there,
    steps.day_left,
    steps.minute_left,
)


def answer(world: World, request: Request, api: Api) -> Answer:
    """Deals with one call, within a transaction."""
    call = Call(world, request, api, world.clock.world())
    try:
        for step in STEPS:
            step(call)
        if call.fault is not None and call.fault.effect in BEFORE:
            return replace(instead(call.fault), appid=call.caller.appid)
        said = _answered(call)
    except Refused as refused:
        body = refusal(refused, world.chance)
        said = replace(answer_json(body), errcode=refused.errcode, rid=body["errmsg"].rpartition("rid: ")[2])
    said = replace(said, appid=call.account.appid if call.account else "")
    return befallen(said, call.fault) if call.fault else said


def _answered(call: Call) -> Answer:
    said = call.api.handler(call)
    if isinstance(said, Answer):
        return said
    return answer_json(said if call.api.bare else {"errcode": 0, "errmsg": "ok", **said})
