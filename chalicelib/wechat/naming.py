"""How each push of WeChat is called as an event, and whether a person or the account is spoken of. Pure.

The names are part of the contract: rules, journeys and reports are written against them. Kinds that are in no group become
`WechatEvent` of the sender, with everything they say: the platform brings new ones every year.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from chalicelib.wechat.push import Push

UNKNOWN: Final = "WechatEvent"  # the event of a kind that is in no group


@dataclass(frozen=True, slots=True)
class Group:
    """Kinds that belong together: by kind in lower case the name of the event. `of_person` is False where the platform speaks to
    the account: then the sender is the platform itself, and nobody must be made of it.
    """

    about: str
    names: Mapping[str, str]
    of_person: bool = True


MESSAGES: Final = Group(
    "What a fan writes or sends to the account; a mini program's visitors send text, pictures and cards only.",
    {
        "text": "WechatTextSent",
        "image": "WechatImageSent",
        "voice": "WechatVoiceSent",
        "video": "WechatVideoSent",
        "shortvideo": "WechatShortVideoSent",
        "location": "WechatLocationSent",
        "link": "WechatLinkSent",
        "miniprogrampage": "WechatMiniProgramCardSent",
    },
)
"""Message types, not events: an event `location` is something else."""

DEVICES: Final = Group(
    "Messages of devices that are bound to a fan (legacy).",
    {"device_event": "WechatDeviceChanged", "device_text": "WechatDeviceTextSent", "device_status": "WechatDeviceStatusTold"},
)
"""Message types of their own, with an `Event` inside that has nothing to do with other events."""

RELATION: Final = Group(
    "Fans come, go, scan a code of the account while they are fans, and tell where they are.",
    {
        "subscribe": "WechatSubscribed",
        "unsubscribe": "WechatUnsubscribed",
        "scan": "WechatScanned",
        "location": "WechatLocationReported",
    },
)
"""Whoever scans a code without being a fan subscribes; the code is on that event then."""

MENU: Final = Group(
    "Taps on the account's menu, by type of the button.",
    {
        "click": "WechatMenuClicked",
        "view": "WechatMenuLinkOpened",
        "view_miniprogram": "WechatMenuMiniProgramOpened",
        "scancode_push": "WechatMenuCodeScanned",
        "scancode_waitmsg": "WechatMenuCodeScannedForReply",
        "pic_sysphoto": "WechatMenuPhotoTaken",
        "pic_photo_or_album": "WechatMenuPhotoSent",
        "pic_weixin": "WechatMenuAlbumSent",
        "location_select": "WechatMenuLocationSent",
    },
)
"""`EventKey` is the button's key, or the link or page that it opens."""

DELIVERIES: Final = Group(
    "What became of a template message to a fan.",
    {"templatesendjobfinish": "WechatTemplateFinished"},
)
"""`Status` is `success` or begins with `failed`."""

JOBS: Final = Group(
    "What became of a job of the account: a mass message, a publication.",
    {
        "masssendjobfinish": "WechatMassFinished",
        "publishjobfinish": "WechatPublicationFinished",
        "freepublishjobfinish": "WechatPublicationFinished",
    },
    of_person=False,
)
"""The sender is the platform's own assistant for mass messages."""

NOTICES: Final = Group(
    "Subscription notices: what was accepted or refused in a dialog or in the settings, and what became of one that was sent.",
    {
        "subscribe_msg_popup_event": "WechatNoticeAnswered",
        "subscribe_msg_change_event": "WechatNoticeChanged",
        "subscribe_msg_sent_event": "WechatNoticeSent",
    },
)
"""One push speaks of several templates; each becomes an event of its own."""

CARDS: Final = Group(
    "What a person does with coupons and member cards.",
    {
        "user_get_card": "WechatCardClaimed",
        "user_gifting_card": "WechatCardGiven",
        "user_del_card": "WechatCardDeleted",
        "user_consume_card": "WechatCardRedeemed",
        "user_pay_from_pay_cell": "WechatCardPaid",
        "user_view_card": "WechatCardViewed",
        "user_enter_session_from_card": "WechatCardChatEntered",
        "update_member_card": "WechatMemberCardUpdated",
        "submit_membercard_user_info": "WechatMemberCardActivated",
        "giftcard_pay_done": "WechatGiftCardBought",
        "giftcard_send_to_friend": "WechatGiftCardGiven",
        "giftcard_user_accept": "WechatGiftCardAccepted",
    },
)
"""`user_get_card` is the one push that tells a unionid."""

CARD_NEWS: Final = Group(
    "News about the account's cards: checked, running out, paid for.",
    {
        "card_pass_check": "WechatCardApproved",
        "card_not_pass_check": "WechatCardRejected",
        "card_sku_remind": "WechatCardStockLow",
        "card_pay_order": "WechatCardOrderChanged",
        "card_merchant_check_result": "WechatCardMerchantChecked",
    },
    of_person=False,
)
"""The sender is the platform."""

SERVICE: Final = Group(
    "Conversations with the people who serve customers.",
    {
        "kf_create_session": "WechatServiceOpened",
        "kf_close_session": "WechatServiceClosed",
        "kf_switch_session": "WechatServiceHandedOver",
        "user_enter_tempsession": "WechatServiceEntered",
        "guide_qrcode_scan_event": "WechatGuideScanned",
    },
)
"""`user_enter_tempsession` is a mini program's; it opens a window of one minute for two messages."""

