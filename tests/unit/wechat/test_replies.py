"""What goes back to a fan at once."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.wechat import push, replies
from chalicelib.wechat.push import Form, Push
from chalicelib.wechat.replies import Article, Image, Music, News, Reply, ReplyInvalid, Text, Transfer, Video, Voice
from tests.unit.wechat import samples
from tests.unit.wechat.samples import APPID, AT, FAN, GH, KEY, NONCE, NOW, SALT, TOKEN, body, event, json_body, tree, without

FOLLOW = event("subscribe")
ARTICLE = Article("标题", "D", "http://pics.example/p.jpg", "http://shop.example/u")
ITEM = {"Title": "标题", "Description": "D", "PicUrl": "http://pics.example/p.jpg", "Url": "http://shop.example/u"}
SIGNS = st.text(st.sampled_from("]>[<!CDATA&'\"中🙂 \n"), min_size=1, max_size=60)

KINDS: list[tuple[Reply, str, dict[str, Any]]] = [
    (Text("你好 <b>&"), "text", {"Content": "你好 <b>&"}),
    (Image("M1"), "image", {"Image": {"MediaId": "M1"}}),
    (Voice("M2"), "voice", {"Voice": {"MediaId": "M2"}}),
    (Video("M3", "T", "D"), "video", {"Video": {"MediaId": "M3", "Title": "T", "Description": "D"}}),
    (Video("M3"), "video", {"Video": {"MediaId": "M3"}}),
    (
        Music("TH", "T", "D", "http://m.example/1.mp3", "http://m.example/2.mp3"),
        "music",
        {
            "Music": {
                "Title": "T",
                "Description": "D",
                "MusicUrl": "http://m.example/1.mp3",
                "HQMusicUrl": "http://m.example/2.mp3",
                "ThumbMediaId": "TH",
            }
        },
    ),
    (Music("TH"), "music", {"Music": {"ThumbMediaId": "TH"}}),
    (News((ARTICLE,)), "news", {"ArticleCount": "1", "Articles": {"item": ITEM}}),
    (News((ARTICLE, ARTICLE)), "news", {"ArticleCount": "2", "Articles": {"item": [ITEM, ITEM]}}),
    (Transfer(), "transfer_customer_service", {}),
    (Transfer("kf1@shop"), "transfer_customer_service", {"TransInfo": {"KfAccount": "kf1@shop"}}),
]


@pytest.mark.parametrize(("reply", "kind", "inside"), KINDS)
def test_a_reply_goes_from_the_account_to_the_sender(reply: Reply, kind: str, inside: dict[str, Any]) -> None:
    head = {"ToUserName": FAN, "FromUserName": GH, "CreateTime": str(AT), "MsgType": kind}
    assert tree(replies.rendered(reply, FOLLOW, NOW + 999)) == {**head, **inside}


def test_a_mini_program_that_sends_json_is_answered_in_json() -> None:
    sent = push.read(json_body("text", Content="有吗", MsgId=1))
    assert json.loads(replies.rendered(Transfer("kf1@shop"), sent, NOW)) == {
        "ToUserName": FAN,
        "FromUserName": GH,
        "CreateTime": AT,
        "MsgType": "transfer_customer_service",
        "TransInfo": {"KfAccount": "kf1@shop"},
    }
    assert "有的" in replies.rendered(Text("有的"), sent, NOW)


@given(SIGNS)
def test_no_text_breaks_its_reply(content: str) -> None:
    assert tree(replies.rendered(Text(content), FOLLOW, NOW))["Content"] == content
    article = Article(content, content)
    assert tree(replies.rendered(News((article,)), FOLLOW, NOW))["Articles"]["item"]["Title"] == content


@pytest.mark.parametrize(
    ("content", "good"), [("", False), ("a" * 2048, True), ("a" * 2049, False), ("中" * 682, True), ("中" * 683, False)]
)
def test_a_text_has_room_for_2048_bytes(content: str, good: bool) -> None:
    if good:
        assert content in replies.rendered(Text(content), FOLLOW, NOW)
        return
    with pytest.raises(ReplyInvalid):
        replies.rendered(Text(content), FOLLOW, NOW)


@pytest.mark.parametrize(
    ("found", "count", "good"),
    [
        (FOLLOW, 8, True),
        (FOLLOW, 9, False),
        (FOLLOW, 0, False),
        (samples.text(), 1, True),
        (samples.text(), 2, False),
        (event("CLICK"), 8, True),
    ],
)
def test_one_article_answers_a_message_and_eight_an_event(found: Push, count: int, good: bool) -> None:
    reply = News((ARTICLE,) * count)
    if good:
        assert tree(replies.rendered(reply, found, NOW))["ArticleCount"] == str(count)
        return
    with pytest.raises(ReplyInvalid):
        replies.rendered(reply, found, NOW)


@pytest.mark.parametrize(
    ("found", "takes"),
    [
        (samples.text(), True),
        (push.read(body("image")), True),
        (push.read(body("miniprogrampage")), True),
        (push.read(body("device_text")), False),
        (push.read(body("hologram")), False),
        (event("subscribe"), True),
        (event("SCAN"), True),
        (event("CLICK"), True),
        (event("scancode_waitmsg"), True),
        (event("LOCATION"), True),
        (event("unsubscribe"), False),
        (event("VIEW"), False),
        (event("view_miniprogram"), False),
        (event("scancode_push"), False),
        (event("TEMPLATESENDJOBFINISH"), False),
        (event("user_enter_tempsession"), False),
        (event("weapp_audit_success"), False),
        (event("some_event_of_2031"), False),
    ],
)
def test_only_what_somebody_waits_at_is_answered(found: Push, takes: bool) -> None:
    assert replies.takes_reply(found) is takes


def test_payments_want_an_acknowledgement_of_their_own() -> None:
    assert replies.needs_acknowledgement(event("xpay_goods_deliver_notify"))
    assert not replies.needs_acknowledgement(event("wxa_media_check"))
    assert not replies.needs_acknowledgement(push.read(body("xpay_text")))
    assert json.loads(replies.acknowledged(Form.JSON)) == {"ErrCode": 0, "ErrMsg": "success"}
    assert tree(replies.acknowledged(Form.XML)) == {"ErrCode": "0", "ErrMsg": "success"}


@pytest.mark.parametrize("form", list(Form))
def test_an_encrypted_answer_is_one_that_the_platform_opens(form: Form) -> None:
    inner = replies.rendered(Text("你好 ]]>"), FOLLOW, NOW)
    text = replies.sealed(inner, appid=APPID, token=TOKEN, key=KEY, timestamp=AT, nonce=NONCE, salt=SALT, form=form)
    outer = json.loads(text) if form is Form.JSON else tree(text)
    assert samples.opened(outer["Encrypt"]) == (inner.encode(), APPID.encode())
    assert without(outer, "Encrypt") == {
        "MsgSignature": samples.signed(TOKEN, str(AT), NONCE, outer["Encrypt"]),
        "TimeStamp": AT if form is Form.JSON else str(AT),
        "Nonce": NONCE,
    }


def test_the_same_reply_to_the_same_push_is_the_same_text() -> None:
    first, again = (replies.rendered(Text("欢迎"), event("subscribe"), NOW) for _ in range(2))
    assert first == again
