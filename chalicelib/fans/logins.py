"""Logins through WeChat as events: who it is, and which anonymous visitor that was. Pure.

The platform vouches for openid, unionid and phone. Of what the client adds only ids of a device are taken: a write key is public, and
whoever could add more would be anybody.
"""

import re
from enum import StrEnum
from typing import Final

from chalicelib.events.model import Draft, Kind
from chalicelib.events.wire import Pair, distinct
from chalicelib.fans.profile import digest
from chalicelib.wechat.drafts import CHANNEL

_CODE: Final = re.compile(r"[A-Za-z0-9_\-.|]{1,512}")
_APPID: Final = re.compile(r"[A-Za-z0-9_\-.]{1,64}")
_CHINA: Final = "86"
_SHOWN_AT_START: Final = 3  # digits of a masked phone number
_SHOWN_AT_END: Final = 4


class Login(StrEnum):
    """How somebody became known; the values are the events' names."""

    MINI = "WechatMiniLoggedIn"  # opened a mini program
    WEB = "WechatWebLoggedIn"  # opened a web page inside WeChat
    PHONE = "WechatPhoneGiven"  # agreed to tell the phone number


def can_be_code(text: str) -> bool:
    """Whether the platform may have made the code; what cannot be one is not worth a call."""
    return _CODE.fullmatch(text) is not None


def can_be_appid(text: str) -> bool:
    """Whether it may be the appid of an account."""
    return _APPID.fullmatch(text) is not None


def draft_of(login: Login, appid: str, code: str, identifiers: tuple[Pair, ...], at: int) -> Draft:
    """The event that joins the identifiers. A code works once, so it is the event's id. `at` is epoch ms."""
    return Draft(
        index=0,
        kind=Kind.LINK,
        name=login.value,
        time=at,
        sent_at=None,
        id=f"login:{digest(appid, code)}",
        identity="",
        identifiers=distinct(identifiers),
        properties={"appid": appid},
        attributes=(),
        context={"channel": CHANNEL},
        raw={"login": login.value, "identifiers": [list(pair) for pair in identifiers]},
        verified=frozenset({"mobile"}) if login is Login.PHONE else None,
    )


def mobile_of(country: str, plain: str, number: str) -> str:
    """The phone number as an identifier: without the country's code if it is China's."""
    if not country or country == _CHINA:
        return plain or number
    return f"+{country}{plain}"


def masked(mobile: str) -> str:
    """The phone number as it may be shown: `139****5678`."""
    hidden = max(len(mobile) - _SHOWN_AT_START - _SHOWN_AT_END, 0)
    return f"{mobile[:_SHOWN_AT_START]}{'*' * hidden}{mobile[-_SHOWN_AT_END:]}" if hidden else "*" * len(mobile)
