"""wechatpy and WeRoBot behind one shape, and what each of them is known to do differently, as data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import xmltodict
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.messages import UnknownMessage
from wechatpy.utils import WeChatSigner
from werobot.crypto import MessageCrypt
from werobot.messages.events import UnknownEvent
from werobot.messages.messages import UnknownMessage as UnknownToWerobot
from werobot.parser import parse_user_msg
from werobot.utils import get_signature

from tests.oracles.pushes import Tree
from tests.unit.wechat.samples import APPID, ENCODING_KEY, TOKEN


@dataclass(frozen=True, slots=True)
class Oracle:
    """Somebody else's implementation. `sealed` makes the body of an encrypted push or answer of a message, a time and a nonce; `opened`
    reads the body that comes with a signature, a time and a nonce; `signed` signs texts; `read` makes of a push what the library hands
    to its programs, or None when it knows no type for it.
    """

    sealed: Callable[[str, str, str], str]
    opened: Callable[[str, str, str, str], str]
    signed: Callable[..., str]
    read: Callable[[str], Any]


def _signed_by_wechatpy(*parts: str) -> str:
    signer = WeChatSigner()
    signer.add_data(*parts)
    return str(signer.signature)


def _read_by_wechatpy(xml: str) -> Any:
    found = parse_message(xml)
    return None if isinstance(found, UnknownMessage) else found


def _read_by_werobot(xml: str) -> Any:
    found = parse_user_msg(xml)
    return None if isinstance(found, UnknownEvent | UnknownToWerobot) else found


def tree(xml: str) -> Tree:
    """XML as both of them read it, by xmltodict; None stands there for an empty text."""
    found: Tree = _texts(xmltodict.parse(xml)["xml"])
    return found


def _texts(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _texts(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_texts(one) for one in value]
    return "" if value is None else value


def wechatpy(appid: str = APPID, encoding_key: str = ENCODING_KEY, token: str = TOKEN) -> Oracle:
    """The library wechatpy with the secrets of an account."""
    crypto = WeChatCrypto(token, encoding_key, appid)
    return Oracle(
        sealed=lambda message, at, nonce: str(crypto.encrypt_message(message, nonce, at)),
        opened=lambda body, signature, at, nonce: str(crypto.decrypt_message(body, signature, at, nonce)),
        signed=_signed_by_wechatpy,
        read=_read_by_wechatpy,
    )


def werobot(appid: str = APPID, encoding_key: str = ENCODING_KEY, token: str = TOKEN) -> Oracle:
    """WeRoBot with the secrets of an account; its crypto takes the encrypted text without the XML around it, and opens to bytes."""
    crypto = MessageCrypt(token, encoding_key, appid)

    def opened(body: str, signature: str, at: str, nonce: str) -> str:
        message: bytes = crypto.decrypt_message(at, nonce, signature, tree(body)["Encrypt"])
        return message.decode()

    return Oracle(
        sealed=lambda message, at, nonce: str(crypto.encrypt_message(message, at, nonce)),
        opened=opened,
        signed=lambda *parts: str(get_signature(*parts)),
        read=_read_by_werobot,
    )


ORACLES: Final = {"wechatpy": wechatpy(), "werobot": werobot()}

# ---- what they are known to do differently ----

_NEW: Final = frozenset(
    {
        *("hologram", "hologram_waved", "PUBLISHJOBFINISH", "FREEPUBLISHJOBFINISH"),
        *("subscribe_msg_popup_event", "subscribe_msg_change_event", "subscribe_msg_sent_event"),
        *("giftcard_pay_done", "giftcard_send_to_friend", "giftcard_user_accept", "card_merchant_check_result"),
        *("guide_qrcode_scan_event", "user_info_modified", "user_authorization_revoke", "user_authorization_cancellation"),
        *("cloud_invoice_invoiceresult_event", "xpay_goods_deliver_notify", "xpay_coin_pay_notify", "xpay_refund_notify"),
        *("open_product_order_pay", "wxalive_follow_notify", "wxalive_push_message_notify", "add_nearby_poi_audit_info"),
        *("weapp_audit_success", "weapp_audit_fail", "weapp_audit_delay", "wxa_nickname_audit", "wxa_category_audit"),
        *("wxa_illegal_record", "wxa_appeal_record", "wxa_privacy_apply", "wx_verify_pay_succ", "wx_verify_dispatch"),
        *("charge_service_quota_notify", "wxa_comment_bad_score", "add_express_path", "trade_manage_remind_access_api"),
        *("trade_manage_remind_shipping", "trade_manage_order_settlement", "debug_demo"),
    }
)
UNTYPED: Final[Mapping[str, frozenset[str]]] = {
    "wechatpy": _NEW,
    "werobot": _NEW
    | {
        *("miniprogrampage", "device_event", "device_text", "device_status", "view_miniprogram", "MASSSENDJOBFINISH"),
        *("kf_create_session", "kf_close_session", "kf_switch_session", "user_enter_tempsession", "WifiConnected"),
        *("ShakearoundUserShake", "merchant_order", "user_authorize_invoice", "submit_invoice_title", "update_invoice_status"),
        *("qualification_verify_success", "qualification_verify_fail", "naming_verify_success", "naming_verify_fail"),
        *("annual_renew", "verify_expired", "poi_check_notify", "wxa_media_check"),
    },
}
"""Kinds that they know no type for."""

_NO_TYPE_AT_ALL: Final = dict.fromkeys(("component_verify_ticket", "authorized", "updateauthorized", "unauthorized"), KeyError)
BREAKS: Final[Mapping[str, Mapping[str, type[Exception]]]] = {
    "wechatpy": _NO_TYPE_AT_ALL,
    "werobot": {**_NO_TYPE_AT_ALL, "pic_weixin-3": TypeError},
}
"""Samples that they fail on: a push without MsgType, and pictures in several lists."""

RENAMED_BY_WECHATPY: Final = "subscribe_scan"
"""It calls a follow by code so, and takes `qrscene_` off the key."""

LEFT_OUT: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("werobot", "music"): frozenset({"Music.ThumbMediaId"}),
    ("wechatpy", "transfer_customer_service"): frozenset({"TransInfo"}),
}
"""What their replies of a type lack."""

ADDED: Final[Mapping[tuple[str, str], frozenset[str]]] = {("werobot", "news"): frozenset({"Content"})}
"""What theirs have beside ours; without any text in it."""
