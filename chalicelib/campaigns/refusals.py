"""Why no code or link is made: errors that whoever asked can act on. Pure."""

from typing import ClassVar

from chalicelib.errors import Conflict, DocumentInvalid, Fault, HuiliuError


class QuotaExhausted(HuiliuError):
    """The account has all the codes without an end that WeChat allows; temporary ones can still be made."""

    code: ClassVar[str] = "quota_exhausted"
    status: ClassVar[int] = 409


class KeyReused(Conflict):
    """The idempotency key was used for another code."""

    code: ClassVar[str] = "idempotency_key_reused"


class WechatRefused(HuiliuError):
    """WeChat does not make the code, and asking again will not change that before somebody mends the account."""

    code: ClassVar[str] = "wechat_refused"
    status: ClassVar[int] = 502


class WechatLimited(HuiliuError):
    """WeChat makes no more codes today."""

    code: ClassVar[str] = "wechat_limit_reached"
    status: ClassVar[int] = 429


class WechatBusy(HuiliuError):
    """WeChat does not answer now. The code is kept; asking for it again finishes it."""

    code: ClassVar[str] = "wechat_busy"
    status: ClassVar[int] = 503


class LinkUnknown(HuiliuError):
    """There is no such link, or its campaign has not begun."""

    code: ClassVar[str] = "link_unknown"
    status: ClassVar[int] = 404


class LinkOver(HuiliuError):
    """The link has ended, or what it leads to is no longer allowed."""

    code: ClassVar[str] = "link_over"
    status: ClassVar[int] = 410


def refused(path: str, code: str, detail: str) -> DocumentInvalid:
    """The error for one place in what was asked for."""
    return DocumentInvalid(detail, [Fault(path, code, detail)])
