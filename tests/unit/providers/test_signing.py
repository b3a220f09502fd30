"""The signatures of Aliyun and Tencent Cloud against what their own SDKs put on the wire, and of webhooks against the published example."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.providers import aliyun_signing, tencent_signing, webhook
from chalicelib.providers.aliyun_signing import canonical_query, signed
from chalicelib.providers.webhook import SecretMalformed

# What the SDKs sent to a server of our own (alibabacloud-dysmsapi20170525 4.6.0, tencentcloud-sdk-python-sms 3.1.153).
HOST = "127.0.0.1:35609"
QUERY = {
    "PhoneNumbers": "13800000000",
    "SignName": "测试",
    "TemplateCode": "SMS_1",
    "TemplateParam": '{"code":"12 3*~"}',
    "OutId": "o1",
}
HEADERS = {
    "accept": "application/json",
    "user-agent": "AlibabaCloud (Linux; x86_64) Python/3.11.7 Core/0.4.3 TeaDSL/2",
    "x-acs-action": "SendSms",
    "x-acs-credentials-provider": "static_ak",
    "x-acs-date": "2026-11-21T22:32:01Z",
    "x-acs-signature-nonce": "8a69af87621c1595773f47875ade9bcf",
    "x-acs-version": "2017-05-25",
}
TENCENT_BODY = (
    rb'{"PhoneNumberSet": ["+8613800000000"], "SmsSdkAppId": "1400000000", "TemplateId": "1", "SignName": "\u6d4b\u8bd5", '
    rb'"TemplateParamSet": ["a"], "SessionContext": "x"}'
)


def test_aliyun_takes_our_signature_for_its_own() -> None:
    found = signed("POST", f"http://{HOST}/", QUERY, b"", HEADERS, "AKtest", "SKtest")
    assert found["Authorization"].endswith("Signature=fac8ac9e77bb14aa68463178c5a23f32ff566bce304ae16ce507b9c2e10057bc")
    assert found["Authorization"].startswith("ACS3-HMAC-SHA256 Credential=AKtest,SignedHeaders=accept;host;user-agent;x-acs-action;")


def test_tencent_takes_our_signature_for_its_own() -> None:
    found = tencent_signing.authorization("sms", HOST, "application/json", TENCENT_BODY, 1_795_300_320, "AKIDtest", "SKtest")
    assert found == (
        "TC3-HMAC-SHA256 Credential=AKIDtest/2026-11-21/sms/tc3_request, SignedHeaders=content-type;host, "
        "Signature=51744554accfe3f18c362355adf9677538c12802ac36789f52f501bcd4c4c762"
    )


def test_receivers_of_standard_webhooks_take_our_signature() -> None:
    """The example of the specification."""
    found = webhook.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}'
    )
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", ["whsec_###", "whsec_QQ0", "whsec_c2hvcnQtc2VjcmV0", "kein Geheimnis", "whsec_裙装"])
def test_a_webhooks_secret_that_is_none_is_not_repeated(secret: str) -> None:
    with pytest.raises(SecretMalformed) as malformed:
        webhook.signature(secret, "m", 1, b"")
    assert secret.removeprefix("whsec_") not in str(malformed.value)


@pytest.mark.parametrize(
    ("given", "escaped"),
    [("a b", "a%20b"), ("*", "%2A"), ("~-_.", "~-_."), ("+/=", "%2B%2F%3D"), ("裙", "%E8%A3%99"), ("%", "%25")],
)
def test_queries_are_escaped_as_aliyun_counts(given: str, escaped: str) -> None:
    assert canonical_query({"k": given}) == f"k={escaped}"


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=8)))
def test_a_query_reads_back_as_it_was(query: dict[str, str]) -> None:
    from urllib.parse import parse_qsl

    assert dict(parse_qsl(canonical_query(query), keep_blank_values=True, errors="surrogatepass")) == query


@given(st.integers(min_value=0, max_value=4_102_444_800_000))
def test_times_are_written_to_the_second(now: int) -> None:
    from datetime import datetime

    assert int(datetime.fromisoformat(aliyun_signing.timestamp(now)).timestamp()) == now // 1000
