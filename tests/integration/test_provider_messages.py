"""Messages over providers, through all lambdas: asked for, decided, sent at the local fronts, and known to have arrived."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest

import app as application
from chalicelib.channels import inbox
from chalicelib.dispatch.model import State
from chalicelib.entrypoints import send, upkeep
from chalicelib.messages.templates.model import ChannelName
from infra.local_providers.state import Nature
from infra.mappings import SEND_POPUP, SEND_PUSH, SEND_SMS, SEND_WEBHOOK
from tests.support.aws import Stack
from tests.support.deliveries import Context
from tests.support.gateway import Gateway
from tests.support.messages import Office, open_office
from tests.support.providers import connect, in_force
from tests.unit.local_providers.bridge import ALIYUN, HOOK_SECRET, TENCENT, Fronts

NUMBER = "13912345678"
SECRET = "s3cret-part-of-an-address"
NAME = "{{ person.attributes.name | default: '您好' }}"
SMS = {"signature": "旗舰店", "template": "T1", "variables": {"name": NAME}}
WORDS: dict[str, Any] = {
    "ali": {"account": "ali", "provider": "aliyun", "text": "${name}，您的订单已经发货。", **SMS},
    "tc": {"account": "tc", "provider": "tencent", "text": "{1}，您的订单已经发货。", **SMS, "variables": {"1": NAME}},
    "push": {"account": "jp", "provider": "jpush", "title": "订单", "body": "您的订单已经发货"},
    "webhook": {"account": "crm", "type": "shipped", "data": {"order": "{{ data.order | default: '-' }}"}},
    "popup": {"account": "shop", "title": "发货了", "text": "您的订单已经发货", "placement": "banner"},
}


@dataclass(slots=True)
class House:
    """The office with real senders, and the providers behind them."""

    office: Office
    fronts: Fronts
    stack: Stack

    def words(self, **channels: str) -> None:
        self.office.template(channels={channel: WORDS[words] for channel, words in channels.items()})

    def later(self, milliseconds: int) -> None:
        self.fronts.driver.advance(milliseconds / 1000)
        self.office.later(milliseconds)

    def hand_on(self, account: str) -> None:
        """The provider's calls reach us."""
        self.later(1_000)
        waiting, self.fronts.callbacks = self.fronts.callbacks, []
        for url, body in waiting:
            kind = "receipts" if url.endswith("receipts") else "sms-replies"
            assert Gateway(application.app, now=self.office.clock.now).call("POST", f"/v1/{kind}/{account}/{SECRET}", body).status == 200
        self.office.flow()

    def tells(self, who: tuple[str, str] = ("mobile", NUMBER), **more: Any) -> str:
        message = self.office.ask(*who, version=2, **more)
        self.office.flow()
        return message


