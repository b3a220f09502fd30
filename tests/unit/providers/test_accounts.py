"""Accounts at providers: what their documents may say, and how they come together with their secrets."""

import io
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.definitions import store
from chalicelib.providers import connected, credentials
from chalicelib.providers.adapters import adapter
from chalicelib.providers.documents import KIND, ProviderDocument
from chalicelib.providers.model import Account
from infra import provider_secrets
from tests.support.aws import Stack, memory_stack
from tests.unit.providers.means import NOW

TENCENT = {"title": "腾讯云短信", "adapter": "sms_tencent", "settings": {"sdk_app_id": "1400000001"}}


@pytest.fixture
def stack() -> Iterator[Stack]:
    with memory_stack(only=("definitions",)) as made:
        yield made


@pytest.mark.parametrize(
    "document",
    [
        TENCENT,
        {"adapter": "sms_aliyun"},
        {"adapter": "sms_aliyun", "url": "https://relay.example.cn/aliyun"},
        {"adapter": "sms_aliyun", "url": "http://127.0.0.1:4690"},
        {"adapter": "push_jpush", "settings": {"apns_production": "no", "report_url": "https://bjapi.push.jiguang.cn/v3/report"}},
        {"adapter": "push_sns", "settings": {"region": "ap-east-1", "fcm": "arn:aws:sns:ap-east-1:1:app/GCM/shop"}},
        {"adapter": "webhook", "settings": {"address": "https://hooks.example.com/crm"}},
    ],
)
def test_an_account_that_can_work_is_taken(document: dict[str, Any]) -> None:
    assert ProviderDocument.model_validate(document).adapter == document["adapter"]


@pytest.mark.parametrize(
    ("document", "code", "at"),
    [
        ({"adapter": "sms_nobody"}, "adapter_unknown", ("adapter",)),
        ({"adapter": "model"}, "adapter_unknown", ("adapter",)),
        ({}, "missing", ("adapter",)),
        ({"adapter": "sms_tencent"}, "settings_invalid", ("settings",)),
        ({**TENCENT, "settings": {"sdk_app_id": "1", "colour": "red"}}, "settings_invalid", ("settings",)),
        ({"adapter": "webhook", "settings": {"address": "ftp://hooks.example.com"}}, "settings_invalid", ("settings",)),
        ({"adapter": "webhook", "settings": {"address": "https://user:word@hooks.example.com"}}, "settings_invalid", ("settings",)),
        ({**TENCENT, "settings": {"sdk_app_id": "1", "per_minute": "0"}}, "settings_invalid", ("settings",)),
        ({**TENCENT, "settings": {"sdk_app_id": "1", "per_minute": "many"}}, "settings_invalid", ("settings",)),
        ({**TENCENT, "settings": {"sdk_app_id": "1", "per_minute": "9999999"}}, "settings_invalid", ("settings",)),
        ({**TENCENT, "settings": {"sdk_app_id": ""}}, "string_too_short", ("settings", "sdk_app_id")),
        ({**TENCENT, "url": "http://sms.example.com"}, "url_invalid", ("url",)),
        ({**TENCENT, "url": "https://user@sms.example.com"}, "url_invalid", ("url",)),
        ({**TENCENT, "url": "https://[::1"}, "url_invalid", ("url",)),
        ({**TENCENT, "secret_key": "x"}, "extra_forbidden", ("secret_key",)),
    ],
)
def test_an_account_that_cannot_work_says_why(document: dict[str, Any], code: str, at: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError) as invalid:
        ProviderDocument.model_validate(document)
    assert [(one["type"], one["loc"]) for one in invalid.value.errors()] == [(code, at)]


