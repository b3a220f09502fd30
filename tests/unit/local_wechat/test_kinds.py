"""The fields of each push, by the names and in the order of the platform's documentation."""

import json

import pytest

from infra.local_wechat import kinds
from infra.local_wechat.payloads import Payload, Push, written
from infra.local_wechat.state import Form
from tests.unit.wechat.samples import AT, FAN, GH, tree

HEAD = ["ToUserName", "FromUserName", "CreateTime", "MsgType"]
MESSAGE_ID = 24_500_000_000_000_001

FIELDS: list[tuple[Payload, str, list[str]]] = [
    (kinds.text("hi", MESSAGE_ID), "text", ["Content", "MsgId"]),
    (kinds.text("hi", MESSAGE_ID, "101"), "text", ["Content", "MsgId", "bizmsgmenuid"]),
    (kinds.image("http://pics.example/1", "m", MESSAGE_ID), "image", ["PicUrl", "MediaId", "MsgId"]),
    (kinds.voice("m", MESSAGE_ID), "voice", ["MediaId", "Format", "MsgId", "MediaId16K"]),
    (kinds.voice("m", MESSAGE_ID, "said"), "voice", ["MediaId", "Format", "Recognition", "MsgId", "MediaId16K"]),
    (kinds.video("m", "t", MESSAGE_ID), "video", ["MediaId", "ThumbMediaId", "MsgId"]),
    (kinds.video("m", "t", MESSAGE_ID, short=True), "shortvideo", ["MediaId", "ThumbMediaId", "MsgId"]),
    (kinds.location("31.2", "121.4", 16, "a", MESSAGE_ID), "location", ["Location_X", "Location_Y", "Scale", "Label", "MsgId"]),
    (kinds.link("t", "d", "u", MESSAGE_ID), "link", ["Title", "Description", "Url", "MsgId"]),
    (
        kinds.mini_page("t", "wx1", "p", "m", MESSAGE_ID),
        "miniprogrampage",
        ["MsgId", "Title", "AppId", "PagePath", "ThumbUrl", "ThumbMediaId"],
    ),
]
EVENTS: list[tuple[Payload, str, list[str]]] = [
    (kinds.subscribe(), "subscribe", ["EventKey"]),
    (kinds.subscribe("618", "gQ"), "subscribe", ["EventKey", "Ticket"]),
    (kinds.scan("618", "gQ"), "SCAN", ["EventKey", "Ticket"]),
    (kinds.reported_location("31.2", "121.4", "65.0"), "LOCATION", ["Latitude", "Longitude", "Precision"]),
    (kinds.scanned("scancode_push", "K", "qrcode", "r"), "scancode_push", ["EventKey", "ScanCodeInfo"]),
    (kinds.pictures("pic_sysphoto", "K", ["a" * 32]), "pic_sysphoto", ["EventKey", "SendPicsInfo"]),
    (kinds.chosen_place("K", "31.2", "121.4", "a", ""), "location_select", ["EventKey", "SendLocationInfo"]),
    (kinds.template_job(17, "success"), "TEMPLATESENDJOBFINISH", ["MsgID", "Status"]),
    (
        kinds.mass_job(17, "send success", 10, 9, 8, 1),
        "MASSSENDJOBFINISH",
        ["MsgID", "Status", "TotalCount", "FilterCount", "SentCount", "ErrorCount"],
    ),
    (kinds.publish_job(17, "a1", ["https://mp.example/s/1"]), "PUBLISHJOBFINISH", ["PublishEventInfo"]),
    (kinds.subscription_popup([("tpl", "accept")]), "subscribe_msg_popup_event", ["SubscribeMsgPopupEvent"]),
    (kinds.subscription_change(["tpl"]), "subscribe_msg_change_event", ["SubscribeMsgChangeEvent"]),
    (kinds.subscription_sent("tpl", 17), "subscribe_msg_sent_event", ["SubscribeMsgSentEvent"]),
    (kinds.privacy("user_info_modified", FAN, "wx1"), "user_info_modified", ["OpenID", "AppID"]),
    (kinds.privacy("user_authorization_revoke", FAN, "wx1", "1"), "user_authorization_revoke", ["OpenID", "AppID", "RevokeInfo"]),
    (
        kinds.media_checked("wx1", "trace", "pass", 100),
        "wxa_media_check",
        ["appid", "trace_id", "version", "detail", "errcode", "errmsg", "result"],
    ),
    (kinds.debug_demo(), "debug_demo", ["debug_str"]),
    (kinds.event("unsubscribe", EventKey=""), "unsubscribe", ["EventKey"]),
]


