"""A push of every kind that has a name, and of some that have none: the fields that WeChat's pages list, with values of a shop of ours."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import escape

from tests.unit.wechat.samples import AT, FAN, GH

Tree = dict[str, Any]

MESSAGE_ID: Final = "24601000000000017"
_CARD: Final = {"CardId": "pCard-of-618", "UserCardCode": "618000000017"}
_GIFT: Final = {"PageId": "page-of-gifts", "OrderId": "G1001"}
_WHO: Final = {"OpenID": FAN, "AppID": "wx77aa00bb11cc22dd"}
_CODE: Final = {"KeyStandard": "ean13", "KeyStr": "6901234567892"}
_PAID: Final = {"OpenId": FAN, "OutTradeNo": "A1001", "Env": "0"}
_UNTIL: Final = {"ExpiredTime": "1826841600"}
_FAILED: Final = {"FailTime": "1795305600", "FailReason": "名称已被使用"}
_BUTTON: Final = {"EventKey": "summer", "MenuId": "618000001"}
_SCANNED: Final = {**_BUTTON, "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "https://shop.example/t?a=1&b=2"}}
_PICTURES: Final = {**_BUTTON, "SendPicsInfo": {"Count": "2", "PicList": {"item": [{"PicMd5Sum": "a0" * 16}, {"PicMd5Sum": "b1" * 16}]}}}
_DEVICE: Final = {"DeviceType": "gh_5a17ed00beef", "DeviceID": "scale-17", "Content": "aGk=", "SessionID": "17", "OpenID": FAN}
_BEACON: Final = {"Uuid": "5e1d-0017", "Major": "1", "Minor": "2", "Distance": "0.5"}
_PLATFORM: Final = {"AppId": "wx-of-a-platform", "AuthorizerAppid": "wx77aa00bb11cc22dd"}

MESSAGES: Final[dict[str, tuple[Tree, ...]]] = {
    "text": (
        {"Content": "裙装 <连衣裙> & 裤装 🙂", "MsgId": MESSAGE_ID},
        {"Content": "满意", "MsgId": MESSAGE_ID, "bizmsgmenuid": "101"},
        {"Content": "从文章来的", "MsgId": MESSAGE_ID, "MsgDataId": "2247", "Idx": "1"},
    ),
    "image": ({"PicUrl": "http://pics.example/1?a=1&b=2", "MediaId": "media-1", "MsgId": MESSAGE_ID},),
    "voice": (
        {"MediaId": "media-2", "Format": "amr", "MsgId": MESSAGE_ID},
        {"MediaId": "media-2", "Format": "amr", "Recognition": "有没有碎花裙", "MsgId": MESSAGE_ID},
    ),
    "video": ({"MediaId": "media-3", "ThumbMediaId": "media-4", "MsgId": MESSAGE_ID},),
    "shortvideo": ({"MediaId": "media-5", "ThumbMediaId": "media-6", "MsgId": MESSAGE_ID},),
    "location": ({"Location_X": "31.2304", "Location_Y": "121.4737", "Scale": "16", "Label": "上海市黄浦区", "MsgId": MESSAGE_ID},),
    "link": ({"Title": "夏季新品", "Description": "看看", "Url": "https://shop.example/new", "MsgId": MESSAGE_ID},),
    "miniprogrampage": ({"Title": "托特包", "AppId": "wx618mini", "PagePath": "pages/item?id=1", "ThumbUrl": "", "MsgId": MESSAGE_ID},),
    "hologram": ({"Content": "a type of tomorrow", "Hand": {"Left": "1"}, "MsgId": MESSAGE_ID},),
}
"""By MsgType."""

DEVICES: Final[dict[str, Tree]] = {
    "device_event": {"Event": "bind", **_DEVICE},
    "device_text": {**_DEVICE, "MsgId": MESSAGE_ID},
    "device_status": {"Event": "subscribe_status", **_DEVICE, "OpType": "0"},
}
"""By MsgType too."""

EVENTS: Final[dict[str, tuple[Tree, ...]]] = {
    "subscribe": (
        {"EventKey": ""},
        {"EventKey": "qrscene_618", "Ticket": "gQ-ticket"},
        {"EventKey": "qrscene_utm_source=expo&code=618", "Ticket": "gQ-ticket"},
        {"EventKey": "last_trade_no_4200017"},
    ),
    "unsubscribe": ({"EventKey": ""},),
    "SCAN": ({"EventKey": "618", "Ticket": "gQ-ticket"}, {"EventKey": "qrscene_618", "Ticket": "gQ-ticket"}),
    "LOCATION": ({"Latitude": "31.2304", "Longitude": "121.4737", "Precision": "65.0"},),
    "CLICK": (_BUTTON, {"EventKey": "618"}),
    "VIEW": ({"EventKey": "https://shop.example/home?a=1&b=2", "MenuId": "618000001"},),
    "view_miniprogram": ({"EventKey": "pages/index", "MenuId": "618000001"},),
    "scancode_push": (_SCANNED,),
    "scancode_waitmsg": (_SCANNED,),
    "pic_sysphoto": (_PICTURES,),
    "pic_photo_or_album": (_PICTURES,),
    "pic_weixin": (
        _PICTURES,
        {**_BUTTON, "SendPicsInfo": {"Count": "1", "PicList": {"item": {"PicMd5Sum": "a0" * 16}}}},
        {**_BUTTON, "SendPicsInfo": {"Count": "2", "PicList": [{"item": {"PicMd5Sum": "a0" * 16}}, {"item": {"PicMd5Sum": "b1" * 16}}]}},
    ),
    "location_select": (
        {
            **_BUTTON,
            "SendLocationInfo": {"Location_X": "31.2", "Location_Y": "121.4", "Scale": "16", "Label": "人民广场", "Poiname": ""},
        },
    ),
    "TEMPLATESENDJOBFINISH": (
        {"MsgID": "3300000000000000017", "Status": "success"},
        {"MsgID": "3300000000000000018", "Status": "failed:user block"},
        {"MsgID": "3300000000000000019", "Status": "failed: system failed"},
    ),
    "MASSSENDJOBFINISH": (
        {
            "MsgID": "1000017",
            "Status": "sendsuccess",
            "TotalCount": "618",
            "FilterCount": "600",
            "SentCount": "599",
            "ErrorCount": "1",
            "ArticleUrlResult": {"Count": "1", "ResultList": {"item": {"ArticleIdx": "1", "ArticleUrl": "https://mp.example/1"}}},
        },
    ),
    "PUBLISHJOBFINISH": ({"PublishEventInfo": {"publish_id": "17", "publish_status": "2", "fail_idx": ["1", "2"]}},),
    "FREEPUBLISHJOBFINISH": ({"PublishEventInfo": {"publish_id": "18", "publish_status": "0", "article_id": "a-18"}},),
    "subscribe_msg_popup_event": (
        {
            "SubscribeMsgPopupEvent": {
                "List": [
                    {"TemplateId": "tpl-1", "SubscribeStatusString": "accept", "PopupScene": "0"},
                    {"TemplateId": "tpl-2", "SubscribeStatusString": "reject", "PopupScene": "0"},
                ]
            }
        },
    ),
    "subscribe_msg_change_event": ({"SubscribeMsgChangeEvent": {"List": {"TemplateId": "tpl-1", "SubscribeStatusString": "reject"}}},),
    "subscribe_msg_sent_event": (
        {"SubscribeMsgSentEvent": {"List": {"TemplateId": "tpl-1", "MsgID": "17", "ErrorCode": "0", "ErrorStatus": "success"}}},
    ),
    "user_get_card": (
        {**_CARD, "IsGiveByFriend": "0", "FriendUserName": "", "OuterStr": "expo", "IsRestoreMemberCard": "0", "UnionId": "uFan-17"},
    ),
    "user_gifting_card": ({**_CARD, "IsReturnBack": "0", "FriendUserName": "oFriend", "IsChatRoom": "0"},),
    "user_del_card": (_CARD,),
    "user_consume_card": ({**_CARD, "ConsumeSource": "FROM_API", "LocationName": "", "StaffOpenId": "", "RemarkAmount": ""},),
    "user_pay_from_pay_cell": ({**_CARD, "TransId": "4200017", "LocationId": "17", "Fee": "9900", "OriginalFee": "12900"},),
    "user_view_card": ({**_CARD, "OuterStr": "expo"},),
    "user_enter_session_from_card": (_CARD,),
    "update_member_card": ({**_CARD, "ModifyBonus": "3", "ModifyBalance": "0"},),
    "submit_membercard_user_info": (_CARD,),
    "giftcard_pay_done": (_GIFT,),
    "giftcard_send_to_friend": ({**_GIFT, "IsChatRoom": "true", "IsReturnBack": "false"},),
    "giftcard_user_accept": ({**_GIFT, "IsChatRoom": "true"},),
    "card_pass_check": ({"CardId": "pCard-of-618"},),
    "card_not_pass_check": ({"CardId": "pCard-of-618", "RefuseReason": "图片不清晰"},),
    "card_sku_remind": ({"CardId": "pCard-of-618", "Detail": "the stock is below 200"},),
    "card_pay_order": ({"OrderId": "17", "Status": "ORDER_STATUS_FINANCE_SUCC", "FreeCoinCount": "200", "Memo": "开通账户"},),
    "card_merchant_check_result": ({"MerchantId": "17", "IsPass": "1", "Reason": ""},),
    "kf_create_session": ({"KfAccount": "kf1@shop"},),
    "kf_close_session": ({"KfAccount": "kf1@shop"},),
    "kf_switch_session": ({"FromKfAccount": "kf1@shop", "ToKfAccount": "kf2@shop"},),
    "user_enter_tempsession": ({"SessionFrom": "sku=1001|新品"},),
    "guide_qrcode_scan_event": ({"userid": "guide-17", "qrcode_guide_key": "k17"},),
    "WifiConnected": ({"ConnectTime": "0", "ExpireTime": "0", "VendorId": "v17", "ShopId": "17", "DeviceNo": "d17"},),
    "ShakearoundUserShake": ({"ChosenBeacon": _BEACON, "AroundBeacons": {"AroundBeacon": [_BEACON, _BEACON]}},),
    "merchant_order": ({"OrderId": "17", "OrderStatus": "2", "ProductId": "bag-01", "SkuInfo": "1001:17;1002:18"},),
    "user_scan_product": ({**_CODE, "Country": "中国", "Province": "上海", "City": "", "Sex": "0", "Scene": "1", "ExtInfo": "123"},),
    "user_scan_product_enter_session": ({**_CODE, "ExtInfo": "123"},),
    "user_scan_product_async": ({**_CODE, "ExtInfo": "123", "RegionCode": "310101"},),
    "user_scan_product_verify_action": ({**_CODE, "Result": "verify_ok", "ReasonMsg": "", "ExtInfo": ""},),
    "user_info_modified": (_WHO, {"openid": FAN, "appid": "wx77aa00bb11cc22dd"}),
    "user_authorization_revoke": ({**_WHO, "RevokeInfo": "205"},),
    "user_authorization_cancellation": ({**_WHO, "RevokeInfo": "1"},),
    "user_authorize_invoice": ({"SuccOrderId": "A1001", "FailOrderId": "", "AppId": "wx77aa00bb11cc22dd", "Source": "wap"},),
    "submit_invoice_title": ({"title": "某某公司", "phone": "", "tax_no": "9131-17", "title_type": "InvoiceUserTitleBusinessType"},),
    "update_invoice_status": ({"Status": "INVOICE_REIMBURSE_LOCK", "CardId": "pCard-of-618", "Code": "17"},),
    "cloud_invoice_invoiceresult_event": ({"status": "0", "fpqqlsh": "fp-17", "nsrsbh": "9131-17"},),
    "xpay_goods_deliver_notify": ({**_PAID, "WeChatPayInfo": {"PaidTime": "1795305600"}, "GoodsInfo": {"ProductId": "vip"}},),
    "xpay_coin_pay_notify": ({**_PAID, "CoinInfo": {"Quantity": "100", "ActualPrice": "1000"}},),
    "xpay_refund_notify": ({"OpenId": FAN, "WxRefundId": "r17", "MchOrderId": "A1001", "RefundFee": "990", "RetCode": "0"},),
    "open_product_order_pay": ({"order_info": {"out_order_id": "A1001", "amount": "990"}},),
    "wxalive_follow_notify": ({"FollowNotify": {"room_id": "1", "user_openid": FAN, "action": "add_follow"}},),
    "qualification_verify_success": (_UNTIL,),
    "qualification_verify_fail": (_FAILED,),
    "naming_verify_success": (_UNTIL,),
    "naming_verify_fail": (_FAILED,),
    "annual_renew": (_UNTIL,),
    "verify_expired": (_UNTIL,),
    "poi_check_notify": ({"UniqId": "s17", "PoiId": "17", "Result": "succ", "Msg": "审核通过"}, {"UniqId": "s17", "msg": "审核通过"}),
    "add_nearby_poi_audit_info": ({"audit_id": "17", "status": "3", "reason": "", "poi_id": "p17"},),
    "wxa_media_check": (
        {
            "appid": "wx618mini",
            "trace_id": "t17",
            "version": "2",
            "detail": {"suggest": "pass", "label": "100"},
            "result": {"label": "100"},
        },
    ),
    "weapp_audit_success": ({"SuccTime": "1795305600"},),
    "weapp_audit_fail": ({"Reason": "类目不符", "FailTime": "1795305600", "ScreenShot": "a|b"},),
    "weapp_audit_delay": ({"Reason": "需补充资料", "DelayTime": "1795305600"},),
    "wxa_nickname_audit": ({"ret": "3", "nickname": "旗舰店", "reason": ""},),
    "wxa_category_audit": ({"ret": "3", "first": "8", "second": "39", "reason": ""},),
    "wxa_illegal_record": ({"illegal_record_id": "17", "appid": "wx618mini", "illegal_reason": "r"},),
    "wxa_appeal_record": ({"appeal_record_id": "17", "appid": "wx618mini", "appeal_status": "2"},),
    "wxa_privacy_apply": ({"result_info": {"api_name": "wx.getLocation", "audit_id": "17", "status": "3"}},),
    "wx_verify_pay_succ": ({"OrderId": "17"},),
    "wx_verify_dispatch": ({"Provider": "某公司", "Contact": "4000000000"},),
    "charge_service_quota_notify": ({"event_type": "3", "spu_id": "17", "total_quota": "1000", "total_used_quota": "900"},),
    "wxa_comment_bad_score": ({"result": {"comment_id": "c17"}},),
    "wxalive_push_message_notify": ({"PushMessage": {"room_id": "1", "send_count": "618"}},),
    "add_express_path": (
        {"DeliveryID": "TEST", "WayBillId": "w17", "Count": "1", "Actions": {"ActionType": "100001", "ActionMsg": "揽件"}},
    ),
    "trade_manage_remind_access_api": ({"msg": "请接入发货信息管理服务"},),
    "trade_manage_remind_shipping": ({"transaction_id": "4200017", "merchant_trade_no": "A1001", "msg": "请及时发货"},),
    "trade_manage_order_settlement": ({"transaction_id": "4200017", "merchant_trade_no": "A1001", "settlement_time": "1795305600"},),
    "debug_demo": ({"debug_str": "hello"},),
    "hologram_waved": ({"New": "1", "Nested": {"A": ["1", "2"]}},),
}
"""By Event, as it is spelled on the wire."""

PLATFORM: Final[dict[str, Tree]] = {
    "component_verify_ticket": {"AppId": "wx-of-a-platform", "ComponentVerifyTicket": "ticket@@@17"},
    "authorized": {**_PLATFORM, "AuthorizationCode": "queryauthcode@@@17", "PreAuthCode": "preauthcode@@@17"},
    "updateauthorized": {**_PLATFORM, "AuthorizationCode": "queryauthcode@@@18", "PreAuthCode": "preauthcode@@@18"},
    "unauthorized": _PLATFORM,
}
"""By InfoType: these have neither sender nor MsgType."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A push: how it is called in test ids, and its elements in the order that they are sent in."""

    label: str
    tree: Tree

    @property
    def xml(self) -> str:
        """As an official account gets it: texts as CDATA, numbers without, a line for each element."""
        return f"<xml>{_elements(self.tree)}\n</xml>"

    @property
    def json(self) -> str:
        """As a mini program that chose JSON gets it, where lists of notices have no element around them."""
        wrappers = {name: value for name, value in self.tree.items() if name.startswith("SubscribeMsg") and isinstance(value, dict)}
        tree = {name: value for name, value in self.tree.items() if name not in wrappers}
        return json.dumps({**tree, "CreateTime": AT, **{k: v for one in wrappers.values() for k, v in one.items()}}, ensure_ascii=False)


