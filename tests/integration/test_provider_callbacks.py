"""What providers call: receipts and replies of the local fronts on our addresses, again and again, and by whom they must not come."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

import app as application
from chalicelib.channels import pulling
from chalicelib.channels.channel import Parcel, channel_of
from chalicelib.dispatch import queue
from chalicelib.dispatch.news import Followup, Receipt, Reply, followup_of
from chalicelib.entrypoints import receipts, upkeep
from chalicelib.messages.templates.model import ChannelName
from chalicelib.providers import connected
from chalicelib.providers.model import Fate
from infra.local_providers.state import Nature
from infra.provider_secrets import main as put_secrets
from tests.support.aws import Stack
from tests.support.clock import Clock
from tests.support.deliveries import Context
from tests.support.gateway import Gateway
from tests.support.gateway import Reply as Said
from tests.support.providers import ALIYUN_SMS, PUSH, TENCENT_SMS, connect, in_force
from tests.unit.local_providers.bridge import ALIYUN, NOW, TENCENT, Fronts

SECRET = "s3cret-part-of-an-address"
SMS = {"ali": ALIYUN_SMS, "tc": TENCENT_SMS}
PROVIDERS = {"ali": "aliyun", "tc": "tencent"}
KEYS = {"ali": "AK1", "tc": "1400000001"}
each_account = pytest.mark.parametrize("account", ["ali", "tc"])


@dataclass(slots=True)
class World:
    """We and the providers; what they call us with is carried over by hand."""

    fronts: Fronts
    stack: Stack
    public: Gateway

    def sends(self, parcel: Parcel) -> None:
        assert channel_of(parcel.channel).send(parcel, self.fronts.now).provider_id

    def called(self, account: str, secret: str = SECRET) -> list[Said]:
        """Hands on what the fronts have called back so far."""
        self.fronts.driver.advance(1)
        waiting, self.fronts.callbacks = self.fronts.callbacks, []
        names = {"http://us/receipts": "receipts", "http://us/replies": "sms-replies"}
        return [self.call(names[url], account, body, secret) for url, body in waiting]

    def call(self, kind: str, account: str, body: Any, secret: str = SECRET) -> Said:
        return self.public.call("POST", f"/v1/{kind}/{account}/{secret}", body)

    @property
    def queued(self) -> list[Followup]:
        return [followup_of(body)[0] for body in self.stack.messages("followups")]


@pytest.fixture
def world(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> World:
    fronts = connect(monkeypatch)
    for account in (ALIYUN, TENCENT):
        in_force(account, callback=SECRET)
    return World(fronts, stack, Gateway(application.app, now=NOW))


# ---- receipts ----


@each_account
def test_a_receipt_is_kept_and_the_provider_is_told_so(world: World, account: str) -> None:
    world.sends(SMS[account])
    [reply] = world.called(account)
    assert reply.status == 200
    assert reply.body == {"ali": b'{"code":0,"msg":"ok"}', "tc": b'{"result":0,"errmsg":"OK"}'}[account]
    assert reply.headers["content-type"] == "application/json"
    [receipt] = world.queued
    assert isinstance(receipt, Receipt)
    assert (receipt.channel, receipt.account, receipt.fate) == (ChannelName.SMS, account, Fate.DELIVERED)
    assert receipt.message == {"ali": "m-1", "tc": ""}[account]  # Tencent calls back with its own number only
    assert receipt.reference == world.fronts.driver.outbox()[0]["id"]


@each_account
def test_a_carriers_refusal_is_told_with_its_reason(world: World, account: str) -> None:
    world.fronts.driver.number("+8613800000000", Nature.ABSENT)
    world.sends(SMS[account])
    world.called(account)
    [receipt] = world.queued
    assert isinstance(receipt, Receipt)
    assert (receipt.fate, receipt.reason) == (Fate.FAILED, "address_absent")


@each_account
def test_a_receipt_that_comes_again_is_kept_again_alike(world: World, account: str) -> None:
    """Whoever carries it out sees that nothing changes: what counts here is that it is never lost."""
    world.fronts.driver.choices(receipts=3)
    world.sends(SMS[account])
    world.fronts.driver.advance(10)
    assert [one.status for one in world.called(account)] == [200] * 3
    first, *others = world.queued
    assert others == [first, first]


@each_account
def test_while_nothing_can_be_kept_the_provider_is_to_come_again(world: World, account: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world.sends(SMS[account])
    with monkeypatch.context() as patch:
        patch.setattr(queue, "follow_up", lambda *_: (_ for _ in ()).throw(queue.NotQueued("full")))
        assert [one.status for one in world.called(account)] == [500]
    assert world.queued == []


def test_many_receipts_of_one_call_are_all_kept(world: World) -> None:
    items = [{"phone_number": f"139{n:08d}", "success": True, "out_id": f"m-{n}", "biz_id": f"b-{n}"} for n in range(25)]
    assert world.call("receipts", "ali", items).status == 200
    found = [one for _ in range(4) for one in world.queued]
    assert sorted(one.message for one in found if isinstance(one, Receipt)) == sorted(f"m-{n}" for n in range(25))


@each_account
def test_a_body_that_is_none_of_the_providers_is_refused(world: World, account: str) -> None:
    bodies = (b"", b"no json", b"[1]", b'"text"', b"[" * 5_000)
    found = [world.call(kind, account, body).status for kind in ("receipts", "sms-replies") for body in bodies]
    assert found == [400] * 10
    assert world.queued == []


def test_a_provider_that_tells_nothing_of_the_kind_is_refused(world: World) -> None:
    connected.forget()
    assert put_secrets(["--account", "crm", "--adapter", "webhook", "--callback"]) == 0
    connected.forget()
    account = connected.account_of("crm")
    assert account is not None
    assert world.call("receipts", "crm", {}, account.secret("callback")).status == 400


# ---- who may call ----


STRANGERS = [
    ("ali", "wrong"),
    ("ali", SECRET[:-1]),
    ("ali", SECRET + "x"),
    ("ali", "%C3%A9"),
    ("ali", "%20"),
    ("nobody", SECRET),
    ("jp", SECRET),  # has no such secret
    ("x" * 500, SECRET),
]


@pytest.mark.parametrize("kind", ["receipts", "sms-replies"])
def test_who_does_not_know_the_secret_learns_nothing(world: World, kind: str) -> None:
    found = [world.call(kind, account, [{"phone_number": "13800000000", "success": True}], secret) for account, secret in STRANGERS]
    assert {reply.status for reply in found} == {404}
    assert len({json.dumps({**reply.json, "request_id": ""}) for reply in found}) == 1
    assert world.queued == []


def test_the_secret_that_is_being_replaced_is_good_until_the_end(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert put_secrets(["--account", "ali", "--adapter", "sms_aliyun", "--callback"]) == 0
    shown = capsys.readouterr().out
    connected.forget()
    account = connected.account_of("ali")
    assert account is not None
    newest, before = account.secrets["callback"]
    assert before == SECRET
    assert f"/v1/receipts/ali/{newest}" in shown
    assert f"/v1/sms-replies/ali/{newest}" in shown
    assert [world.call("receipts", "ali", [], one).status for one in (newest, before)] == [200, 200]
    assert put_secrets(["--account", "ali", "--adapter", "sms_aliyun", "--callback", "--only-newest"]) == 0
    connected.forget()
    assert [world.call("receipts", "ali", [], one).status for one in (newest, before)] == [200, 404]


def test_the_secret_stands_in_no_line_of_the_log(
    world: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    world.call("receipts", "ali", b"no json")
    world.call("receipts", "ali", [])
    assert SECRET not in capsys.readouterr().out + caplog.text


# ---- replies ----


@each_account
@pytest.mark.parametrize(("text", "stops"), [("TD", True), ("退订", True), ("谢谢", False)])
def test_what_a_person_answers_is_kept(world: World, account: str, text: str, stops: bool) -> None:
    world.fronts.driver.reply(PROVIDERS[account], "AK1" if account == "ali" else "AKID1", "+8613800000000", text, "旗舰店")
    [said] = world.called(account)
    assert said.status == 200
    [reply] = world.queued
    assert isinstance(reply, Reply)
    assert (reply.account, reply.sender, reply.text, reply.stops) == (account, "+8613800000000", text, stops)


@each_account
def test_an_answer_that_comes_again_is_the_same_answer(world: World, account: str) -> None:
    world.fronts.driver.reply(PROVIDERS[account], "AK1" if account == "ali" else "AKID1", "+8613800000000", "TD", "旗舰店")
    world.fronts.driver.advance(1)
    [(_, body)] = world.fronts.callbacks
    for _ in range(2):
        world.call("sms-replies", account, body)
    first, second = world.queued
    assert first == second


# ---- asked for ----


def test_every_hour_who_calls_nobody_is_asked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    push = channel_of(PUSH.channel).send(PUSH, world.fronts.now)
    pulling.note([("jp", push.provider_id)], NOW)
    world.sends(TENCENT_SMS)  # calls us, as it has our address: it is not asked
    world.fronts.driver.advance(3_600)
    Clock(world.fronts.now).install(monkeypatch, upkeep)
    upkeep.upkeep({}, Context("upkeep", "r"))
    [receipt] = world.queued
    assert isinstance(receipt, Receipt)
    assert (receipt.channel, receipt.account, receipt.message, receipt.reference) == (ChannelName.PUSH, "jp", "", push.provider_id)


def test_one_accounts_trouble_is_not_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def pull(name: str, _now: int) -> None:
        asked.append(name)
        raise RuntimeError("broken")

    monkeypatch.setattr(receipts, "pull", pull)
    assert upkeep.upkeep({}, Context("upkeep", "r")) == {}
    assert asked == ["ali", "crm", "jp", "tc"]


def test_a_slow_provider_is_left_for_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pulling.note([("jp", str(number)) for number in range(250)], NOW)
    seconds = iter(range(0, 1_000, 15))
    monkeypatch.setattr(receipts, "monotonic", lambda: float(next(seconds)))
    before = len(world.fronts.driver.log())
    receipts.pull("jp", NOW + 3_600_000)
    assert len(world.fronts.driver.log()) - before == 2


def test_receipts_are_forgotten_only_once_they_are_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    push = channel_of(PUSH.channel).send(PUSH, world.fronts.now)
    pulling.note([("jp", push.provider_id)], NOW)
    with monkeypatch.context() as patch:
        patch.setattr(queue, "follow_up", lambda *_: (_ for _ in ()).throw(queue.NotQueued("full")))
        with pytest.raises(queue.NotQueued):
            receipts.pull("jp", NOW + 3_600_000)
    receipts.pull("jp", NOW + 3_600_000)
    assert len(world.queued) == 1
    assert json.dumps(world.stack.items("rates")) == "[]"
    receipts.pull("nobody", NOW)
