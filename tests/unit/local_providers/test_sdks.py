"""The providers' own clients, unmodified, on the local fronts over real connections: the fronts do not just repeat our reading."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local_providers.driver import Driver
from infra.local_providers.server import LocalProviders

SECRET = "SK1"


@pytest.fixture
def driver() -> Iterator[Driver]:
    with LocalProviders() as running:
        made = Driver(running.url)
        made.choices(strict_hours=False)
        made.account("tencent", "AKID1", SECRET, app_id="1400000001", signatures=["旗舰店"], templates={"T1": {"variables": ["name"]}})
        made.account("jpush", "app1", SECRET)
        made.device("device-1")
        yield made


def tencent(driver: Driver, secret: str = SECRET) -> Any:
    credential = pytest.importorskip("tencentcloud.common.credential")
    client_profile = pytest.importorskip("tencentcloud.common.profile.client_profile")
    http_profile = pytest.importorskip("tencentcloud.common.profile.http_profile")
    sms_client = pytest.importorskip("tencentcloud.sms.v20210111.sms_client")
    http = http_profile.HttpProfile(protocol="http", endpoint=driver.url.removeprefix("http://"))
    profile = client_profile.ClientProfile(httpProfile=http)
    return sms_client.SmsClient(credential.Credential("AKID1", secret), "ap-guangzhou", profile)


def sms(**more: Any) -> Any:
    models = pytest.importorskip("tencentcloud.sms.v20210111.models")
    request = models.SendSmsRequest()
    given = {"PhoneNumberSet": ["+8613800000000"], "SmsSdkAppId": "1400000001", "TemplateId": "T1", "SignName": "旗舰店"}
    request.from_json_string(json.dumps({**given, "TemplateParamSet": ["木兰"], "SessionContext": "m-1", **more}))
    return request


def test_tencents_client_sends_and_reads_what_became_of_it(driver: Driver) -> None:
    driver.number("13900000000", "blocked")
    answer = tencent(driver).SendSms(sms(PhoneNumberSet=["+8613800000000", "13900000000"]))
    assert [one.Code for one in answer.SendStatusSet] == ["Ok", "FailedOperation.PhoneNumberInBlacklist"]
    [taken] = driver.outbox(provider="tencent")
    assert (taken["to"], taken["key"], taken["id"]) == ("+8613800000000", "m-1", answer.SendStatusSet[0].SerialNo)
    driver.advance(1)
    models = pytest.importorskip("tencentcloud.sms.v20210111.models")
    request = models.PullSmsSendStatusRequest()
    request.Limit, request.SmsSdkAppId = 10, "1400000001"
    [receipt] = tencent(driver).PullSmsSendStatus(request).PullSmsSendStatusSet
    assert (receipt.SerialNo, receipt.ReportStatus, receipt.SessionContext) == (taken["id"], "SUCCESS", "m-1")


def test_tencents_client_is_told_of_a_wrong_secret(driver: Driver) -> None:
    failed = pytest.importorskip("tencentcloud.common.exception.tencent_cloud_sdk_exception").TencentCloudSDKException
    with pytest.raises(failed) as refused:
        tencent(driver, "wrong").SendSms(sms())
    assert refused.value.code == "AuthFailure.SignatureFailure"


def jpush_push(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> Any:
    jpush = pytest.importorskip("jpush")
    common = pytest.importorskip("jpush.common")
    monkeypatch.setitem(common.ZONES, "DEFAULT", {**common.ZONES["DEFAULT"], "PUSH": f"{driver.url}/v3/"})
    push = jpush.JPush("app1", SECRET).create_push()
    push.platform, push.audience = "all", {"registration_id": ["device-1"]}
    push.notification = jpush.notification(alert="您的订单即将失效")
    return push


def test_jpushs_client_draws_a_key_and_repeats_without_pushing_twice(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    push = jpush_push(driver, monkeypatch)
    push.cid = push.get_cid(1, "push").payload["cidlist"][0]
    assert push.cid.startswith("app1-")
    first, second = push.send().payload, push.send().payload
    assert first == second
    assert [one["id"] for one in driver.outbox(provider="jpush")] == [first["msg_id"]]


def test_jpushs_client_batches_and_validates(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    push = jpush_push(driver, monkeypatch)
    assert push.send_validate().payload["msg_id"]
    singles = [{"platform": "all", "target": target, "notification": {"alert": "x"}} for target in ("device-1", "device-9")]
    said = push.batch_push_by_regid(singles).payload
    assert sorted("msg_id" in one for one in said.values()) == [False, True]


def test_jpushs_client_is_told_of_a_device_that_is_gone(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    push = jpush_push(driver, monkeypatch)
    push.audience = {"registration_id": ["device-9"]}
    failed = pytest.importorskip("jpush.common").JPushFailure
    with pytest.raises(failed) as refused:
        push.send()
    assert refused.value.error_code == 1011
