"""Reads what a callback address answered to a push, and says as the platform would whether it counts and what the fan is shown. Pure.

Reads XML and opens replies by itself, with the standard library and the cipher only: whoever wrote the answer is to be checked here.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from chalicelib.wechat import cipher
from chalicelib.wechat.refused import PushRefused
from chalicelib.wechat.signature import is_signed
from infra.local_wechat.answer_trees import named, tree_of
from infra.local_wechat.envelopes import Destination
from infra.local_wechat.payloads import Push, Tree
from infra.local_wechat.reply_checks import Knows, check_reply
from infra.local_wechat.state import Mode
from infra.local_wechat.unanswered import Fault, Unanswered

SUCCESS: Final = "success"
OK: Final = 200
_WAITED_FOR: Final = frozenset({"subscribe", "scan", "click", "scancode_waitmsg", "location"})
_PAID: Final = "xpay_"  # events that count as taken when a code says so
_SEALED_NAMES: Final = ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")


class Verdict(StrEnum):
    """What an answer comes to."""

    ACKNOWLEDGED = "acknowledged"
    REPLIED = "replied"
    IGNORED = "ignored"  # a good reply to a push that takes none
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Response:
    """What came back over HTTP."""

    status: int
    body: bytes = b""
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer comes to; `reply` is its tree where there is one, `fault` and `detail` say what is wrong with it."""

    verdict: Verdict
    reply: Tree = field(default_factory=dict)
    fault: Fault | None = None
    detail: str = ""


def read(response: Response, to: Destination, push: Push, knows_media: Knows = lambda _: True) -> Answer:
    """The platform's view of a response to a push. `knows_media` says whether the account has uploaded something of that id."""
    try:
        return _read(response, to, push, knows_media)
    except Unanswered as failed:
        return Answer(Verdict.FAILED, fault=failed.fault, detail=failed.detail)


def takes_reply(push: Push, to: Destination) -> bool:
    """Whether the fan waits for something: at messages and a few events. Only then a failure is shown to them."""
    payload = push.payload
    return not payload.event or (payload.event.lower() in _WAITED_FOR and not to.mini)


def _read(response: Response, to: Destination, push: Push, knows_media: Knows) -> Answer:
    text = _text(response)
    paid = push.payload.event.startswith(_PAID)
    if text in {"", SUCCESS} and not paid:
        return Answer(Verdict.ACKNOWLEDGED)
    tree = _opened(text, to)
    if paid:
        _check_code(tree)
        return Answer(Verdict.ACKNOWLEDGED)
    check_reply(tree, to, push, knows_media)
    return Answer(Verdict.REPLIED if takes_reply(push, to) else Verdict.IGNORED, tree)


def _text(response: Response) -> str:
    if response.status != OK:
        raise Unanswered(Fault.STATUS, f"HTTP status {response.status}")
    try:
        return response.body.decode("utf-8")
    except UnicodeDecodeError as broken:
        raise Unanswered(Fault.UNREADABLE, "the answer is not UTF-8") from broken


def _opened(text: str, to: Destination) -> Tree:
    """The reply, decrypted where the mode asks for it; compatible mode takes both."""
    outer = tree_of(text, to.form)
    sealed = "Encrypt" in outer
    if to.mode is Mode.PLAIN or (to.mode is Mode.COMPATIBLE and not sealed):
        return outer
    if not sealed:
        raise Unanswered(Fault.NOT_ENCRYPTED, "the account is in safe mode, and the reply is not encrypted")
    encrypt, signature, timestamp, nonce = (named(outer, name) for name in _SEALED_NAMES)
    if not is_signed(signature, to.token, timestamp, nonce, encrypt):
        raise Unanswered(Fault.SIGNATURE_WRONG, "MsgSignature is not the one of token, TimeStamp, Nonce and Encrypt")
    try:
        message, _ = cipher.unseal_with_any(to.keys, encrypt, to.appid)
    except PushRefused as refused:
        raise Unanswered(Fault.UNDECRYPTABLE, refused.detail) from refused
    return tree_of(message.decode("utf-8", "replace"), to.form)


def _check_code(tree: Tree) -> None:
    if str(tree.get("ErrCode")) != "0":
        raise Unanswered(Fault.CODE_MISSING, "a payment must be answered with ErrCode 0")
