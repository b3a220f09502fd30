"""The local WeChat beside a stack: up before anybody asks, gone with whoever started it, and connected as an operator does it."""

import json
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.wechat.cipher import key_of
from chalicelib.wechat.secrets import Secret
from infra import wechat_connecting
from infra.emulator.process import free_port, is_taken
from infra.wechat_connecting import connect, secrets_of
from infra.wechat_process import WechatFailed, variables, wechat_process

APPID = "wx618brand"
DOCUMENT = {"title": "服务号", "type": "service", "mode": "compatible", "open_platform": "brand"}


def test_it_answers_while_the_block_lasts_and_not_longer(tmp_path: Path) -> None:
    port = free_port()
    with wechat_process(tmp_path, port, time_scale=60) as url:
        assert url == f"http://127.0.0.1:{port}"
        with urllib.request.urlopen(f"{url}/_sim/accounts") as answer:
            assert json.load(answer)["accounts"] == []
        with pytest.raises(WechatFailed, match=str(port)), wechat_process(tmp_path, port):
            pass
    assert not is_taken(port)


def test_the_lambdas_take_it_for_all_hosts_of_the_platform() -> None:
    assert set(variables("http://wechat").values()) == {"http://wechat"}
    assert set(variables("")) == {"HUILIU_WECHAT_API_URL", "HUILIU_WECHAT_MP_URL", "HUILIU_WECHAT_OPEN_URL"}


def test_secrets_have_the_form_that_the_platform_wants() -> None:
    secrets = secrets_of(APPID)
    assert len(key_of(secrets[Secret.AES_KEY])) == 32
    assert secrets[Secret.TOKEN].isalnum()
    assert 3 <= len(secrets[Secret.TOKEN]) <= 32
    assert secrets != secrets_of("wx618mini")
    assert secrets == secrets_of(APPID)


def test_the_secrets_are_there_before_the_address_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[Any, ...]] = []

    class Platform:
        def __init__(self, url: str) -> None:
            done.append(("platform", url))

        def account(self, appid: str, kind: str, **given: Any) -> None:
            done.append(("account", appid, kind, given))

    ssm = SimpleNamespace(put_parameter=lambda **told: done.append(("secret", told["Name"], json.loads(told["Value"]), told["Type"])))
    stage = SimpleNamespace(place=SimpleNamespace(prefix="huiliu-local"), client=lambda _service: ssm)
    stack: Any = SimpleNamespace(api_url="http://api", api_key="hla_1", stage=stage, providers_url="http://wechat")
    monkeypatch.setattr(wechat_connecting, "Driver", Platform)
    monkeypatch.setattr(wechat_connecting, "call", lambda url, _key, _body, *_method: done.append(("api", url)))
    connect(stack, APPID, DOCUMENT)
    secrets = secrets_of(APPID)
    assert done == [
        *(("secret", f"/huiliu-local/wechat/{APPID}/{name}", [value], "SecureString") for name, value in secrets.items()),
        ("api", f"http://api/v1/accounts/{APPID}"),
        ("api", f"http://api/v1/accounts/{APPID}/publish"),
        ("platform", "http://wechat"),
        (
            *("account", APPID, "service"),
            {
                "callback_url": f"http://api/wechat/{APPID}",
                "token": secrets[Secret.TOKEN],
                "aes_key": secrets[Secret.AES_KEY],
                "secret": secrets[Secret.APP_SECRET],
                "mode": "compatible",
                "open_platform": "brand",
            },
        ),
    ]