def test_an_account_in_force_comes_with_its_secrets(stack: Stack) -> None:
    store.draft(KIND, "main", TENCENT, by="k", at=NOW)
    store.publish(KIND, "main", by="k", at=NOW)
    credentials.put("main", "secret_id", ["AKID1"])
    credentials.put("main", "secret_key", ["new", "old"])
    assert connected.account_of("main") == Account(
        "main", "sms_tencent", {"sdk_app_id": "1400000001"}, {"secret_id": ("AKID1",), "secret_key": ("new", "old")}
    )


@pytest.mark.parametrize(
    ("name", "settings", "rate"),
    [
        ("sms_aliyun", {}, 300_000),
        ("sms_tencent", {}, 180_000),
        ("sms_tencent", {"per_minute": "600"}, 600),
        ("push_jpush", {}, 600),
        ("webhook", {}, None),
        ("webhook", {"per_minute": "60"}, 60),
    ],
)
def test_an_account_is_asked_as_often_as_it_may(name: str, settings: dict[str, str], rate: int | None) -> None:
    assert adapter(name).rate(Account("main", name, settings)) == rate


def test_an_account_that_nobody_published_is_none(stack: Stack) -> None:
    assert connected.account_of("main") is None
    assert connected.account_of("x" * 10_000) is None
    store.draft(KIND, "main", TENCENT, by="k", at=NOW)
    store.publish(KIND, "main", by="k", at=NOW)
    assert connected.account_of("main") is None  # for a minute
    connected.forget()
    assert connected.account_of("main") == Account("main", "sms_tencent", {"sdk_app_id": "1400000001"}, {})


def test_a_new_secret_is_in_force_within_a_minute_whenever_the_account_was_last_read(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    at = [0.0]
    for memory in (credentials._kept, connected._documents, connected._accounts):
        monkeypatch.setattr(memory, "_clock", lambda: at[0])
    connected.forget()
    store.draft(KIND, "main", TENCENT, by="k", at=NOW)
    store.publish(KIND, "main", by="k", at=NOW)
    credentials.put("main", "secret_key", ["old"])
    connected.account_of("main")
    credentials.put("main", "secret_key", ["new", "old"])
    for at[0] in (59.9, 60.1):
        found = connected.account_of("main")
    connected.forget()
    assert found is not None
    assert found.secret("secret_key") == "new"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, given: str = "{}") -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(given))
    credentials.forget()
    return provider_secrets.main(["--account", "main", *arguments])


def test_secrets_are_put_without_being_shown(stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for value in ("first", "second"):
        assert run(monkeypatch, "--adapter", "sms_tencent", given=f'{{"secret_key": "{value}"}}') == 0
    credentials.forget()
    assert credentials.read("main", ("secret_key",)) == {"secret_key": ("second", "first")}
    assert run(monkeypatch, "--adapter", "sms_tencent", "--only-newest") == 0
    credentials.forget()
    assert credentials.read("main", ("secret_key",)) == {"secret_key": ("second",)}
    shown = capsys.readouterr()
    assert "secret_key: 2" in shown.out
    assert "second" not in shown.out + shown.err


def test_a_webhooks_secret_is_made_and_shown_once(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--adapter", "webhook", "--make") == 0
    credentials.forget()
    [made] = credentials.read("main", ("signing_secret",))["signing_secret"]
    assert made.startswith("whsec_")
    assert made in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        (("--adapter", "sms_nobody"), "{}"),
        (("--adapter", "sms_tencent"), "no json with s3cret"),
        (("--adapter", "sms_tencent"), '{"strange": "s3cret"}'),
        (("--adapter", "sms_tencent"), '{"secret_key": 1}'),
        (("--adapter", "sms_tencent"), '{"secret_key": "s3cret with blanks"}'),
        (("--adapter", "sms_tencent", "--make"), "{}"),
    ],
)
def test_what_cannot_be_is_refused_without_repeating_it(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], given: str
) -> None:
    assert run(monkeypatch, *arguments, given=given) == 1
    shown = capsys.readouterr()
    assert shown.err
    assert "s3cret" not in shown.out + shown.err
