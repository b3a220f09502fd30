"""A local WeChat in this process: time stands still, the network is a function, and a driver asks without HTTP."""

import json
import struct
from collections.abc import Callable, Mapping
from typing import Any

from infra.local_wechat.answering import ADMIN, respond
from infra.local_wechat.answers import Response
from infra.local_wechat.clock import VirtualClock
from infra.local_wechat.driver import Driver
from infra.local_wechat.envelopes import Request
from infra.local_wechat.events import Pusher
from infra.local_wechat.server import request_of
from infra.local_wechat.world import World
from tests.unit.wechat import samples
from tests.unit.wechat.samples import ENCODING_KEY, TOKEN, tree

SERVICE = "wx77aa00bb11cc22dd"
MINI = "wx618mini"
URL = "http://shop.example/wechat"
ACKNOWLEDGED = Response(200, b"success")
OPEN_PLATFORM = "brand"

UNREADABLE = (SyntaxError, ValueError, KeyError, struct.error)  # what reading a spoilt body raises; XML's is a SyntaxError

Answering = Callable[[Request], Response]


class Receiver:
    """What stands at the callback addresses: answers in turn as `then` says, the last one for ever, and keeps what came."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.then: list[Answering] = [lambda _: ACKNOWLEDGED]

    def __call__(self, request: Request) -> Response:
        if request.method == "GET":
            return Response(200, request.query["echostr"].encode())
        self.requests.append(request)
        answering = self.then.pop(0) if len(self.then) > 1 else self.then[0]
        return answering(request)

    def answers(self, *answering: Answering | Response) -> None:
        """Answers so, one after the other."""
        self.then = [one if callable(one) else _always(one) for one in answering]

    @property
    def last(self) -> Request:
        return self.requests[-1]

    @property
    def trees(self) -> list[Any]:
        """What came, read; of an encrypted push what was inside."""
        return [inside(request) for request in self.requests]


def _always(response: Response) -> Answering:
    return lambda _: response


class Stage:
    """A world with one service account and one mini program of one owner, and one person."""

    def __init__(self, mode: str = "plain", form: str = "json", **account: Any) -> None:
        self.receiver = Receiver()
        self.clock = VirtualClock()
        self.world = World(1, self.clock)
        self.pusher = Pusher(self.world, self.receiver, threads=False, pause=lambda seconds: self.clock.advance(round(seconds * 1000)))
        self.world.listeners.append(self.pusher.hear)
        self.driver = Driver(exchange=self.exchange)
        given: dict[str, Any] = {"token": TOKEN, "aes_key": ENCODING_KEY, "mode": mode, "callback_url": URL, "open_platform": OPEN_PLATFORM}
        self.driver.account(SERVICE, **{**given, **account})
        self.driver.account(MINI, "mini_program", form=form, **given)
        self.mulan = self.driver.person("mulan", mobile="13800000000")

    def exchange(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        """As the server would answer it."""
        said = respond(self.world, request_of(method, target, {}, body, "127.0.0.1"), (*ADMIN, *self.pusher.routes))
        return said.status, said.body

    def act(self, action: str, appid: str = SERVICE, **fields: Any) -> Any:
        """The person does something."""
        return self.driver.act(self.mulan, appid, action, **fields)

    def call(self, path: str, body: Mapping[str, Any], appid: str = SERVICE) -> Any:
        """The account calls the platform, with a token of its own."""
        secret = self.world.accounts[appid].secret
        _, given = self.exchange("GET", f"/cgi-bin/token?grant_type=client_credential&appid={appid}&secret={secret}", b"")
        token = json.loads(given)["access_token"]
        _, answer = self.exchange("POST", f"{path}?access_token={token}", json.dumps(body, ensure_ascii=False).encode())
        return json.loads(answer)

    def kinds_shown(self, appid: str = SERVICE) -> list[tuple[str, str]]:
        """What the chat holds: how it came there, and what it is."""
        return [(one["via"], one["kind"]) for one in self.driver.shown(self.mulan, appid)]


def inside(request: Request) -> Any:
    """The push of a request, read by the standard library and opened by another one than the product's."""
    outer = _read(request.body.decode())
    return _read(samples.opened(outer["Encrypt"])[0].decode()) if "Encrypt" in outer else outer


def _read(text: str) -> Any:
    return json.loads(text) if text.startswith("{") else tree(text)


def reply_to(request: Request, body: str, kind: str = "text", **head: str) -> str:
    """A reply the right way round, unless the head says otherwise."""
    push = inside(request)
    told = {"ToUserName": push["FromUserName"], "FromUserName": push["ToUserName"], "CreateTime": "1", "MsgType": kind, **head}
    return f"<xml>{''.join(f'<{name}>{value}</{name}>' for name, value in told.items())}{body}</xml>"


def says(text: str) -> Answering:
    """An address that answers with a text, unencrypted, and refuses what was spoilt on its way."""

    def answered(request: Request) -> Response:
        try:
            return Response(200, reply_to(request, f"<Content>{text}</Content>").encode())
        except UNREADABLE:
            return Response(400, b"unreadable")

    return answered


def says_sealed(text: str, **wrong: str) -> Answering:
    """The same, encrypted; `appid`, `token` and `nonce` may be wrong ones."""

    def answered(request: Request) -> Response:
        message = reply_to(request, f"<Content>{text}</Content>").encode()
        encrypt = samples.sealed(message, wrong.get("appid", SERVICE))
        signature = samples.signed(wrong.get("token", TOKEN), "7", "n", encrypt)
        head = {"Encrypt": encrypt, "MsgSignature": signature, "TimeStamp": "7", "Nonce": wrong.get("nonce", "n")}
        return Response(200, f"<xml>{''.join(f'<{name}>{value}</{name}>' for name, value in head.items())}</xml>".encode())

    return answered
