"""The local WeChat behind a real socket: what only a connection can do, and many callers at once."""

import http.client
import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from infra.local_wechat.presets import PRESETS
from infra.local_wechat.server import LocalWechat

APPID = "wx77aa00bb11cc22dd"
SECRET = "a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3"


@pytest.fixture
def wechat() -> Iterator[LocalWechat]:
    with LocalWechat() as running:
        asked(running, "/_sim/accounts", {"appid": APPID, "kind": "service", "secret": SECRET})
        yield running


def asked(wechat: LocalWechat, target: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
    with urllib.request.urlopen(urllib.request.Request(wechat.url + target, data=data), timeout=10) as answer:
        return json.loads(answer.read())


def token_address(kind: str = "token") -> str:
    return f"/cgi-bin/{kind}?grant_type=client_credential&appid={APPID}&secret={SECRET}"


def fault(wechat: LocalWechat, effect: Any) -> None:
    asked(wechat, "/_sim/faults", {"effect": effect, "when": {"count": 1}})


def test_a_token_is_had_over_http(wechat: LocalWechat) -> None:
    assert asked(wechat, token_address())["expires_in"] == 7200


def test_a_path_that_there_is_not_is_not_found(wechat: LocalWechat) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        asked(wechat, "/cgi-bin/nothing")
    assert refused.value.code == 404
    refused.value.close()
    assert "burst" in asked(wechat, "/_sim/presets")


def test_many_callers_at_once_share_one_stable_token(wechat: LocalWechat) -> None:
    body = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
    with ThreadPoolExecutor(8) as callers:
        tokens = list(callers.map(lambda _: asked(wechat, "/cgi-bin/stable_token", body)["access_token"], range(32)))
    assert len(set(tokens)) == 1


def test_a_connection_takes_one_request_after_the_other(wechat: LocalWechat) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", wechat.port, timeout=10)
    for _ in range(3):
        connection.request("GET", token_address())
        assert b"access_token" in connection.getresponse().read()
    connection.close()


@pytest.mark.parametrize("effect", [{"timeout": 0}, {"timeout_after": 0}])
def test_silence_ends_without_an_answer(wechat: LocalWechat, effect: Any) -> None:
    fault(wechat, effect)
    with pytest.raises(http.client.RemoteDisconnected):
        asked(wechat, token_address())
    assert asked(wechat, token_address())["expires_in"] == 7200


@pytest.mark.parametrize("effect", ["reset", "reset_after"])
def test_a_connection_is_torn_down(wechat: LocalWechat, effect: str) -> None:
    fault(wechat, effect)
    with pytest.raises((ConnectionResetError, urllib.error.URLError)):
        asked(wechat, token_address())


def test_half_an_answer_is_no_answer(wechat: LocalWechat) -> None:
    fault(wechat, "truncate")
    with pytest.raises(http.client.IncompleteRead):
        asked(wechat, token_address())


def test_a_slow_answer_is_whole(wechat: LocalWechat) -> None:
    fault(wechat, {"slow": 0.05})
    before = time.monotonic()
    assert asked(wechat, token_address())["expires_in"] == 7200
    assert time.monotonic() - before >= 0.05


def test_a_page_of_the_gateway_has_its_status(wechat: LocalWechat) -> None:
    fault(wechat, {"http": 503})
    with pytest.raises(urllib.error.HTTPError) as refused:
        asked(wechat, token_address())
    assert refused.value.code == 503
    refused.value.close()


def test_whoever_waits_for_silence_does_not_keep_it_from_stopping() -> None:
    wechat = LocalWechat().start()
    fault(wechat, "timeout")
    with socket.create_connection(("127.0.0.1", wechat.port)) as waiting:
        waiting.sendall(f"GET {token_address()} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        before = time.monotonic()
        wechat.stop()
    assert time.monotonic() - before < 5


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_preset_can_be_set_up(wechat: LocalWechat, name: str) -> None:
    assert asked(wechat, f"/_sim/presets/{name}", {})["expect"] == PRESETS[name].expect