PLACES: Final = Group(
    "Shops, shelves and devices near a person (mostly legacy).",
    {
        "wificonnected": "WechatWifiConnected",
        "shakearoundusershake": "WechatShaken",
        "merchant_order": "WechatShopOrdered",
        "user_scan_product": "WechatProductScanned",
        "user_scan_product_enter_session": "WechatProductChatEntered",
        "user_scan_product_async": "WechatProductLoaded",
        "user_scan_product_verify_action": "WechatProductVerified",
    },
)
"""Kept since accounts that have them still get them."""

PRIVACY: Final = Group(
    "What a person withdraws, and data that the platform cleaned: stored copies must go.",
    {
        "user_info_modified": "WechatProfileCleaned",
        "user_authorization_revoke": "WechatConsentRevoked",
        "user_authorization_cancellation": "WechatAccountClosed",
    },
)
"""The person is in `OpenID`; the sender may be the platform."""

INVOICES: Final = Group(
    "Invoices that a person asks for or takes.",
    {
        "user_authorize_invoice": "WechatInvoiceAuthorized",
        "submit_invoice_title": "WechatInvoiceTitleSent",
        "update_invoice_status": "WechatInvoiceChanged",
        "cloud_invoice_invoiceresult_event": "WechatInvoiceIssued",
    },
)
"""Field names are partly those of the tax office."""

PURCHASES: Final = Group(
    "What a person pays for inside a mini program; money is in fen.",
    {
        "xpay_goods_deliver_notify": "WechatGoodsPaid",
        "xpay_coin_pay_notify": "WechatCoinsPaid",
        "xpay_refund_notify": "WechatPaymentRefunded",
        "open_product_order_pay": "WechatOrderPaid",
        "wxalive_follow_notify": "WechatLiveFollowed",
    },
)
"""Those that begin with `xpay` want an acknowledgement of their own."""

ACCOUNT_NEWS: Final = Group(
    "News about the account: certification, shops, and what the platform checked in a mini program.",
    {
        "qualification_verify_success": "WechatQualificationVerified",
        "qualification_verify_fail": "WechatQualificationFailed",
        "naming_verify_success": "WechatNamingVerified",
        "naming_verify_fail": "WechatNamingFailed",
        "annual_renew": "WechatRenewalDue",
        "verify_expired": "WechatVerificationExpired",
        "poi_check_notify": "WechatShopChecked",
        "add_nearby_poi_audit_info": "WechatNearbyShopChecked",
        "wxa_media_check": "WechatMediaChecked",
        "weapp_audit_success": "WechatReleaseApproved",
        "weapp_audit_fail": "WechatReleaseRejected",
        "weapp_audit_delay": "WechatReleaseDelayed",
        "wxa_nickname_audit": "WechatNicknameChecked",
        "wxa_category_audit": "WechatCategoryChecked",
        "wxa_illegal_record": "WechatViolationRecorded",
        "wxa_appeal_record": "WechatAppealRecorded",
        "wxa_privacy_apply": "WechatPrivacyApiChecked",
        "wx_verify_pay_succ": "WechatVerificationPaid",
        "wx_verify_dispatch": "WechatVerificationDispatched",
        "charge_service_quota_notify": "WechatPaidQuotaLow",
        "wxa_comment_bad_score": "WechatBadReviewLeft",
        "wxalive_push_message_notify": "WechatLiveNoticeSent",
    },
    of_person=False,
)
"""The sender is the platform."""

TRADE_NEWS: Final = Group(
    "News about a mini program's orders: parcels, shipping that is due, settlement.",
    {
        "add_express_path": "WechatParcelMoved",
        "trade_manage_remind_access_api": "WechatShippingApiDue",
        "trade_manage_remind_shipping": "WechatShippingDue",
        "trade_manage_order_settlement": "WechatOrderSettled",
    },
    of_person=False,
)
"""They name orders, not persons."""

PLATFORM: Final = Group(
    "Authorisations of accounts to an operator of a third-party platform, and the monthly ticket of that platform.",
    {
        "component_verify_ticket": "WechatTicketReceived",
        "authorized": "WechatAuthorized",
        "updateauthorized": "WechatAuthorizationUpdated",
        "unauthorized": "WechatAuthorizationWithdrawn",
    },
    of_person=False,
)
"""They come as `InfoType` and hold credentials, which never become part of an event."""

TEST: Final = Group("The trial push of the platform's console.", {"debug_demo": "WechatDebugReceived"})
"""Sent by the person who tries the address out."""

OF_MESSAGES: Final = (MESSAGES, DEVICES)
OF_EVENTS: Final = (
    *(RELATION, MENU, DELIVERIES, JOBS, NOTICES, CARDS, CARD_NEWS, SERVICE, PLACES, PRIVACY, INVOICES, PURCHASES),
    *(ACCOUNT_NEWS, TRADE_NEWS, PLATFORM, TEST),
)


@dataclass(frozen=True, slots=True)
class Named:
    """The name of a push as an event, and whether it tells something about its sender."""

    name: str
    of_person: bool


def _table(groups: tuple[Group, ...]) -> Mapping[str, Named]:
    return MappingProxyType({kind: Named(name, group.of_person) for group in groups for kind, name in group.names.items()})


_MESSAGES: Final = _table(OF_MESSAGES)
_EVENTS: Final = _table(OF_EVENTS)
_UNKNOWN: Final = Named(UNKNOWN, of_person=True)


def named(push: Push) -> Named:
    """How the push is called; `WechatEvent` of its sender when its kind is in no group."""
    return (_EVENTS if push.is_event else _MESSAGES).get(push.kind, _UNKNOWN)
