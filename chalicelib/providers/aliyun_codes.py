"""Aliyun's answers to SendSms and what each asks for (Dysmsapi 2017-05-25, help.aliyun.com 101346). Pure."""

from collections.abc import Mapping
from typing import Final

from chalicelib.providers.model import Outcome, Reason, Result
from chalicelib.providers.verdicts import Verdict, Wait, family_of

TAKEN_ON: Final = "OK"
_OFTEN: Final = "isv.BUSINESS_LIMIT_CONTROL"

_REFUSED: Final = Result.REFUSED
_REPAIR: Final = Result.MISCONFIGURED

CODES: Final[Mapping[str, Verdict]] = {
    TAKEN_ON: Verdict(Result.SENT),
    # Aliyun itself asks to look at the receipt before such a message is sent again
    "isp.SYSTEM_ERROR": Verdict(Result.UNKNOWN, Reason.PROVIDER_FAULT),
    "ServiceUnavailable": Verdict(Result.UNKNOWN, Reason.PROVIDER_FAULT),
    "InternalError": Verdict(Result.UNKNOWN, Reason.PROVIDER_FAULT),
    _OFTEN: Verdict(Result.LIMITED, Reason.ADDRESS_LIMIT, Wait.DAY),
    "isv.DAY_LIMIT_CONTROL": Verdict(Result.LIMITED, Reason.ACCOUNT_LIMIT, Wait.DAY),
    "isv.MONTH_LIMIT_CONTROL": Verdict(Result.LIMITED, Reason.ACCOUNT_LIMIT, Wait.MONTH),
    "Throttling.User": Verdict(Result.LIMITED, Reason.ACCOUNT_LIMIT, Wait.SECONDS),
    "isv.MOBILE_NUMBER_ILLEGAL": Verdict(Result.UNREACHABLE, Reason.ADDRESS_INVALID),
    "isv.DOMESTIC_NUMBER_NOT_SUPPORTED": Verdict(Result.UNREACHABLE, Reason.ADDRESS_INVALID),
    "isv.BLACK_KEY_CONTROL_LIMIT": Verdict(_REFUSED, Reason.CONTENT_REFUSED),
    "isv.SMS_CONTENT_ILLEGAL": Verdict(_REFUSED, Reason.CONTENT_REFUSED),
    "isv.TEMPLATE_MISSING_PARAMETERS": Verdict(_REFUSED, Reason.CONTENT_MISMATCH),
    "isv.TEMPLATE_PARAMS_ILLEGAL": Verdict(_REFUSED, Reason.CONTENT_MISMATCH),
    "isv.PARAM_LENGTH_LIMIT": Verdict(_REFUSED, Reason.CONTENT_TOO_LARGE),
    "isv.INVALID_PARAMETERS": Verdict(_REFUSED, Reason.REQUEST_INVALID),
    "isv.INVALID_JSON_PARAM": Verdict(_REFUSED, Reason.REQUEST_INVALID),
    "isv.MOBILE_COUNT_OVER_LIMIT": Verdict(_REFUSED, Reason.REQUEST_INVALID),
    "isv.EXTEND_CODE_ERROR": Verdict(_REFUSED, Reason.REQUEST_INVALID),
    "isv.AMOUNT_NOT_ENOUGH": Verdict(_REPAIR, Reason.ACCOUNT_UNPAID),
    "isv.OUT_OF_SERVICE": Verdict(_REPAIR, Reason.ACCOUNT_UNPAID),
    "isv.PRODUCT_UN_SUBSCRIPT": Verdict(_REPAIR, Reason.ACCOUNT_CLOSED),
    "isv.ACCOUNT_NOT_EXISTS": Verdict(_REPAIR, Reason.ACCOUNT_CLOSED),
    "isv.ACCOUNT_ABNORMAL": Verdict(_REPAIR, Reason.ACCOUNT_CLOSED),
    "isv.SMS_SIGNATURE_ILLEGAL": Verdict(_REPAIR, Reason.SIGNATURE_UNAPPROVED),
    "isv.SMS_SIGN_ILLEGAL": Verdict(_REPAIR, Reason.SIGNATURE_UNAPPROVED),
    "isv.SIGN_STATE_ILLEGAL": Verdict(_REPAIR, Reason.SIGNATURE_UNAPPROVED),
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL": Verdict(_REPAIR, Reason.SIGNATURE_UNAPPROVED),
    "isv.SMS_TEMPLATE_ILLEGAL": Verdict(_REPAIR, Reason.TEMPLATE_UNAPPROVED),
    "isp.RAM_PERMISSION_DENY": Verdict(_REPAIR, Reason.PERMISSION_MISSING),
    "SignatureDoesNotMatch": Verdict(_REPAIR, Reason.CREDENTIALS_REFUSED),
    # Aliyun takes nothing from outside of mainland China: lambdas elsewhere need a relay there
    "isv.DENY_IP_RANGE": Verdict(_REPAIR, Reason.CALLER_FORBIDDEN),
}

FAMILIES: Final[Mapping[str, Verdict]] = {
    "InvalidAccessKeyId": Verdict(_REPAIR, Reason.CREDENTIALS_REFUSED),
    "IncompleteSignature": Verdict(_REPAIR, Reason.CREDENTIALS_REFUSED),
    "SignatureNonceUsed": Verdict(Result.UNKNOWN, Reason.PROVIDER_FAULT),  # somebody below sent the request twice
    "Forbidden": Verdict(_REPAIR, Reason.PERMISSION_MISSING),
    "Throttling": Verdict(Result.LIMITED, Reason.ACCOUNT_LIMIT, Wait.SECONDS),
    "isp.": Verdict(Result.UNKNOWN, Reason.PROVIDER_FAULT),  # faults of the provider's own
    "isv.": Verdict(_REFUSED, Reason.REQUEST_INVALID),  # faults of the caller
}
"""For codes that nobody has met yet."""

_LEVELS: Final = (("分钟", Wait.MINUTE), ("小时", Wait.HOUR), ("天", Wait.DAY))


def outcome_of(code: str, text: str, now: int, provider_id: str = "") -> Outcome:
    """What an answer came to. Of the limit per number only the text says how long it lasts; one that says nothing lasts a day."""
    verdict = family_of(code, CODES, FAMILIES) or Verdict(_REFUSED, Reason.REQUEST_INVALID)
    if code == _OFTEN:
        level = next((wait for word, wait in _LEVELS if word in text), Wait.DAY)
        verdict = Verdict(verdict.result, verdict.reason, level)
    return verdict.outcome(code, now, provider_id)
