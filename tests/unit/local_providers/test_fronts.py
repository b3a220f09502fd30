"""Our adapters and the local fronts, which know nothing of each other: what is sent, refused, limited, lost, looked up and told."""

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.providers import push_jpush, sms_aliyun, sms_tencent, webhook
from chalicelib.providers.adapter import Adapter
from chalicelib.providers.model import Account, Fate, Outcome, PushMessage, Reason, Result, SmsMessage, WebhookMessage
from infra.local_providers.driver import ProvidersRefused
from tests.unit.local_providers.bridge import ALIYUN, HOOK, HOOK_SECRET, JPUSH, TENCENT, URL, Fronts

NUMBER = "+8613800000000"
SMS = SmsMessage("m-1", NUMBER, "T1", "旗舰店", {"name": "木兰"})
PUSH = PushMessage("m-1", "device-1", "下单有礼", "您的订单即将失效")
CALL = WebhookMessage("m-1", f"{URL}/hooks/crm", b'{"event":"paid"}')

Chinese = tuple[Adapter[SmsMessage], Account, str]
BOTH: list[Chinese] = [(sms_aliyun.ADAPTER, ALIYUN, "aliyun"), (sms_tencent.ADAPTER, TENCENT, "tencent")]
each_sms = pytest.mark.parametrize("sms", BOTH, ids=["aliyun", "tencent"])


def send(fronts: Fronts, sms: Chinese, message: SmsMessage = SMS) -> Outcome:
    adapter, account, _ = sms
    return adapter.send(message, account, fronts.now, fronts.means)


def push(fronts: Fronts, message: PushMessage = PUSH) -> Outcome:
    return push_jpush.ADAPTER.send(message, JPUSH, fronts.now, fronts.means)


@each_sms
def test_a_message_arrives_once_and_its_receipt_finds_it(fronts: Fronts, sms: Chinese) -> None:
    outcome = send(fronts, sms)
    assert outcome.kind is Result.SENT
    [taken] = fronts.driver.outbox(provider=sms[2])
    assert (taken["to"], taken["key"], taken["id"], taken["state"]) == (NUMBER, "m-1", outcome.provider_id, "accepted")
    fronts.driver.advance(1)
    [(url, body)] = fronts.callbacks
    [receipt] = sms[0].receipts(json.dumps(body).encode())
    assert url == "http://us/receipts"
    assert (receipt.provider_id, receipt.to, receipt.fate) == (outcome.provider_id, NUMBER, Fate.DELIVERED)
    assert fronts.driver.outbox(state="delivered")[0]["key"] == "m-1"


@each_sms
@pytest.mark.parametrize(
    ("change", "result", "reason"),
    [
        ({"signature": "假"}, Result.MISCONFIGURED, Reason.SIGNATURE_UNAPPROVED),
        ({"template": "T9"}, Result.MISCONFIGURED, Reason.TEMPLATE_UNAPPROVED),
        ({"variables": {}}, Result.REFUSED, Reason.CONTENT_MISMATCH),
        ({"variables": {"name": "http://a.cn"}}, Result.REFUSED, Reason.CONTENT_REFUSED),
        ({"to": "+861080000000"}, Result.UNREACHABLE, Reason.ADDRESS_INVALID),
    ],
)
def test_what_a_provider_would_not_take_is_refused(
    fronts: Fronts, sms: Chinese, change: dict[str, Any], result: Result, reason: Reason
) -> None:
    outcome = send(fronts, sms, replace(SMS, **change))
    assert (outcome.kind, outcome.reason) == (result, reason)
    assert fronts.driver.outbox() == []


@each_sms
def test_a_wrong_secret_is_found_out(fronts: Fronts, sms: Chinese) -> None:
    adapter, account, provider = sms
    wrong = replace(account, secrets={**account.secrets, adapter.secrets[1]: ("wrong",)})
    assert adapter.send(SMS, wrong, fronts.now, fronts.means).reason is Reason.CREDENTIALS_REFUSED
    unknown = replace(account, secrets={**account.secrets, adapter.secrets[0]: ("nobody",)})
    assert adapter.send(SMS, unknown, fronts.now, fronts.means).reason is Reason.CREDENTIALS_REFUSED
    assert fronts.driver.log()[0]["provider"] == provider