@pytest.fixture
def house(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> House:
    office = open_office(stack, monkeypatch)
    fronts = connect(monkeypatch)
    office.later(fronts.now - office.clock.now)  # to ten in the morning
    office.clock.install(monkeypatch, send, upkeep)
    for account in (ALIYUN, TENCENT):
        in_force(account, callback=SECRET)
    for mapping, channel in ((SEND_SMS, "sms"), (SEND_PUSH, "push"), (SEND_WEBHOOK, "webhook"), (SEND_POPUP, "popup")):
        office.ring.pump.queue(mapping, partial(send.send, channel))
    made = House(office, fronts, stack)
    office.person(mobile=NUMBER)
    return made


@pytest.mark.parametrize("account", ["ali", "tc"])
def test_an_sms_is_sent_once_and_its_receipt_finds_it(house: House, account: str) -> None:
    house.words(sms=account)
    message = house.tells()
    assert house.office.find(message).state is State.SENT
    house.fronts.driver.choices(receipts=2)
    house.hand_on(account)
    assert house.office.states(message) == ["accepted", "queued", "claimed", "sent", "delivered"]
    assert [one["to"] for one in house.fronts.driver.outbox()] == [f"+86{NUMBER}"]


@pytest.mark.parametrize("account", ["ali", "tc"])
def test_a_number_that_a_carrier_does_not_reach_is_told_another_way(house: House, account: str) -> None:
    house.words(sms=account, popup="popup")
    house.fronts.driver.number(f"+86{NUMBER}", Nature.ABSENT)
    message = house.tells(channels=(ChannelName.SMS, ChannelName.POPUP))
    house.hand_on(account)
    found = house.office.find(message)
    assert (found.state, [one.channel for one in found.tried]) == (State.SENT, [ChannelName.SMS])
    assert [one.id for one in inbox.of(found.order.person)] == [message]


def test_a_lost_answer_is_looked_up_and_nobody_is_told_twice(house: House) -> None:
    house.words(sms="ali")
    house.fronts.driver.fault("reset_after", {"action": "SendSms"}, nth=1)
    message = house.tells()
    assert house.office.find(message).state is State.UNKNOWN
    house.later(15 * 60_000)
    assert house.office.find(message).state in (State.SENT, State.DELIVERED)
    assert len(house.fronts.driver.outbox()) == 1


def test_a_push_that_has_arrived_is_known_when_it_was_asked_for(house: House) -> None:
    house.office.person(push__jp="device-1", user_id="u1")
    house.words(push="push")
    message = house.tells(("user_id", "u1"))
    assert house.office.find(message).state is State.SENT
    house.later(3_600_000)
    upkeep.upkeep({}, Context("upkeep", "r"))
    house.office.flow()
    assert house.office.find(message).state is State.DELIVERED
    assert house.stack.items("rates") == [item for item in house.stack.items("rates") if not item["pk"]["S"].startswith("receipts#")]


def test_a_push_whose_answer_was_lost_goes_again_with_its_key(house: House) -> None:
    house.office.person(push__jp="device-1", user_id="u1")
    house.words(push="push")
    house.fronts.driver.fault("reset_after", {"provider": "jpush", "action": "push"}, nth=1)
    message = house.tells(("user_id", "u1"))
    house.later(5 * 60_000)
    assert house.office.find(message).state is State.SENT
    assert len(house.fronts.driver.outbox()) == 1


def test_a_receiver_that_fails_is_called_again_with_the_same_id(house: House) -> None:
    house.words(webhook="webhook")
    house.fronts.driver.receiver("crm", HOOK_SECRET, statuses=[500, 503, 200])
    message = house.tells(data={"order": "7"})
    for _ in range(5):
        house.later(5 * 60_000)
    assert house.office.find(message).state is State.SENT
    called = [one for one in house.fronts.driver.outbox() if one["key"] == message]
    assert len(called) == 1


def test_a_popup_that_was_shown_has_arrived_and_a_tap_is_a_click(house: House) -> None:
    house.office.person(user_id="u1", mobile=NUMBER)
    house.words(popup="popup")
    message = house.tells()
    shop = replace(house.office.ring.shop, now=house.office.clock.now)
    [popup] = shop.get("/v1/popups?namespace=user_id&value=u1").json["items"]
    assert (popup["id"], popup["title"]) == (message, "发货了")
    for deed, state in (("shown", State.DELIVERED), ("clicked", State.CLICKED), ("closed", State.CLICKED)):
        assert shop.call("POST", f"/v1/popups/{message}/{deed}", {"namespace": "user_id", "value": "u1"}).status == 202
        house.office.flow()
        assert house.office.find(message).state is state


def test_a_popup_moves_with_a_person_who_becomes_another(house: House) -> None:
    house.office.person(user_id="u1")
    house.words(popup="popup")
    message = house.tells()
    house.office.person(user_id="u1", mobile=NUMBER)
    shop = replace(house.office.ring.shop, now=house.office.clock.now)
    assert [one["id"] for one in shop.get("/v1/popups?namespace=user_id&value=u1").json["items"]] == [message]


def test_a_template_for_another_provider_than_its_account_goes_another_way_and_holds_nobody_up(house: House) -> None:
    house.office.template(channels={"sms": {**WORDS["ali"], "account": "tc"}, "popup": WORDS["popup"]})
    wrong = house.tells(channels=(ChannelName.SMS, ChannelName.POPUP))
    found = house.office.find(wrong)
    assert [(step.state.value, step.reason) for step in found.trail if step.reason] == [("failed", "account_mismatch")]
    assert (found.state, found.trip and found.trip.channel) == (State.SENT, ChannelName.POPUP)
    house.words(sms="tc")
    assert house.office.find(house.office.ask("mobile", NUMBER, "2", version=3)).state is State.ACCEPTED
    house.office.flow()
    assert [one["account"] for one in house.fronts.driver.outbox()] == ["AKID1"]


def test_who_answers_stop_gets_no_more_of_it(house: House) -> None:
    house.words(sms="ali")
    house.tells()
    house.fronts.driver.reply("aliyun", "AK1", f"+86{NUMBER}", "TD", "旗舰店")
    house.hand_on("ali")
    contact = house.office.ring.ask("mobile", NUMBER, "/contact")
    assert contact.status == 200
    assert "stop" in str(contact.json) or "reply" in str(contact.json)
