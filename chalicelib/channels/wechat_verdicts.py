"""What WeChat's refusal of a message means for that message: the platform's numbers as Outcomes. Pure.

    outcome_of(error)      # 45047 -> UNREACHABLE, window_used_up: another channel may take it

`wechat.errors` says what a number asks of a caller; here is what it says of the message: whether this one, this person, or the whole
account can get nothing, and whether anything may have gone out. Reasons about fans are those that the policy refuses by as well.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from chalicelib.messages.policy.decisions import Reason as Refusal
from chalicelib.providers.model import Outcome, Reason, Result
from chalicelib.wechat.errors import Dropped, LimitReached, Misconfigured, TryAgain, Unreachable, WechatError


class OwnReason(StrEnum):
    """Reasons that only WeChat's channels have. The values are stable."""

    MASS_ALONE = "mass_alone"  # a mass message to one person: the platform takes lists of two and more
    MASS_UNLISTED = "mass_unlisted"  # the account may send mass messages to tags only, not to lists of people
    MASS_FULL = "mass_full"  # the fan has as many tags as the platform allows, so that no gathering's can be given
    MASS_TAGS_USED_UP = "mass_tags_used_up"  # the account has


Meaning = tuple[Result, str]

_OF_PERSONS: Final[Mapping[int, Meaning]] = {
    40003: (Result.UNREACHABLE, Reason.ADDRESS_INVALID),
    43004: (Result.UNREACHABLE, Refusal.NOT_FOLLOWING),
    43005: (Result.UNREACHABLE, Refusal.NOT_FOLLOWING),
    43019: (Result.UNREACHABLE, Reason.ADDRESS_BLOCKED),
    43101: (Result.UNREACHABLE, Refusal.NO_PERMISSION),
    43108: (Result.LIMITED, Reason.ADDRESS_LIMIT),
    43117: (Result.LIMITED, Reason.ADDRESS_LIMIT),
    45015: (Result.UNREACHABLE, Refusal.WINDOW_CLOSED),
    45047: (Result.UNREACHABLE, Refusal.WINDOW_USED_UP),
    46004: (Result.UNREACHABLE, Reason.ADDRESS_INVALID),
    48002: (Result.UNREACHABLE, Reason.ADDRESS_BLOCKED),
    50002: (Result.UNREACHABLE, Reason.ADDRESS_GONE),
    50005: (Result.UNREACHABLE, Refusal.NOT_FOLLOWING),
    62751: (Result.UNREACHABLE, Reason.ADDRESS_BLOCKED),
}

# Of one message, or of the messages of one template: others of the account go on, so nothing here may pause it.
_TOO_LARGE: Final = (40039, 45001, 45002, 45003, 45004, 45007, 45008)
_MISMATCHED: Final = (40246, 47003)
_TEMPLATE_UNKNOWN: Final = (40036, 40037)
_NONSENSE: Final = (40031, 40032, 40035, 40097, 44002, 45067, 45159, 47001)  # we asked for what cannot be
_OF_MESSAGES: Final[Mapping[int, Meaning]] = {
    43116: (Result.REFUSED, Refusal.TEMPLATE_BLOCKED),
    48008: (Result.REFUSED, Reason.PERMISSION_MISSING),
    45066: (Result.UNKNOWN, Reason.PROVIDER_SILENT),  # an earlier call with this key came to something that nobody has told us
    **dict.fromkeys(_TOO_LARGE, (Result.REFUSED, Reason.CONTENT_TOO_LARGE)),
    **dict.fromkeys(_MISMATCHED, (Result.REFUSED, Reason.CONTENT_MISMATCH)),
    **dict.fromkeys(_TEMPLATE_UNKNOWN, (Result.REFUSED, Reason.TEMPLATE_UNAPPROVED)),
    **dict.fromkeys(_NONSENSE, (Result.REFUSED, Reason.REQUEST_INVALID)),
}

_SECRET: Final = (40001, 40002, 40013, 40014, 40125, 40243, 41001, 42001, 76022)
_CALLER: Final = (40164, 45035, 61004, 89503, 89506, 89507)
_SECRET_MISSING: Final = 41004
_OF_ACCOUNTS: Final[Mapping[int, Meaning]] = {
    _SECRET_MISSING: (Result.MISCONFIGURED, Reason.CREDENTIALS_MISSING),
    **dict.fromkeys(_SECRET, (Result.MISCONFIGURED, Reason.CREDENTIALS_REFUSED)),
    **dict.fromkeys(_CALLER, (Result.MISCONFIGURED, Reason.CALLER_FORBIDDEN)),
}
_KNOWN: Final = {**_OF_PERSONS, **_OF_MESSAGES, **_OF_ACCOUNTS}


def outcome_of(error: WechatError) -> Outcome:
    """What a call for a message came to that raised this. The platform's number is its `raw_code`."""
    until = error.until if isinstance(error, LimitReached) else None
    result, reason = _KNOWN.get(error.number) or _by_kind(error)
    return Outcome(result, reason, until=until, raw_code=str(error.number))


def _by_kind(error: WechatError) -> Meaning:
    if isinstance(error, TryAgain) and not error.sent_maybe:
        return Result.RETRY, Reason.PROVIDER_AWAY
    if isinstance(error, Dropped) and not error.verdict.known:
        return Result.REFUSED, Reason.REQUEST_INVALID
    return _BY_KIND[type(error)]


_BY_KIND: Final[Mapping[type[WechatError], Meaning]] = {
    TryAgain: (Result.UNKNOWN, Reason.PROVIDER_SILENT),
    LimitReached: (Result.LIMITED, Reason.ACCOUNT_LIMIT),
    Unreachable: (Result.UNREACHABLE, Reason.ADDRESS_ABSENT),
    Misconfigured: (Result.MISCONFIGURED, Reason.PERMISSION_MISSING),
    Dropped: (Result.REFUSED, Reason.CONTENT_REFUSED),
}


_ADVERT: Final = range(10_000, 30_000)  # adverts, politics, fraud, copyright: what the platform's readers object to
_ORIGINAL: Final = range(30_000, 40_000)  # the check of whose article it is
_MASS_REFUSED: Final = 40_001
_MASS_UNCONFIRMED: Final = 40_002
MASS_SENT: Final = frozenset({"send success", "sendsuccess"})


def mass_fate(status: str) -> Meaning | None:
    """Why a whole mass message failed, by the status of its job: `send fail`, or `err(20001)`. None when it went out."""
    told = status.strip().lower()
    if told in MASS_SENT:
        return None
    digits = told.removeprefix("err(").removesuffix(")")
    number = int(digits) if told.startswith("err(") and digits.isascii() and digits.isdigit() else 0
    if number in _ADVERT or number in _ORIGINAL:
        return Result.REFUSED, Reason.CONTENT_REFUSED
    if number in (_MASS_REFUSED, _MASS_UNCONFIRMED):
        return Result.REFUSED, Reason.PERMISSION_MISSING  # the administrator said no, or nothing for half an hour
    return Result.REFUSED, Reason.PROVIDER_FAULT