def test_tencent_refuses_a_clock_that_is_off(fronts: Fronts) -> None:
    late = sms_tencent.ADAPTER.send(SMS, TENCENT, fronts.now + 301_000, fronts.means)
    assert (late.kind, late.raw_code) == (Result.MISCONFIGURED, "AuthFailure.SignatureExpire")


@each_sms
@pytest.mark.parametrize(("limit", "seconds"), [("minute", 60), ("hour", 3_600), ("day", 14 * 3_600)])
def test_a_numbers_limit_says_when_it_is_over(fronts: Fronts, sms: Chinese, limit: str, seconds: int) -> None:
    fronts.driver.choices(**{f"number_per_{limit}": 1})
    assert send(fronts, sms).kind is Result.SENT
    second = send(fronts, sms, replace(SMS, key="m-2"))
    assert (second.kind, second.reason) == (Result.LIMITED, Reason.ADDRESS_LIMIT)
    assert second.until is not None
    assert second.until - fronts.now <= seconds * 1000
    assert send(fronts, sms, replace(SMS, key="m-3", to="+8613900000000")).kind is Result.SENT
    fronts.driver.advance(seconds)
    assert send(fronts, sms, replace(SMS, key="m-2")).kind is Result.SENT


@each_sms
def test_an_accounts_limit_and_money_end_for_everybody(fronts: Fronts, sms: Chinese) -> None:
    provider, account = fronts.providers.world.accounts, next(one for one in fronts.providers.world.accounts if one[0] == sms[2])
    provider[account].day_limit, provider[account].balance = 1, 1
    assert send(fronts, sms).kind is Result.SENT
    assert send(fronts, sms, replace(SMS, to="+8613900000000")).reason is Reason.ACCOUNT_LIMIT
    provider[account].day_limit = None
    unpaid = send(fronts, sms, replace(SMS, to="+8613900000000"))
    assert (unpaid.kind, unpaid.reason) == (Result.MISCONFIGURED, Reason.ACCOUNT_UNPAID)


def test_tencent_takes_marketing_by_day_only(fronts: Fronts) -> None:
    marketing = replace(SMS, template="M1", variables={})
    assert send(fronts, BOTH[1], marketing).kind is Result.SENT
    fronts.driver.advance(12 * 3_600)
    night = send(fronts, BOTH[1], marketing)
    assert (night.kind, night.reason, night.until) == (Result.LIMITED, Reason.OUTSIDE_HOURS, fronts.now + 10 * 3_600_000)
    assert send(fronts, BOTH[1]).kind is Result.SENT  # a notice
    fronts.driver.choices(strict_hours=False)
    assert send(fronts, BOTH[1], marketing).kind is Result.SENT


def test_tencents_night_comes_as_fast_as_the_stack_beside_it_says(fronts: Fronts) -> None:
    clock, marketing = fronts.providers.world.clock, replace(SMS, template="M1", variables={})
    clock.scale, clock.anchor = 3600, clock.world()
    assert send(fronts, BOTH[1], marketing).kind is Result.SENT
    fronts.driver.advance(12)
    assert send(fronts, BOTH[1], marketing).reason is Reason.OUTSIDE_HOURS
    fronts.driver.advance(12)
    assert send(fronts, BOTH[1], marketing).kind is Result.SENT


@each_sms
def test_a_lost_answer_is_settled_by_looking(fronts: Fronts, sms: Chinese) -> None:
    adapter, account, _ = sms
    fronts.driver.fault("reset_after", {"action": "SendSms"}, nth=1)
    assert send(fronts, sms).kind is Result.UNKNOWN
    assert len(fronts.driver.outbox()) == 1
    fronts.driver.advance(60)
    found = adapter.look_up(SMS, fronts.now - 60_000, account, fronts.now, fronts.means)
    assert found is not None
    assert found.kind is Result.SENT


