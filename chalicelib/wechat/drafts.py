"""Pushes of WeChat as records for ingest: whom they speak of, what they say, and an id that is the same under every retry. Pure."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from chalicelib.events.jsontext import canonical
from chalicelib.events.model import Draft, Json, Kind
from chalicelib.events.wire import Pair, distinct
from chalicelib.wechat.naming import NOTICES, UNKNOWN, named
from chalicelib.wechat.push import Push

CHANNEL: Final = "wechat"
ACCOUNT: Final = "wechat_account"  # namespace of the account itself, for news that are about no person
MAX_QUERY_FIELDS: Final = 20  # of a scene that is written like a query string
_ID_BYTES: Final = 16
_QR_PREFIX: Final = "qrscene_"
_FIRST: Final = "subscribe"
_OF_CODES: Final = frozenset({_FIRST, "scan"})  # the events whose key is what a code holds
_NO_SCENE: Final = "0"  # what a code shows that was asked for with its scene in the wrong place
_LEGACY_SCANS: Final = ("scanbarcode|", "scanimage|")  # barcodes of goods, which are no codes of the account
_PERSON_FIELDS: Final = ("OpenID", "OpenId", "openid")  # where the sender may be the platform
_UNIONID_FIELDS: Final = ("UnionId", "UnionID", "unionid")
_CREDENTIALS: Final = frozenset({"ComponentVerifyTicket", "AuthorizationCode", "AuthorizationCodeExpiredTime", "PreAuthCode"})

# The fields that rules ask for, under names without WeChat's spelling. WeChat's own stay beside them.
_PLAIN: Final = {
    "Content": "text",
    "EventKey": "key",
    "TemplateId": "template_id",
    "SubscribeStatusString": "status",
    "Status": "status",
    "ErrorStatus": "status",
    "CardId": "card_id",
    "UserCardCode": "card_code",
    "OrderId": "order_id",
    "OutTradeNo": "order_id",
    "SessionFrom": "session_from",
}

# Names of a scene's fields when it is written like a query string, and what they are in a campaign.
_CAMPAIGN: Final = {
    "utm_source": "source",
    "source": "source",
    "ch": "source",
    "utm_medium": "medium",
    "medium": "medium",
    "utm_campaign": "name",
    "campaign": "name",
    "cmp": "name",
    "utm_content": "content",
    "utm_term": "term",
}

# Fields that name what the push is about, for those whose key the platform tells; all others are told apart by all that they say.
_OWN_IDS: Final[Mapping[str, tuple[str, ...]]] = {
    "templatesendjobfinish": ("MsgID",),
    "masssendjobfinish": ("MsgID",),
    "publishjobfinish": ("PublishEventInfo.publish_id", "PublishEventInfo.publish_status"),
    "freepublishjobfinish": ("PublishEventInfo.publish_id", "PublishEventInfo.publish_status"),
    "wxa_media_check": ("trace_id",),
    "xpay_goods_deliver_notify": ("OutTradeNo",),
    "xpay_coin_pay_notify": ("OutTradeNo",),
}


def drafts_of(push: Push, appid: str, campaign: Json | None = None) -> tuple[Draft, ...]:
    """The records of a push: one, or one for each template of a subscription notice.

    `campaign` is what the scanned code stands for (see `scene_of`), if it is known; else the scene may tell it itself.
    """
    return tuple(_draft(index, push, appid, part, campaign) for index, part in enumerate(_parts(push)))


def scene_of(push: Push) -> str:
    """What the scanned code of the account holds, "" when none was: the prefix of a first follow is taken off once, for it may come
    again inside.
    """
    key = push.fields.get("EventKey", "")
    if not push.is_event or not isinstance(key, str):
        return ""
    if push.kind == _FIRST:
        key = key.removeprefix(_QR_PREFIX) if key.startswith(_QR_PREFIX) else ""
    elif push.kind not in _OF_CODES or key.startswith(_LEGACY_SCANS):
        return ""
    return "" if key == _NO_SCENE else key


def _parts(push: Push) -> Iterator[Json]:
    """The fields of each record."""
    listed = push.fields.get("List")
    if (
        push.is_event
        and push.kind in NOTICES.names
        and isinstance(listed, list)
        and all(isinstance(one, dict) for one in listed)
        and listed
    ):
        beside = {name: value for name, value in push.fields.items() if name != "List"}
        yield from ({**beside, **one} for one in listed)
    else:
        yield push.fields


def _draft(index: int, push: Push, appid: str, fields: Json, campaign: Json | None) -> Draft:
    what = named(push)
    fields = {name: value for name, value in fields.items() if name not in _CREDENTIALS}
    return Draft(
        index=index,
        kind=Kind.TRACK,
        name=what.name,
        time=push.created_at or None,
        sent_at=None,
        id=_id(push, appid, fields),
        identity="",
        identifiers=_persons(push, appid, fields) if what.of_person else ((ACCOUNT, appid),),
        properties=_properties(push, fields, what.name),
        attributes=(),
        context=_context(push, appid, campaign),
        raw=_raw(push, fields),
    )


def _id(push: Push, appid: str, fields: Json) -> str:
    """The same whenever the push is sent again, encrypted anew or in the other form, and different for two events of one second."""
    if push.message_id:
        return f"message:{push.message_id}"
    own = [value for path in _OWN_IDS.get(push.kind, ()) if (value := _at(fields, path))]
    if push.kind == "subscribe_msg_sent_event" and (sent := _at(fields, "MsgID")):
        own = [sent, _at(fields, "TemplateId")]
    said = own or [str(push.created_at), canonical(fields)]
    parts = [appid, push.openid, push.msg_type.lower(), push.event.lower(), *said]
    return hashlib.blake2b("\n".join(parts).encode("utf-8", "surrogatepass"), digest_size=_ID_BYTES).hexdigest()


def _at(fields: Json, path: str) -> str:
    """The text at a dotted path; "" when there is none."""
    value: Any = fields
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def _persons(push: Push, appid: str, fields: Json) -> tuple[Pair, ...]:
    told = [_at(fields, name) for name in (*_PERSON_FIELDS, "FollowNotify.user_openid")]
    openid = next((value for value in told if value), push.openid)
    return distinct(((f"openid:{appid}", openid), *(("unionid", _at(fields, name)) for name in _UNIONID_FIELDS)))


def _properties(push: Push, fields: Json, name: str) -> Json:
    plain = {ours: fields[theirs] for theirs, ours in _PLAIN.items() if isinstance(fields.get(theirs), str) and fields[theirs]}
    if push.is_event and push.kind in _OF_CODES:
        plain.pop("key", None)
        plain |= {"scene": scene} if (scene := scene_of(push)) else {}
    if name == UNKNOWN:
        plain |= {"msg_type": push.msg_type, "event": push.event}
    elif push.event and not push.is_event:
        plain["event"] = push.event  # of a device
    return {**plain, **fields}


def _context(push: Push, appid: str, campaign: Json | None) -> Json:
    context: Json = {"channel": CHANNEL, "app": {"id": appid}}
    if scene := scene_of(push):
        told = dict(parse_qsl(scene, max_num_fields=MAX_QUERY_FIELDS)) if _is_query(scene) else {}
        context |= {"scene": scene, "code": told.get("code", scene)}
        campaign = campaign or {ours: told[theirs] for theirs, ours in _CAMPAIGN.items() if told.get(theirs)}
    return context | ({"campaign": campaign} if campaign else {})


def _is_query(scene: str) -> bool:
    return "=" in scene and scene.count("&") < MAX_QUERY_FIELDS


def _raw(push: Push, fields: Json) -> Json:
    told = {
        "ToUserName": push.account,
        "FromUserName": push.openid,
        "CreateTime": str(push.created_at // 1000),
        "MsgType": push.msg_type,
        "Event": push.event,
        "MsgId": push.message_id,
    }
    return {**{name: value for name, value in told.items() if value}, **fields}
