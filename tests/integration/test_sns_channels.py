"""SMS and push over Amazon SNS, from a template's words to what SNS was given, in a model of it in this process."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.sns.models import sns_backends

from chalicelib.channels.channel import Parcel, channel_of
from chalicelib.messages.templates.documents import TemplateDocument
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.messages.templates.rendering import render
from chalicelib.providers import push_sns, sns
from chalicelib.providers.model import Account, Outcome, Reason, Result
from tests.support.aws import Stack
from tests.support.providers import in_force
from tests.unit.providers.means import NOW

REGION = "us-east-1"
SHARED = {"account": "aws-sms", "provider": "sns"}
DOCUMENT = TemplateDocument.model_validate(
    {
        "category": "service",
        "channels": {
            "sms": {**SHARED, "text": "Hello {{ person.attributes.name | default: 'there' }}, your order is on its way"},
            "push": {**SHARED, "account": "aws-push", "title": "Order", "body": "It is on its way", "url": "shop://order/1"},
        },
    }
)
VARIABLES: dict[str, Any] = {"person": {"attributes": {"name": "Mulan"}}, "event": {}, "entry": {}, "data": {}}


@pytest.fixture(autouse=True)
def accounts(stack: Stack) -> Iterator[None]:
    sns.forget()
    push_sns._made.cache_clear()
    application = stack.client("sns").create_platform_application(Name="shop", Platform="GCM", Attributes={"PlatformCredential": "x"})
    in_force(Account("aws-sms", "sms_sns", {"region": REGION}))
    in_force(Account("aws-push", "push_sns", {"region": REGION, "fcm": application["PlatformApplicationArn"]}))
    yield
    sns.forget()


def backend() -> Any:
    return sns_backends["123456789012"][REGION]


def send(channel: ChannelName, address: str) -> Outcome:
    rendered = render(DOCUMENT, VARIABLES)[channel]
    assert rendered.body is not None
    parcel = Parcel("m-1", channel, rendered.account, address, rendered.body, Category.SERVICE, "p_1", NOW)
    return channel_of(channel).send(parcel, NOW)


def test_a_templates_words_reach_a_foreign_number() -> None:
    found = send(ChannelName.SMS, "+852 6123 4567")
    assert found.kind is Result.SENT
    assert backend().sms_messages[found.provider_id] == ("+85261234567", "Hello Mulan, your order is on its way")


def test_a_device_is_reached_by_the_token_that_its_app_knows() -> None:
    for _ in range(2):
        assert send(ChannelName.PUSH, "fcm:token-1").kind is Result.SENT
    [endpoint] = backend().platform_endpoints.values()
    assert (endpoint.token, len(endpoint.messages)) == ("token-1", 2)
    told = json.loads(json.loads(next(iter(endpoint.messages.values())))["GCM"])["fcmV1Message"]["message"]
    assert told["notification"] == {"title": "Order", "body": "It is on its way"}
    assert told["data"] == {"link": "shop://order/1", "message": "m-1"}


def test_the_endpoint_of_a_token_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    send(ChannelName.PUSH, "fcm:token-1")
    monkeypatch.setattr(backend(), "create_platform_endpoint", lambda **_: pytest.fail("asked again"))
    assert send(ChannelName.PUSH, "fcm:token-1").kind is Result.SENT


def test_a_device_that_amazon_has_given_up_is_not_switched_on_by_sending() -> None:
    send(ChannelName.PUSH, "fcm:token-1")
    [endpoint] = backend().platform_endpoints.values()
    endpoint.attributes["Enabled"] = "false"
    push_sns._made.cache_clear()  # another process
    found = send(ChannelName.PUSH, "fcm:token-1")
    assert (found.kind, found.reason) == (Result.UNREACHABLE, Reason.ADDRESS_GONE)
    assert endpoint.attributes["Enabled"] == "false"


def test_an_endpoint_may_be_named_itself() -> None:
    send(ChannelName.PUSH, "fcm:token-1")
    [arn] = backend().platform_endpoints
    assert send(ChannelName.PUSH, arn).kind is Result.SENT


@pytest.mark.parametrize(
    ("address", "kind", "reason"),
    [
        ("token-1", Result.UNREACHABLE, Reason.ADDRESS_INVALID),
        ("fcm:", Result.UNREACHABLE, Reason.ADDRESS_INVALID),
        ("huawei:token-1", Result.UNREACHABLE, Reason.ADDRESS_INVALID),
        ("apns:token-1", Result.MISCONFIGURED, Reason.REQUEST_INVALID),  # no such application in the account's settings
        (f"arn:aws:sns:{REGION}:123456789012:endpoint/GCM/shop/none", Result.UNREACHABLE, Reason.ADDRESS_GONE),
    ],
)
def test_what_is_no_device_is_told_apart(address: str, kind: Result, reason: Reason) -> None:
    found = send(ChannelName.PUSH, address)
    assert (found.kind, found.reason) == (kind, reason)


def test_an_endpoint_that_could_not_be_made_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    boto3.client("sns", region_name=REGION).delete_platform_application(PlatformApplicationArn=next(iter(backend().applications)))
    found = send(ChannelName.PUSH, "fcm:token-2")
    assert found.certainly_not_sent
    assert (found.kind, found.reason) == (Result.MISCONFIGURED, Reason.ACCOUNT_CLOSED)  # the application is gone, and not the device
    monkeypatch.setattr(sns, "outcome_of", lambda *_: Outcome(Result.UNKNOWN, Reason.PROVIDER_FAULT))
    assert send(ChannelName.PUSH, "fcm:token-2").kind is Result.RETRY


def test_amazon_has_no_receipts_keys_or_look_ups() -> None:
    parcel = Parcel("m-1", ChannelName.SMS, "aws-sms", "+85261234567", {"provider": "sns", "text": "x"}, at=NOW)
    channel = channel_of(ChannelName.SMS)
    assert (channel.key_lives_ms(parcel), channel.draw_key(parcel, NOW), channel.look_up(parcel, NOW, NOW)) == (0, "", None)