@each_sms
def test_a_call_that_never_arrived_is_not_found_by_looking(fronts: Fronts, sms: Chinese) -> None:
    adapter, account, _ = sms
    fronts.driver.fault("reset", {"action": "SendSms"}, nth=1)
    assert send(fronts, sms).kind is Result.UNKNOWN
    assert fronts.driver.outbox() == []
    found = adapter.look_up(SMS, fronts.now, account, fronts.now, fronts.means)
    assert found is not None
    assert found.kind is Result.UNKNOWN


def test_tencent_tells_our_id_back_only_where_that_was_asked_for(fronts: Fronts) -> None:
    next(one for key, one in fronts.providers.world.accounts.items() if key[0] == "tencent").returns_context = False
    send(fronts, BOTH[1])
    fronts.driver.advance(1)
    found = sms_tencent.ADAPTER.look_up(SMS, fronts.now, TENCENT, fronts.now, fronts.means)
    assert found is not None
    assert found.kind is Result.UNKNOWN


@each_sms
@pytest.mark.parametrize(
    ("effect", "result"),
    [
        ({"http": 503}, Result.UNKNOWN),
        ("html", Result.UNKNOWN),
        ("truncate", Result.UNKNOWN),
        ("timeout", Result.UNKNOWN),
        ("timeout_after", Result.UNKNOWN),
        ({"errcode": "isv.BLACK_KEY_CONTROL_LIMIT"}, Result.REFUSED),
    ],
)
def test_faults_on_the_way_are_outcomes(fronts: Fronts, sms: Chinese, effect: Any, result: Result) -> None:
    fronts.driver.fault(effect, {"provider": sms[2]}, count=1)
    assert send(fronts, sms).kind is result
    assert send(fronts, sms, replace(SMS, key="m-2", to="+8613900000000")).kind is Result.SENT


@each_sms
@pytest.mark.parametrize(
    ("nature", "fate", "reason"),
    [
        ("absent", Fate.FAILED, Reason.ADDRESS_ABSENT),
        ("blocked", Fate.FAILED, Reason.ADDRESS_BLOCKED),
        ("silent", None, Reason.NONE),
    ],
)
def test_a_number_behaves_as_it_was_told_to(fronts: Fronts, sms: Chinese, nature: str, fate: Fate | None, reason: Reason) -> None:
    fronts.driver.number("13800000000", nature)
    outcome = send(fronts, sms)
    if outcome.reason is Reason.ADDRESS_BLOCKED:  # Tencent knows it at once
        assert (sms[2], outcome.kind) == ("tencent", Result.UNREACHABLE)
        return
    fronts.driver.advance(1)
    receipts = [one for _, body in fronts.callbacks for one in sms[0].receipts(json.dumps(body).encode())]
    assert [(one.fate, one.reason) for one in receipts] == ([(fate, reason)] if fate else [])


@each_sms
def test_receipts_come_again_until_they_are_acknowledged_and_are_the_same(fronts: Fronts, sms: Chinese) -> None:
    fronts.acknowledges = False
    send(fronts, sms)
    for seconds in (1, 60, 300, 600, 6_000):
        fronts.driver.advance(seconds)
    assert len(fronts.callbacks) == 4  # at once, after 1, 5 and 10 minutes; then it is lost
    assert len({one.identity for _, body in fronts.callbacks for one in sms[0].receipts(json.dumps(body).encode())}) == 1
    assert [one["done"] for one in fronts.driver.deliveries()] == [False]


@pytest.mark.parametrize(("times", "came"), [(0, 0), (1, 1), (2, 2)])
def test_receipts_may_be_lost_or_come_twice(fronts: Fronts, times: int, came: int) -> None:
    fronts.driver.choices(receipts=times)
    send(fronts, BOTH[0])
    fronts.driver.advance(1)
    assert len(fronts.callbacks) == came


