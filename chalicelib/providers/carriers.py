"""Why a carrier did not deliver an SMS. There are hundreds of codes and no common list, so words in code and text decide. Pure."""

from typing import Final

from chalicelib.providers.model import Outcome, Reason, Result

_WORDS: Final = (
    (Reason.ADDRESS_BLOCKED, ("BLACK", "UNSUB", "MK:0029", "黑名单", "退订", "拒收", "免打扰")),
    (Reason.CONTENT_REFUSED, ("KEYWORD", "-106", "关键字", "关键词", "敏感")),
    (Reason.ADDRESS_INVALID, ("空号", "号码错误", "号码非法", "不存在", "NUMBER_ILLEGAL")),
    (Reason.ADDRESS_ABSENT, ("ABSENT", "EXPIRED", "NOT_ON_SERVICE", "002", "关机", "停机", "不在服务区", "不在线", "超时")),
)
"""The first that is met counts."""


def reason_of(code: str, text: str = "") -> Reason:
    """What a carrier's code and text say; PROVIDER_FAULT when they say nothing that is known."""
    said = f"{code.upper()} {text}"
    return next((reason for reason, words in _WORDS if any(_says(said, code, word) for word in words)), Reason.PROVIDER_FAULT)


def failed(code: str, text: str = "", provider_id: str = "") -> Outcome:
    """The outcome of a message that a carrier did not deliver."""
    reason = reason_of(code, text)
    kind = Result.REFUSED if reason is Reason.CONTENT_REFUSED else Result.UNREACHABLE
    return Outcome(kind, reason, provider_id, raw_code=code)


def _says(said: str, code: str, word: str) -> bool:
    """Numbers are codes as a whole; words may stand anywhere."""
    return code == word if word.lstrip("-").isdigit() else word in said
