"""Handing a code to the platform, for what it stands for: what may be asked, and what its refusals are to whoever asked."""

from collections.abc import Callable
from typing import Final, TypeVar

from chalicelib.errors import BadRequest, HuiliuError
from chalicelib.fans.guessing import Guesses
from chalicelib.fans.logins import can_be_code
from chalicelib.wechat.errors import Dropped, LimitReached, Misconfigured, WechatError

Found = TypeVar("Found")

_guesses: Final = Guesses()


class CodeRefused(BadRequest):
    """WeChat does not accept the code: codes work once, for five minutes, in the account that they were made for."""

    code = "wechat_code_refused"


class WechatBusy(HuiliuError):
    """WeChat does not answer at the moment. Ask for a new code and try again."""

    code = "wechat_busy"
    status = 503


class WechatLimited(HuiliuError):
    """WeChat, or we for its sake, take no more codes for a while."""

    code = "wechat_limit_reached"
    status = 429


class WechatRefused(HuiliuError):
    """WeChat refuses because of how the account or its secret is set up."""

    code = "wechat_refused"
    status = 502


def asked(code: str, address: str, now: int, ask: Callable[[], Found]) -> Found:
    """What the platform answers to a code that came from an address. `now` is epoch ms.

    Raises CodeRefused, WechatBusy, WechatLimited, WechatRefused.
    """
    if not can_be_code(code):
        raise CodeRefused("this cannot be a code of WeChat")
    if _guesses.are_too_many(address, now):
        raise WechatLimited("too many codes from this address were refused; wait a minute")
    try:
        return ask()
    except Dropped as refused:
        _guesses.note(address, now)
        raise CodeRefused(f"WeChat does not accept the code: {refused.verdict.meaning}") from refused
    except Misconfigured as refused:
        raise WechatRefused(f"WeChat refuses the account's calls: {refused.verdict.meaning}") from refused
    except LimitReached as reached:
        raise WechatLimited("WeChat takes no more codes now; try again in a minute") from reached
    except WechatError as later:
        raise WechatBusy("WeChat does not answer now; ask for a new code and try again") from later


def forget() -> None:
    """Forgets who tried codes out."""
    _guesses.clear()