@pytest.mark.parametrize(("payload", "msg_type", "fields"), FIELDS)
def test_a_message_has_the_fields_of_its_type(payload: Payload, msg_type: str, fields: list[str]) -> None:
    found = tree(written(Push(payload, GH, FAN, AT), Form.XML))
    assert (found["MsgType"], list(found)) == (msg_type, [*HEAD, *fields])
    assert found["MsgId"] == str(MESSAGE_ID)


@pytest.mark.parametrize(("payload", "event", "fields"), EVENTS)
def test_an_event_has_the_fields_of_its_name_and_no_message_id(payload: Payload, event: str, fields: list[str]) -> None:
    found = tree(written(Push(payload, GH, FAN, AT), Form.XML))
    assert (found["Event"], list(found)) == (event, [*HEAD, "Event", *fields])
    assert "MsgId" not in found


@pytest.mark.parametrize(("payload", "_kind", "_fields"), [*FIELDS, *EVENTS])
def test_json_and_xml_say_who_and_to_whom_alike(payload: Payload, _kind: str, _fields: list[str]) -> None:
    push = Push(payload, GH, FAN, AT)
    in_json, in_xml = json.loads(written(push, Form.JSON)), tree(written(push, Form.XML))
    assert [str(in_json[name]) for name in HEAD] == [in_xml[name] for name in HEAD]


def test_nested_parts_are_named_as_documented() -> None:
    pictures = tree(written(Push(kinds.pictures("pic_weixin", "K", ["a" * 32, "b" * 32]), GH, FAN, AT), Form.XML))
    assert pictures["SendPicsInfo"] == {"Count": "2", "PicList": {"item": [{"PicMd5Sum": "a" * 32}, {"PicMd5Sum": "b" * 32}]}}
    place = tree(written(Push(kinds.chosen_place("K", "31.2", "121.4", "here", "park"), GH, FAN, AT), Form.XML))
    assert list(place["SendLocationInfo"]) == ["Location_X", "Location_Y", "Scale", "Label", "Poiname"]
    published = tree(written(Push(kinds.publish_job(17, "a1", ["u1", "u2"]), GH, FAN, AT), Form.XML))["PublishEventInfo"]
    assert list(published) == ["publish_id", "publish_status", "article_id", "article_detail"]
    assert [one["idx"] for one in published["article_detail"]["item"]] == ["1", "2"]


def test_a_scene_that_begins_like_the_prefix_gets_the_prefix_all_the_same() -> None:
    assert kinds.subscribe("qrscene_1", "gQ").fields["EventKey"] == "qrscene_qrscene_1"
    assert kinds.scan("qrscene_1", "gQ").fields["EventKey"] == "qrscene_1"


def test_a_push_can_be_made_another_one_without_changing_the_first() -> None:
    push = Push(kinds.text("hi", 1), GH, FAN, AT)
    other = push.with_fields(MsgType="event", Event="new", Further="1")
    assert (other.tree["MsgType"], other.tree["Event"], other.tree["Further"], other.tree["Content"]) == ("event", "new", "1", "hi")
    assert push.tree == {"ToUserName": GH, "FromUserName": FAN, "CreateTime": AT, "MsgType": "text", "Content": "hi", "MsgId": 1}
