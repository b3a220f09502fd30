"""Our adapters on the local fronts in this process: no sockets, and time stands still until it is moved."""

import json
from typing import Any
from urllib.parse import urlsplit

from chalicelib.outgoing.wire import Answer, NoAnswer, Request
from chalicelib.providers.adapter import Means
from chalicelib.providers.model import Account
from infra.local_providers.driver import Driver
from infra.local_providers.server import LocalProviders
from infra.local_wechat.clock import VirtualClock
from infra.local_wechat.faults import Effect
from infra.local_wechat.server import request_of

URL = "http://providers.test"
NOW = 1_795_312_800_000  # 2026-11-22 10:00 in China
SECRET = "SK1"
HOOK_SECRET = "whsec_TUFJTi1zZWNyZXQtb2YtYS1zaG9w"

_LOST = {Effect.TIMEOUT, Effect.TIMEOUT_AFTER, Effect.RESET, Effect.RESET_AFTER}

ALIYUN = Account("ali", "sms_aliyun", {}, {"access_key_id": ("AK1",), "access_key_secret": (SECRET,)}, URL)
TENCENT = Account("tc", "sms_tencent", {"sdk_app_id": "1400000001"}, {"secret_id": ("AKID1",), "secret_key": (SECRET,)}, URL)
JPUSH = Account("jp", "push_jpush", {}, {"app_key": ("app1",), "master_secret": (SECRET,)}, URL)
HOOK = Account("crm", "webhook", {"address": "https://hooks.example.com/crm"}, {"signing_secret": (HOOK_SECRET,)})


class Fronts:
    """The fronts with an account at each, and all callbacks in `callbacks`: (address, items)."""

    def __init__(self) -> None:
        self.clock = VirtualClock(now=NOW)
        self.callbacks: list[tuple[str, Any]] = []
        self.acknowledges = True
        self.providers = LocalProviders(clock=self.clock, post=self._post)
        self.driver = Driver(exchange=self._exchange)
        self._nonces = 0
        templates = {"T1": {"variables": ["name"]}, "M1": {"variables": [], "marketing": True}}
        known = {"signatures": ["旗舰店"], "templates": templates, "receipts_url": "http://us/receipts", "replies_url": "http://us/replies"}
        self.driver.account("aliyun", "AK1", SECRET, **known)
        self.driver.account("tencent", "AKID1", SECRET, app_id="1400000001", **known)
        self.driver.account("jpush", "app1", SECRET)
        self.driver.device("device-1")

    @property
    def now(self) -> int:
        return self.clock.now

    @property
    def means(self) -> Means:
        return Means(self.send, self.send, self._nonce)

    def send(self, request: Request) -> Answer:
        """Answers as over a connection. Raises NoAnswer where a fault takes it away."""
        parts = urlsplit(request.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"host": parts.netloc, **request.headers}
        said = self.providers.ask(request_of(request.method, target, headers, request.body or b"", "127.0.0.1"))
        if said.mishap and said.mishap.effect in _LOST:
            raise NoAnswer(sent_maybe=True)
        cut = len(said.body) // 2 if said.mishap and said.mishap.effect is Effect.TRUNCATE else len(said.body)
        return Answer(said.status, said.body[:cut], {name.lower(): value for name, value in said.headers.items()})

    def _nonce(self) -> str:
        self._nonces += 1
        return f"nonce{self._nonces}"

    def _exchange(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        said = self.providers.ask(request_of(method, target, {}, body, "127.0.0.1"))
        return said.status, said.body

    def _post(self, url: str, body: bytes) -> tuple[int, bytes]:
        self.callbacks.append((url, json.loads(body)))
        return (200, b'{"code":0,"result":0}') if self.acknowledges else (500, b"")
