"""Pushes written from the platform's field lists, and the safe mode once more, by another library and in other words."""

import base64
import hashlib
import json
import struct
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from chalicelib.wechat import push
from chalicelib.wechat.cipher import key_of
from chalicelib.wechat.envelope import Account, Mode
from chalicelib.wechat.push import Push

NOW = 1_795_305_600_000  # ms
AT = NOW // 1000  # s, as the platform counts
APPID = "wx77aa00bb11cc22dd"
GH = "gh_5a17ed00beef"
FAN = "oFan-0000_mulan"
TOKEN = "Tok9-of-the-shop"
ENCODING_KEY = "ShopKeyOfTheYear2026abcdefghijklmnopqrstuvw"
KEY = key_of(ENCODING_KEY)
OLD_KEY = key_of("OldKeyOfTheYear2025ABCDEFGHIJKLMNOPQRSTUVWX")
SALT = b"sixteen salty by"
NONCE = "740613"

PLAIN = Account(APPID, Mode.PLAIN, (TOKEN,))
SAFE = Account(APPID, Mode.SAFE, (TOKEN,), (KEY,))


def body(msg_type: str = "event", event: str = "", inside: str = "", *, sender: str = FAN, at: int = AT) -> bytes:
    """The XML of a push; `inside` is the part of its own."""
    named = f"<Event><![CDATA[{event}]]></Event>" if event else ""
    return (
        f"<xml><ToUserName><![CDATA[{GH}]]></ToUserName>\n<FromUserName><![CDATA[{sender}]]></FromUserName>\n"
        f"<CreateTime>{at}</CreateTime>\n<MsgType><![CDATA[{msg_type}]]></MsgType>{named}{inside}</xml>"
    ).encode()


def json_body(msg_type: str = "event", event: str = "", **inside: Any) -> bytes:
    """The same as a mini program that chose JSON gets it."""
    head = {"ToUserName": GH, "FromUserName": FAN, "CreateTime": AT, "MsgType": msg_type}
    return json.dumps({**head, **({"Event": event} if event else {}), **inside}, ensure_ascii=False).encode()


def event(name: str, inside: str = "", *, sender: str = FAN, at: int = AT) -> Push:
    """A push of an event."""
    return push.read(body("event", name, inside, sender=sender, at=at))


def text(content: str = "裙装", message_id: str = "24601000000000001") -> Push:
    """A text that a fan writes."""
    return push.read(body("text", inside=f"<Content><![CDATA[{content}]]></Content><MsgId>{message_id}</MsgId>"))


def signed(*parts: str) -> str:
    """The platform's signature."""
    return sha1_hex("".join(sorted(parts)).encode())


def sha1_hex(data: bytes) -> str:
    """The hash that the platform signs with."""
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def sealed(message: bytes, appid: str = APPID, key: bytes = KEY, salt: bytes = SALT) -> str:
    """What the platform puts into `Encrypt`."""
    return encrypted(salt + struct.pack(">I", len(message)) + message + appid.encode(), key)


def encrypted(plain: bytes, key: bytes = KEY) -> str:
    """Any bytes as cipher text, padded as the platform pads."""
    padder = padding.PKCS7(256).padder()
    return raw_encrypted(padder.update(plain) + padder.finalize(), key)


def raw_encrypted(blocks: bytes, key: bytes = KEY) -> str:
    """Whole blocks as cipher text."""
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(blocks) + encryptor.finalize()).decode()


def opened(text: str, key: bytes = KEY) -> tuple[bytes, bytes]:
    """The message and the account of an `Encrypt`, as the platform reads them."""
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    unpadder = padding.PKCS7(256).unpadder()
    plain = unpadder.update(decryptor.update(base64.b64decode(text)) + decryptor.finalize()) + unpadder.finalize()
    (length,) = struct.unpack(">I", plain[16:20])
    return plain[20 : 20 + length], plain[20 + length :]


def plain_query(at: int = AT, nonce: str = NONCE, token: str = TOKEN) -> dict[str, str]:
    """The query of a push in plain mode."""
    return {"signature": signed(token, str(at), nonce), "timestamp": str(at), "nonce": nonce, "openid": FAN}


def safe_query(encrypt: str, at: int = AT, nonce: str = NONCE, token: str = TOKEN) -> dict[str, str]:
    """The query of a push in compatible or safe mode."""
    return {**plain_query(at, nonce, token), "encrypt_type": "aes", "msg_signature": signed(token, str(at), nonce, encrypt)}


def safe_body(encrypt: str, beside: str = "") -> bytes:
    """The body in safe mode; in compatible mode with the plain elements beside the encrypted one."""
    return f"<xml><ToUserName><![CDATA[{GH}]]></ToUserName>{beside}<Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>".encode()


def tree(text: str) -> Any:
    """XML as the standard library reads it: texts, objects, and lists of what is repeated."""
    return _tree(ET.fromstring(text))  # noqa: S314 - text that a test wrote


def _tree(element: ET.Element) -> Any:
    if not len(element):
        return element.text or ""
    found: dict[str, Any] = {}
    for child in element:
        value = _tree(child)
        found[child.tag] = [*_listed(found[child.tag]), value] if child.tag in found else value
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def without(mapping: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """All but the named."""
    return {name: value for name, value in mapping.items() if name not in names}
