"""What each code of each provider leads to. The codes stand here once more, by what has to be done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.providers import aliyun_codes, carriers, jpush_codes, sns, tencent_codes
from chalicelib.providers.model import Reason, Result
from chalicelib.providers.verdicts import Wait, by_status, retry_after_ms, until
from tests.unit.providers.means import CHINA_MIDNIGHT, DAY_MS, NOW

ALIYUN = {
    Result.SENT: "OK",
    Result.UNKNOWN: "isp.SYSTEM_ERROR ServiceUnavailable InternalError",
    Result.LIMITED: "isv.BUSINESS_LIMIT_CONTROL isv.DAY_LIMIT_CONTROL isv.MONTH_LIMIT_CONTROL Throttling.User",
    Result.UNREACHABLE: "isv.MOBILE_NUMBER_ILLEGAL isv.DOMESTIC_NUMBER_NOT_SUPPORTED",
    Result.REFUSED: """
        isv.BLACK_KEY_CONTROL_LIMIT isv.SMS_CONTENT_ILLEGAL isv.TEMPLATE_MISSING_PARAMETERS isv.TEMPLATE_PARAMS_ILLEGAL
        isv.PARAM_LENGTH_LIMIT isv.INVALID_PARAMETERS isv.INVALID_JSON_PARAM isv.MOBILE_COUNT_OVER_LIMIT isv.EXTEND_CODE_ERROR
    """,
    Result.MISCONFIGURED: """
        isv.AMOUNT_NOT_ENOUGH isv.OUT_OF_SERVICE isv.PRODUCT_UN_SUBSCRIPT isv.ACCOUNT_NOT_EXISTS isv.ACCOUNT_ABNORMAL
        isv.SMS_SIGNATURE_ILLEGAL isv.SMS_SIGN_ILLEGAL isv.SIGN_STATE_ILLEGAL isv.SMS_SIGNATURE_SCENE_ILLEGAL isv.SMS_TEMPLATE_ILLEGAL
        isp.RAM_PERMISSION_DENY SignatureDoesNotMatch InvalidAccessKeyId.NotFound InvalidAccessKeyId.Inactive isv.DENY_IP_RANGE
    """,
}
TENCENT = {
    Result.SENT: "Ok",
    Result.UNKNOWN: """
        InternalError.Timeout InternalError.SendAndRecvFail InternalError.OtherError InternalError.UnknownError
        InternalError.ParseBackendResponseFail InternalError.JsonParseFail InternalError.RequestTimeException InternalError 1008
    """,
    Result.LIMITED: """
        RequestLimitExceeded RequestLimitExceeded.UinLimitExceeded LimitExceeded.DeliveryFrequencyLimit
        LimitExceeded.PhoneNumberThirtySecondLimit LimitExceeded.PhoneNumberOneHourLimit LimitExceeded.PhoneNumberDailyLimit
        LimitExceeded.PhoneNumberSameContentDailyLimit LimitExceeded.AppDailyLimit LimitExceeded.AppMainlandChinaDailyLimit
        LimitExceeded.DailyLimit FailedOperation.MarketingSendTimeConstraint LimitExceeded.AppGlobalDailyLimit
        LimitExceeded.AppCountryOrRegionDailyLimit LimitExceeded.GlobalSmsSendingRateLimit 1013 1022 1023 1024 1025 1026 1029
    """,
    Result.UNREACHABLE: """
        FailedOperation.PhoneNumberInBlacklist InvalidParameterValue.IncorrectPhoneNumber FailedOperation.PhoneNumberParseFail
        LimitExceeded.AppCountryOrRegionInBlacklist 1015 1016
    """,
    Result.REFUSED: """
        FailedOperation.ContainSensitiveWord FailedOperation.TemplateParamSetNotMatchApprovedTemplate
        InvalidParameterValue.ContentLengthLimit InvalidParameterValue.TemplateParameterFormatError
        InvalidParameterValue.TemplateParameterLengthLimit InvalidParameterValue.ProhibitedUseUrlInTemplateParameter
        LimitExceeded.PhoneNumberCountLimit UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber
        InvalidParameter MissingParameter.EmptyPhoneNumberSet UnsupportedOperation 1017 1048
    """,
    Result.MISCONFIGURED: """
        FailedOperation.SignatureIncorrectOrUnapproved FailedOperation.TemplateIncorrectOrUnapproved
        FailedOperation.TemplateUnapprovedOrNotExist FailedOperation.InsufficientBalanceInSmsPackage
        UnauthorizedOperation.RequestIpNotInWhitelist UnauthorizedOperation.ServiceSuspendDueToArrears
        UnauthorizedOperation.SdkAppIdIsDisabled UnauthorizedOperation.SmsSdkAppIdVerifyFail
        UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny UnauthorizedOperation.RequestPermissionDeny
        AuthFailure.SignatureExpire AuthFailure.SignatureFailure AuthFailure.SecretIdNotFound AuthFailure.UnauthorizedOperation
        InvalidParameterValue.SdkAppIdNotExist InvalidParameterValue.MarketingTemplateWithoutUnsubscribe
        InternalError.SigVerificationFail InternalError.SigFieldMissing 1014 1031 1033
    """,
}
JPUSH = {
    Result.UNKNOWN: "1000 1030",
    Result.LIMITED: "2002",
    Result.UNREACHABLE: "1011",
    Result.REFUSED: "1001 1002 1003 1005 1010 1012 1020",
    Result.MISCONFIGURED: "1004 1008 2003",
}
SNS = {
    Result.UNKNOWN: "InternalError InternalErrorException InternalFailure ServiceUnavailable",
    Result.LIMITED: "Throttled ThrottledException Throttling ThrottlingException",
    Result.UNREACHABLE: "EndpointDisabled EndpointDisabledException NotFound NotFoundException OptedOut OptedOutException",
    Result.REFUSED: """
        InvalidParameter InvalidParameterException InvalidParameterValue ParameterValueInvalid ValidationError ValidationException
    """,
    Result.MISCONFIGURED: """
        AccessDenied AccessDeniedException AuthorizationError AuthorizationErrorException ExpiredToken InvalidClientTokenId
        PlatformApplicationDisabled PlatformApplicationDisabledException SignatureDoesNotMatch UnrecognizedClientException
    """,
}


def listed(expected: dict[Result, str]) -> list[tuple[str, Result]]:
    return [(code, result) for result, codes in expected.items() for code in codes.split()]


@pytest.mark.parametrize(("code", "result"), listed(ALIYUN))
def test_every_code_of_aliyun_leads_to_its_result(code: str, result: Result) -> None:
    found = aliyun_codes.outcome_of(code, "", NOW, "biz1")
    assert (found.kind, found.raw_code, found.provider_id) == (result, code, "biz1")


@pytest.mark.parametrize(("code", "result"), listed(TENCENT))
def test_every_code_of_tencent_leads_to_its_result(code: str, result: Result) -> None:
    assert tencent_codes.outcome_of(code, NOW).kind is result


@pytest.mark.parametrize(("code", "result"), listed(JPUSH))
def test_every_code_of_jpush_leads_to_its_result(code: str, result: Result) -> None:
    assert jpush_codes.outcome_of_code(code, 400, NOW).kind is result


@pytest.mark.parametrize(("code", "result"), listed(SNS))
def test_every_code_of_sns_leads_to_its_result(code: str, result: Result) -> None:
    assert sns.outcome_of({"Error": {"Code": code, "Message": ""}}, NOW).kind is result


def test_no_code_is_known_that_is_not_in_these_lists() -> None:
    assert aliyun_codes.CODES.keys() <= {code for code, _ in listed(ALIYUN)}
    assert jpush_codes.CODES.keys() == {code for code, _ in listed(JPUSH)}
    assert sns.CODES.keys() == {code for code, _ in listed(SNS)}
    assert tencent_codes.NUMBERS.keys() == {code for code, _ in listed(TENCENT) if code.isdigit()}


def test_every_refusal_says_why_and_only_limits_have_an_end() -> None:
    verdicts = {**aliyun_codes.CODES, **tencent_codes.CODES, **jpush_codes.CODES, **sns.CODES, **tencent_codes.NUMBERS}
    for code, verdict in verdicts.items():
        assert (verdict.reason is Reason.NONE) is (verdict.result is Result.SENT), code
        assert (verdict.wait is not None) is (verdict.result is Result.LIMITED), code


def test_the_officials_own_list_holds_nothing_that_we_misread() -> None:
    """Every code in the official SDK has a family here; none passes as sent."""
    errorcodes = pytest.importorskip("tencentcloud.sms.v20210111.errorcodes")
    codes = [value for name, value in vars(errorcodes).items() if name.isupper() and isinstance(value, str)]
    assert len(codes) > 80
    for code in codes:
        outcome = tencent_codes.outcome_of(code, NOW)
        assert outcome.kind is not Result.SENT
        assert outcome.reason
        assert (outcome.kind is Result.UNKNOWN) <= code.startswith("InternalError")


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("触发分钟级流控Permits:1", NOW + 60_000),
        ("触发小时级流控Permits:5", NOW + 3_600_000),
        ("触发天级流控Permits:10", CHINA_MIDNIGHT),
        ("something new", CHINA_MIDNIGHT),
    ],
)
def test_aliyuns_limit_of_a_number_lasts_as_its_text_says(text: str, end: int) -> None:
    found = aliyun_codes.outcome_of("isv.BUSINESS_LIMIT_CONTROL", text, NOW)
    assert (found.reason, found.until) == (Reason.ADDRESS_LIMIT, end)


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("LimitExceeded.PhoneNumberThirtySecondLimit", NOW + 30_000),
        ("LimitExceeded.PhoneNumberOneHourLimit", NOW + 3_600_000),
        ("LimitExceeded.PhoneNumberDailyLimit", CHINA_MIDNIGHT),
        ("RequestLimitExceeded", NOW + 5_000),
        ("FailedOperation.MarketingSendTimeConstraint", NOW + DAY_MS),  # it is eight o'clock, and they still refuse: not before tomorrow
    ],
)
def test_tencents_limits_end(code: str, end: int) -> None:
    assert tencent_codes.outcome_of(code, NOW).until == end


@pytest.mark.parametrize(
    ("wait", "now", "end"),
    [
        (Wait.DAY, "2026-12-31T15:59:59Z", "2026-12-31T16:00:00Z"),
        (Wait.MONTH, "2026-12-31T16:00:00Z", "2027-01-31T16:00:00Z"),
        (Wait.MONTH, "2028-02-10T00:00:00Z", "2028-02-29T16:00:00Z"),
        (Wait.MORNING, "2026-11-21T15:00:00Z", "2026-11-22T00:00:00Z"),
        (Wait.MORNING, "2026-11-21T23:59:59Z", "2026-11-22T00:00:00Z"),
        (Wait.MORNING, "2026-11-22T14:30:00Z", "2026-11-23T00:00:00Z"),
    ],
)
def test_days_months_and_mornings_are_chinas(wait: Wait, now: str, end: str) -> None:
    assert until(wait, ms(now)) == ms(end)


@given(st.sampled_from(Wait), st.integers(min_value=0, max_value=4_102_444_800_000))
def test_a_limit_always_ends_later_and_within_a_month(wait: Wait, now: int) -> None:
    assert now < until(wait, now) <= now + 31 * DAY_MS


@given(st.text(), st.text())
def test_no_code_that_nobody_knows_passes_as_sent(code: str, text: str) -> None:
    if code not in ("OK", "Ok"):
        assert aliyun_codes.outcome_of(code, text, NOW).kind is not Result.SENT
        assert tencent_codes.outcome_of(code, NOW).kind is not Result.SENT
        assert sns.outcome_of({"Error": {"Code": code, "Message": text}}, NOW).kind is not Result.SENT
    assert jpush_codes.outcome_of_code(code, 400, NOW).kind is not Result.SENT


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (200, Result.UNKNOWN),
        (302, Result.UNKNOWN),
        (400, Result.REFUSED),
        (401, Result.MISCONFIGURED),
        (403, Result.MISCONFIGURED),
        (404, Result.MISCONFIGURED),
        (405, Result.MISCONFIGURED),
        (410, Result.REFUSED),
        (429, Result.LIMITED),
        (500, Result.UNKNOWN),
        (502, Result.UNKNOWN),
        (503, Result.UNKNOWN),
        (504, Result.UNKNOWN),
    ],
)
def test_an_answer_that_nobody_can_read_goes_by_its_status(status: int, result: Result) -> None:
    assert by_status(status, NOW).kind is result


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("7", 7_000),
        ("0", 0),
        ("Sun, 22 Nov 2026 00:00:09 GMT", 9_000),
        ("Sun, 22 Nov 2020 00:00:09 GMT", 0),
        ("", 60_000),
        ("soon", 60_000),
        ("-3", 60_000),
        ("99999999999", DAY_MS),
        ("Fri, 31 Dec 9999 23:59:59 GMT", DAY_MS),
    ],
)
def test_a_pause_that_is_asked_for_is_kept_within_reason(header: str, pause: int) -> None:
    assert retry_after_ms(header, NOW) == pause


@given(st.text())
def test_any_header_gives_some_pause(text: str) -> None:
    assert 0 <= retry_after_ms(text, NOW) <= DAY_MS


@pytest.mark.parametrize(
    ("code", "text", "reason"),
    [
        ("BLACKLIST", "", Reason.ADDRESS_BLOCKED),
        ("X", "用户已退订", Reason.ADDRESS_BLOCKED),
        ("-106", "", Reason.CONTENT_REFUSED),
        ("MK:0001", "空号", Reason.ADDRESS_INVALID),
        ("UNDELIV:ABSENT", "", Reason.ADDRESS_ABSENT),
        ("002", "", Reason.ADDRESS_ABSENT),
        ("X", "用户关机", Reason.ADDRESS_ABSENT),
        ("9002", "", Reason.PROVIDER_FAULT),
        ("", "", Reason.PROVIDER_FAULT),
    ],
)
def test_a_carriers_code_tells_who_is_to_blame(code: str, text: str, reason: Reason) -> None:
    assert carriers.reason_of(code, text) is reason
    assert carriers.failed(code, text).kind is (Result.REFUSED if reason is Reason.CONTENT_REFUSED else Result.UNREACHABLE)


def ms(text: str) -> int:
    from datetime import datetime

    return int(datetime.fromisoformat(text).timestamp() * 1000)
