"""Aliyun's SMS: what is asked, and what is made of answers, receipts and replies."""

import json
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.outgoing.wire import Answer, NoAnswer
from chalicelib.providers.model import CallbackInvalid, Fate, Outcome, Reason, Receipt, Reply, Result
from chalicelib.providers.sms_aliyun import ADAPTER, national
from tests.unit.providers.means import ALIYUN, NOW, SMS, Asked, any_json, said

OK = said({"Code": "OK", "Message": "OK", "BizId": "9006^0", "RequestId": "R"})
REPORT = {
    "phone_number": "13800000000",
    "send_time": "2026-11-22 08:00:00",
    "report_time": "2026-11-22 08:00:03",
    "success": True,
    "err_code": "DELIVERED",
    "err_msg": "用户接收成功",
    "sms_size": "1",
    "biz_id": "9006^0",
    "out_id": "m-1",
}


def query(asked: Asked, place: int = -1) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(asked.requests[place].url).query))


def details(*items: dict[str, object]) -> Answer:
    return said({"Code": "OK", "TotalCount": len(items), "SmsSendDetailDTOs": {"SmsSendDetailDTO": list(items)}})


def test_a_message_goes_out_with_our_id_and_comes_back_with_theirs() -> None:
    asked = Asked(OK)
    assert ADAPTER.send(SMS, ALIYUN, NOW, asked.means) == Outcome(Result.SENT, provider_id="9006^0", raw_code="OK")
    assert query(asked) == {
        "PhoneNumbers": "13800000000",
        "SignName": "旗舰店",
        "TemplateCode": "SMS_1",
        "TemplateParam": '{"name":"木兰"}',
        "OutId": "m-1",
    }
    [request] = asked.requests
    assert request.url.startswith("https://dysmsapi.aliyuncs.com/?")
    assert request.headers["x-acs-date"] == "2026-11-22T00:00:00Z"
    assert request.headers["x-acs-signature-nonce"] == "nonce1"


def test_a_template_without_variables_is_sent_without_any() -> None:
    asked = Asked(OK)
    ADAPTER.send(replace(SMS, variables={}), ALIYUN, NOW, asked.means)
    assert "TemplateParam" not in query(asked)


@pytest.mark.parametrize(("number", "taken"), [("+8613800000000", "13800000000"), ("+85261234567", "85261234567")])
def test_numbers_are_written_as_aliyun_takes_them(number: str, taken: str) -> None:
    assert national(number) == taken


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (NoAnswer(sent_maybe=True), Outcome(Result.UNKNOWN, Reason.PROVIDER_SILENT)),
        (NoAnswer(sent_maybe=False), Outcome(Result.RETRY, Reason.PROVIDER_AWAY)),
        (Answer(200, b"<html>"), Outcome(Result.UNKNOWN, Reason.ANSWER_UNREADABLE, raw_code="http 200")),
        (Answer(502, b"<html>"), Outcome(Result.UNKNOWN, Reason.PROVIDER_FAULT, raw_code="http 502")),
        (Answer(200, b'{"Code":'), Outcome(Result.UNKNOWN, Reason.ANSWER_UNREADABLE, raw_code="http 200")),
        (said({"Message": "?"}), Outcome(Result.UNKNOWN, Reason.ANSWER_UNREADABLE, raw_code="http 200")),
        (said({"Code": "ServiceUnavailable"}, 503), Outcome(Result.UNKNOWN, Reason.PROVIDER_FAULT, raw_code="ServiceUnavailable")),
        (said({"Code": "isv.DENY_IP_RANGE"}), Outcome(Result.MISCONFIGURED, Reason.CALLER_FORBIDDEN, raw_code="isv.DENY_IP_RANGE")),
    ],
)
def test_whatever_happens_is_an_outcome(answer: Answer | NoAnswer, outcome: Outcome) -> None:
    assert ADAPTER.send(SMS, ALIYUN, NOW, Asked(answer).means) == outcome


def test_an_account_without_its_secrets_asks_nobody() -> None:
    asked = Asked(OK)
    found = ADAPTER.send(SMS, replace(ALIYUN, secrets={"access_key_id": ("AK1",)}), NOW, asked.means)
    assert (found.kind, found.reason, asked.requests) == (Result.MISCONFIGURED, Reason.CREDENTIALS_MISSING, [])


