"""Whatever goes wrong on the way, an outcome never claims more than is true: the outbox is the proof."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.providers import aliyun_codes, jpush_codes, push_jpush, sms_aliyun, sms_tencent, tencent_codes, webhook
from chalicelib.providers.model import Outcome, PushMessage, Result, SmsMessage, WebhookMessage
from chalicelib.providers.retries import again_at
from tests.unit.local_providers.bridge import ALIYUN, HOOK, HOOK_SECRET, JPUSH, TENCENT, URL, Fronts

SMS = SmsMessage("m-1", "+8613800000000", "T1", "旗舰店", {"name": "木兰"})
PUSH = PushMessage("m-1", "device-1", "", "您的订单即将失效")
CALL = WebhookMessage("m-1", f"{URL}/hooks/crm", b"{}")
PROVIDERS: dict[str, tuple[Any, Any, Any]] = {
    "aliyun": (sms_aliyun.ADAPTER, ALIYUN, SMS),
    "tencent": (sms_tencent.ADAPTER, TENCENT, SMS),
    "jpush": (push_jpush.ADAPTER, JPUSH, PUSH),
    "webhook": (webhook.ADAPTER, HOOK, CALL),
}
CODES: dict[str, list[str]] = {
    "aliyun": sorted(aliyun_codes.CODES.keys() - {"OK"}),
    "tencent": sorted(tencent_codes.CODES.keys() - {"Ok"}),
    "jpush": sorted(jpush_codes.CODES),
    "webhook": ["400", "404", "429", "500", "503"],
}
EFFECTS = ["reset", "reset_after", "timeout", "timeout_after", "truncate", "html"]


@st.composite
def courses(draw: st.DrawFn) -> tuple[str, list[Any]]:
    """A provider, and what befalls each attempt; None is nothing."""
    provider = draw(st.sampled_from(sorted(PROVIDERS)))
    code = st.sampled_from(CODES[provider]).map(lambda one: {"errcode": one})
    effects = [one for one in EFFECTS if provider != "webhook" or one != "html"]  # a receiver's 2xx counts, whatever its body says
    status = st.sampled_from([500, 502, 503, 504]).map(lambda one: {"http": one})
    return provider, draw(st.lists(st.none() | st.sampled_from(effects) | code | status, min_size=1, max_size=6))


def carried_out(provider: str, course: list[Any], keyed: bool) -> tuple[Fronts, list[Outcome]]:
    """Tries a message as a dispatcher would: again where `again_at` says so."""
    fronts, outcomes = Fronts(), []
    fronts.driver.receiver("crm", HOOK_SECRET)
    adapter, account, message = PROVIDERS[provider]
    if adapter.draws_keys and keyed:
        [key] = adapter.draw_keys(1, account, fronts.now, fronts.means)
        message = replace(message, provider_key=key)
    first = fronts.now
    for place, effect in enumerate([*course, None]):
        fronts.driver.no_faults()
        if effect is not None:
            fronts.driver.fault(effect, {"provider": provider})
        outcomes.append(adapter.send(message, account, fronts.now, fronts.means))
        at = again_at(outcomes[-1], place + 1, first, fronts.now, 0.5, adapter.key_lives_ms(message))
        if at is None:
            break
        fronts.driver.advance((at - fronts.now) / 1000)
    return fronts, outcomes


@given(courses(), st.booleans())
def test_nobody_gets_a_message_twice_and_what_is_said_to_be_sent_was(course: tuple[str, list[Any]], keyed: bool) -> None:
    provider, effects = course
    fronts, outcomes = carried_out(provider, effects, keyed)
    taken = len(fronts.driver.outbox(provider=provider))
    assert taken <= 1
    if outcomes[-1].kind is Result.SENT:
        assert taken == 1
    if all(one.certainly_not_sent for one in outcomes):
        assert taken == 0


@given(courses())
def test_where_a_provider_knows_keys_nothing_is_lost_by_connections_either(course: tuple[str, list[Any]]) -> None:
    provider = "jpush" if course[0] in ("aliyun", "tencent") else course[0]
    effects = [one for one in course[1] if not isinstance(one, dict)]
    fronts, outcomes = carried_out(provider, effects, keyed=True)
    assert outcomes[-1].kind is Result.SENT
    assert len(fronts.driver.outbox(provider=provider)) == 1


@given(st.sampled_from(["aliyun", "tencent"]), st.sampled_from(EFFECTS))
def test_where_it_knows_none_looking_tells_what_became_of_it(provider: str, effect: str) -> None:
    fronts, outcomes = carried_out(provider, [effect], keyed=False)
    assert outcomes[-1].kind is Result.UNKNOWN
    fronts.driver.no_faults()
    fronts.driver.advance(60)
    adapter, account, message = PROVIDERS[provider]
    found = adapter.look_up(message, fronts.now - 60_000, account, fronts.now, fronts.means)
    assert found.kind is (Result.SENT if fronts.driver.outbox() else Result.UNKNOWN)
