"""Tencent Cloud's front: SMS 2021-01-11, SendSms and the two pulls of receipts."""

from dataclasses import replace
from typing import Any, Final

from infra.local_providers import limits, proofs
from infra.local_providers.fronts import Call, Refused, whole
from infra.local_providers.state import Account, Nature, Provider, State, Taken, Template
from infra.local_wechat.wire import Answer, answer_json

VERSION: Final = "2021-01-11"
_SKEW_SECONDS: Final = 300
_MOST_NUMBERS: Final = 200
_MOST_PULLED: Final = 100
_MOST_CONTEXT: Final = 512
_OPENS, _CLOSES = 8, 22  # hours of marketing
_LIMITS: Final = {
    limits.MINUTE: "LimitExceeded.PhoneNumberThirtySecondLimit",
    limits.HOUR: "LimitExceeded.PhoneNumberOneHourLimit",
    limits.DAY: "LimitExceeded.PhoneNumberDailyLimit",
    limits.ACCOUNT: "LimitExceeded.AppDailyLimit",
}


def answer(call: Call) -> Answer:
    """Answers a call; refusals have status 200 too."""
    try:
        account, body = caller(call), _body(call)
        if body.get("SmsSdkAppId") != account.app_id:
            raise Refused("UnauthorizedOperation.SmsSdkAppIdVerifyFail")
        match call.action:
            case "SendSms":
                said: dict[str, Any] = {"SendStatusSet": _sent(call, account, body)}
            case "PullSmsSendStatus":
                said = {"PullSmsSendStatusSet": _pulled(call, account, int(body.get("Limit", 0)))}
            case "PullSmsSendStatusByPhoneNumber":
                said = {"PullSmsSendStatusSet": _of_number(call, account, body)}
            case _:
                raise Refused("InvalidAction")
    except Refused as no:
        return refused(no.code, no.text)
    return _said({**said, "RequestId": call.world.number(20)})


def refused(code: str, text: str = "") -> Answer:
    """A refusal of the whole call."""
    return _said({"Error": {"Code": code, "Message": text or code}, "RequestId": "0"})


def _said(response: dict[str, Any]) -> Answer:
    """Tencent's own client looks for errors only where the type is exactly this one, without a character set."""
    return replace(answer_json({"Response": response}), content_type="application/json")


def caller(call: Call) -> Account:
    """Who calls. Raises Refused."""
    request = call.request
    account = call.world.accounts.get((Provider.TENCENT, proofs.tencent_key(request)))
    if account is None:
        raise Refused("AuthFailure.SecretIdNotFound")
    stamp = request.headers.get("x-tc-timestamp", "")
    if not stamp.isdigit() or abs(int(stamp) - call.world.clock.wire_seconds()) > _SKEW_SECONDS:
        raise Refused("AuthFailure.SignatureExpire")
    if request.headers.get("x-tc-version") != VERSION or not proofs.tencent_proves(request, account.secret):
        raise Refused("AuthFailure.SignatureFailure")
    return account


def _body(call: Call) -> dict[str, Any]:
    try:
        return call.request.json()
    except ValueError:
        raise Refused("InvalidParameter") from None


def _sent(call: Call, account: Account, body: dict[str, Any]) -> list[dict[str, Any]]:
    template = account.templates.get(str(body.get("TemplateId")))
    if template is None:
        raise Refused("FailedOperation.TemplateUnapprovedOrNotExist")
    if body.get("SignName") not in account.signatures:
        raise Refused("FailedOperation.SignatureIncorrectOrUnapproved")
    numbers = body.get("PhoneNumberSet") or []
    if not numbers or len(numbers) > _MOST_NUMBERS:
        raise Refused("LimitExceeded.PhoneNumberCountLimit" if numbers else "MissingParameter.EmptyPhoneNumberSet")
    if len(str(body.get("SessionContext", ""))) >= _MOST_CONTEXT:
        raise Refused("InvalidParameter")
    return [_state(call, account, str(number), template, body) for number in numbers]


def _state(call: Call, account: Account, given: str, template: Template, body: dict[str, Any]) -> dict[str, Any]:
    serial, fee = "", 0
    code, number = _fault(call, account, whole(given), template, body), whole(given)
    if not code:
        code, fee, serial = "Ok", 1, f"2640:{call.world.number(20)}"
        call.callbacks.follow(call.world.keep(account, number, str(body.get("SessionContext", "")), serial, body), account)
    return {
        "SerialNo": serial,
        "PhoneNumber": number or given,
        "Fee": fee,
        "SessionContext": body.get("SessionContext", ""),
        "Code": code,
        "Message": "send success" if code == "Ok" else code,
        "IsoCode": "CN",
    }


def _fault(call: Call, account: Account, number: str, template: Template, body: dict[str, Any]) -> str:
    """The code that one number is refused with, or ""."""
    values = [str(value) for value in body.get("TemplateParamSet") or []]
    hour = limits.china_hour(call.world.clock.calendar(call.now))
    checks = {
        "InvalidParameterValue.IncorrectPhoneNumber": not number or call.nature(number) is Nature.WRONG,
        "FailedOperation.PhoneNumberInBlacklist": call.nature(number) is Nature.BLOCKED,
        "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": len(values) != len(template.variables),
        "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter": any("http" in value for value in values),
        "FailedOperation.MarketingSendTimeConstraint": template.marketing
        and call.world.choices.strict_hours
        and not _OPENS <= hour < _CLOSES,
    }
    found = next((code for code, wrong in checks.items() if wrong), "")
    if not found and (limit := limits.reached(call.world, account, number)):
        found = _LIMITS[limit]
    return found or ("" if limits.paid(account) else "FailedOperation.InsufficientBalanceInSmsPackage")


def _pulled(call: Call, account: Account, most: int) -> list[dict[str, Any]]:
    ready = [one for one in call.world.outbox if one.account == account.key_id and one.done_at and not one.pulled]
    for one in ready[: min(most, _MOST_PULLED)]:
        one.pulled = True
    return [_receipt(one, account) for one in ready[: min(most, _MOST_PULLED)]]


def _of_number(call: Call, account: Account, body: dict[str, Any]) -> list[dict[str, Any]]:
    since, until = int(body["BeginTime"]) * 1000, int(body["EndTime"]) * 1000 + 999
    number = whole(str(body.get("PhoneNumber")))
    return [
        _receipt(one, account)
        for one in call.world.outbox
        if one.account == account.key_id and one.to == number and since <= one.at <= until and one.done_at
    ]


def _receipt(one: Taken, account: Account) -> dict[str, Any]:
    context = {"SessionContext": one.key} if account.returns_context else {}
    return {
        "UserReceiveTime": one.done_at // 1000,
        "CountryCode": "86",
        "SubscriberNumber": one.to.removeprefix("+86"),
        "PhoneNumber": one.to,
        "SerialNo": one.id,
        "ReportStatus": "SUCCESS" if one.state is State.DELIVERED else "FAIL",
        "Description": one.code,
        **context,
    }
