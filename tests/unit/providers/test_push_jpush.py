"""JPush: what is asked, keys, batches, and what is made of answers."""

import base64
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.outgoing.wire import Answer, NoAnswer
from chalicelib.providers.model import Fate, Outcome, Reason, Receipt, Result
from chalicelib.providers.push_jpush import ADAPTER, KEYS_LIVE_MS
from tests.unit.providers.means import JPUSH, NOW, PUSH, SECRET, Asked, any_json, said

OK = said({"sendno": "0", "msg_id": "18100287008546151"})


def refusal(code: int, status: int = 400, **headers: str) -> Answer:
    return said({"error": {"code": code, "message": "?"}}, status, **headers)


def test_a_push_goes_to_one_device_for_both_platforms() -> None:
    asked = Asked(OK)
    keyed = replace(PUSH, provider_key="app1-k", live_seconds=3600)
    assert ADAPTER.send(keyed, JPUSH, NOW, asked.means) == Outcome(Result.SENT, provider_id="18100287008546151")
    extras = {"order": "618", "link": "https://shop.example.com/618", "message": "m-1"}
    assert asked.body == {
        "platform": "all",
        "audience": {"registration_id": ["device-1"]},
        "notification": {
            "android": {"alert": "您的订单即将失效", "title": "下单有礼", "extras": extras},
            "ios": {"alert": {"title": "下单有礼", "body": "您的订单即将失效"}, "sound": "default", "extras": extras},
        },
        "options": {"apns_production": True, "time_to_live": 3600},
        "cid": "app1-k",
    }
    [request] = asked.requests
    assert request.url == "https://api.jpush.cn/v3/push"
    assert request.headers["Authorization"] == f"Basic {base64.b64encode(f'app1:{SECRET}'.encode()).decode()}"


def test_apples_test_servers_are_a_setting_and_a_title_is_none() -> None:
    asked = Asked(OK)
    ADAPTER.send(replace(PUSH, title="", link=""), replace(JPUSH, settings={"apns_production": "no"}), NOW, asked.means)
    assert asked.body["options"] == {"apns_production": False}
    assert asked.body["notification"]["ios"]["alert"] == "您的订单即将失效"
    assert "title" not in asked.body["notification"]["android"]


def test_an_unknown_outcome_may_be_tried_again_only_with_a_key() -> None:
    assert ADAPTER.key_lives_ms(PUSH) == 0
    assert ADAPTER.key_lives_ms(replace(PUSH, provider_key="app1-k")) == KEYS_LIVE_MS == 23 * 3_600_000


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (refusal(1011), Outcome(Result.UNREACHABLE, Reason.ADDRESS_GONE, raw_code="1011")),
        (refusal(1004, 401), Outcome(Result.MISCONFIGURED, Reason.CREDENTIALS_REFUSED, raw_code="1004")),
        (refusal(1000, 500), Outcome(Result.UNKNOWN, Reason.PROVIDER_FAULT, raw_code="1000")),
        (refusal(7777, 500), Outcome(Result.UNKNOWN, Reason.PROVIDER_FAULT, raw_code="7777")),
        (refusal(7777, 403), Outcome(Result.MISCONFIGURED, Reason.REQUEST_INVALID, raw_code="7777")),
        (
            refusal(2002, 429, x_rate_limit_reset="42"),
            Outcome(Result.LIMITED, Reason.ACCOUNT_LIMIT, until=NOW + 42_000, raw_code="2002"),
        ),
        (Answer(429, b""), Outcome(Result.LIMITED, Reason.ACCOUNT_LIMIT, until=NOW + 60_000, raw_code="http 429")),
        (Answer(504, b"<html>"), Outcome(Result.UNKNOWN, Reason.PROVIDER_FAULT, raw_code="http 504")),
        (Answer(404, b""), Outcome(Result.MISCONFIGURED, Reason.REQUEST_INVALID, raw_code="http 404")),
        (said({}), Outcome(Result.UNKNOWN, Reason.ANSWER_UNREADABLE, raw_code="http 200")),
        (NoAnswer(sent_maybe=True), Outcome(Result.UNKNOWN, Reason.PROVIDER_SILENT)),
        (NoAnswer(sent_maybe=False), Outcome(Result.RETRY, Reason.PROVIDER_AWAY)),
    ],
)
def test_whatever_happens_is_an_outcome(answer: Answer | NoAnswer, outcome: Outcome) -> None:
    assert ADAPTER.send(PUSH, JPUSH, NOW, Asked(answer).means) == outcome