def test_a_lost_answer_is_looked_up_by_our_id() -> None:
    asked = Asked(details({"OutId": "other", "SendStatus": 3}, {"OutId": "m-1", "SendStatus": 3, "ErrCode": "DELIVERED"}))
    assert ADAPTER.look_up(SMS, NOW, ALIYUN, NOW + 60_000, asked.means) == Outcome(Result.SENT, raw_code="DELIVERED")
    assert query(asked) == {"PhoneNumber": "13800000000", "SendDate": "20261122", "PageSize": "50", "CurrentPage": "1"}


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (details({"OutId": "m-1", "SendStatus": 1}), Result.SENT, Reason.NONE),
        (details({"OutId": "m-1", "SendStatus": 2, "ErrCode": "BLACKLIST"}), Result.UNREACHABLE, Reason.ADDRESS_BLOCKED),
        (details(), Result.UNKNOWN, Reason.NONE),
        (said({"Code": "isv.DAY_LIMIT_CONTROL"}), Result.UNKNOWN, Reason.NONE),
        (said({"Code": "OK", "SmsSendDetailDTOs": [1]}), Result.UNKNOWN, Reason.NONE),
        (Answer(500, b""), Result.UNKNOWN, Reason.PROVIDER_SILENT),
        (NoAnswer(sent_maybe=False), Result.UNKNOWN, Reason.PROVIDER_AWAY),
    ],
)
def test_what_a_look_up_finds_settles_the_message_or_leaves_it_unknown(answer: Answer | NoAnswer, kind: Result, reason: Reason) -> None:
    found = ADAPTER.look_up(SMS, NOW, ALIYUN, NOW, Asked(answer).means)
    assert found is not None
    assert (found.kind, found.reason) == (kind, reason)


def test_a_message_from_just_before_midnight_is_looked_for_on_both_days() -> None:
    asked = Asked(details(), details({"OutId": "m-1", "SendStatus": 3}))
    almost_midnight = NOW + 16 * 3_600_000 - 1_000
    found = ADAPTER.look_up(SMS, almost_midnight, ALIYUN, almost_midnight + 600_000, asked.means)
    assert found is not None
    assert found.kind is Result.SENT
    assert [query(asked, place)["SendDate"] for place in (0, 1)] == ["20261122", "20261123"]


def test_a_receipt_tells_what_became_of_a_message() -> None:
    [receipt] = ADAPTER.receipts(json.dumps([REPORT]).encode())
    assert receipt == Receipt("9006^0", "+8613800000000", Fate.DELIVERED, "m-1", NOW + 3_000, Reason.NONE, "DELIVERED")
    assert receipt.identity == "9006^0#+8613800000000"


def test_a_failed_receipt_says_whether_the_address_is_to_blame() -> None:
    failed = {**REPORT, "success": False, "err_code": "BLACKLIST", "err_msg": "黑名单"}
    [receipt] = ADAPTER.receipts(json.dumps([failed]).encode())
    assert (receipt.fate, receipt.reason, receipt.raw_code) == (Fate.FAILED, Reason.ADDRESS_BLOCKED, "BLACKLIST")


def test_a_reply_may_ask_us_to_stop() -> None:
    body = [
        {
            "phone_number": "13800000000",
            "content": "ＴＤ",
            "send_time": "2026-11-22 08:00:00",
            "dest_code": "1069",
            "sequence_id": "77",
            "sign_name": "旗舰店",
        }
    ]
    assert ADAPTER.replies(json.dumps(body).encode()) == (Reply("77", "+8613800000000", "ＴＤ", NOW, stops=True, signature="旗舰店"),)


@pytest.mark.parametrize("body", [b"", b"no", b"[1]", b'"x"', b"null", b"[[]]", b"[" * 100_000])
def test_a_callback_of_something_else_is_refused(body: bytes) -> None:
    with pytest.raises(CallbackInvalid):
        ADAPTER.receipts(body)
    with pytest.raises(CallbackInvalid):
        ADAPTER.replies(body)


JSON = any_json()


@given(st.fixed_dictionaries(dict.fromkeys(REPORT, JSON)))
def test_any_values_in_a_receipt_are_borne(item: dict[str, object]) -> None:
    [receipt] = ADAPTER.receipts(json.dumps([item]).encode())
    assert receipt.fate is (Fate.DELIVERED if item["success"] in (True, "true") else Fate.FAILED) or item["success"] == 1


@given(JSON, st.integers(min_value=100, max_value=599))
def test_no_answer_but_theirs_counts_as_sent(value: object, status: int) -> None:
    if not (isinstance(value, dict) and value.get("Code") == "OK"):
        assert ADAPTER.send(SMS, ALIYUN, NOW, Asked(said(value, status)).means).kind is not Result.SENT
