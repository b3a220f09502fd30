"""What pushes become: whom they speak of, what they say, and how often they count."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.events.accept import accept
from chalicelib.events.model import Draft, Kind, Source
from chalicelib.identifiers import Identifier
from chalicelib.wechat import drafts, push
from chalicelib.wechat.push import Push
from tests.unit.wechat import samples
from tests.unit.wechat.samples import APPID, AT, FAN, NOW, body, event, json_body
from tests.unit.wechat.test_push import POPUP, POPUP_LIST

SCENES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="]"), min_size=1, max_size=30)


class _Anybody:
    """Rules that know every namespace and block nobody."""

    def allows(self, base: str) -> bool:
        return True

    def is_blocked(self, one: Identifier) -> bool:
        return False


def only(found: Push) -> Draft:
    (draft,) = drafts.drafts_of(found, APPID)
    return draft


def key(text: str) -> str:
    return f"<EventKey><![CDATA[{text}]]></EventKey>"


def test_a_follow_by_code_is_an_event_of_the_fan_with_the_scene() -> None:
    draft = only(event("subscribe", key("qrscene_618") + "<Ticket>T1</Ticket>"))
    assert (draft.kind, draft.name, draft.time) == (Kind.TRACK, "WechatSubscribed", NOW)
    assert draft.identifiers == ((f"openid:{APPID}", FAN),)
    assert draft.properties == {"EventKey": "qrscene_618", "Ticket": "T1", "scene": "618"}
    assert draft.context == {"channel": "wechat", "app": {"id": APPID}, "scene": "618", "code": "618"}


@pytest.mark.parametrize(
    ("name", "text", "scene"),
    [
        ("subscribe", "qrscene_618", "618"),
        ("subscribe", "qrscene_qrscene_618", "qrscene_618"),
        ("subscribe", "", ""),
        ("subscribe", "qrscene_", ""),
        ("subscribe", "qrscene_0", ""),
        ("subscribe", "last_trade_no_42", ""),
        ("SCAN", "618", "618"),
        ("SCAN", "qrscene_618", "qrscene_618"),
        ("scan", "0", ""),
        ("SCAN", "scanbarcode|ean13|690", ""),
        ("CLICK", "qrscene_618", ""),
        ("VIEW", "https://shop.example/", ""),
    ],
)
def test_the_scene_of_a_code(name: str, text: str, scene: str) -> None:
    found = event(name, key(text))
    assert drafts.scene_of(found) == scene
    assert only(found).context.get("scene", "") == scene


@given(SCENES.filter(lambda scene: scene != "0" and not scene.startswith("scan")))
def test_whoever_follows_and_whoever_scans_later_come_by_the_same_scene(scene: str) -> None:
    followed, scanned = event("subscribe", key(f"qrscene_{scene}")), event("SCAN", key(scene))
    assert drafts.scene_of(followed) == drafts.scene_of(scanned) == scene
    assert only(followed).context["scene"] == scene


@pytest.mark.parametrize(
    ("scene", "code", "campaign"),
    [
        ("cmp=spring&ch=store_17", "cmp=spring&ch=store_17", {"name": "spring", "source": "store_17"}),
        ("code=A7&campaign=618&source=subway&medium=poster", "A7", {"name": "618", "source": "subway", "medium": "poster"}),
        ("utm_campaign=%E6%98%A5&utm_source=x", "utm_campaign=%E6%98%A5&utm_source=x", {"name": "春", "source": "x"}),
        ("a=1", "a=1", None),
        ("618", "618", None),
        ("=" + "&=" * 30, "=" + "&=" * 30, None),
    ],
)
def test_a_scene_written_like_a_query_tells_its_campaign(scene: str, code: str, campaign: dict[str, str] | None) -> None:
    context = only(event("SCAN", key(scene))).context
    assert (context["code"], context.get("campaign")) == (code, campaign)


def test_what_a_code_stands_for_outweighs_what_it_says() -> None:
    known = {"name": "618", "source": "referral"}
    (draft,) = drafts.drafts_of(event("SCAN", key("cmp=spring")), APPID, known)
    assert draft.context["campaign"] == known
    (silent,) = drafts.drafts_of(event("CLICK", key("dress")), APPID)
    assert "campaign" not in silent.context


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (samples.text("裙装"), {"text": "裙装", "Content": "裙装"}),
        (event("CLICK", key("dress")), {"key": "dress", "EventKey": "dress"}),
        (
            event("TEMPLATESENDJOBFINISH", "<MsgID>3</MsgID><Status>failed:user block</Status>"),
            {"MsgID": "3", "status": "failed:user block"},
        ),
        (event("cloud_invoice_invoiceresult_event", "<status>0</status><Status>x</Status>"), {"status": "0", "Status": "x"}),
        (event("unsubscribe", key("")), {"EventKey": ""}),
    ],
)
def test_properties_have_the_platforms_names_and_plain_ones(found: Push, expected: dict[str, str]) -> None:
    assert only(found).properties.items() >= expected.items()


def test_what_nobody_has_seen_is_kept_with_its_name_and_all_it_says() -> None:
    draft = only(event("some_event_of_2031", "<New><A>1</A></New>"))
    assert (draft.name, draft.identifiers) == ("WechatEvent", ((f"openid:{APPID}", FAN),))
    assert draft.properties == {"msg_type": "event", "event": "some_event_of_2031", "New": {"A": "1"}}
    assert only(push.read(body("hologram", inside="<Url>u</Url>"))).properties == {"msg_type": "hologram", "event": "", "Url": "u"}


def test_a_devices_event_keeps_what_happened_to_it() -> None:
    assert only(push.read(body("device_event", "bind", "<DeviceID>d</DeviceID>"))).properties == {"event": "bind", "DeviceID": "d"}


def test_the_one_push_with_a_unionid_links_it() -> None:
    draft = only(event("user_get_card", "<CardId>c</CardId><UnionId>uni-1</UnionId><FriendUserName>oOther</FriendUserName>"))
    assert draft.identifiers == ((f"openid:{APPID}", FAN), ("unionid", "uni-1"))


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("user_authorization_revoke", {"OpenID": "oReal"}),
        ("user_info_modified", {"openid": "oReal"}),
        ("xpay_coin_pay_notify", {"OpenId": "oReal", "OutTradeNo": "1"}),
        ("wxalive_follow_notify", {"FollowNotify": {"user_openid": "oReal"}}),
    ],
)
def test_a_push_of_the_platform_about_a_person_is_that_persons(name: str, inside: dict[str, Any]) -> None:
    assert only(push.read(json_body("event", name, **inside))).identifiers == ((f"openid:{APPID}", "oReal"),)


def test_news_about_the_account_make_nobody_of_the_platform() -> None:
    draft = only(event("card_pass_check", "<CardId>c</CardId>", sender="oPlatform"))
    assert draft.identifiers == (("wechat_account", APPID),)
    assert draft.raw["FromUserName"] == "oPlatform"


def test_credentials_never_become_part_of_an_event() -> None:
    inside = (
        f"<CreateTime>{AT}</CreateTime><InfoType>component_verify_ticket</InfoType><ComponentVerifyTicket>s3cr3t</ComponentVerifyTicket>"
    )
    draft = only(push.read(f"<xml><AppId>wx1</AppId>{inside}</xml>".encode()))
    assert draft.name == "WechatTicketReceived"
    assert "s3cr3t" not in repr(draft)


def test_each_template_of_a_notice_is_an_event_of_its_own() -> None:
    found = drafts.drafts_of(event("subscribe_msg_popup_event", POPUP), APPID)
    assert [(one.index, one.name, one.properties["template_id"], one.properties["status"]) for one in found] == [
        (0, "WechatNoticeAnswered", "tpl-1", "accept"),
        (1, "WechatNoticeAnswered", "tpl-2", "reject"),
    ]
    assert found[0].id != found[1].id
    assert "List" not in found[0].properties


def test_a_notice_is_the_same_events_from_xml_and_json() -> None:
    in_json = push.read(json_body("event", "subscribe_msg_popup_event", List=POPUP_LIST))
    assert drafts.drafts_of(in_json, APPID) == drafts.drafts_of(event("subscribe_msg_popup_event", POPUP), APPID)


def test_a_notice_whose_list_is_empty_or_odd_is_kept_whole() -> None:
    for listed in ([], ["odd"], "odd"):
        draft = only(push.read(json_body("event", "subscribe_msg_popup_event", List=listed)))
        assert draft.properties == {"List": listed}


def test_what_became_of_a_sent_notice_counts_by_its_number() -> None:
    sent = {"TemplateId": "tpl-1", "MsgID": "17", "ErrorCode": "0", "ErrorStatus": "success"}
    first, later, other = (
        only(push.read(json_body("event", "subscribe_msg_sent_event", List={**sent, "MsgID": number}, CreateTime=at)))
        for number, at in (("17", AT), (17, AT + 9), ("18", AT))
    )
    assert first.id == later.id != other.id
    assert first.properties["status"] == "success"


SAME_SECOND = [
    event("CLICK", key("dress")),
    event("CLICK", key("shoes")),
    event("VIEW", key("dress")),
    event("SCAN", key("618") + "<Ticket>1</Ticket>"),
    event("SCAN", key("618") + "<Ticket>2</Ticket>"),
    event("LOCATION", "<Latitude>31.1</Latitude>"),
    event("LOCATION", "<Latitude>31.2</Latitude>"),
    event("user_view_card", "<CardId>1</CardId>"),
    event("user_view_card", "<CardId>2</CardId>"),
    event("subscribe"),
    event("unsubscribe"),
    event("subscribe", sender="oOther"),
    event("subscribe", at=AT + 1),
    event("TEMPLATESENDJOBFINISH", "<MsgID>1</MsgID>"),
    event("TEMPLATESENDJOBFINISH", "<MsgID>2</MsgID>"),
    event("PUBLISHJOBFINISH", "<PublishEventInfo><publish_id>1</publish_id><publish_status>0</publish_status></PublishEventInfo>"),
    event("PUBLISHJOBFINISH", "<PublishEventInfo><publish_id>1</publish_id><publish_status>5</publish_status></PublishEventInfo>"),
    samples.text("裙装", "1"),
    samples.text("裙装", "2"),
    push.read(body("text", inside="<Content>no id</Content>")),
    push.read(body("hologram")),
]


def test_different_things_of_one_second_are_different_events() -> None:
    ids = {only(found).id for found in SAME_SECOND}
    assert len(ids) == len(SAME_SECOND)
    assert all(ids)


def test_accounts_do_not_share_events() -> None:
    first, second = (drafts.drafts_of(event("CLICK", key("a")), appid)[0] for appid in ("wx1", "wx2"))
    assert first.id != second.id


def test_a_message_counts_by_its_number_whatever_else_differs() -> None:
    first = push.read(body("text", inside="<Content>a</Content><MsgId>24601</MsgId>"))
    again = push.read(json_body("text", MsgId=24601, Content="a", CreateTime=AT + 5))
    assert only(first).id == only(again).id == "message:24601"


@given(st.permutations(["EventKey", "Ticket", "MenuId"]), st.booleans())
def test_the_order_and_the_form_of_the_fields_do_not_make_another_event(order: list[str], in_json: bool) -> None:
    inside = {"EventKey": "618", "Ticket": "T", "MenuId": "7"}
    ordered = {name: inside[name] for name in order}
    xml = event("SCAN", "".join(f"<{name}>{value}</{name}>" for name, value in ordered.items()))
    found = push.read(json_body("event", "SCAN", **ordered)) if in_json else xml
    assert only(found).id == only(event("SCAN", "<EventKey>618</EventKey><Ticket>T</Ticket><MenuId>7</MenuId>")).id


@pytest.mark.parametrize("found", SAME_SECOND)
def test_every_record_is_taken_in(found: Push) -> None:
    records = drafts.drafts_of(found, APPID)
    accepted = accept(records, Source("wechat"), _Anybody(), NOW + 2000)
    assert len(accepted.events) == len(records)
    assert not accepted.refusals
    assert {one.event.time for one in accepted.events} <= {NOW, NOW + 1000}


def test_a_push_without_time_is_recognised_by_what_it_says() -> None:
    first, again = (only(push.read(json_body("event", "debug_demo", CreateTime="?", debug_str="hi"))) for _ in range(2))
    assert first == again
    assert first.time is None
    assert first.id


def test_the_record_as_it_came_can_be_kept_as_json() -> None:
    raw = only(samples.text("裙装", "5")).raw
    assert json.loads(json.dumps(raw)) == raw
    assert (raw["FromUserName"], raw["CreateTime"], raw["MsgType"], raw["MsgId"], raw["Content"]) == (FAN, str(AT), "text", "5", "裙装")