def test_keys_are_drawn_ten_at_a_time() -> None:
    asked = Asked(said({"cidlist": [f"app1-{n}" for n in range(10)]}), said({"cidlist": ["app1-a", "app1-b"]}))
    found = ADAPTER.draw_keys(12, JPUSH, NOW, asked.means)
    assert isinstance(found, tuple)
    assert (len(found), len(set(found))) == (12, 12)
    assert [request.url.partition("?")[2] for request in asked.requests] == ["count=10&type=push", "count=2&type=push"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (NoAnswer(sent_maybe=True), Result.RETRY),
        (Answer(500, b""), Result.RETRY),
        (said({"cidlist": []}), Result.RETRY),
        (refusal(1004, 401), Result.MISCONFIGURED),
        (refusal(2002, 429), Result.LIMITED),
    ],
)
def test_where_no_key_is_given_nothing_was_sent(answer: Answer | NoAnswer, kind: Result) -> None:
    found = ADAPTER.draw_keys(1, JPUSH, NOW, Asked(answer).means)
    assert isinstance(found, Outcome)
    assert found.kind is kind
    assert found.certainly_not_sent


def test_a_batch_tells_of_each_message() -> None:
    messages = [replace(PUSH, key=f"m-{n}", to=f"device-{n}", provider_key=f"k{n}") for n in range(4)]
    asked = Asked(said({"k0": {"msg_id": "1"}, "k1": {"error": {"code": 1011, "message": ""}}, "k2": []}))
    found = ADAPTER.send_batch(messages, JPUSH, NOW, asked.means)
    assert [one.kind for one in found] == [Result.SENT, Result.UNREACHABLE, Result.UNKNOWN, Result.UNKNOWN]
    assert asked.requests[0].url == "https://api.jpush.cn/v3/push/batch/regid/single"
    assert list(asked.body["pushlist"]) == ["k0", "k1", "k2", "k3"]
    assert asked.body["pushlist"]["k3"]["target"] == "device-3"


def test_a_refused_batch_refuses_every_message() -> None:
    found = ADAPTER.send_batch([PUSH, PUSH], JPUSH, NOW, Asked(refusal(1004, 401)).means)
    assert {one.kind for one in found} == {Result.MISCONFIGURED}


def test_reports_tell_what_has_arrived() -> None:
    report = said(
        [
            {"msg_id": "1", "jpush_received": 1, "ios_apns_sent": None},
            {"msg_id": "2", "jpush_received": None, "ios_apns_sent": 1},  # sent on to Apple, which says no more
            {"msg_id": "3", "ios_apns_received": 1},
        ]
    )
    asked = Asked(report)
    found = ADAPTER.pulled(["1", "2", "3"], JPUSH, NOW, asked.means)
    assert found == (Receipt("1", "", Fate.DELIVERED, at=NOW), Receipt("3", "", Fate.DELIVERED, at=NOW))
    assert asked.requests[0].url == "https://report.jpush.cn/v3/received/detail?msg_ids=1,2,3"


def test_many_reports_are_asked_for_a_hundred_at_a_time() -> None:
    asked = Asked(said([]))
    ADAPTER.pulled([str(n) for n in range(250)], JPUSH, NOW, asked.means)
    assert len(asked.requests) == 3


@pytest.mark.parametrize("answer", [refusal(3002), Answer(200, b"["), said({"error": 1}), said(["x"])])
def test_a_report_that_cannot_be_read_tells_nothing(answer: Answer) -> None:
    assert ADAPTER.pulled(["1"], JPUSH, NOW, Asked(answer).means) == ()


@pytest.mark.parametrize("answer", [refusal(2002, 429), refusal(1004, 401), Answer(500, b""), Answer(503, b"<html>")])
def test_a_report_that_was_put_off_is_no_report_of_nothing(answer: Answer) -> None:
    with pytest.raises(NoAnswer):
        ADAPTER.pulled(["1"], JPUSH, NOW, Asked(answer).means)


JSON = any_json()


@given(JSON | st.fixed_dictionaries({"error": JSON}), st.integers(min_value=100, max_value=599))
def test_no_answer_but_theirs_counts_as_sent(value: Any, status: int) -> None:
    found = ADAPTER.send(PUSH, JPUSH, NOW, Asked(said(value, status)).means)
    assert found.kind is not Result.SENT or value.get("msg_id")
