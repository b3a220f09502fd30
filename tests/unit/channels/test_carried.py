"""SMS, push and webhooks through the channels, at local fronts: what is sent, what is not, what is looked up, and what is told of it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import GetError

from chalicelib import telemetry
from chalicelib.channels import breaker, carried
from chalicelib.channels.carried import Carried
from chalicelib.channels.channel import Parcel, channel_of
from chalicelib.errors import Busy
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.providers import connected, credentials, reaching
from chalicelib.providers.model import Outcome, Reason, Result
from chalicelib.settings import settings
from tests.support.aws import memory_stack
from tests.support.providers import ALIYUN_SMS, CALL, NUMBER, PUSH, TENCENT_SMS, connect, publish
from tests.unit.local_providers.bridge import HOOK_SECRET, NOW, Fronts

EVERY = [ALIYUN_SMS, TENCENT_SMS, PUSH, CALL]
every_parcel = pytest.mark.parametrize("parcel", EVERY, ids=lambda parcel: parcel.account)


@pytest.fixture
def fronts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fronts]:
    with memory_stack(only=("definitions",)):
        yield connect(monkeypatch)


def channel(parcel: Parcel) -> Any:
    return channel_of(parcel.channel)


def send(fronts: Fronts, parcel: Parcel) -> Outcome:
    found = channel(parcel).send(parcel, fronts.now)
    assert isinstance(found, Outcome)
    return found


# ---- sent ----


@every_parcel
def test_a_parcel_is_taken_on_once_under_its_own_id(fronts: Fronts, parcel: Parcel) -> None:
    assert send(fronts, parcel).kind is Result.SENT
    [taken] = fronts.driver.outbox()
    assert taken["key"] == "m-1"


@pytest.mark.parametrize(("parcel", "by_key"), [(ALIYUN_SMS, True), (CALL, True), (TENCENT_SMS, False), (PUSH, False)])
def test_where_receipts_name_our_id_nobody_looks_for_the_providers_number(fronts: Fronts, parcel: Parcel, by_key: bool) -> None:
    assert send(fronts, parcel).by_key is by_key


def test_an_sms_goes_to_the_number_with_its_country(fronts: Fronts) -> None:
    send(fronts, ALIYUN_SMS)
    send(fronts, replace(TENCENT_SMS, address="+86 138 0000 0000"))
    assert [one["to"] for one in fronts.driver.outbox()] == [f"+86{NUMBER}"] * 2


@pytest.mark.parametrize("address", ["", "none", "12", "+"])
def test_what_is_no_number_costs_no_call(fronts: Fronts, address: str) -> None:
    found = send(fronts, replace(ALIYUN_SMS, address=address))
    assert (found.kind, found.reason, found.called) == (Result.UNREACHABLE, Reason.ADDRESS_INVALID, False)
    assert fronts.driver.log() == []


def test_a_device_that_is_none_costs_no_call(fronts: Fronts) -> None:
    assert send(fronts, replace(PUSH, address="")).reason is Reason.ADDRESS_INVALID
    assert fronts.driver.log() == []


def test_only_marketing_goes_the_way_of_marketing(fronts: Fronts) -> None:
    sms = channel(TENCENT_SMS)
    account = connected.account_of("tc")
    assert account is not None
    found = {category: sms.message(replace(TENCENT_SMS, category=category), account).marketing for category in Category}
    assert found == {Category.MARKETING: True, Category.SERVICE: False, Category.TRANSACTIONAL: False}


def test_a_webhook_is_told_what_and_when_in_the_same_bytes_at_every_attempt(fronts: Fronts) -> None:
    account = connected.account_of("crm")
    assert account is not None
    first = channel(CALL).message(CALL, account)
    assert json.loads(first.body) == {"id": "m-1", "type": "lead", "time": "2026-11-22T02:00:00.000Z", "data": {"name": "木兰"}}
    assert channel(CALL).message(CALL, account) == first
    assert first.to == account.setting("address")
    assert HOOK_SECRET not in repr(first)


# ---- accounts ----


@every_parcel
def test_an_account_that_is_not_in_force_sends_nothing(fronts: Fronts, parcel: Parcel) -> None:
    found = send(fronts, replace(parcel, account="nobody"))
    assert (found.kind, found.reason, found.called) == (Result.MISCONFIGURED, Reason.ACCOUNT_UNKNOWN, False)
    assert "nobody" in found.raw_code


@pytest.mark.parametrize("parcel", [replace(ALIYUN_SMS, account="tc"), replace(PUSH, account="ali"), replace(CALL, account="jp")])
def test_an_account_of_another_adapter_than_the_template_is_for_sends_nothing(fronts: Fronts, parcel: Parcel) -> None:
    found = send(fronts, parcel)
    assert (found.kind, found.reason, found.called) == (Result.MISCONFIGURED, Reason.ACCOUNT_MISMATCH, False)
    assert found.raw_code.startswith("the template is for ")
    assert fronts.driver.log() == []


def test_a_broken_secret_is_to_be_repaired(fronts: Fronts, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_account: str, _names: object) -> None:
        raise credentials.CredentialInvalid("a secret's parameter must be a list of texts")

    monkeypatch.setattr(credentials, "read", broken)
    connected.forget()
    found = send(fronts, ALIYUN_SMS)
    assert (found.kind, found.reason) == (Result.MISCONFIGURED, Reason.CREDENTIALS_REFUSED)


@pytest.mark.parametrize(
    "fault", [ClientError({"Error": {"Code": "ThrottlingException"}}, "GetParameters"), GetError("none"), BotoCoreError()]
)
def test_while_our_own_stores_are_away_nothing_was_sent_and_it_is_tried_again(
    fronts: Fronts, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def broken(_account: str, _names: object) -> None:
        raise fault

    monkeypatch.setattr(credentials, "read", broken)
    connected.forget()
    with pytest.raises(Busy):
        send(fronts, ALIYUN_SMS)
    assert fronts.driver.log() == []


def test_an_account_without_secrets_says_so(fronts: Fronts) -> None:
    publish("bare", {"adapter": "sms_aliyun"})
    assert send(fronts, replace(ALIYUN_SMS, account="bare")).reason is Reason.CREDENTIALS_MISSING


@every_parcel
def test_an_account_says_how_often_it_may_be_asked(fronts: Fronts, parcel: Parcel) -> None:
    assert channel(parcel).per_minute(parcel.account) == {"ali": 300_000, "tc": 180_000, "jp": 600, "crm": None}[parcel.account]
    assert channel(parcel).per_minute("nobody") is None
    assert channel(parcel).per_day(parcel.account) is None


def test_a_fault_of_the_template_holds_up_nobody_else_of_the_account(fronts: Fronts) -> None:
    for parcel in (replace(ALIYUN_SMS, account="tc"), replace(ALIYUN_SMS, account="nobody")):
        assert breaker.learned(breaker.WELL, send(fronts, parcel), NOW) is breaker.WELL
    shut = breaker.shut(NOW + 1, "hanging")
    assert breaker.learned(shut, send(fronts, replace(ALIYUN_SMS, account="tc")), NOW) is shut


# ---- keys ----


def test_where_a_provider_honours_a_key_an_unknown_outcome_may_be_tried_again(fronts: Fronts) -> None:
    lives = {parcel.account: channel(parcel).key_lives_ms(parcel) for parcel in EVERY}
    assert lives == {"ali": 0, "tc": 0, "jp": 23 * 3_600_000, "crm": 3 * 86_400_000}


def test_how_long_a_key_lives_does_not_depend_on_the_account(fronts: Fronts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever spoils a secret for a minute must not make messages be given up that may still be asked for."""
    monkeypatch.setattr(connected, "account_of", lambda _: pytest.fail("the account was read"))
    assert channel(CALL).key_lives_ms(CALL) == 3 * 86_400_000
    assert channel(PUSH).key_lives_ms(replace(PUSH, body={**PUSH.body, "provider": "nobody"})) == 0


