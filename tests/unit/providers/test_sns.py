"""SMS and push over Amazon SNS, against a model of it in this process."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    InvalidRegionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from moto.sns.models import sns_backends

from chalicelib.providers import push_sns, sms_sns, sns
from chalicelib.providers.model import Account, Outcome, PushMessage, Reason, Result, SmsMessage
from chalicelib.providers.push_sns import Platform
from tests.unit.providers.means import NOW, PUSH, SMS, Asked, said

REGION = "us-east-1"
MEANS = Asked(said({})).means
SECRETS = {"access_key_id": ("AK",), "secret_access_key": ("SK",)}
TEXT = replace(SMS, to="+85261234567", signature="", template="", text="Your order is waiting", marketing=True)


@pytest.fixture
def account() -> Iterator[Account]:
    with mock_aws():
        sns.forget()
        client = boto3.client("sns", region_name=REGION, aws_access_key_id="AK", aws_secret_access_key="SK")
        made = client.create_platform_application(Name="shop", Platform="GCM", Attributes={"PlatformCredential": "x"})
        yield Account("aws", "push_sns", {"region": REGION, "fcm": made["PlatformApplicationArn"]}, SECRETS)
        sns.forget()


def backend() -> Any:
    return sns_backends["123456789012"][REGION]


def test_a_text_goes_out_as_it_is(account: Account) -> None:
    found = sms_sns.ADAPTER.send(TEXT, account, NOW, MEANS)
    assert found.kind is Result.SENT
    assert backend().sms_messages[found.provider_id] == ("+85261234567", "Your order is waiting")


def test_settings_choose_the_route_and_who_it_comes_from() -> None:
    account = Account("aws", "sms_sns", {"region": REGION, "sender_id": "SHOP", "origination": "+18005550100", "max_price": "0.5"})
    attributes = sms_sns.parameters(replace(TEXT, signature="旗舰店"), account)["MessageAttributes"]
    assert {name.rpartition(".")[2]: value["StringValue"] for name, value in attributes.items()} == {
        "SMSType": "Promotional",
        "SenderID": "SHOP",
        "OriginationNumber": "+18005550100",
        "MaxPrice": "0.5",
    }
    assert sms_sns.parameters(replace(TEXT, signature="旗舰店"), account)["Message"].startswith("【旗舰店】Your")
    assert sms_sns.parameters(replace(TEXT, marketing=False), account)["MessageAttributes"]["AWS.SNS.SMS.SMSType"]["StringValue"] == (
        "Transactional"
    )


def test_a_number_that_is_none_is_unreachable(account: Account) -> None:
    found = sms_sns.ADAPTER.send(replace(TEXT, to="+1"), account, NOW, MEANS)
    assert (found.kind, found.reason) == (Result.UNREACHABLE, Reason.ADDRESS_INVALID)


def test_an_account_without_a_region_asks_nobody() -> None:
    assert sms_sns.ADAPTER.send(TEXT, Account("aws", "sms_sns"), NOW, MEANS).kind is Result.MISCONFIGURED


def test_a_push_goes_to_the_endpoint_of_a_device(account: Account) -> None:
    arn = push_sns.ADAPTER.endpoint("token-1", Platform.FCM, account, NOW, MEANS)
    assert isinstance(arn, str)
    found = push_sns.ADAPTER.send(replace(PUSH, to=arn), account, NOW, MEANS)
    assert found.kind is Result.SENT
    [sent] = backend().platform_endpoints[arn].messages.values()
    parts = json.loads(sent)
    assert parts["default"] == PUSH.text
    data = json.loads(parts["GCM"])["fcmV1Message"]["message"]
    assert data["notification"] == {"title": "下单有礼", "body": "您的订单即将失效"}
    assert data["data"] == {"order": "618", "link": PUSH.link, "message": "m-1"}


def test_a_token_that_comes_back_is_switched_on_again(account: Account) -> None:
    first = push_sns.ADAPTER.endpoint("token-1", Platform.FCM, account, NOW, MEANS)
    assert isinstance(first, str)
    backend().platform_endpoints[first].attributes["Enabled"] = "false"
    assert push_sns.ADAPTER.send(replace(PUSH, to=first), account, NOW, MEANS).reason is Reason.ADDRESS_GONE
    assert push_sns.ADAPTER.endpoint("token-1", Platform.FCM, account, NOW, MEANS) == first
    assert push_sns.ADAPTER.send(replace(PUSH, to=first), account, NOW, MEANS).kind is Result.SENT


def test_a_token_that_is_known_with_other_attributes_gives_its_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    arn = "arn:aws:sns:us-east-1:1:endpoint/GCM/shop/1"
    said_so = {"Error": {"Code": "InvalidParameter", "Message": f"Invalid parameter: Token Reason: Endpoint {arn} already exists with ..."}}
    changed: list[str] = []

    class Client:
        def create_platform_endpoint(self, **_given: str) -> dict[str, str]:
            raise ClientError(said_so, "CreatePlatformEndpoint")

        def get_endpoint_attributes(self, **_given: str) -> dict[str, dict[str, str]]:
            return {"Attributes": {"Token": "old", "Enabled": "true"}}

        def set_endpoint_attributes(self, EndpointArn: str, **_given: Any) -> None:  # noqa: N803 - as boto3 has it
            changed.append(EndpointArn)

    monkeypatch.setattr(sns, "client_of", lambda _account: Client())
    account = Account("aws", "push_sns", {"region": REGION, "fcm": "arn:app"})
    assert push_sns.ADAPTER.endpoint("token-1", Platform.FCM, account, NOW, MEANS) == arn
    assert changed == [arn]


def test_a_device_of_a_platform_that_was_not_set_up_has_no_endpoint(account: Account) -> None:
    found = push_sns.ADAPTER.endpoint("token-1", Platform.APNS, account, NOW, MEANS)
    assert isinstance(found, Outcome)
    assert found.kind is Result.MISCONFIGURED


@pytest.mark.parametrize(("letters", "too_large"), [(3_900, False), (4_200, True)])
def test_a_message_that_a_platform_would_refuse_is_not_sent(letters: int, too_large: bool) -> None:
    message = PushMessage("m-1", "arn", text="x" * letters)
    assert bool(push_sns.oversize(message)) is too_large
    if too_large:
        found = push_sns.ADAPTER.send(message, Account("aws", "push_sns", {"region": REGION}), NOW, MEANS)
        assert (found.kind, found.reason) == (Result.REFUSED, Reason.CONTENT_TOO_LARGE)


def test_bytes_count_not_letters() -> None:
    assert push_sns.oversize(PushMessage("m-1", "arn", text="裙" * 1_400)) == (Platform.APNS, Platform.FCM)


def test_names_that_platforms_keep_for_themselves_do_not_reach_them() -> None:
    message = replace(PUSH, data={"aps": "x", "from": "x", "google.x": "x", "gcm": "x", "ok": "1"}, link="")
    assert json.loads(push_sns.apns(message)).keys() == {"aps", "ok", "message"}
    assert json.loads(push_sns.apns(message))["aps"]["alert"] == {"title": message.title, "body": message.text}


@given(st.builds(PushMessage, st.text(), st.text(), st.text(), st.text(), st.dictionaries(st.text(), st.text())))
def test_every_part_of_an_envelope_is_json_of_its_own(message: PushMessage) -> None:
    parts = json.loads(push_sns.envelope(message))
    assert parts.keys() == {"default", "APNS", "APNS_SANDBOX", "GCM"}
    assert all(isinstance(json.loads(parts[key]), dict) for key in ("APNS", "APNS_SANDBOX", "GCM"))


def errors() -> list[tuple[BotoCoreError, Result]]:
    url = "https://sns.example.com"
    return [
        (ConnectTimeoutError(endpoint_url=url), Result.RETRY),
        (EndpointConnectionError(endpoint_url=url), Result.RETRY),
        (ReadTimeoutError(endpoint_url=url), Result.UNKNOWN),
        (NoCredentialsError(), Result.MISCONFIGURED),
        (InvalidRegionError(region_name="us east 1"), Result.MISCONFIGURED),
        (ParamValidationError(report="x"), Result.REFUSED),
        (BotoCoreError(), Result.UNKNOWN),
    ]


@pytest.mark.parametrize(("error", "result"), errors(), ids=lambda value: type(value).__name__)
def test_a_client_that_fails_says_whether_it_may_have_sent(error: BotoCoreError, result: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    class Client:
        def publish(self, **_given: Any) -> Any:
            raise error

    monkeypatch.setattr(sns, "client_of", lambda _account: Client())
    assert sms_sns.ADAPTER.send(SmsMessage("m", "+85261234567"), Account("a", "sms_sns", {"region": REGION}), NOW, MEANS).kind is result


def test_the_client_asks_once(account: Account) -> None:
    assert sns.client_of(account).meta.config.retries == {"total_max_attempts": 1, "mode": "legacy"}


def test_a_caller_whom_they_do_not_know_is_no_fault_of_the_number() -> None:
    said_so = {"Code": "MissingAuthenticationToken", "Message": "Request is missing Authentication Token"}
    found = sns.outcome_of({"Error": said_so, "ResponseMetadata": {"HTTPStatusCode": 403}}, NOW)
    assert (found.kind, found.reason) == (Result.MISCONFIGURED, Reason.PERMISSION_MISSING)


def test_a_fault_of_theirs_with_a_code_that_nobody_knows_is_unknown() -> None:
    refusal = {"Error": {"Code": "Strange"}, "ResponseMetadata": {"HTTPStatusCode": 503}}
    assert sns.outcome_of(refusal, NOW).kind is Result.UNKNOWN
