"""JPush's front: push, keys, batches and reports of version 3."""

from typing import Any, Final

from infra.local_providers import proofs
from infra.local_providers.fronts import Call, Refused
from infra.local_providers.state import Account, Provider, State
from infra.local_wechat.clock import DAY_MS
from infra.local_wechat.wire import BAD_REQUEST, Answer, answer_json

_MOST_KEYS: Final = 10
_MOST_BYTES: Final = 4000
_STATUSES: Final = {"1004": 401, "1000": 500, "1030": 503, "2002": 429, "2003": 403}
_LIMIT: Final = {"X-Rate-Limit-Limit": "600", "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": "42"}


def answer(call: Call) -> Answer:
    """Answers a call."""
    try:
        account = caller(call)
        match (call.request.method, call.action):
            case ("POST", "push"):
                return answer_json(_pushed(call, account, _body(call)))
            case ("POST", "push/validate"):
                _checked(call, _body(call))
                return answer_json({"sendno": "0", "msg_id": "0"})
            case ("POST", "push/batch/regid/single"):
                return answer_json(_batch(call, account))
            case ("GET", "push/cid"):
                return answer_json({"cidlist": _keys(call, account)})
            case ("GET", "received/detail"):
                return answer_json(_report(call, account))
            case _:
                raise Refused("1001", "there is no such call")
    except Refused as no:
        return refused(no.code, no.text)


def refused(code: str, text: str = "") -> Answer:
    """A refusal with its status."""
    status = _STATUSES.get(code, BAD_REQUEST)
    said = answer_json({"error": {"code": int(code), "message": text or code}}, status)
    return Answer(said.body, status, headers=_LIMIT) if code == "2002" else said


def caller(call: Call) -> Account:
    """Who calls. Raises Refused."""
    name, password = proofs.basic(call.request)
    account = call.world.accounts.get((Provider.JPUSH, name))
    if account is None:
        raise Refused("1008", "app_key 不存在")
    if password != account.secret:
        raise Refused("1004", "验证失败")
    return account


def _body(call: Call) -> dict[str, Any]:
    if len(call.request.body) > _MOST_BYTES * 100:
        raise Refused("1005")
    try:
        return call.request.json()
    except ValueError:
        raise Refused("1003", "the body is no JSON object") from None


def _pushed(call: Call, account: Account, body: dict[str, Any]) -> dict[str, Any]:
    """Takes a push on, or repeats the first answer for its key."""
    key = str(body.get("cid", ""))
    until, known = call.world.keys.get(key, (0, ""))
    if key and until <= call.now:
        raise Refused("1003", "the cid was not drawn, or is too old")
    if known:
        return {"sendno": "0", "msg_id": known}
    device = _checked(call, body)
    number = call.world.number(17)
    if key:
        call.world.keys[key] = (until, number)
    ours = body.get("notification", {}).get("android", {}).get("extras", {}).get("message", key)
    taken = call.world.keep(account, device, str(ours), number, body)
    taken.state, taken.done_at = State.DELIVERED, call.now
    return {"sendno": "0", "msg_id": number}


def _checked(call: Call, body: dict[str, Any]) -> str:
    """The device that a push is for. Raises Refused."""
    if not body.get("platform") or not (body.get("notification") or body.get("message")):
        raise Refused("1002")
    if len(str(body.get("notification", "")).encode()) > _MOST_BYTES:
        raise Refused("1005")
    audience = body.get("audience")
    devices = audience.get("registration_id") if isinstance(audience, dict) else None
    if not isinstance(devices, list) or not devices:
        raise Refused("1003", "these fronts know registration ids only")
    known = [one for one in devices if one in call.world.devices]
    if not known:
        raise Refused("1011", "没有满足条件的推送目标")
    return str(known[0])


def _batch(call: Call, account: Account) -> dict[str, Any]:
    pushes = _body(call).get("pushlist")
    if not isinstance(pushes, dict) or not pushes:
        raise Refused("1002")
    said: dict[str, Any] = {}
    for key, one in pushes.items():
        body = {**one, "cid": key, "audience": {"registration_id": [one.get("target")]}}
        try:
            said[key] = {"msg_id": _pushed(call, account, body)["msg_id"]}
        except Refused as no:
            said[key] = {"error": {"code": int(no.code), "message": no.text}}
    return said


def _keys(call: Call, account: Account) -> list[str]:
    count = call.request.query.get("count", "1")
    if not count.isdigit() or not 1 <= int(count) <= _MOST_KEYS:
        raise Refused("1003")
    drawn = [f"{account.key_id}-{call.world.number(32)}" for _ in range(int(count))]
    call.world.keys.update(dict.fromkeys(drawn, (call.now + DAY_MS, "")))
    return drawn


def _report(call: Call, account: Account) -> list[dict[str, Any]]:
    asked = call.request.query.get("msg_ids", "").split(",")
    return [
        {"msg_id": one.id, "jpush_received": 1 if one.to in call.world.devices else None, "android_pns_sent": None, "ios_apns_sent": None}
        for one in call.world.outbox
        if one.account == account.key_id and one.id in asked
    ]
