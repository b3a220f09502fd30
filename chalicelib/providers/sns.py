"""What Amazon SNS answers to a publication, for SMS and for push alike.

The client asks once: a repetition of its own would tell the person twice after a lost answer.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from chalicelib.providers.model import Account, Outcome, Reason, Result
from chalicelib.providers.verdicts import Verdict, Wait

CONNECT_SECONDS: Final = 2
READ_SECONDS: Final = 8
REGION: Final = "region"
KEY_ID: Final = "access_key_id"  # only where the lambda's own role does not reach, such as from China's partition
KEY_SECRET: Final = "secret_access_key"  # noqa: S105 - a name

_DENIED: Final = Verdict(Result.MISCONFIGURED, Reason.PERMISSION_MISSING)
_CREDENTIALS: Final = Verdict(Result.MISCONFIGURED, Reason.CREDENTIALS_REFUSED)
_LIMITED: Final = Verdict(Result.LIMITED, Reason.ACCOUNT_LIMIT, Wait.SECONDS)
_FAULT: Final = Verdict(Result.UNKNOWN, Reason.PROVIDER_FAULT)
_INVALID: Final = Verdict(Result.REFUSED, Reason.REQUEST_INVALID)
_GONE: Final = Verdict(Result.UNREACHABLE, Reason.ADDRESS_GONE)

CODES: Final[Mapping[str, Verdict]] = {
    "AccessDenied": _DENIED,
    "AccessDeniedException": _DENIED,
    "AuthorizationError": _DENIED,
    "AuthorizationErrorException": _DENIED,
    "EndpointDisabled": _GONE,
    "EndpointDisabledException": _GONE,
    "ExpiredToken": _CREDENTIALS,
    "InternalError": _FAULT,
    "InternalErrorException": _FAULT,
    "InternalFailure": _FAULT,
    "InvalidClientTokenId": _CREDENTIALS,
    "InvalidParameter": _INVALID,
    "InvalidParameterException": _INVALID,
    "InvalidParameterValue": _INVALID,
    "NotFound": _GONE,
    "NotFoundException": _GONE,
    "OptedOut": Verdict(Result.UNREACHABLE, Reason.ADDRESS_BLOCKED),
    "OptedOutException": Verdict(Result.UNREACHABLE, Reason.ADDRESS_BLOCKED),
    "ParameterValueInvalid": _INVALID,
    "PlatformApplicationDisabled": Verdict(Result.MISCONFIGURED, Reason.ACCOUNT_CLOSED),
    "PlatformApplicationDisabledException": Verdict(Result.MISCONFIGURED, Reason.ACCOUNT_CLOSED),
    "ServiceUnavailable": _FAULT,
    "SignatureDoesNotMatch": _CREDENTIALS,
    "Throttled": _LIMITED,
    "ThrottledException": _LIMITED,
    "Throttling": _LIMITED,
    "ThrottlingException": _LIMITED,
    "UnrecognizedClientException": _CREDENTIALS,
    "ValidationError": _INVALID,
    "ValidationException": _INVALID,
}
_ADDRESSES: Final = ("phonenumber", "phone number", "targetarn", "endpoint", "token")
_SERVER_FAULT: Final = 500
_NOT_LET_IN: Final = (401, 403)


def published(account: Account, now: int, given: Mapping[str, Any]) -> Outcome:
    """Publishes once; `given` are the arguments of SNS's Publish."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = client_of(account).publish(**given)
    except ClientError as refused:
        return outcome_of(refused.response, now)
    except BotoCoreError as lost:
        return unanswered(lost)
    return Outcome(Result.SENT, provider_id=str(answer.get("MessageId", "")))


def outcome_of(refusal: Mapping[str, Any], now: int) -> Outcome:
    """What a refusal asks for: by its code, and only where that says nothing more than "invalid" by what its text complains of."""
    error = refusal.get("Error", {})
    code, text = str(error.get("Code", "")), str(error.get("Message", "")).lower()
    verdict = CODES.get(code)
    if verdict is None:
        verdict = _by_status(int(refusal.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)))
    if verdict is _INVALID and any(word in text for word in _ADDRESSES):
        verdict = Verdict(Result.UNREACHABLE, Reason.ADDRESS_INVALID)
    return verdict.outcome(code, now)


def _by_status(status: int) -> Verdict:
    """For codes that nobody has met yet."""
    if status in _NOT_LET_IN:
        return _DENIED
    return _FAULT if status >= _SERVER_FAULT else _INVALID


def unanswered(lost: Exception) -> Outcome:
    """What a call came to that ended in an error of the client."""
    from botocore.exceptions import (
        ConnectTimeoutError,
        EndpointConnectionError,
        InvalidRegionError,
        NoCredentialsError,
        NoRegionError,
        ParamValidationError,
    )

    if isinstance(lost, ConnectTimeoutError | EndpointConnectionError):
        return Outcome(Result.RETRY, Reason.PROVIDER_AWAY)
    if isinstance(lost, NoCredentialsError | NoRegionError):
        return Outcome(Result.MISCONFIGURED, Reason.CREDENTIALS_MISSING)
    if isinstance(lost, InvalidRegionError):
        return Outcome(Result.MISCONFIGURED, Reason.REQUEST_INVALID, raw_code="the setting region is no region")
    if isinstance(lost, ParamValidationError):
        return Outcome(Result.REFUSED, Reason.REQUEST_INVALID, called=False)
    return Outcome(Result.UNKNOWN, Reason.PROVIDER_SILENT)


def client_of(account: Account) -> Any:
    """The client for an account's region, with its own credentials where it has some."""
    return _client(account.setting(REGION), account.url, account.secret(KEY_ID), account.secret(KEY_SECRET))


def forget() -> None:
    """Makes clients anew at their next use."""
    _client.cache_clear()


@cache
def _client(region: str, url: str, key_id: str, secret: str) -> Any:
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries={"total_max_attempts": 1})
    keys = {"aws_access_key_id": key_id, "aws_secret_access_key": secret} if key_id and secret else {}
    return boto3.client("sns", region_name=region or None, endpoint_url=url or None, config=config, **keys)
