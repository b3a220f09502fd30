"""How a push travels: signed, and encrypted as the account's mode says, anew for each attempt. Pure; chance and time are arguments."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from chalicelib.wechat import cipher, xmltext
from chalicelib.wechat.signature import sign
from infra.local_wechat.payloads import Push, Tree, json_tree, written
from infra.local_wechat.state import Form, Mode

NONCE_DIGITS: Final = 9
_TYPES: Final = {Form.XML: "text/xml", Form.JSON: "application/json"}


@dataclass(frozen=True, slots=True)
class Destination:
    """Where and how the pushes of an account go. `keys` are 32 bytes each, the newest first; answers may come with any of them."""

    appid: str
    gh_id: str
    url: str
    token: str = field(repr=False)
    mode: Mode = Mode.PLAIN
    form: Form = Form.XML
    keys: tuple[bytes, ...] = field(default=(), repr=False)
    mini: bool = False


@dataclass(frozen=True, slots=True)
class Fresh:
    """What is new in each attempt: the signed time in whole seconds, a number used once, and 16 random bytes."""

    timestamp: int
    nonce: str
    salt: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent to the callback address. `seconds` is over how long the body trickles in."""

    method: str
    url: str
    query: Mapping[str, str]
    body: bytes = b""
    content_type: str = ""
    seconds: float = 0.0


Change = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Spoiling:
    """What a fault changes on the way, in this order: the push, its text, what is sealed, the signatures, the request."""

    push: Callable[[Push], Push] = lambda push: push
    form: Form | None = None
    text: Change = lambda text: text
    appid: str = ""  # sealed for this one instead
    key: bytes = b""
    token: str = ""
    age: int = 0  # seconds by which the signed time is behind
    encrypt: Change = lambda encrypt: encrypt
    signed: Change = lambda signature: signature
    plain_signed: Change = lambda signature: signature
    request: Callable[[Request], Request] = lambda request: request


UNSPOILT: Final = Spoiling()


def verification(to: Destination, fresh: Fresh, echo: str) -> Request:
    """The GET that checks an address: it must answer `echo` and nothing else."""
    timestamp = str(fresh.timestamp)
    signature = sign(to.token, timestamp, fresh.nonce)
    return Request("GET", to.url, {"signature": signature, "timestamp": timestamp, "nonce": fresh.nonce, "echostr": echo})


def delivery(to: Destination, push: Push, fresh: Fresh, spoilt: Spoiling = UNSPOILT) -> Request:
    """The POST of a push. In safe mode only the encrypted text travels, in compatible mode both."""
    token, timestamp = spoilt.token or to.token, str(fresh.timestamp - spoilt.age)
    changed = spoilt.push(push)
    form = spoilt.form or to.form
    text = spoilt.text(written(changed, form))
    query = {"signature": spoilt.plain_signed(sign(token, timestamp, fresh.nonce)), "timestamp": timestamp, "nonce": fresh.nonce}
    query["openid"] = push.openid
    if to.mode is not Mode.PLAIN:
        sealed = cipher.seal(spoilt.key or to.keys[0], text.encode(), spoilt.appid or to.appid, fresh.salt)
        encrypt = spoilt.encrypt(sealed)
        query |= {"encrypt_type": "aes", "msg_signature": spoilt.signed(sign(token, timestamp, fresh.nonce, encrypt))}
        outer: Tree = {"ToUserName": push.gh_id} if to.mode is Mode.SAFE else changed.tree
        text = _outer(outer, encrypt, form)
    return spoilt.request(Request("POST", to.url, query, text.encode(), _TYPES[form]))


def _outer(beside: Tree, encrypt: str, form: Form) -> str:
    if form is Form.JSON:
        return json.dumps({**json_tree(beside), "Encrypt": encrypt}, ensure_ascii=False, separators=(",", ":"))
    return xmltext.render({**beside, "Encrypt": encrypt})


def slowly(request: Request, seconds: float) -> Request:
    """The same request, its body trickling in."""
    return replace(request, seconds=seconds)
