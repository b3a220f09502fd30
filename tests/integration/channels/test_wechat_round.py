"""Messages round the whole ring and out by WeChat's own interfaces: asked, decided, queued, sent by the lambdas, reported, told."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from chalicelib.channels import customer_service, mass, subscribe, template
from chalicelib.channels.mass import ALONE_MS
from chalicelib.dispatch.news import Job
from chalicelib.dispatch.receipts import of_push
from chalicelib.entrypoints import send as entrypoint
from chalicelib.entrypoints.send import send
from chalicelib.messages.templates.model import ChannelName
from chalicelib.wechat.push import Form, Push
from infra.mappings import SEND_MASS, SEND_TEMPLATE
from tests.support.aws import Stack
from tests.support.messages import Office, open_office
from tests.support.senders import Town
from tests.unit.local_wechat.calling import SERVICE, SUBSCRIPTION, Platform

WX = f"openid:{SERVICE}"
MINUTE = 60_000
DAY = 86_400_000
WORDS: dict[str, Any] = {
    "template": {"account": SERVICE, "template_id": "T1", "data": {"thing1": "连衣裙"}},
    "mass": {"account": SERVICE, "content": {"text": "618"}},
    "sms": {"account": "aliyun", "provider": "aliyun", "signature": "旗舰店", "template": "SMS_1", "text": "618。"},
}


@dataclass
class Round:
    """The ring with its office, and the town that its lambdas send to."""

    office: Office
    town: Town

    def ask(self, openid: str, *channels: str, key: str = "1", **more: Any) -> str:
        return self.office.ask(
            WX, openid, f"{key}-{openid}", channels=tuple(map(ChannelName, channels)), template="spring", strict=True, **more
        )

    def flow(self, milliseconds: int = 0) -> None:
        """Time goes by for both, and everything is done."""
        self.town.platform.clock.now = self.office.clock.now + milliseconds
        self.office.later(milliseconds) if milliseconds else self.office.flow()

    def fans(self, *names: str) -> list[str]:
        """People who follow, here and there."""
        openids = [self.town.platform.fan(name).openid for name in names]
        for openid in openids:
            self.office.person(**{f"openid__{SERVICE}": openid})
        self.office.clock.pass_by(2 * MINUTE)
        return openids


@pytest.fixture
def round_(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Round:
    office = open_office(stack, monkeypatch)
    office.clock.install(monkeypatch, entrypoint)
    platform = Platform()
    platform.clock.now = office.clock.now
    town = Town(stack, platform)
    for channel in (template, subscribe, customer_service, mass):
        monkeypatch.setattr(channel.CHANNEL, "connect", town.client)
    office.template("spring", channels=WORDS)
    office.ring.pump.queue(SEND_MASS, partial(send, "mass"))
    office.ring.pump.queue(SEND_TEMPLATE, partial(send, "template"))
    return Round(office, town)


def test_a_template_message_goes_out_and_its_report_comes_back(round_: Round) -> None:
    office, town = round_.office, round_.town
    (fan,) = round_.fans("mulan")
    message = round_.ask(fan, "template")
    round_.flow()
    assert (town.outbox, office.states(message)[-1]) == ([fan], "sent")
    told = {"MsgID": office.trip(message).reference, "Status": "success"}
    push = Push("gh_1", fan, "event", "TEMPLATESENDJOBFINISH", office.clock.now, "", told, Form.XML)
    office.back(*of_push(push, SERVICE, office.clock.now))
    assert office.states(message) == ["accepted", "queued", "claimed", "sent", "delivered"]


def test_mass_messages_that_wait_together_go_in_one_call_and_the_jobs_end_delivers_them(round_: Round) -> None:
    office, town = round_.office, round_.town
    fans = round_.fans("mulan", "xuan", "jing")
    messages = [round_.ask(fan, "mass", split="content") for fan in fans]
    round_.flow()
    assert (sorted(town.outbox), town.calls("mass/send")) == (sorted(fans), 1)
    counts = {"TotalCount": "3", "FilterCount": "3", "SentCount": "3", "ErrorCount": "0"}
    told = {"MsgID": office.trip(messages[0]).reference, "Status": "send success", **counts}
    office.back(Job(SERVICE, told, office.clock.now))
    assert {office.states(one)[-1] for one in messages} == {"delivered"}


def test_one_mass_message_waits_for_company_and_then_goes_another_way(round_: Round) -> None:
    office, town = round_.office, round_.town
    (fan,) = round_.fans("mulan")
    message = round_.ask(fan, "mass", "template")
    round_.flow()
    assert (town.outbox, office.find(message).reason) == ([], "mass_alone")
    for _ in range(ALONE_MS // (2 * MINUTE) + 2):
        round_.flow(3 * MINUTE)
    assert (town.outbox, office.trip(message).channel) == ([fan], ChannelName.TEMPLATE)
    assert town.calls("mass/send") == 0


def test_two_who_were_alone_find_each_other(round_: Round) -> None:
    office, town = round_.office, round_.town
    mulan, xuan = round_.fans("mulan", "xuan")
    first = round_.ask(mulan, "mass")
    round_.flow()
    second = round_.ask(xuan, "mass")
    round_.flow()
    round_.flow(3 * MINUTE)
    assert (sorted(town.outbox), town.calls("mass/send")) == (sorted([mulan, xuan]), 1)
    assert {office.states(one)[-1] for one in (first, second)} == {"sent"}


def test_the_fifth_mass_message_of_a_month_is_refused_before_it_is_sent(round_: Round) -> None:
    office, town = round_.office, round_.town
    fans = round_.fans("mulan", "xuan")
    for number in range(5):
        last = [round_.ask(fan, "mass", key=str(number)) for fan in fans]
        round_.flow()
        office.clock.pass_by(MINUTE)
    assert town.calls("mass/send") == 4
    assert {(office.states(one)[-1], office.find(one).reason) for one in last} == {("refused", "mass_quota_used")}


def test_the_first_refusal_of_a_fan_who_left_unnoticed_is_the_last_call(round_: Round) -> None:
    office, town = round_.office, round_.town
    (fan,) = round_.fans("mulan")
    town.relation(fan).subscribed = False
    first = round_.ask(fan, "template")
    round_.flow()
    second = round_.ask(fan, "template", key="2")
    round_.flow()
    assert (office.states(first)[-1], office.find(first).reason) == ("failed", "not_following")
    assert (office.states(second)[-1], office.find(second).reason) == ("refused", "not_following")
    assert (town.outbox, town.calls("template/send")) == ([], 1)


def test_a_used_up_day_holds_messages_back_until_midnight_and_then_they_go(round_: Round) -> None:
    office, town = round_.office, round_.town
    (fan,) = round_.fans("mulan")
    town.refuses("template/send", 45009, count=1)
    message = round_.ask(fan, "template")
    round_.flow()
    assert (office.states(message)[-1], office.find(message).reason) == ("queued", "account_limit")
    round_.flow(DAY + MINUTE)
    assert (office.states(message)[-1], town.outbox) == ("sent", [fan])


def test_mass_messages_of_a_subscription_account_gather_and_go_to_a_tag_in_one_call(round_: Round) -> None:
    office, town = round_.office, round_.town
    office.template("weekly", channels={"mass": {"account": SUBSCRIPTION, "content": {"text": "周刊"}}})
    fans = [town.platform.fan(name, SUBSCRIPTION).openid for name in ("mulan", "xuan")]
    for openid in fans:
        office.person(**{f"openid__{SUBSCRIPTION}": openid})
    office.clock.pass_by(2 * MINUTE)
    messages = [office.ask(f"openid:{SUBSCRIPTION}", one, f"w-{one}", channels=(ChannelName.MASS,), template="weekly") for one in fans]
    round_.flow()
    assert [(office.states(one)[-1], office.find(one).reason) for one in messages] == [("queued", "mass_gathering")] * 2
    for _ in range(4):
        round_.flow(5 * MINUTE)
    assert ([office.states(one)[-1] for one in messages], sorted(town.outbox)) == (["sent"] * 2, sorted(fans))
    assert (town.calls("mass/sendall"), town.calls("mass/send")) == (1, 0)
