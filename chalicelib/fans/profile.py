"""What WeChat knows of a fan as attributes of the person. Pure.

One attribute for each account, an object: `wechat:wx77aa00bb11cc22dd` with `subscribe_scene`, `subscribed_at`, `language`, `remark` and
`qr_scene`, so that accounts do not overwrite each other, and all that is known by one account goes at once when it has to.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from chalicelib.events.clock import rfc3339
from chalicelib.events.jsontext import canonical
from chalicelib.events.model import AttributeChange, Draft, Json, Kind, Operation
from chalicelib.events.wire import distinct
from chalicelib.fans.model import Fan, Told
from chalicelib.wechat.drafts import CHANNEL

READ: Final = "WechatProfileRead"
WITHDRAWN: Final = "WechatProfileWithdrawn"
_DIGEST_BYTES: Final = 16


def attribute_of(appid: str) -> str:
    """The attribute that holds what an account knows of a person."""
    return f"wechat:{appid}"


def digest(*parts: str) -> str:
    """A short hash of texts: 32 hexadecimal digits."""
    return hashlib.blake2b("\n".join(parts).encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).hexdigest()


def values_of(told: Told) -> Json:
    """The value of the attribute, without what is empty; {} for somebody who does not follow."""
    found = {
        "subscribe_scene": told.subscribe_scene,
        "subscribed_at": rfc3339(told.subscribed_at) if told.subscribed_at else "",
        "language": told.language,
        "remark": told.remark,
        "qr_scene": told.qr_scene,
    }
    return {name: value for name, value in found.items() if value} if told.following else {}


def content_of(fan: Fan, told: Told) -> str:
    """The hash of what there is to tell; "" for nothing. After consent was withdrawn there is nothing until the fan follows anew."""
    withdrawn = fan.withdrawn_at > told.subscribed_at
    values = {} if withdrawn else values_of(told)
    return digest(canonical(values), told.unionid) if values or told.unionid != fan.unionid else ""


def time_of(fan: Fan, at: int) -> int:
    """The time (ms) of the event that tells something new: never before that of the last one, which it replaces."""
    return max(at, fan.told_at + 1)


def draft_of(fan: Fan, told: Told, content: str, at: int) -> Draft:
    """The event that sets the attribute, and joins openid and unionid. `at` from `time_of`. The same again has the same id."""
    values = {} if fan.withdrawn_at > told.subscribed_at else values_of(told)
    attributes = (AttributeChange(Operation.SET, attribute_of(fan.appid), values),) if values else ()
    return _draft(fan.appid, told.openid, told.unionid, READ, content, at, attributes, values)


def withdrawn_draft(appid: str, openid: str, at: int) -> Draft:
    """The event that takes the attribute away."""
    gone = (AttributeChange(Operation.UNSET, attribute_of(appid)),)
    return _draft(appid, openid, "", WITHDRAWN, digest(appid, openid, str(at)), at, gone, {})


def _draft(
    appid: str,
    openid: str,
    unionid: str,
    name: str,
    content: str,
    at: int,
    attributes: tuple[AttributeChange, ...],
    raw: Mapping[str, Any],
) -> Draft:
    return Draft(
        index=0,
        kind=Kind.PROFILE,
        name=name,
        time=at,
        sent_at=None,
        id=f"profile:{digest(appid, openid, content)}",
        identity="",
        identifiers=distinct(((f"openid:{appid}", openid), ("unionid", unionid))),
        properties={},
        attributes=attributes,
        context={"channel": CHANNEL},
        raw=dict(raw),
    )
