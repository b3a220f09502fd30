"""Tencent Cloud's SMS: what is asked, and what is made of answers, receipts and replies."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.outgoing.wire import Answer, NoAnswer
from chalicelib.providers.model import CallbackInvalid, Fate, Outcome, Reason, Receipt, Result
from chalicelib.providers.sms_tencent import ADAPTER
from tests.unit.providers.means import NOW, SMS, TENCENT, Asked, any_json, said

OTHER = "+8613900000000"
CALLBACK = {
    "user_receive_time": "2026-11-22 08:00:03",
    "nationcode": "86",
    "mobile": "13800000000",
    "report_status": "SUCCESS",
    "errmsg": "DELIVRD",
    "description": "用户短信送达成功",
    "sid": "2640:1",
}
PULLED = {
    "UserReceiveTime": NOW // 1000 + 3,
    "CountryCode": "86",
    "SubscriberNumber": "13800000000",
    "PhoneNumber": "+8613800000000",
    "SerialNo": "2640:1",
    "ReportStatus": "SUCCESS",
    "Description": "DELIVRD",
    "SessionContext": "m-1",
}


def state(number: str = SMS.to, code: str = "Ok", serial: str = "2640:1") -> dict[str, Any]:
    return {"SerialNo": serial, "PhoneNumber": number, "Fee": 1, "SessionContext": "m-1", "Code": code, "Message": "", "IsoCode": "CN"}


def answered(*states: Any) -> Answer:
    return said({"Response": {"SendStatusSet": list(states), "RequestId": "R"}})


def pulled(*items: Any) -> Answer:
    return said({"Response": {"PullSmsSendStatusSet": list(items), "RequestId": "R"}})


def test_a_message_goes_out_with_our_id_and_comes_back_with_theirs() -> None:
    asked = Asked(answered(state()))
    assert ADAPTER.send(SMS, TENCENT, NOW, asked.means) == Outcome(Result.SENT, provider_id="2640:1", raw_code="Ok")
    assert asked.body == {
        "PhoneNumberSet": ["+8613800000000"],
        "SmsSdkAppId": "1400000001",
        "SignName": "旗舰店",
        "TemplateId": "SMS_1",
        "TemplateParamSet": ["木兰"],
        "SessionContext": "m-1",
    }
    headers = asked.requests[0].headers
    assert (headers["X-TC-Action"], headers["X-TC-Region"], headers["X-TC-Timestamp"]) == ("SendSms", "ap-guangzhou", str(NOW // 1000))
    assert headers["Host"] == "sms.tencentcloudapi.com"


def test_variables_keep_their_order() -> None:
    asked = Asked(answered(state()))
    ADAPTER.send(replace(SMS, variables={"z": "first", "a": "second"}), TENCENT, NOW, asked.means)
    assert asked.body["TemplateParamSet"] == ["first", "second"]


def test_of_one_call_some_numbers_may_be_refused() -> None:
    third = "+8613700000000"
    asked = Asked(answered(state(OTHER, "FailedOperation.PhoneNumberInBlacklist", ""), state()))
    found = ADAPTER.send_to([SMS.to, OTHER, third], SMS, TENCENT, NOW, asked.means)
    assert [one.kind for one in found] == [Result.SENT, Result.UNREACHABLE, Result.UNKNOWN]  # of the third the answer says nothing
    assert found[1].reason == Reason.ADDRESS_BLOCKED


def test_a_refused_call_refuses_all_numbers() -> None:
    answer = said({"Response": {"Error": {"Code": "AuthFailure.SignatureExpire", "Message": ""}, "RequestId": "R"}})
    found = ADAPTER.send_to([SMS.to, OTHER], SMS, TENCENT, NOW, Asked(answer).means)
    assert {one.kind for one in found} == {Result.MISCONFIGURED}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (NoAnswer(sent_maybe=True), Result.UNKNOWN),
        (NoAnswer(sent_maybe=False), Result.RETRY),
        (Answer(200, b"{"), Result.UNKNOWN),
        (Answer(504, b""), Result.UNKNOWN),
        (answered(), Result.UNKNOWN),
        (answered("x"), Result.UNKNOWN),
        (said({"Response": []}), Result.UNKNOWN),
        (said({}), Result.UNKNOWN),
    ],
)
def test_whatever_happens_is_an_outcome(answer: Answer | NoAnswer, kind: Result) -> None:
    assert ADAPTER.send(SMS, TENCENT, NOW, Asked(answer).means).kind is kind


def test_an_account_without_its_app_asks_nobody() -> None:
    asked = Asked(answered(state()))
    assert ADAPTER.send(SMS, replace(TENCENT, settings={}), NOW, asked.means).kind is Result.MISCONFIGURED
    assert not asked.requests


@pytest.mark.parametrize(
    ("answer", "kind", "provider_id"),
    [
        (pulled(PULLED), Result.SENT, "2640:1"),
        (pulled({**PULLED, "ReportStatus": "FAIL", "Description": "-106"}), Result.REFUSED, "2640:1"),
        (pulled({**PULLED, "SessionContext": "other"}), Result.UNKNOWN, ""),
        (pulled({**PULLED, "SessionContext": ""}), Result.UNKNOWN, ""),
        (pulled(), Result.UNKNOWN, ""),
        (said({"Response": {"Error": {"Code": "InternalError"}}}), Result.UNKNOWN, ""),
        (NoAnswer(sent_maybe=True), Result.UNKNOWN, ""),
    ],
)
def test_a_lost_answer_is_looked_up_by_number_and_our_id(answer: Answer | NoAnswer, kind: Result, provider_id: str) -> None:
    asked = Asked(answer)
    found = ADAPTER.look_up(SMS, NOW, TENCENT, NOW + 90_000, asked.means)
    assert found is not None
    assert (found.kind, found.provider_id) == (kind, provider_id)
    assert (asked.body["BeginTime"], asked.body["EndTime"]) == (NOW // 1000 - 60, NOW // 1000 + 90)


@pytest.mark.parametrize("answer", [said({"Response": {"Error": {"Code": "AuthFailure.SignatureExpire"}}}), Answer(502, b"<html>")])
def test_a_refusal_to_tell_receipts_is_not_that_there_are_none(answer: Answer) -> None:
    with pytest.raises(NoAnswer):
        ADAPTER.pulled((), TENCENT, NOW, Asked(answer).means)


def test_receipts_are_the_same_whether_told_or_pulled() -> None:
    [told] = ADAPTER.receipts(json.dumps([CALLBACK]).encode())
    [asked_for] = ADAPTER.pulled((), TENCENT, NOW, Asked(pulled(PULLED)).means)
    assert told == Receipt("2640:1", "+8613800000000", Fate.DELIVERED, "", NOW + 3_000, Reason.NONE, "DELIVRD")
    assert asked_for == replace(told, key="m-1")
    assert told.identity == asked_for.identity


def test_a_reply_tells_who_and_when_and_has_one_identity_however_often_it_comes() -> None:
    body = {"extend": "", "mobile": "13800000000", "nationcode": "86", "sign": "旗舰店", "text": " r ", "time": NOW // 1000}
    [reply] = ADAPTER.replies(json.dumps(body).encode())
    assert (reply.sender, reply.text, reply.at, reply.stops, reply.signature) == ("+8613800000000", " r ", NOW, True, "旗舰店")
    assert ADAPTER.replies(json.dumps([body]).encode()) == (reply,)
    [later] = ADAPTER.replies(json.dumps({**body, "time": NOW // 1000 + 1}).encode())
    assert later.identity != reply.identity


@pytest.mark.parametrize("body", [b"", b"[1]", b"null", b"\xff"])
def test_a_callback_of_something_else_is_refused(body: bytes) -> None:
    with pytest.raises(CallbackInvalid):
        ADAPTER.receipts(body)


JSON = any_json()


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(CALLBACK, JSON)))
def test_any_values_in_a_receipt_are_borne(item: dict[str, object]) -> None:
    assert len(ADAPTER.receipts(json.dumps([item]).encode())) == 1


@given(st.lists(st.fixed_dictionaries({}, optional={"Code": JSON, "PhoneNumber": JSON, "SerialNo": JSON})))
def test_no_state_but_theirs_counts_as_sent(states: list[dict[str, Any]]) -> None:
    found = ADAPTER.send(SMS, TENCENT, NOW, Asked(answered(*states)).means)
    assert found.kind is not Result.SENT or any(one.get("Code") == "Ok" for one in states)
