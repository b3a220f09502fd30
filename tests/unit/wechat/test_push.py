"""One push, whichever form it comes in, with the traps of both."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.wechat import push, xmltext
from chalicelib.wechat.push import Form, Push
from chalicelib.wechat.refused import PushRefused, Reason
from tests.support.junk import JSON_JUNK
from tests.unit.wechat import samples
from tests.unit.wechat.samples import AT, FAN, GH, NOW, body, event, json_body

POPUP = (
    "<SubscribeMsgPopupEvent>"
    "<List><TemplateId><![CDATA[tpl-1]]></TemplateId><SubscribeStatusString>accept</SubscribeStatusString><PopupScene>0</PopupScene></List>"
    "<List><TemplateId><![CDATA[tpl-2]]></TemplateId><SubscribeStatusString>reject</SubscribeStatusString><PopupScene>0</PopupScene></List>"
    "</SubscribeMsgPopupEvent>"
)
POPUP_LIST = [
    {"TemplateId": "tpl-1", "SubscribeStatusString": "accept", "PopupScene": "0"},
    {"TemplateId": "tpl-2", "SubscribeStatusString": "reject", "PopupScene": "0"},
]
PICTURE = "<item><PicMd5Sum>{}</PicMd5Sum></item>"


def from_json(event_name: str, **inside: Any) -> Push:
    return push.read(json_body("event", event_name, **inside))


def refusal(sent: bytes) -> Reason:
    with pytest.raises(PushRefused) as refused:
        push.read(sent)
    return refused.value.reason


def test_a_message_is_read() -> None:
    found = samples.text("你好 <b>", "24601000000000001")
    assert found == Push(GH, FAN, "text", "", NOW, "24601000000000001", {"Content": "你好 <b>"}, Form.XML)
    assert (found.kind, found.is_event) == ("text", False)


def test_an_event_is_read_and_compared_in_lower_case_and_kept_as_it_was_sent() -> None:
    found = event("SCAN", "<EventKey><![CDATA[618]]></EventKey><Ticket>T</Ticket>")
    assert (found.event, found.kind, found.is_event) == ("SCAN", "scan", True)
    assert found.fields == {"EventKey": "618", "Ticket": "T"}


def test_a_sender_is_no_longer_than_a_key_can_be() -> None:
    assert push.read(body("text", sender="o" * push.MAX_SENDER)).openid == "o" * 128
    assert refusal(body("text", sender="o" * (push.MAX_SENDER + 1))) is Reason.BODY_UNREADABLE


def test_a_devices_event_is_no_event_of_the_account() -> None:
    found = push.read(body("device_event", "subscribe_status"))
    assert (found.kind, found.is_event) == ("device_event", False)


def test_a_message_id_beyond_javascripts_numbers_survives_json() -> None:
    as_number = push.read(json_body("text", Content="有吗", MsgId=24_601_000_000_000_003))
    as_text = push.read(json_body("text", Content="有吗", MsgId="24601000000000003"))
    assert as_number == as_text
    assert as_number.message_id == "24601000000000003"


@pytest.mark.parametrize("created", [AT, str(AT), f" {AT} "])
def test_the_time_may_be_a_number_or_a_text(created: object) -> None:
    assert push.read(json_body("event", "debug_demo", CreateTime=created)).created_at == NOW


@pytest.mark.parametrize("created", [None, "", "soon", -1, 1.5, 10**11, "9" * 30, True])
def test_a_time_that_is_none_leaves_it_open(created: object) -> None:
    assert push.read(json_body("event", "debug_demo", CreateTime=created)).created_at == 0


def test_a_subscription_notice_is_the_same_list_in_xml_and_json() -> None:
    expected = {"List": POPUP_LIST}
    assert event("subscribe_msg_popup_event", POPUP).fields == expected
    assert from_json("subscribe_msg_popup_event", List=POPUP_LIST).fields == expected


def test_an_empty_notice_is_kept_as_it_is() -> None:
    assert event("subscribe_msg_sent_event", "<SubscribeMsgSentEvent/>").fields == {"SubscribeMsgSentEvent": ""}


def test_a_list_of_one_is_a_list_too() -> None:
    sent = {"TemplateId": "tpl-1", "MsgID": "17", "ErrorCode": "0", "ErrorStatus": "success"}
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in sent.items())
    xml = event("subscribe_msg_sent_event", f"<SubscribeMsgSentEvent><List>{inside}</List></SubscribeMsgSentEvent>")
    in_json = from_json("subscribe_msg_sent_event", List={**sent, "MsgID": 17, "ErrorCode": 0})
    assert xml.fields == in_json.fields == {"List": [sent]}


@pytest.mark.parametrize(
    "pictures",
    [
        f"<PicList>{PICTURE.format('a')}{PICTURE.format('b')}</PicList>",
        f"<PicList>{PICTURE.format('a')}</PicList><PicList>{PICTURE.format('b')}</PicList>",
    ],
)
def test_pictures_come_in_one_list_or_in_several(pictures: str) -> None:
    found = event("pic_weixin", f"<SendPicsInfo><Count>2</Count>{pictures}</SendPicsInfo>")
    assert found.fields["SendPicsInfo"] == {"Count": "2", "PicList": [{"PicMd5Sum": "a"}, {"PicMd5Sum": "b"}]}


@pytest.mark.parametrize(
    ("pictures", "expected"), [("<PicList/>", []), (f"<PicList>{PICTURE.format('a')}</PicList>", [{"PicMd5Sum": "a"}])]
)
def test_one_picture_and_none_are_lists(pictures: str, expected: list[Any]) -> None:
    assert event("pic_sysphoto", f"<SendPicsInfo>{pictures}</SendPicsInfo>").fields["SendPicsInfo"]["PicList"] == expected


def test_a_media_check_has_a_list_of_details_in_both_forms() -> None:
    expected = {"trace_id": "t", "version": "2", "detail": [{"suggest": "pass", "label": "100"}]}
    xml = "<trace_id>t</trace_id><version>2</version><detail><suggest>pass</suggest><label>100</label></detail>"
    assert event("wxa_media_check", xml).fields == expected
    assert from_json("wxa_media_check", trace_id="t", version=2, detail=[{"suggest": "pass", "label": 100}]).fields == expected


def test_parcels_and_failed_articles_are_lists() -> None:
    parcel = event("add_express_path", "<Actions><ActionType>1</ActionType></Actions>")
    assert parcel.fields == from_json("add_express_path", Actions=[{"ActionType": 1}]).fields == {"Actions": [{"ActionType": "1"}]}
    failed = event("PUBLISHJOBFINISH", "<PublishEventInfo><fail_idx>2</fail_idx></PublishEventInfo>")
    assert failed.fields == {"PublishEventInfo": {"fail_idx": ["2"]}}


def test_items_are_the_entries_of_their_list() -> None:
    inside = "<ArticleUrlResult><Count>1</Count><ResultList><item><ArticleIdx>1</ArticleIdx></item></ResultList></ArticleUrlResult>"
    assert event("MASSSENDJOBFINISH", inside).fields == {"ArticleUrlResult": {"Count": "1", "ResultList": [{"ArticleIdx": "1"}]}}


@pytest.mark.parametrize(
    ("name", "sent", "expected"),
    [
        ("poi_check_notify", {"Msg": "审核通过"}, {"msg": "审核通过"}),
        ("poi_check_notify", {"msg": "审核通过"}, {"msg": "审核通过"}),
        ("user_info_modified", {"openid": "o", "appid": "wx"}, {"OpenID": "o", "AppID": "wx"}),
        ("user_authorization_revoke", {"OpenID": "o", "RevokeInfo": 205}, {"OpenID": "o", "RevokeInfo": "205"}),
        ("wxa_media_check", {"appid": "wx"}, {"appid": "wx"}),  # there it is the usual spelling
    ],
)
def test_fields_with_two_spellings_have_one(name: str, sent: dict[str, Any], expected: dict[str, str]) -> None:
    assert from_json(name, **sent).fields == expected


def test_a_kind_never_seen_before_keeps_everything() -> None:
    inside = "<New><Deep><A>1</A><A>2</A></Deep></New><List>a text</List><detail>of old</detail>"
    found = event("some_event_of_2031", inside)
    assert found.kind == "some_event_of_2031"
    assert found.fields == {"New": {"Deep": {"A": ["1", "2"]}}, "List": "a text", "detail": "of old"}


def test_news_of_a_third_party_platform_are_read_by_their_own_name() -> None:
    found = push.read(f"<xml><AppId>wx1</AppId><CreateTime>{AT}</CreateTime><InfoType>authorized</InfoType></xml>".encode())
    assert (found.kind, found.is_event, found.openid) == ("authorized", True, "")


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"", Reason.BODY_UNREADABLE),
        (b"{", Reason.BODY_UNREADABLE),
        (b"[]", Reason.BODY_UNREADABLE),
        (b"<xml><MsgType><A>1</A></MsgType></xml>", Reason.BODY_UNREADABLE),
        (b"<xml><MsgType>text</MsgType><MsgType>image</MsgType></xml>", Reason.BODY_UNREADABLE),
        (b'{"MsgType": ["text"]}', Reason.BODY_UNREADABLE),
        (b"<xml><Event>CLICK</Event></xml>", Reason.TYPE_MISSING),
        (b'{"MsgType": ""}', Reason.TYPE_MISSING),
        (b'{"MsgType": "text", "A": ' + b"[" * 12 + b"]" * 12 + b"}", Reason.NESTED_TOO_DEEP),
        (b'{"MsgType": "text", "A": "' + b"x" * xmltext.MAX_BODY_BYTES + b'"}', Reason.BODY_TOO_LARGE),
        (b'{"MsgType": "text", "A": ' + b"9" * 5000 + b"}", Reason.BODY_UNREADABLE),
    ],
)
def test_what_is_no_push_is_refused(sent: bytes, reason: Reason) -> None:
    assert refusal(sent) is reason


def test_a_mark_in_front_of_the_body_does_no_harm() -> None:
    assert push.read(b"\xef\xbb\xbf\n" + body("event", "CLICK")).kind == "click"
    assert push.read(b"\xef\xbb\xbf " + json_body("event", "CLICK")).kind == "click"


@given(st.dictionaries(st.text(max_size=8), JSON_JUNK, max_size=4), st.sampled_from(["event", "text", "novelty"]))
def test_any_json_object_with_a_type_is_kept_as_texts_or_refused(inside: dict[str, Any], msg_type: str) -> None:
    try:
        found = push.read(json_body(msg_type, **{name: value for name, value in inside.items() if name != "event" and name.isidentifier()}))
    except PushRefused:
        return
    assert _is_text(found.fields)


@given(st.dictionaries(st.sampled_from(["A", "B", "List", "detail", "PicList", "item"]), st.text("ab中 ", max_size=5), min_size=1))
def test_flat_fields_are_the_same_from_xml_and_json(inside: dict[str, str]) -> None:
    xml = push.read(body("event", "novelty", "".join(f"<{name}>{value}</{name}>" for name, value in inside.items())))
    assert xml == replace(from_json("novelty", **inside), form=Form.XML)


def _is_text(value: Any) -> bool:
    if isinstance(value, dict | list):
        return all(map(_is_text, value.values() if isinstance(value, dict) else value))
    return isinstance(value, str)