@each_sms
def test_a_person_who_answers_r_wants_no_more(fronts: Fronts, sms: Chinese) -> None:
    adapter, account, provider = sms
    fronts.driver.reply(provider, account.secret(adapter.secrets[0]), NUMBER, "Ｒ", "旗舰店")
    [(url, body)] = fronts.callbacks
    [reply] = adapter.replies(json.dumps(body).encode())
    assert url == "http://us/replies"
    assert (reply.sender, reply.stops, reply.at, reply.signature) == (NUMBER, True, fronts.now, "旗舰店")


def test_tencents_receipts_may_be_pulled_and_each_is_given_once(fronts: Fronts) -> None:
    outcome = send(fronts, BOTH[1])
    fronts.driver.advance(1)
    [receipt] = sms_tencent.ADAPTER.pulled((), TENCENT, fronts.now, fronts.means)
    assert (receipt.provider_id, receipt.key) == (outcome.provider_id, "m-1")
    assert sms_tencent.ADAPTER.pulled((), TENCENT, fronts.now, fronts.means) == ()


def test_of_one_call_to_tencent_some_numbers_may_be_refused(fronts: Fronts) -> None:
    fronts.driver.number("+8613900000000", "blocked")
    found = sms_tencent.ADAPTER.send_to([NUMBER, "+8613900000000"], SMS, TENCENT, fronts.now, fronts.means)
    assert [one.kind for one in found] == [Result.SENT, Result.UNREACHABLE]
    assert [one["to"] for one in fronts.driver.outbox()] == [NUMBER]


def test_a_push_with_a_key_may_be_repeated_and_arrives_once(fronts: Fronts) -> None:
    keys = push_jpush.ADAPTER.draw_keys(1, JPUSH, fronts.now, fronts.means)
    assert isinstance(keys, tuple)
    keyed = replace(PUSH, provider_key=keys[0])
    fronts.driver.fault("timeout_after", {"provider": "jpush"}, nth=1)
    assert push(fronts, keyed).kind is Result.UNKNOWN
    again = push(fronts, keyed)
    [taken] = fronts.driver.outbox(provider="jpush")
    assert (again.kind, again.provider_id, taken["key"]) == (Result.SENT, taken["id"], "m-1")
    assert push(fronts, PUSH).kind is Result.SENT  # without a key it is another one
    assert len(fronts.driver.outbox(provider="jpush")) == 2


def test_a_key_lives_for_a_day(fronts: Fronts) -> None:
    keys = push_jpush.ADAPTER.draw_keys(12, JPUSH, fronts.now, fronts.means)
    assert isinstance(keys, tuple)
    assert len(set(keys)) == 12
    fronts.driver.advance(24 * 3_600)
    assert push(fronts, replace(PUSH, provider_key=keys[0])).kind is Result.REFUSED


def test_a_device_that_lost_the_app_is_unreachable(fronts: Fronts) -> None:
    fronts.driver.device("device-1", gone=True)
    assert push(fronts).reason is Reason.ADDRESS_GONE


def test_jpush_says_when_its_limit_is_over(fronts: Fronts) -> None:
    fronts.driver.fault({"errcode": "2002"}, {"provider": "jpush"}, count=1)
    assert push(fronts).until == fronts.now + 42_000


def test_a_wrong_master_secret_is_found_out(fronts: Fronts) -> None:
    wrong = replace(JPUSH, secrets={"app_key": ("app1",), "master_secret": ("x",)})
    assert push_jpush.ADAPTER.send(PUSH, wrong, fronts.now, fronts.means).reason is Reason.CREDENTIALS_REFUSED
    unknown = replace(JPUSH, secrets={"app_key": ("app9",), "master_secret": ("x",)})
    assert push_jpush.ADAPTER.send(PUSH, unknown, fronts.now, fronts.means).reason is Reason.CREDENTIALS_REFUSED


