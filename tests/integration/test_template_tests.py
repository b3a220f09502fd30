"""Test sends: to oneself, by every channel that has words and an address, a draft too, and to nobody who is no tester."""

from typing import Any

import pytest

from chalicelib.definitions import store as definitions
from chalicelib.dispatch import store
from chalicelib.dispatch.model import SourceKind, State
from chalicelib.messages.templates.model import ChannelName
from tests.support.aws import Stack
from tests.support.gateway import NOW, Reply
from tests.support.living import does, live
from tests.support.ring import Ring, address

DRAFT = {
    "category": "service",
    "channels": {
        "sms": {
            "account": "aliyun", "provider": "aliyun", "signature": "旗舰店", "template": "SMS_1", "text": "${name}，您好",
            "variables": {"name": "{{ person.attributes.name | default: '会员' }}"},
        },
        "push": {"account": "app", "provider": "jpush", "title": "订单", "body": "您好"},
        "popup": {"account": "shop", "title": "618", "text": "{{ data.text }}"},
        "webhook": {"account": "erp", "type": "hello", "data": {"n": 1}},
    },
}  # fmt: skip
PHONE = "13812345678"


@pytest.fixture
def ring(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Ring:
    """Ming, who has a phone and no app, and a draft."""
    ring = live(stack, monkeypatch)
    does(ring, "Opened", user_id="ming", mobile=PHONE)
    definitions.draft("templates", "hello", DRAFT, by="test", at=NOW)
    return ring


def tag(ring: Ring) -> None:
    assert ring.operator.call("POST", address("user_id", "ming") + "/tags", {"add": ["tester"]}).status == 202
    ring.flow()


def tried(ring: Ring, **wanted: Any) -> Reply:
    return ring.operator.call("POST", "/v1/templates/hello/test", {"to": {"user_id": "ming"}} | wanted)


def channels(reply: Reply) -> dict[str, Any]:
    assert reply.status == 202, reply.json
    return {one["channel"]: one for one in reply.json["channels"]}


def test_a_draft_is_sent_to_oneself_by_every_channel_that_can(ring: Ring) -> None:
    tag(ring)
    found = channels(tried(ring, data={"text": "在"}))
    assert {name: (one["sends"], one["reason"]) for name, one in found.items()} == {
        "sms": (True, ""),
        "push": (False, "address_missing"),
        "popup": (True, ""),
        "webhook": (True, ""),
    }
    assert found["sms"]["address"] == "138****5678"
    message = store.find(found["sms"]["message_id"])
    assert message is not None
    assert (message.state, message.order.source.kind, message.order.version) == (State.ACCEPTED, SourceKind.TEST, 1)
    assert message.order.channels == (ChannelName.SMS,)


def test_an_address_that_another_account_knows_is_none_of_the_templates(ring: Ring) -> None:
    does(ring, "Opened", user_id="ming", openid__wx2="oMing")
    tag(ring)
    chats = {"customer_service": {"account": "wx1", "content": {"text": "您好"}}}
    definitions.draft("templates", "hello", {"category": "service", "channels": chats}, by="test", at=NOW)
    found = channels(tried(ring))["customer_service"]
    assert (found["sends"], found["reason"], found["address"]) == (False, "address_missing", "")
    chats["customer_service"]["account"] = "wx2"
    definitions.draft("templates", "hello", {"category": "service", "channels": chats}, by="test", at=NOW)
    assert channels(tried(ring))["customer_service"]["sends"]


def test_what_cannot_be_filled_in_is_told_and_not_sent(ring: Ring) -> None:
    tag(ring)
    found = channels(tried(ring, channels=["popup"]))
    assert (found["popup"]["sends"], found["popup"]["reason"], found["popup"]["message_id"]) == (False, "variable_missing", "")


def test_the_same_key_sends_nothing_twice_and_each_request_without_one_is_a_test(ring: Ring) -> None:
    tag(ring)
    first, again = (channels(tried(ring, channels=["sms"], key="a"))["sms"]["message_id"] for _ in range(2))
    assert first == again
    ring.operator.now += 1
    assert channels(tried(ring, channels=["sms"]))["sms"]["message_id"] != first


def test_nobody_is_tried_on_who_is_no_tester(ring: Ring, stack: Stack) -> None:
    reply = tried(ring)
    assert (reply.status, [(one["path"], one["code"]) for one in reply.json["errors"]]) == (422, [("to", "tester_missing")])
    assert stack.items("messages") == []


def test_an_unknown_template_or_person_is_not_found(ring: Ring) -> None:
    tag(ring)
    assert tried(ring, to={"user_id": "nobody"}).status == 404
    assert tried(ring, version=7).status == 404
