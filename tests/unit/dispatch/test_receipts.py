"""What WeChat's pushes tell of messages, in both forms, and that most of them tell nothing."""

import pytest

from chalicelib.dispatch.news import Job, Left, Receipt
from chalicelib.dispatch.receipts import of_push
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers.model import Fate
from chalicelib.wechat import push
from tests.unit.wechat.samples import APPID, AT, FAN, NOW, event, json_body, text

T = AT * 1000


def receipt(channel: ChannelName, number: str, reason: str = "", said: str = "") -> Receipt:
    fate = Fate.FAILED if reason else Fate.DELIVERED
    return Receipt(channel, APPID, fate, T, reference=number, address=FAN, reason=reason, raw_code=said)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("success", ""),
        ("failed:user block", "address_blocked"),
        ("failed: system failed", "provider_fault"),
        ("failed:unheard of", "provider_fault"),
    ],
)
def test_a_template_message_is_through(status: str, reason: str) -> None:
    told = event("TEMPLATESENDJOBFINISH", f"<MsgID>88</MsgID><Status>{status}</Status>")
    assert of_push(told, APPID, NOW) == (receipt(ChannelName.TEMPLATE, "88", reason, status),)


NOTICE = {"TemplateId": "S-1", "MsgID": "88", "ErrorCode": "0", "ErrorStatus": "success"}


@pytest.mark.parametrize(
    ("told", "reason"),
    [(NOTICE, ""), (NOTICE | {"ErrorCode": "43101"}, "address_blocked"), (NOTICE | {"ErrorCode": "20000"}, "provider_fault")],
)
def test_a_notice_is_through(told: dict[str, str], reason: str) -> None:
    want = (receipt(ChannelName.SUBSCRIBE, "88", reason, told["ErrorCode"]),)
    assert of_push(push.read(json_body("event", "subscribe_msg_sent_event", List=told)), APPID, NOW) == want
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in told.items())
    wrapped = f"<SubscribeMsgSentEvent><List>{inside}</List></SubscribeMsgSentEvent>"
    assert of_push(event("subscribe_msg_sent_event", wrapped), APPID, NOW) == want


def test_each_notice_of_a_push_has_a_receipt_of_its_own() -> None:
    told = push.read(json_body("event", "subscribe_msg_sent_event", List=[NOTICE, NOTICE | {"MsgID": "89"}, {"TemplateId": "S-2"}]))
    assert [one.reference for one in of_push(told, APPID, NOW) if isinstance(one, Receipt)] == ["88", "89"]


def test_a_mass_message_is_through() -> None:
    told = event("MASSSENDJOBFINISH", "<MsgID>7</MsgID><Status>send success</Status><SentCount>5</SentCount>")
    assert of_push(told, APPID, NOW) == (Job(APPID, {"MsgID": "7", "Status": "send success", "SentCount": "5"}, T),)


def test_a_fan_leaves() -> None:
    assert of_push(event("unsubscribe"), APPID, NOW) == (Left(APPID, FAN, T),)


def test_a_push_without_a_time_is_of_now() -> None:
    assert of_push(event("unsubscribe", at=0), APPID, NOW) == (Left(APPID, FAN, NOW),)


@pytest.mark.parametrize(
    "told",
    [
        text(),
        event("subscribe"),
        event("CLICK", "<EventKey>a</EventKey>"),
        event("TEMPLATESENDJOBFINISH", "<Status>success</Status>"),
        event("subscribe_msg_sent_event", "<SubscribeMsgSentEvent/>"),
        event("subscribe_msg_popup_event", "<SubscribeMsgPopupEvent><List><TemplateId>S</TemplateId></List></SubscribeMsgPopupEvent>"),
    ],
)
def test_others_tell_nothing_of_messages(told: push.Push) -> None:
    assert of_push(told, APPID, NOW) == ()