def test_a_batch_of_pushes_tells_of_each_and_reports_of_those_that_arrived(fronts: Fronts) -> None:
    keys = push_jpush.ADAPTER.draw_keys(2, JPUSH, fronts.now, fronts.means)
    assert isinstance(keys, tuple)
    messages = [replace(PUSH, key="m-1", provider_key=keys[0]), replace(PUSH, key="m-2", to="device-9", provider_key=keys[1])]
    found = push_jpush.ADAPTER.send_batch(messages, JPUSH, fronts.now, fronts.means)
    assert [one.kind for one in found] == [Result.SENT, Result.UNREACHABLE]
    [receipt] = push_jpush.ADAPTER.pulled([found[0].provider_id, "0"], JPUSH, fronts.now, fronts.means)
    assert (receipt.provider_id, receipt.fate) == (found[0].provider_id, Fate.DELIVERED)


def call(fronts: Fronts, account: Account = HOOK) -> Outcome:
    return webhook.ADAPTER.send(CALL, account, fronts.now, fronts.means)


def test_a_receiver_takes_a_repeated_call_once(fronts: Fronts) -> None:
    fronts.driver.receiver("crm", HOOK_SECRET, statuses=[500, 200])
    fronts.driver.fault("timeout_after", {"provider": "webhook"}, nth=2)
    assert [call(fronts).kind for _ in range(3)] == [Result.UNKNOWN, Result.UNKNOWN, Result.SENT]
    [taken] = fronts.driver.outbox(provider="webhook")
    assert (taken["key"], taken["body"]["content"]) == ("m-1", {"event": "paid"})


def test_a_receiver_turns_down_what_is_signed_by_others_or_long_ago(fronts: Fronts) -> None:
    fronts.driver.receiver("crm", HOOK_SECRET)
    assert (
        call(fronts, replace(HOOK, secrets={"signing_secret": ("whsec_b3RoZXItc2VjcmV0LW9mLWEtc2hvcA==",)})).reason
        is Reason.CREDENTIALS_REFUSED
    )
    assert webhook.ADAPTER.send(CALL, HOOK, fronts.now - 600_000, fronts.means).reason is Reason.CREDENTIALS_REFUSED
    both = replace(HOOK, secrets={"signing_secret": ("whsec_b3RoZXItc2VjcmV0LW9mLWEtc2hvcA==", HOOK_SECRET)})
    assert call(fronts, both).kind is Result.SENT


def test_a_receiver_that_redirects_is_not_followed(fronts: Fronts) -> None:
    fronts.driver.receiver("crm", HOOK_SECRET, statuses=[302], headers={"Location": f"{URL}/hooks/other"})
    fronts.driver.receiver("other", HOOK_SECRET)
    assert call(fronts).reason is Reason.REDIRECTED
    assert fronts.driver.outbox() == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("accounts", {"provider": "nobody"}),
        ("accounts", {"provider": "aliyun", "strange": 1}),
        ("numbers", {"number": "1", "nature": "odd"}),
        ("faults", {"effect": "odd"}),
        ("choices", {"strange": 1}),
        ("replies", {"provider": "aliyun", "account": "nobody", "number": NUMBER, "text": "R"}),
        ("clock", {"advance_seconds": "soon"}),
    ],
)
def test_nonsense_is_told(fronts: Fronts, path: str, body: dict[str, Any]) -> None:
    with pytest.raises(ProvidersRefused, match="400"):
        fronts.driver._post(path, body)


def test_an_address_that_no_front_has_is_told(fronts: Fronts) -> None:
    with pytest.raises(ProvidersRefused, match="no front has"):
        fronts.driver._asked("GET", "/nowhere")


def test_everything_begins_anew(fronts: Fronts) -> None:
    send(fronts, BOTH[0])
    fronts.driver.reset()
    assert fronts.driver.outbox() == []
    assert send(fronts, BOTH[0]).kind is Result.MISCONFIGURED
