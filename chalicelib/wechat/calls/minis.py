"""Mini programs: who logs in, their phone number, links and codes that open a page."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from chalicelib.wechat.apis import Api, Credential, Json
from chalicelib.wechat.calls import fields
from chalicelib.wechat.cipher import aes_cbc
from chalicelib.wechat.client import Client
from chalicelib.wechat.wire import Method

MAX_SCENE: Final = 32  # characters that a code of a page holds
MAX_QUERY: Final = 1_024  # characters of a link
MAX_DAYS: Final = 30  # that a link lives
_BLOCK: Final = 16  # bytes
_KEY_BYTES: Final = 16

SESSION: Final = Api("/sns/jscode2session", Method.GET, credential=Credential.SECRET)
PHONE: Final = Api("/wxa/business/getuserphonenumber")
URL_LINK: Final = Api("/wxa/generate_urllink")
SCHEME: Final = Api("/wxa/generatescheme")
UNLIMITED_CODE: Final = Api("/wxa/getwxacodeunlimit")


class Release(StrEnum):
    """Which version of the mini program opens."""

    RELEASE = "release"
    TRIAL = "trial"
    DEVELOP = "develop"


class DataInvalid(ValueError):
    """Encrypted data that was not made with this session for this mini program. The message does not repeat it."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who logged in. The key opens what the mini program sends encrypted; it must never go to the mini program, nor be kept."""

    openid: str
    unionid: str
    session_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone number that the person agreed to tell: whole (`+8613800000000` or `13800000000`), and without the country's code."""

    number: str
    plain: str
    country: str


def session(client: Client, code: str) -> Session:
    """Who logged in with a code of `wx.login`, which works once, for 5 minutes.

    Raises Dropped: 40029 invalid or expired, 40163 used already, 40226 the platform refuses the person.
    """
    found = client.call(SESSION, query={"js_code": code, "grant_type": "authorization_code"})
    return Session(fields.text(found, "openid", SESSION), fields.optional(found, "unionid"), fields.optional(found, "session_key"))


def phone_number(client: Client, code: str) -> Phone:
    """The phone number behind a code of the phone button (another one than that of `session`), which works once, and is paid for."""
    found = fields.part(client.call(PHONE, body={"code": code}), "phone_info")
    return phone_of(found)


def phone_of(found: Json) -> Phone:
    """The phone number that an answer, or opened data, tells. Raises TryAgain when there is none."""
    number = fields.text(found, "phoneNumber", PHONE)
    return Phone(number, fields.optional(found, "purePhoneNumber") or number, fields.optional(found, "countryCode"))


def url_link(client: Client, path: str, query: str, days: int, release: Release = Release.RELEASE) -> str:
    """An https link that opens a page of the mini program, for 1 to MAX_DAYS days."""
    lives: Json = {"expire_type": 1, "expire_interval": days}
    body: Json = {"path": path, "query": query, "env_version": release, **lives}
    return fields.text(client.call(URL_LINK, body=body), "url_link", URL_LINK)


def scheme(client: Client, path: str, query: str, days: int, release: Release = Release.RELEASE) -> str:
    """A `weixin://` link that opens a page of the mini program, for 1 to MAX_DAYS days."""
    opened: Json = {"path": path, "query": query, "env_version": release}
    body: Json = {"jump_wxa": opened, "expire_type": 1, "expire_interval": days}
    return fields.text(client.call(SCHEME, body=body), "openlink", SCHEME)


def unlimited_code(client: Client, scene: str, page: str = "", width: int = 430, release: Release = Release.RELEASE) -> bytes:
    """The picture of a code that opens a page with a scene of up to MAX_SCENE characters. As many as one likes, 5,000 a minute.

    A page that is not released yet is accepted, so that codes can be printed before.
    """
    body: Json = {"scene": scene, "width": width, "env_version": release, "check_path": False}
    return client.content(UNLIMITED_CODE, body=body | ({"page": page} if page else {}))


def opened(appid: str, session_key: str, iv: str, data: str) -> Json:
    """What a mini program sent encrypted: AES-128-CBC with the session's key; all three texts are base64.

    Raises DataInvalid, also when it was made for another mini program.
    """
    try:
        key, start, sealed = (base64.b64decode(text, validate=True) for text in (session_key, iv, data))
        if len(key) != _KEY_BYTES or len(start) != _BLOCK or not sealed or len(sealed) % _BLOCK:
            raise ValueError
        found = json.loads(_unpadded(aes_cbc(key, start, sealed, encrypt=False)))
    except ValueError:
        raise DataInvalid("the encrypted data was not made with this session") from None
    if not isinstance(found, dict) or fields.part(found, "watermark").get("appid") != appid:
        raise DataInvalid("the encrypted data was made for another mini program")
    return found


def is_signed(signature: str, raw: str, session_key: str) -> bool:
    """Whether the mini program's plain data (`rawData`) was signed with the session's key. Takes equally long wherever it differs."""
    made = hashlib.sha1((raw + session_key).encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
    return hmac.compare_digest(made.encode(), signature.encode("utf-8", "surrogatepass"))


def _unpadded(padded: bytes) -> bytes:
    count = padded[-1]
    if not 1 <= count <= _BLOCK or padded[-count:] != bytes([count]) * count:
        raise ValueError
    return padded[:-count]
