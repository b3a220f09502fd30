"""What we seal, they open; what they seal, we open; and both refuse what was tampered with."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.wechat import cipher, replies, signature, xmltext
from chalicelib.wechat.push import Form
from tests.oracles.others import ORACLES, tree, wechatpy, werobot
from tests.unit.wechat.samples import APPID, AT, KEY, NONCE, SALT, TOKEN

NAMES = sorted(ORACLES)
WRITABLE = st.characters(codec="utf-8")
MESSAGES = st.text(WRITABLE, max_size=300)
ASCII = st.text("abcXYZ0189-_", min_size=1, max_size=20)
LONG = {
    "empty": "",
    "one byte": "x",
    "four bytes in one sign": "🙂",
    "many bytes": "中文，标点。",
    "8 kB": "裙" * 2731,
    "no blanks are lost": "  \n a \t ",
}


def sealed_by_us(message: str, at: str = str(AT), nonce: str = NONCE, salt: bytes = SALT) -> str:
    return replies.sealed(message, appid=APPID, token=TOKEN, key=KEY, timestamp=int(at), nonce=nonce, salt=salt, form=Form.XML)


def opened_by_us(body: str) -> str:
    """As the platform would read an answer."""
    outer = xmltext.parse(body.encode())
    assert signature.is_signed(outer["MsgSignature"], TOKEN, outer["TimeStamp"], outer["Nonce"], outer["Encrypt"])
    return cipher.unseal(KEY, outer["Encrypt"], APPID).decode()


def opened_by(name: str, body: str) -> str:
    outer = tree(body)
    return ORACLES[name].opened(body, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("message", LONG.values(), ids=LONG)
def test_messages_of_every_length_go_both_ways(name: str, message: str) -> None:
    assert opened_by(name, sealed_by_us(message)) == message
    assert opened_by_us(ORACLES[name].sealed(message, str(AT), NONCE)) == message


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("total", [*range(30), 31, 32, 33, 63, 64])
def test_every_length_of_padding_goes_both_ways(name: str, total: int) -> None:
    test_messages_of_every_length_go_both_ways(name, "a" * total)


@given(MESSAGES, ASCII, st.binary(min_size=16, max_size=16), st.integers(0, 10**10))
def test_any_message_goes_both_ways(message: str, nonce: str, salt: bytes, at: int) -> None:
    for name, oracle in ORACLES.items():
        assert opened_by(name, sealed_by_us(message, str(at), nonce, salt)) == message
        assert opened_by_us(oracle.sealed(message, str(at or 1), nonce)) == message


@given(st.binary(min_size=32, max_size=32), ASCII, ASCII, MESSAGES)
def test_whatever_the_key_the_account_and_the_token(key: bytes, appid: str, token: str, message: str) -> None:
    encoding_key = base64.b64encode(key).decode().removesuffix("=")
    body = replies.sealed(message, appid=appid, token=token, key=key, timestamp=AT, nonce=NONCE, salt=SALT, form=Form.XML)
    outer = tree(body)
    for made in (wechatpy, werobot):
        oracle = made(appid, encoding_key, token)
        assert oracle.opened(body, outer["MsgSignature"], str(AT), NONCE) == message
        assert cipher.unseal(key, tree(oracle.sealed(message, str(AT), NONCE))["Encrypt"], appid) == message.encode()


@given(st.lists(st.text(WRITABLE, max_size=20), min_size=3, max_size=4))
def test_signatures_are_the_same_in_any_language(parts: list[str]) -> None:
    for oracle in ORACLES.values():
        assert oracle.signed(*parts) == signature.sign(*parts)


@pytest.mark.parametrize("parts", [("token", "10", "9"), ("9", "10", "Token"), ("Z", "a", "_"), ("é", "z", "中")])
@pytest.mark.parametrize("name", NAMES)
def test_the_order_is_that_of_the_bytes(name: str, parts: tuple[str, ...]) -> None:
    assert ORACLES[name].signed(*parts) == signature.sign(*parts)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("part", ["Encrypt", "MsgSignature", "TimeStamp", "Nonce"])
def test_nobody_believes_what_was_changed_on_the_way(name: str, part: str) -> None:
    outer: dict[str, Any] = tree(sealed_by_us("hello"))
    value = str(outer[part])
    outer[part] = ("0" if value[0] != "0" else "1") + value[1:]
    changed = xmltext.render(outer)
    with pytest.raises(AssertionError):
        opened_by_us(changed)
    with pytest.raises(Exception, match=r".*") as refused:
        opened_by(name, changed)
    assert "Signature" in type(refused.value).__name__


@pytest.mark.parametrize("made", [wechatpy, werobot])
def test_nobody_reads_a_message_for_another_account(made: Any) -> None:
    body = sealed_by_us("hello")
    outer = tree(body)
    with pytest.raises(Exception, match=r".*") as refused:
        made("wx-of-another").opened(body, outer["MsgSignature"], str(AT), NONCE)
    assert "AppId" in type(refused.value).__name__
