"""Aliyun's front: Dysmsapi 2017-05-25, SendSms and QuerySendDetails."""

import json
from typing import Any, Final

from infra.local_providers import limits, proofs
from infra.local_providers.callbacks import china_time
from infra.local_providers.fronts import Call, Refused, whole
from infra.local_providers.state import Account, Nature, Provider, State, Taken
from infra.local_wechat.clock import china_day
from infra.local_wechat.wire import OK, Answer, answer_json

VERSION: Final = "2017-05-25"
_MOST_NUMBERS: Final = 1000
_STATES: Final = {State.ACCEPTED: 1, State.FAILED: 2, State.DELIVERED: 3}
_GATEWAY: Final = {
    "SignatureDoesNotMatch": 400,
    "InvalidAccessKeyId.NotFound": 404,
    "Throttling.User": 400,
    "ServiceUnavailable": 503,
    "InternalError": 500,
    "SignatureNonceUsed": 400,
}
_LIMITS: Final = {
    limits.MINUTE: ("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1"),
    limits.HOUR: ("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5"),
    limits.DAY: ("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10"),
    limits.ACCOUNT: ("isv.DAY_LIMIT_CONTROL", "已经达到您在控制台设置的短信日发送量限额值"),
}


def answer(call: Call) -> Answer:
    """Answers a call."""
    try:
        account = caller(call)
        if call.action == "SendSms":
            return answer_json({**_sent(call, account), "RequestId": call.world.number(20)})
        if call.action == "QuerySendDetails":
            return answer_json(_details(call, account))
        raise Refused("InvalidAction.NotFound")
    except Refused as no:
        return refused(no.code, no.text)


def refused(code: str, text: str = "") -> Answer:
    """A refusal: of the gateway with a status of its own, of the SMS service with 200."""
    status = _GATEWAY.get(code, OK)
    return answer_json({"Code": code, "Message": text or code, "RequestId": "0"}, status)


def caller(call: Call) -> Account:
    """Who calls. Raises Refused."""
    account = call.world.accounts.get((Provider.ALIYUN, proofs.aliyun_key(call.request)))
    if account is None:
        raise Refused("InvalidAccessKeyId.NotFound")
    if call.request.headers.get("x-acs-version") != VERSION or not proofs.aliyun_proves(call.request, account.secret):
        raise Refused("SignatureDoesNotMatch")
    nonce = call.request.headers.get("x-acs-signature-nonce", "")
    if nonce in call.world.nonces:
        raise Refused("SignatureNonceUsed")
    call.world.nonces.add(nonce)
    return account


def _sent(call: Call, account: Account) -> dict[str, Any]:
    query = call.request.query
    variables = _variables(query.get("TemplateParam", "{}"))
    template = account.templates.get(query.get("TemplateCode", ""))
    if query.get("SignName") not in account.signatures:
        raise Refused("isv.SMS_SIGNATURE_ILLEGAL")
    if template is None:
        raise Refused("isv.SMS_TEMPLATE_ILLEGAL")
    if not set(template.variables) <= variables.keys():
        raise Refused("isv.TEMPLATE_MISSING_PARAMETERS")
    if any("http" in value for value in variables.values()):
        raise Refused("isv.BLACK_KEY_CONTROL_LIMIT")
    numbers = query.get("PhoneNumbers", "").split(",")
    if len(numbers) > _MOST_NUMBERS:
        raise Refused("isv.MOBILE_COUNT_OVER_LIMIT")
    return _taken(call, account, [_reachable(call, number) for number in numbers])


def _taken(call: Call, account: Account, numbers: list[str]) -> dict[str, Any]:
    for number in numbers:
        if limit := limits.reached(call.world, account, number):
            raise Refused(*_LIMITS[limit])
    if not limits.paid(account):
        raise Refused("isv.AMOUNT_NOT_ENOUGH")
    biz_id = call.world.number(18)
    for number in numbers:
        taken = call.world.keep(account, number, call.request.query.get("OutId", ""), biz_id, dict(call.request.query))
        call.callbacks.follow(taken, account)
    return {"Code": "OK", "Message": "OK", "BizId": biz_id}


def _reachable(call: Call, given: str) -> str:
    number = whole(given)
    if not number or call.nature(number) is Nature.WRONG:
        raise Refused("isv.MOBILE_NUMBER_ILLEGAL")
    return number


def _variables(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise Refused("isv.INVALID_JSON_PARAM")
    return found


def _details(call: Call, account: Account) -> dict[str, Any]:
    query = call.request.query
    number = whole(query.get("PhoneNumber", ""))
    found = [
        _detail(one)
        for one in call.world.outbox
        if one.account == account.key_id and one.to == number and china_day(one.at).replace("-", "") == query.get("SendDate")
    ]
    return {"Code": "OK", "Message": "OK", "TotalCount": len(found), "SmsSendDetailDTOs": {"SmsSendDetailDTO": found[:50]}}


def _detail(one: Taken) -> dict[str, Any]:
    return {
        "PhoneNum": one.to.removeprefix("+86"),
        "SendStatus": _STATES[one.state],
        "ErrCode": one.code,
        "TemplateCode": one.body.get("TemplateCode"),
        "OutId": one.key,
        "SendDate": china_time(one.at),
        "ReceiveDate": china_time(one.done_at) if one.done_at else "",
    }
