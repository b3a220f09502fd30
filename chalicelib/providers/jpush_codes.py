"""JPush's error codes and what each asks for (docs.jiguang.cn, push API v3). Pure.

A fault of theirs has an unknown outcome: it is asked again with the same key.
"""

from collections.abc import Mapping
from typing import Final

from chalicelib.providers.model import Outcome, Reason, Result
from chalicelib.providers.verdicts import Verdict, Wait, by_status

_FAULT: Final = Verdict(Result.UNKNOWN, Reason.PROVIDER_FAULT)
_INVALID: Final = Verdict(Result.REFUSED, Reason.REQUEST_INVALID)

CODES: Final[Mapping[str, Verdict]] = {
    "1000": _FAULT,
    "1001": _INVALID,  # only POST
    "1002": _INVALID,  # something is missing
    "1003": _INVALID,
    "1004": Verdict(Result.MISCONFIGURED, Reason.CREDENTIALS_REFUSED),
    "1005": Verdict(Result.REFUSED, Reason.CONTENT_TOO_LARGE),
    "1008": Verdict(Result.MISCONFIGURED, Reason.CREDENTIALS_REFUSED),  # the app key is none
    "1010": Verdict(Result.REFUSED, Reason.CONTENT_REFUSED),
    "1011": Verdict(Result.UNREACHABLE, Reason.ADDRESS_GONE),  # no device of that kind: the app was removed
    "1012": _INVALID,
    "1020": _INVALID,  # only HTTPS
    "1030": _FAULT,
    "2002": Verdict(Result.LIMITED, Reason.ACCOUNT_LIMIT, Wait.MINUTE),
    "2003": Verdict(Result.MISCONFIGURED, Reason.CALLER_FORBIDDEN),
}


def outcome_of_code(code: str, status: int, now: int) -> Outcome:
    """What a refusal asks for; a code that nobody has met yet goes by the HTTP status it came with."""
    verdict = CODES.get(code)
    if verdict is not None:
        return verdict.outcome(code, now)
    found = by_status(status, now)
    return Outcome(found.kind, found.reason, until=found.until, raw_code=code or found.raw_code)
