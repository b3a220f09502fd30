"""How pushes are called. The names are what rules are written against, so they stand here once more."""

import re

import pytest

from chalicelib.events.limits import MAX_NAME_LENGTH
from chalicelib.wechat import naming, push
from tests.unit.wechat.samples import body, event

PERSONS = """
text image voice video shortvideo location link miniprogrampage
"""
PERSON_EVENTS = """
subscribe unsubscribe SCAN LOCATION CLICK VIEW view_miniprogram scancode_push scancode_waitmsg pic_sysphoto pic_photo_or_album
pic_weixin location_select TEMPLATESENDJOBFINISH subscribe_msg_popup_event subscribe_msg_change_event subscribe_msg_sent_event
user_get_card user_gifting_card user_del_card user_consume_card user_pay_from_pay_cell user_view_card user_enter_session_from_card
update_member_card submit_membercard_user_info giftcard_pay_done giftcard_send_to_friend giftcard_user_accept kf_create_session
kf_close_session kf_switch_session user_enter_tempsession WifiConnected ShakearoundUserShake merchant_order user_scan_product
user_scan_product_enter_session user_scan_product_async user_scan_product_verify_action user_info_modified user_authorization_revoke
user_authorization_cancellation user_authorize_invoice submit_invoice_title update_invoice_status cloud_invoice_invoiceresult_event
guide_qrcode_scan_event xpay_goods_deliver_notify xpay_coin_pay_notify xpay_refund_notify open_product_order_pay wxalive_follow_notify
debug_demo
"""
ACCOUNT_EVENTS = """
MASSSENDJOBFINISH PUBLISHJOBFINISH FREEPUBLISHJOBFINISH card_pass_check card_not_pass_check card_sku_remind card_pay_order
card_merchant_check_result poi_check_notify qualification_verify_success qualification_verify_fail naming_verify_success
naming_verify_fail annual_renew verify_expired wxa_media_check weapp_audit_success weapp_audit_fail weapp_audit_delay
wxa_nickname_audit wxa_category_audit wxa_illegal_record wxa_appeal_record wxa_privacy_apply wx_verify_pay_succ wx_verify_dispatch
charge_service_quota_notify wxa_comment_bad_score add_nearby_poi_audit_info add_express_path trade_manage_remind_access_api
trade_manage_remind_shipping trade_manage_order_settlement wxalive_push_message_notify component_verify_ticket authorized
updateauthorized unauthorized
"""


def of(name: str) -> naming.Named:
    return naming.named(event(name))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("subscribe", "WechatSubscribed"),
        ("unsubscribe", "WechatUnsubscribed"),
        ("SCAN", "WechatScanned"),
        ("CLICK", "WechatMenuClicked"),
        ("VIEW", "WechatMenuLinkOpened"),
        ("LOCATION", "WechatLocationReported"),
        ("TEMPLATESENDJOBFINISH", "WechatTemplateFinished"),
        ("subscribe_msg_popup_event", "WechatNoticeAnswered"),
        ("user_get_card", "WechatCardClaimed"),
        ("user_enter_tempsession", "WechatServiceEntered"),
        ("user_authorization_cancellation", "WechatAccountClosed"),
        ("xpay_goods_deliver_notify", "WechatGoodsPaid"),
    ],
)
def test_the_names_that_rules_know(kind: str, name: str) -> None:
    assert of(kind) == naming.Named(name, of_person=True)


@pytest.mark.parametrize("kind", PERSON_EVENTS.split())
def test_what_a_person_does_has_a_name_and_is_about_the_sender(kind: str) -> None:
    assert of(kind).name != naming.UNKNOWN
    assert of(kind).of_person


@pytest.mark.parametrize("kind", ACCOUNT_EVENTS.split())
def test_news_about_the_account_have_a_name_and_are_about_nobody(kind: str) -> None:
    assert of(kind).name != naming.UNKNOWN
    assert not of(kind).of_person


@pytest.mark.parametrize("msg_type", PERSONS.split())
def test_messages_are_named_by_their_type(msg_type: str) -> None:
    assert naming.named(push.read(body(msg_type))).name.endswith("Sent")


def test_nothing_is_in_the_tables_that_is_not_in_this_list() -> None:
    of_events = {kind for group in naming.OF_EVENTS for kind in group.names}
    assert of_events == {kind.lower() for kind in (PERSON_EVENTS + ACCOUNT_EVENTS).split()}
    of_messages = {kind for group in naming.OF_MESSAGES for kind in group.names}
    assert of_messages == {*PERSONS.split(), "device_event", "device_text", "device_status"}


@pytest.mark.parametrize("kind", ["scan", "Scan", "SCAN", "sCaN"])
def test_the_case_of_a_kind_does_not_matter(kind: str) -> None:
    assert of(kind).name == "WechatScanned"


def test_a_message_and_an_event_of_one_name_are_two_things() -> None:
    assert naming.named(push.read(body("location"))).name == "WechatLocationSent"
    assert of("LOCATION").name == "WechatLocationReported"
    assert of("text").name == naming.UNKNOWN
    assert naming.named(push.read(body("subscribe"))).name == naming.UNKNOWN
    assert naming.named(push.read(body("device_event", "unsubscribe"))).name == "WechatDeviceChanged"


def test_what_nobody_has_seen_is_an_event_of_its_sender() -> None:
    assert of("some_event_of_2031") == naming.Named("WechatEvent", of_person=True)
    assert naming.named(push.read(body("hologram"))) == naming.Named("WechatEvent", of_person=True)


def test_names_are_in_one_style_and_each_stands_for_one_thing() -> None:
    groups = (*naming.OF_MESSAGES, *naming.OF_EVENTS)
    names = [name for group in groups for name in set(group.names.values())]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"Wechat([A-Z][a-z]+)+", name) and len(name) <= MAX_NAME_LENGTH for name in names)
    assert all(kind == kind.lower() for group in groups for kind in group.names)
    assert all(group.about.endswith(".") for group in groups)
