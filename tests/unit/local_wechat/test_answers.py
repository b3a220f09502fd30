"""What counts as an answer, and what is wrong with all others."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.wechat import push as product_push
from chalicelib.wechat import replies
from chalicelib.wechat.push import Form as ProductForm
from infra.local_wechat import kinds
from infra.local_wechat.answers import Answer, Response, Verdict, read
from infra.local_wechat.envelopes import Destination, Fresh, delivery
from infra.local_wechat.payloads import Payload, Push
from infra.local_wechat.state import Form, Mode
from infra.local_wechat.unanswered import Fault
from tests.unit.wechat import samples
from tests.unit.wechat.samples import APPID, AT, ENCODING_KEY, FAN, GH, KEY, NONCE, OLD_KEY, SALT, TOKEN

TEXT = kinds.text("裙装", 1)
FOLLOW = kinds.subscribe()
VIEW = kinds.event("VIEW", EventKey="https://shop.example/")
PAID = kinds.event("xpay_goods_deliver_notify", OpenId=FAN)
HEAD = f"<ToUserName>{FAN}</ToUserName><FromUserName>{GH}</FromUserName><CreateTime>7</CreateTime>"
ITEM = "<item><Title>a</Title><Description>b</Description><PicUrl>c</PicUrl><Url>d</Url></item>"


def to(mode: Mode = Mode.PLAIN, form: Form = Form.XML, mini: bool = False) -> Destination:
    return Destination(APPID, GH, "http://shop.example/", TOKEN, mode, form, (KEY, OLD_KEY), mini)


def answered(body: str | bytes, payload: Payload = TEXT, where: Destination | None = None, status: int = 200) -> Answer:
    raw = body.encode() if isinstance(body, str) else body
    return read(Response(status, raw), where or to(), Push(payload, GH, FAN, AT), lambda media_id: media_id == "known")


def reply(kind: str, inside: str, head: str = HEAD) -> str:
    return f"<xml>{head}<MsgType>{kind}</MsgType>{inside}</xml>"


HELLO = reply("text", "<Content>hi</Content>")


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("body", ["", "success"])
def test_nothing_and_success_are_enough_in_every_mode(mode: Mode, body: str) -> None:
    assert answered(body, where=to(mode)) == Answer(Verdict.ACKNOWLEDGED)


@pytest.mark.parametrize(
    ("kind", "inside"),
    [
        ("text", "<Content>hi</Content>"),
        ("image", "<Image><MediaId>known</MediaId></Image>"),
        ("voice", "<Voice><MediaId>known</MediaId></Voice>"),
        ("video", "<Video><MediaId>known</MediaId><Title>t</Title></Video>"),
        ("music", "<Music><ThumbMediaId>known</ThumbMediaId></Music>"),
        ("news", f"<ArticleCount>1</ArticleCount><Articles>{ITEM}</Articles>"),
        ("transfer_customer_service", ""),
        ("transfer_customer_service", "<TransInfo><KfAccount>kf1@shop</KfAccount></TransInfo>"),
    ],
)
def test_every_type_of_reply_is_shown(kind: str, inside: str) -> None:
    found = answered(reply(kind, inside))
    assert (found.verdict, found.reply["MsgType"], found.fault) == (Verdict.REPLIED, kind, None)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("Success", Fault.UNREADABLE),
        ("success\n", Fault.UNREADABLE),
        ('{"code": 0}', Fault.UNREADABLE),
        (b"\xff\xfe", Fault.UNREADABLE),
        ("<xml>", Fault.UNREADABLE),
        ("<html><body>hi</body></html>", Fault.UNREADABLE),
        (f"<!DOCTYPE xml>{HELLO}", Fault.DOCTYPE),
        (f'<!DOCTYPE xml [<!ENTITY a "b">]>{HELLO}', Fault.DOCTYPE),
        (reply("text", ""), Fault.CHILD_MISSING),
        (reply("text", "<Content></Content>"), Fault.CHILD_MISSING),
        (reply("text", f"<Content>{'裙' * 683}</Content>"), Fault.TOO_LONG),
        (reply("text", "<Content>hi</Content>", HEAD.replace(FAN, "oSomebody")), Fault.RECEIVER_WRONG),
        (reply("text", "<Content>hi</Content>", HEAD.replace(GH, APPID)), Fault.SENDER_WRONG),
        (reply("text", "<Content>hi</Content>", HEAD.replace(">7<", ">soon<")), Fault.CHILD_MISSING),
        (f"<xml>{HEAD}<Content>hi</Content></xml>", Fault.CHILD_MISSING),
        (reply("poem", "<Content>hi</Content>"), Fault.TYPE_UNKNOWN),
        (reply("image", "<MediaId>known</MediaId>"), Fault.CHILD_MISSING),
        (reply("image", "<Image><MediaId>never-uploaded</MediaId></Image>"), Fault.MEDIA_UNKNOWN),
        (reply("music", "<Music><Title>t</Title></Music>"), Fault.CHILD_MISSING),
        (reply("news", f"<ArticleCount>2</ArticleCount><Articles>{ITEM}</Articles>"), Fault.COUNT_WRONG),
        (reply("news", f"<ArticleCount>2</ArticleCount><Articles>{ITEM * 2}</Articles>"), Fault.COUNT_WRONG),
        (reply("news", "<ArticleCount>1</ArticleCount><Articles><item><Title>t</Title></item></Articles>"), Fault.CHILD_MISSING),
        (reply("transfer_customer_service", "<TransInfo><Kf>x</Kf></TransInfo>"), Fault.CHILD_MISSING),
    ],
)
def test_what_cannot_be_shown_is_a_failure_with_its_reason(body: str | bytes, fault: Fault) -> None:
    found = answered(body)
    assert (found.verdict, found.fault) == (Verdict.FAILED, fault)
    assert found.detail


@pytest.mark.parametrize("status", [201, 204, 302, 403, 500, 503])
def test_only_200_is_an_answer(status: int) -> None:
    assert answered("success", status=status).fault is Fault.STATUS


def test_eight_articles_answer_a_follow_and_nine_do_not() -> None:
    eight, nine = (reply("news", f"<ArticleCount>{n}</ArticleCount><Articles>{ITEM * n}</Articles>") for n in (8, 9))
    assert answered(eight, FOLLOW).verdict is Verdict.REPLIED
    assert answered(nine, FOLLOW).fault is Fault.COUNT_WRONG


def test_a_reply_where_nobody_waits_does_no_harm_and_is_not_shown() -> None:
    assert answered(HELLO, VIEW).verdict is Verdict.IGNORED


def test_a_payment_counts_as_taken_when_the_code_says_so() -> None:
    assert answered("success", PAID).fault is Fault.UNREADABLE
    assert answered("<xml><ErrCode>0</ErrCode><ErrMsg>success</ErrMsg></xml>", PAID).verdict is Verdict.ACKNOWLEDGED
    assert answered("<xml><ErrCode>1</ErrCode></xml>", PAID).fault is Fault.CODE_MISSING


def sealed(message: str, appid: str = APPID, key: bytes = KEY, token: str = TOKEN) -> str:
    encrypt = samples.sealed(message.encode(), appid, key)
    signature = samples.signed(token, "7", "n", encrypt)
    return f"<xml><Encrypt>{encrypt}</Encrypt><MsgSignature>{signature}</MsgSignature><TimeStamp>7</TimeStamp><Nonce>n</Nonce></xml>"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (HELLO, Fault.NOT_ENCRYPTED),
        (sealed(HELLO, token="other"), Fault.SIGNATURE_WRONG),
        (sealed(HELLO).replace("<Nonce>n", "<Nonce>m"), Fault.SIGNATURE_WRONG),
        (sealed(HELLO).replace("<TimeStamp>7</TimeStamp>", ""), Fault.CHILD_MISSING),
        (sealed(HELLO, appid="wx-of-others"), Fault.UNDECRYPTABLE),
        (sealed(HELLO, key=b"k" * 32), Fault.UNDECRYPTABLE),
        (sealed(reply("text", "")), Fault.CHILD_MISSING),
        (sealed("success"), Fault.UNREADABLE),
    ],
)
def test_in_safe_mode_a_reply_must_be_sealed_well(body: str, fault: Fault) -> None:
    assert answered(body, where=to(Mode.SAFE)).fault is fault


@pytest.mark.parametrize("key", [KEY, OLD_KEY])
def test_in_safe_mode_either_key_opens_a_reply_while_one_is_replaced(key: bytes) -> None:
    assert answered(sealed(HELLO, key=key), where=to(Mode.SAFE)).reply["Content"] == "hi"


def test_compatible_mode_takes_both_and_plain_mode_only_the_plain() -> None:
    assert answered(HELLO, where=to(Mode.COMPATIBLE)).verdict is Verdict.REPLIED
    assert answered(sealed(HELLO), where=to(Mode.COMPATIBLE)).verdict is Verdict.REPLIED
    assert answered(sealed(HELLO), where=to(Mode.PLAIN)).fault is Fault.CHILD_MISSING


def test_a_mini_program_hands_over_or_says_nothing() -> None:
    mini = to(form=Form.JSON, mini=True)
    head = {"ToUserName": FAN, "FromUserName": GH, "CreateTime": 7}
    assert answered(json.dumps({**head, "MsgType": "transfer_customer_service"}), where=mini).verdict is Verdict.REPLIED
    assert answered(json.dumps({**head, "MsgType": "text", "Content": "hi"}), where=mini).fault is Fault.TYPE_UNKNOWN
    assert answered(HELLO, where=mini).fault is Fault.UNREADABLE
    assert answered("[]", where=mini).fault is Fault.UNREADABLE


@given(st.binary(max_size=300))
def test_no_answer_breaks_the_platform(body: bytes) -> None:
    for where in (to(), to(Mode.SAFE), to(form=Form.JSON)):
        assert answered(body, where=where).verdict in {Verdict.FAILED, Verdict.ACKNOWLEDGED}


ARTICLE = replies.Article("t", "d", "p", "u")


@pytest.mark.parametrize(
    "ours",
    [
        replies.Text("您好 ]]> <b>&\n再见"),
        replies.Image("known"),
        replies.Voice("known"),
        replies.Video("known", "t", "d"),
        replies.Music("known", "t"),
        replies.News((ARTICLE,)),
        replies.Transfer("kf1@shop"),
        replies.Transfer(),
    ],
)
@pytest.mark.parametrize("mode", Mode)
def test_the_platform_shows_what_the_product_renders(ours: replies.Reply, mode: Mode) -> None:
    sent = Push(TEXT, GH, FAN, AT)
    arrived = product_push.read(delivery(to(), sent, Fresh(AT, NONCE, SALT)).body)
    text = replies.rendered(ours, arrived, AT * 1000)
    if mode is not Mode.PLAIN:
        text = replies.sealed(text, appid=APPID, token=TOKEN, key=KEY, timestamp=AT, nonce=NONCE, salt=SALT, form=ProductForm.XML)
    assert answered(text, where=to(mode)).verdict is Verdict.REPLIED


def test_secrets_do_not_show() -> None:
    assert TOKEN not in repr(to())
    assert ENCODING_KEY not in repr(to())
    assert repr(KEY) not in repr(to())
