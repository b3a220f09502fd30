"""What WeChat's pushes tell of messages: one was delivered, or blocked by the fan; a mass message is through; a fan has left. Pure.

Most pushes tell nothing of them.
"""

from collections.abc import Iterator
from typing import Any, Final

from chalicelib.dispatch.news import Followup, Job, Left, Receipt
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Fate, Reason
from chalicelib.wechat.push import Push

_DELIVERED: Final = "success"
_BLOCKED: Final = "block"  # `failed:user block`; anything else is `failed: system failed`
_TAKEN: Final = "0"
# What a notice that was not delivered says: `ErrorCode`, as the interface would have. Others are counted as the platform's own fault.
_NOTICE_REASONS: Final = {"43101": Reason.ADDRESS_BLOCKED, "43107": Reason.ADDRESS_BLOCKED}


def of_push(push: Push, appid: str, now: int) -> tuple[Followup, ...]:
    """What a push of an account tells of messages; one that does not tell its time is of `now` (ms)."""
    if not push.is_event:
        return ()
    at = push.created_at or now
    match push.kind:
        case "templatesendjobfinish":
            return _of_template(push, appid, at)
        case "subscribe_msg_sent_event":
            return tuple(_of_notices(push, appid, at))
        case "masssendjobfinish":
            return (Job(appid, push.fields, at),)
        case "unsubscribe" if push.openid:
            return (Left(appid, push.openid, at),)
    return ()


def _of_template(push: Push, appid: str, at: int) -> tuple[Followup, ...]:
    number, status = _text(push.fields.get("MsgID")) or push.message_id, _text(push.fields.get("Status"))
    if not number:
        return ()
    delivered = status.lower() == _DELIVERED
    blocked = Reason.ADDRESS_BLOCKED if _BLOCKED in status.lower() else Reason.PROVIDER_FAULT
    reason = Reason.NONE if delivered else blocked
    return (_receipt(ChannelName.TEMPLATE, push, appid, at, number, reason, status),)


def _of_notices(push: Push, appid: str, at: int) -> Iterator[Followup]:
    """One receipt for each template that the push names."""
    listed = push.fields.get("List")
    for one in listed if isinstance(listed, list) else ():
        number = _text(one.get("MsgID")) if isinstance(one, dict) else ""
        if number:
            code = _text(one.get("ErrorCode"))
            reason = Reason.NONE if code == _TAKEN else _NOTICE_REASONS.get(code, Reason.PROVIDER_FAULT)
            yield _receipt(ChannelName.SUBSCRIBE, push, appid, at, number, reason, code)


def _receipt(channel: ChannelName, push: Push, appid: str, at: int, number: str, reason: Reason, said: str) -> Receipt:
    fate = Fate.FAILED if reason else Fate.DELIVERED
    return Receipt(channel, appid, fate, at, reference=number, address=push.openid, reason=reason.value, raw_code=said)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