def test_a_key_that_was_kept_is_known_for_as_long_as_it_is_used(fronts: Fronts) -> None:
    channel(PUSH).draw_key(PUSH, fronts.now)
    fronts.driver.advance(9 * 60)  # the others that were drawn with it lie here meanwhile
    keyed = replace(PUSH, provider_key=channel(PUSH).draw_key(PUSH, fronts.now))
    assert len(fronts.driver.log()) == 1
    first = send(fronts, keyed)
    fronts.driver.advance(channel(PUSH).key_lives_ms(keyed) // 1000 - 1)
    assert send(fronts, keyed) == first
    assert len(fronts.driver.outbox()) == 1


def test_keys_are_drawn_ten_at_once_and_never_handed_out_twice(fronts: Fronts) -> None:
    drawn = [channel(PUSH).draw_key(PUSH, NOW) for _ in range(25)]
    assert len(set(drawn)) == 25
    assert [one["action"] for one in fronts.driver.log()].count(fronts.driver.log()[0]["action"]) == 3


def test_keys_are_not_kept_until_they_are_stale(fronts: Fronts) -> None:
    channel(PUSH).draw_key(PUSH, NOW)
    channel(PUSH).draw_key(PUSH, NOW + 11 * 60_000)
    assert len(fronts.driver.log()) == 2


@pytest.mark.parametrize("parcel", [ALIYUN_SMS, TENCENT_SMS, CALL], ids=["ali", "tc", "crm"])
def test_who_draws_no_keys_is_not_asked_for_one(fronts: Fronts, parcel: Parcel) -> None:
    assert channel(parcel).draw_key(parcel, NOW) == ""
    assert fronts.driver.log() == []


def test_no_key_is_no_message_and_the_reason_is_told(fronts: Fronts) -> None:
    fronts.driver.fault({"http": 503}, {"provider": "jpush"}, nth=1)
    found = channel(PUSH).draw_key(PUSH, NOW)
    assert isinstance(found, Outcome)
    assert found.kind is Result.RETRY
    assert isinstance(channel(PUSH).draw_key(replace(PUSH, account="nobody"), NOW), Outcome)


def test_a_push_whose_answer_was_lost_is_the_same_push_with_the_same_key(fronts: Fronts) -> None:
    parcel = replace(PUSH, provider_key=channel(PUSH).draw_key(PUSH, NOW))
    fronts.driver.fault("reset_after", {"provider": "jpush"}, nth=1)
    assert send(fronts, parcel).kind is Result.UNKNOWN
    again = send(fronts, parcel)
    assert again.kind is Result.SENT
    assert [one["id"] for one in fronts.driver.outbox()] == [again.provider_id]


# ---- faults ----


@every_parcel
def test_an_answer_that_never_came_is_unknown(fronts: Fronts, parcel: Parcel) -> None:
    fronts.driver.fault("timeout_after", nth=1)
    found = send(fronts, parcel)
    assert (found.kind, found.reason) == (Result.UNKNOWN, Reason.PROVIDER_SILENT)


@pytest.mark.parametrize(("parcel", "kind"), [(PUSH, Result.LIMITED), (CALL, Result.LIMITED), (TENCENT_SMS, Result.LIMITED)])
def test_too_many_calls_wait_for_the_account(fronts: Fronts, parcel: Parcel, kind: Result) -> None:
    if parcel is CALL:
        fronts.driver.receiver("crm", HOOK_SECRET, statuses=[429], headers={"Retry-After": "7"})
    else:
        fronts.driver.fault({"http": 429}, nth=1)
    found = send(fronts, parcel)
    assert (found.kind, found.reason) == (kind, Reason.ACCOUNT_LIMIT)
    assert found.until is not None
    assert found.until > fronts.now


@pytest.mark.parametrize("parcel", [ALIYUN_SMS, TENCENT_SMS], ids=["ali", "tc"])
def test_one_number_that_has_had_enough_holds_nobody_else_up(fronts: Fronts, parcel: Parcel) -> None:
    fronts.driver.choices(number_per_minute=1)
    assert send(fronts, parcel).kind is Result.SENT
    second = send(fronts, replace(parcel, id="m-2"))
    assert (second.kind, second.reason) == (Result.LIMITED, Reason.ADDRESS_LIMIT)
    assert send(fronts, replace(parcel, id="m-3", address="13900000000")).kind is Result.SENT


@pytest.mark.parametrize("parcel", [ALIYUN_SMS, TENCENT_SMS], ids=["ali", "tc"])
def test_a_lost_sms_is_looked_for_and_found(fronts: Fronts, parcel: Parcel) -> None:
    fronts.driver.fault("reset_after", {"action": "SendSms"}, nth=1)
    assert send(fronts, parcel).kind is Result.UNKNOWN
    fronts.driver.advance(60)
    found = channel(parcel).look_up(parcel, NOW, fronts.now)
    assert found is not None
    assert found.kind is Result.SENT


def test_what_nobody_can_look_up_is_not_looked_up(fronts: Fronts) -> None:
    assert channel(CALL).look_up(CALL, NOW, NOW) is None
    assert channel(PUSH).look_up(PUSH, NOW, NOW) is None


def test_while_the_account_is_away_nothing_can_be_told(fronts: Fronts) -> None:
    found = channel(ALIYUN_SMS).look_up(replace(ALIYUN_SMS, account="nobody"), NOW, NOW)
    assert (found.kind, found.reason) == (Result.UNKNOWN, Reason.ACCOUNT_UNKNOWN)


# ---- told ----


def test_every_call_is_counted_by_adapter_and_outcome(fronts: Fronts, capsys: pytest.CaptureFixture[str]) -> None:
    with telemetry.invocation("before", "r0"):
        pass  # what other tests have left is written out here
    capsys.readouterr()
    with telemetry.invocation("send", "r1"):
        send(fronts, ALIYUN_SMS)
        send(fronts, replace(ALIYUN_SMS, id="m-2", address="13900000000"))
        fronts.driver.fault("timeout_after", nth=1)
        send(fronts, CALL)
        channel(PUSH).draw_key(PUSH, NOW)
        channel(ALIYUN_SMS).look_up(ALIYUN_SMS, NOW, NOW)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    counted = {(one["account"], one["adapter"], one["outcome"]): one["ProviderCalls"][0] for one in lines if "ProviderCalls" in one}
    assert counted == {
        ("ali", "sms_aliyun", "sent"): 2,
        ("crm", "webhook", "unknown"): 1,
        ("jp", "push_jpush", carried.KEYS_DRAWN): 1,
        ("ali", "sms_aliyun", carried.LOOKED_UP): 1,
    }


def test_neither_numbers_nor_words_show(fronts: Fronts) -> None:
    shown = repr([*EVERY, *(channel(parcel)._ready(parcel) for parcel in EVERY)])
    assert not [word for word in (NUMBER, "木兰", "device-1", "您的订单", HOOK_SECRET, "SK1") if word in shown]


# ---- where webhooks may go ----


def test_webhooks_reach_this_machine_on_a_developers_stack_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUILIU_LOCAL_WEBHOOKS", "1")
    for stage, open_to_all in (("local", True), ("dev", False), ("prod", False)):
        monkeypatch.setenv("HUILIU_STAGE", stage)
        settings.cache_clear()
        assert (carried.means() is not reaching.REAL) is open_to_all
    monkeypatch.setenv("HUILIU_LOCAL_WEBHOOKS", "")
    settings.cache_clear()
    assert carried.means() is reaching.REAL
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.parametrize("name", [ChannelName.SMS, ChannelName.PUSH, ChannelName.WEBHOOK])
def test_each_channel_is_a_file_of_its_name(name: ChannelName) -> None:
    found = channel_of(name)
    assert isinstance(found, Carried)
    assert found.name is name
