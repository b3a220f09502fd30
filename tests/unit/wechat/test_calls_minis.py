"""Mini programs: logins, phone numbers, links, codes, and data that only the session's key opens."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.wechat.apis import Credential
from chalicelib.wechat.calls import minis
from chalicelib.wechat.calls.minis import DataInvalid, Phone, Release, Session
from chalicelib.wechat.cipher import aes_cbc
from chalicelib.wechat.errors import TryAgain
from tests.unit.wechat.platform import Asked

APPID = "wx9a8b7c6d5e4f3a2b"
KEY = base64.b64encode(bytes(range(16))).decode()
IV = base64.b64encode(bytes(range(16, 32))).decode()
# Made with `cryptography` and opened by wechatpy too.
SEALED = (
    "aLhedzo+Z6es5zW+YHo9snYC0yqzXTKggXNMQvhcyudkik75xObeE7YxlOkqVmhFK8f+LxhMgOYi9sTvM5HwmI782mFnqn3zZPlUfzWBBP/6qAGbf5iVZm6scZDBeHhA"
    "+Am1nKvLVWg5QJak/UvFWpyON4u2a5+2H8M70ucxdSXMGkINyb1tEm/JhEvjQ3hB4aGA0zrWRrzLZITTddM58Q=="
)
PHONE = {"phoneNumber": "13800000000", "purePhoneNumber": "13800000000", "countryCode": "86"}


def sealed(message: bytes, count: int | None = None) -> str:
    """Data as a mini program gets it; `count` is a padding that may be wrong."""
    missing = 16 - len(message) % 16
    return base64.b64encode(
        aes_cbc(bytes(range(16)), bytes(range(16, 32)), message + bytes([count or missing]) * missing, encrypt=True)
    ).decode()


def of(appid: str, **more: Any) -> bytes:
    return json.dumps({**more, "watermark": {"timestamp": 1, "appid": appid}}).encode()


def test_a_login_tells_who_it_is_and_shows_no_key() -> None:
    client = Asked({"openid": "oVisitor", "session_key": KEY, "unionid": "uOne"}, {"openid": "oVisitor", "session_key": KEY})
    found = minis.session(client, "c0de")
    assert found == Session("oVisitor", "uOne", KEY)
    assert KEY not in repr(found)
    assert client.last == (minis.SESSION, {"js_code": "c0de", "grant_type": "authorization_code"}, None)
    assert minis.SESSION.credential is Credential.SECRET
    assert minis.session(client, "c0de").unionid == ""


def test_a_login_of_nobody_is_no_answer() -> None:
    with pytest.raises(TryAgain):
        minis.session(Asked({"session_key": KEY}), "c0de")


def test_a_phone_number_comes_for_a_code() -> None:
    client = Asked({"errcode": 0, "phone_info": {"phoneNumber": "+8613800000000", "purePhoneNumber": "13800000000", "countryCode": "86"}})
    assert minis.phone_number(client, "c0de") == Phone("+8613800000000", "13800000000", "86")
    assert client.body == {"code": "c0de"}
    with pytest.raises(TryAgain):
        minis.phone_number(Asked({"errcode": 0}), "c0de")


def test_links_open_a_page_for_some_days() -> None:
    client = Asked({"url_link": "https://wxaurl.cn/abc"}, {"openlink": "weixin://dl/business/?t=abc"})
    assert minis.url_link(client, "/pages/sku", "id=1", 30) == "https://wxaurl.cn/abc"
    opened = {"path": "/pages/sku", "query": "id=1", "env_version": "release"}
    assert client.body == {**opened, "expire_type": 1, "expire_interval": 30}
    assert minis.scheme(client, "/pages/sku", "id=1", 7, Release.TRIAL) == "weixin://dl/business/?t=abc"
    assert client.body == {"jump_wxa": {**opened, "env_version": "trial"}, "expire_type": 1, "expire_interval": 7}


def test_codes_without_number_are_pictures() -> None:
    client = Asked(b"\xff\xd8", b"\xff\xd8")
    assert minis.unlimited_code(client, "id=1") == b"\xff\xd8"
    assert client.body == {"scene": "id=1", "width": 430, "env_version": "release", "check_path": False}
    minis.unlimited_code(client, "id=1", "pages/sku", 280)
    assert client.body == {"scene": "id=1", "width": 280, "env_version": "release", "check_path": False, "page": "pages/sku"}


def test_encrypted_data_is_opened_with_the_sessions_key() -> None:
    found = minis.opened(APPID, KEY, IV, SEALED)
    assert found == {**PHONE, "watermark": {"timestamp": 1735689600, "appid": APPID}}
    assert minis.phone_of(found) == Phone("13800000000", "13800000000", "86")


def test_data_for_another_mini_program_is_refused() -> None:
    with pytest.raises(DataInvalid, match="another mini program"):
        minis.opened("wx-another", KEY, IV, SEALED)


@pytest.mark.parametrize(
    ("key", "iv", "data"),
    [
        (KEY, IV, ""),
        (KEY, IV, "not base64!"),
        (KEY, IV, SEALED[:24]),
        (KEY, IV, base64.b64encode(b"x" * 15).decode()),
        (KEY, IV, sealed(of(APPID), count=17)),
        (KEY, IV, sealed(of(APPID), count=255)),
        (KEY, IV, sealed(b"{")),
        (KEY, IV, sealed(b"[]")),
        (KEY, IV, sealed(b"\xff\xfe")),
        (KEY, IV, sealed(b'{"watermark":[]}')),
        (KEY, "AAAA", SEALED),
        ("AAAA", IV, SEALED),
        (base64.b64encode(b"k" * 32).decode(), IV, SEALED),
        (base64.b64encode(b"k" * 16).decode(), IV, SEALED),
    ],
)
def test_what_was_not_made_with_this_session_is_refused(key: str, iv: str, data: str) -> None:
    with pytest.raises(DataInvalid) as refused:
        minis.opened(APPID, key, iv, data)
    assert refused.value.__cause__ is None


@given(st.text(), st.text(max_size=100))
def test_whatever_was_sealed_comes_out_whatever_its_length(name: str, more: str) -> None:
    assert minis.opened(APPID, KEY, IV, sealed(of(APPID, nickName=name, more=more)))["nickName"] == name


@given(st.text(), st.text(), st.text())
def test_hostile_data_is_refused_and_nothing_else_is_raised(key: str, iv: str, data: str) -> None:
    with pytest.raises(DataInvalid):
        minis.opened(APPID, key, iv, data)


def test_plain_data_is_believed_when_the_sessions_key_signed_it() -> None:
    raw = '{"nickName":"测试","gender":0}'
    assert minis.is_signed("fa6a970bbcd35f0ac3adcb1fbb5a93baeb69dc69", raw, KEY)
    assert not minis.is_signed("fa6a970bbcd35f0ac3adcb1fbb5a93baeb69dc69", raw.replace("0", "1"), KEY)
    assert not minis.is_signed("签名", raw, KEY)
