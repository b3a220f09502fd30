"""Tencent Cloud's answers to SendSms and what each asks for (SMS 2021-01-11, cloud.tencent.com document 382/59177). Pure.

The whole list is in the official SDK's `errorcodes`; a test holds the two together.
"""

from collections.abc import Mapping
from typing import Final

from chalicelib.providers.model import Outcome, Reason, Result
from chalicelib.providers.verdicts import Verdict, Wait, family_of

TAKEN_ON: Final = "Ok"

_UNKNOWN: Final = Verdict(Result.UNKNOWN, Reason.PROVIDER_FAULT)
_INVALID: Final = Verdict(Result.REFUSED, Reason.REQUEST_INVALID)
_CONTENT: Final = Verdict(Result.REFUSED, Reason.CONTENT_REFUSED)
_MISMATCH: Final = Verdict(Result.REFUSED, Reason.CONTENT_MISMATCH)
_TOO_LONG: Final = Verdict(Result.REFUSED, Reason.CONTENT_TOO_LARGE)
_NO_NUMBER: Final = Verdict(Result.UNREACHABLE, Reason.ADDRESS_INVALID)
_TEMPLATE: Final = Verdict(Result.MISCONFIGURED, Reason.TEMPLATE_UNAPPROVED)
_SIGNATURE: Final = Verdict(Result.MISCONFIGURED, Reason.SIGNATURE_UNAPPROVED)
_CREDENTIALS: Final = Verdict(Result.MISCONFIGURED, Reason.CREDENTIALS_REFUSED)
_UNPAID: Final = Verdict(Result.MISCONFIGURED, Reason.ACCOUNT_UNPAID)
_CLOSED: Final = Verdict(Result.MISCONFIGURED, Reason.ACCOUNT_CLOSED)
_DENIED: Final = Verdict(Result.MISCONFIGURED, Reason.PERMISSION_MISSING)
_ACCOUNT_DAY: Final = Verdict(Result.LIMITED, Reason.ACCOUNT_LIMIT, Wait.DAY)
_NUMBER_DAY: Final = Verdict(Result.LIMITED, Reason.ADDRESS_LIMIT, Wait.DAY)