def every() -> Iterator[Sample]:
    """All of them."""
    for msg_type, trees in MESSAGES.items():
        yield from _numbered(msg_type, [{**_head(msg_type), **tree} for tree in trees])
    for msg_type, tree in DEVICES.items():
        yield Sample(msg_type, {**_head(msg_type), **tree})
    for event, trees in EVENTS.items():
        yield from _numbered(event, [{**_head("event"), "Event": event, **tree} for tree in trees])
    for info_type, tree in PLATFORM.items():
        yield Sample(info_type, {"InfoType": info_type, "CreateTime": str(AT), **tree})


def _head(msg_type: str) -> Tree:
    return {"ToUserName": GH, "FromUserName": FAN, "CreateTime": str(AT), "MsgType": msg_type}


def _numbered(label: str, trees: list[Tree]) -> Iterator[Sample]:
    for number, tree in enumerate(trees, 1):
        yield Sample(label if len(trees) == 1 else f"{label}-{number}", tree)


def _elements(tree: Tree) -> str:
    return "".join(
        f"\n<{name}>{_content(one)}</{name}>" for name, value in tree.items() for one in (value if isinstance(value, list) else [value])
    )


def _content(value: Any) -> str:
    if isinstance(value, dict):
        return _elements(value) + "\n"
    return escape(value) if value.isdigit() or not value else f"<![CDATA[{value}]]>"
