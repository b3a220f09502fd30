"""WeChat's error numbers, what each means and what it asks for: the table behind `errors`. Pure.

Of an interface's fault and a person's, the table tells which; what to do about it is the caller's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

NO_ANSWER: Final = -1  # also for a time-out, a 5xx and an unreadable body: whether the call had its effect is unknown


class Remedy(StrEnum):
    """What the caller has to do."""

    NOTHING = "nothing"  # it worked, or what was to be done away with is not there
    ALREADY_DONE = "already_done"  # the platform has it: counts as done
    RETRY = "retry"  # again after a growing, random pause, a few times; only with a key of its own where twice would hurt
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - take the shared token, refresh it once if it is this one, call again once
    BACK_OFF = "back_off"  # a limit is reached: nothing more until it is over
    DROP = "drop"  # can never succeed as it is; others can
    UNREACHABLE = "unreachable"  # this person cannot be reached this way now
    FIX_CONFIGURATION = "fix_configuration"  # hits every call: stop, and tell the operator


class Wait(StrEnum):
    """When a limit is over."""

    SECONDS = "seconds"
    MINUTE = "minute"
    HOURS = "hours"
    DAY = "day"
    MONTH = "month"
    CONTACT = "contact"  # when the person writes, taps or scans again


_NOTHING: Final = {0: "done", 46003: "there is no menu"}
_ALREADY_DONE: Final = {
    40241: "the same message went to this person less than 60 s ago",
    45065: "a mass message with this clientmsgid exists",
    45081: "the typing sign is shown already",
}
_RETRY: Final = {NO_ANSWER: "the platform is busy, or gave no answer", 61450: "customer service has a fault"}
_REFRESH_TOKEN: Final = {
    40001: "the access token is not the newest one",
    40014: "the access token is malformed or another account's",
    42001: "the access token has expired",
}
_BACK_OFF: Final[Mapping[int, tuple[Wait, str]]] = {
    43108: (Wait.SECONDS, "too many messages to one person at once"),
    43117: (Wait.HOURS, "too many messages to this person"),
    45009: (Wait.DAY, "the day's calls of this interface are used up"),
    45011: (Wait.MINUTE, "too many calls in this minute"),
    45028: (Wait.DAY, "no mass messages are left"),
    45047: (Wait.CONTACT, "the messages of this conversation are used up"),
    45066: (Wait.MINUTE, "the same clientmsgid was sent less than a minute ago"),
    48006: (Wait.MONTH, "quotas were reset as often as a month allows"),
    89501: (Wait.HOURS, "the administrator has not confirmed an earlier call"),
}
_DROP: Final = {
    40007: "the media id is invalid or older than 3 days",
    40008: "the message type is unknown",
    40029: "the code is invalid or has expired",
    40030: "the refresh token is invalid",
    40031: "the list of openids is malformed",
    40032: "the list of openids is too long",
    40033: "the body escapes characters that have to be UTF-8",
    40035: "a parameter is invalid",
    40036: "the template id has the wrong length",
    40037: "the template id is not one of this account",
    40039: "the address is too long",
    40097: "an argument is invalid",
    40129: "the scene of a code is invalid",
    40132: "the WeChat name is invalid",
    40163: "the code was used already",
    40226: "the platform refuses this person's login",
    40246: "the template's keywords are missing or unknown",
    41008: "the code is missing",
    41028: "the form id has expired",
    41029: "the form id was used already",
    41030: "the page is not in the released mini program",
    42007: "the person withdrew the authorisation",
    44002: "the body is empty",
    44003: "the news message has no articles",
    44004: "the text is empty",
    45001: "the file is too large",
    45002: "the content is too long",
    45003: "the title is too long",
    45004: "the description is too long",
    45007: "the recording is too long",
    45008: "there are too many articles",
    45010: "there are too many menus",
    45029: "no codes of this sort are left",
    45048: "the account may not use a button of this type",
    45056: "the account has 100 tags",
    45057: "the tag has more than 100,000 fans",
    45058: "the platform's own tags cannot be changed",
    45059: "the person has 20 tags",
    45064: "the mini program is not linked to the account",
    45067: "the clientmsgid is too long",
    45072: "the typing command is unknown",
    45080: "nothing was written in the last 30 s",
    45083: "the speed must be 0 to 4",
    45157: "the tag's name is taken or not allowed",
    45158: "the tag's name is too long",
    45159: "the tag does not exist",
    45168: "the keyword is forbidden",
    46001: "the media does not exist",
    47001: "the body cannot be read",
    47003: "a field of the template breaks its rule",
    50001: "the person has not authorised this interface",
    61009: "the authorisation code is invalid",
    61451: "a parameter of customer service is invalid",
    61452: "the customer service account is invalid",
    65301: "the personalised menu does not exist",
    65303: "there is no default menu yet",
    65304: "the menu's rule is empty",
    65305: "there are too many personalised menus",
    65316: "the menu leads to more than three domains",
    65320: "the menu's rule names personal data",
    76003: "the path of the interface is malformed",
    76021: "the path of the interface is unknown",
    87009: "the signature is invalid",
    87014: "the content is forbidden",
    9001001: "the body is invalid",
}
_UNREACHABLE: Final = {
    40003: "the openid is not one of this account",
    43004: "the person does not follow the account",
    43005: "the person is no friend of the account",
    43019: "the person is on the account's blacklist",
    43101: "the person has not accepted this notice, or the acceptance is used up",
    45015: "the person has not written in time",
    46004: "the person does not exist",
    48002: "the person does not want messages of the account",
    50002: "the person's account is frozen or closed",
    50005: "the person does not follow the account",
    62751: "the person is on the blacklist",
}
_FIX_CONFIGURATION: Final = {
    40002: "the grant type is wrong",
    40013: "the AppID is wrong",
    40125: "the AppSecret is wrong",
    40164: "our address is not on the account's list",
    40243: "the AppSecret is frozen",
    41001: "the access token is missing",
    43002: "the call must be a POST",
    43003: "the call must use HTTPS",
    43104: "the account may not send such messages",
    43106: "the account may not add templates",
    43107: "the account's subscription notices are banned",
    43116: "the template is banned",
    45035: "our address is not registered",
    45087: "the account's customer service messages are blocked",
    45094: "the account may not send when a chat is entered",
    48001: "the account may not use this interface",
    48003: "the account has not accepted the terms of mass messages",
    48004: "this interface is banned for the account",
    48008: "the account may not send messages of this type",
    61003: "the account has not authorised this platform",
    61004: "our address is not registered",
    61007: "the authorisation does not cover this interface",
    61023: "the account has to authorise this platform anew",
    76022: "the token is another account's",
    85079: "the mini program has no released version",
    89503: "the administrator has to confirm our address",
    89506: "the administrator refused our address for a day",
    89507: "the administrator refused our address for an hour",
    200011: "the account may not use templates",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a number asks for, and what it means; `wait` is set for BACK_OFF alone. `known` is False when only a rule spoke."""

    number: int
    remedy: Remedy
    meaning: str
    wait: Wait | None = None
    known: bool = True


def _table() -> Mapping[int, Verdict]:
    plain = {
        Remedy.NOTHING: _NOTHING,
        Remedy.ALREADY_DONE: _ALREADY_DONE,
        Remedy.RETRY: _RETRY,
        Remedy.REFRESH_TOKEN: _REFRESH_TOKEN,
        Remedy.DROP: _DROP,
        Remedy.UNREACHABLE: _UNREACHABLE,
        Remedy.FIX_CONFIGURATION: _FIX_CONFIGURATION,
    }
    table = {number: Verdict(number, remedy, meaning) for remedy, part in plain.items() for number, meaning in part.items()}
    waits = {number: Verdict(number, Remedy.BACK_OFF, meaning, wait) for number, (wait, meaning) in _BACK_OFF.items()}
    return MappingProxyType(dict(sorted({**table, **waits}.items())))


VERDICTS: Final = _table()
"""Every number that is known, with what it asks for."""