CODES: Final[Mapping[str, Verdict]] = {
    TAKEN_ON: Verdict(Result.SENT),
    "FailedOperation.ContainSensitiveWord": _CONTENT,
    "FailedOperation.InsufficientBalanceInSmsPackage": _UNPAID,
    "FailedOperation.MarketingSendTimeConstraint": Verdict(Result.LIMITED, Reason.OUTSIDE_HOURS, Wait.MORNING),
    "FailedOperation.NotEnterpriseCertification": _DENIED,
    "FailedOperation.PhoneNumberInBlacklist": Verdict(Result.UNREACHABLE, Reason.ADDRESS_BLOCKED),
    "FailedOperation.PhoneNumberParseFail": _NO_NUMBER,
    "FailedOperation.ProhibitSubAccountUse": _DENIED,
    "FailedOperation.SignatureIncorrectOrUnapproved": _SIGNATURE,
    "FailedOperation.TemplateIdNotExist": _TEMPLATE,
    "FailedOperation.TemplateIncorrectOrUnapproved": _TEMPLATE,
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": _MISMATCH,
    "FailedOperation.TemplateUnapprovedOrNotExist": _TEMPLATE,
    "InternalError.RestApiInterfaceNotExist": Verdict(Result.MISCONFIGURED, Reason.REQUEST_INVALID),
    "InternalError.SigFieldMissing": _CREDENTIALS,
    "InternalError.SigVerificationFail": _CREDENTIALS,
    "InvalidParameterValue.ContentLengthLimit": _TOO_LONG,
    "InvalidParameterValue.IncorrectPhoneNumber": _NO_NUMBER,
    "InvalidParameterValue.MarketingTemplateWithoutUnsubscribe": _TEMPLATE,
    "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter": _CONTENT,
    "InvalidParameterValue.SdkAppIdNotExist": _CLOSED,
    "InvalidParameterValue.TemplateParameterFormatError": _MISMATCH,
    "InvalidParameterValue.TemplateParameterLengthLimit": _TOO_LONG,
    "InvalidParameterValue.TemplateWithDirtyWords": _CONTENT,
    "InvalidParameter.DirtyWordFound": _CONTENT,
    "LimitExceeded.AppCountryOrRegionInBlacklist": Verdict(Result.UNREACHABLE, Reason.ADDRESS_FORBIDDEN),
    "LimitExceeded.DeliveryFrequencyLimit": Verdict(Result.LIMITED, Reason.ADDRESS_LIMIT, Wait.MINUTE),
    "LimitExceeded.GlobalSmsSendingRateLimit": Verdict(Result.LIMITED, Reason.ACCOUNT_LIMIT, Wait.MINUTE),
    "LimitExceeded.PhoneNumberCountLimit": _INVALID,
    "LimitExceeded.PhoneNumberDailyLimit": _NUMBER_DAY,
    "LimitExceeded.PhoneNumberOneHourLimit": Verdict(Result.LIMITED, Reason.ADDRESS_LIMIT, Wait.HOUR),
    "LimitExceeded.PhoneNumberSameContentDailyLimit": _NUMBER_DAY,
    "LimitExceeded.PhoneNumberThirtySecondLimit": Verdict(Result.LIMITED, Reason.ADDRESS_LIMIT, Wait.HALF_MINUTE),
    "UnauthorizedOperation.RequestIpNotInWhitelist": Verdict(Result.MISCONFIGURED, Reason.CALLER_FORBIDDEN),
    "UnauthorizedOperation.SdkAppIdIsDisabled": _CLOSED,
    "UnauthorizedOperation.ServiceSuspendDueToArrears": _UNPAID,
    "UnauthorizedOperation.SmsSdkAppIdVerifyFail": _CREDENTIALS,
    "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone": _MISMATCH,
    "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone": _MISMATCH,
    "UnsupportedOperation.UnsupportedRegion": Verdict(Result.MISCONFIGURED, Reason.REQUEST_INVALID),
}

FAMILIES: Final[Mapping[str, Verdict]] = {
    "AuthFailure": _CREDENTIALS,
    "FailedOperation": _INVALID,
    "InternalError": _UNKNOWN,
    "InvalidParameter": _INVALID,  # InvalidParameterValue too
    "LimitExceeded": _ACCOUNT_DAY,
    "MissingParameter": _INVALID,
    "RequestLimitExceeded": Verdict(Result.LIMITED, Reason.ACCOUNT_LIMIT, Wait.SECONDS),
    "ResourceInsufficient": _UNPAID,
    "UnauthorizedOperation": _DENIED,
    "UnsupportedOperation": _INVALID,
}

NUMBERS: Final[Mapping[str, Verdict]] = {
    "1008": _UNKNOWN,
    "1013": Verdict(Result.LIMITED, Reason.ADDRESS_LIMIT, Wait.MINUTE),
    "1014": _TEMPLATE,
    "1015": Verdict(Result.UNREACHABLE, Reason.ADDRESS_BLOCKED),
    "1016": _NO_NUMBER,
    "1017": _TOO_LONG,
    "1022": Verdict(Result.LIMITED, Reason.ADDRESS_LIMIT, Wait.DAY),
    "1023": Verdict(Result.LIMITED, Reason.ADDRESS_LIMIT, Wait.HALF_MINUTE),
    "1024": Verdict(Result.LIMITED, Reason.ADDRESS_LIMIT, Wait.HOUR),
    "1025": _NUMBER_DAY,
    "1026": _NUMBER_DAY,
    "1029": Verdict(Result.LIMITED, Reason.OUTSIDE_HOURS, Wait.MORNING),
    "1031": _UNPAID,
    "1033": _UNPAID,
    "1048": _CONTENT,
}
"""Of the interface before this one; they still turn up."""


def outcome_of(code: str, now: int, provider_id: str = "") -> Outcome:
    """What an answer, or a number's part of one, came to."""
    verdict = NUMBERS.get(code) or family_of(code, CODES, FAMILIES) or _INVALID
    return verdict.outcome(code, now, provider_id)
