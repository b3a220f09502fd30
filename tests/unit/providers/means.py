"""Means for adapters in tests: what was asked, and answers that the test has chosen. No connections."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from chalicelib.outgoing.wire import Answer, NoAnswer, Request
from chalicelib.providers.adapter import Means
from chalicelib.providers.model import Account, PushMessage, SmsMessage, WebhookMessage

NOW = 1_795_305_600_000  # 2026-11-22 00:00 UTC, 08:00 in China
DAY_MS = 86_400_000
CHINA_MIDNIGHT = NOW + 16 * 3_600_000
SECRET = "SK-that-nobody-may-read"
SIGNING_SECRET = "whsec_TUFJTi1zZWNyZXQtb2YtYS1zaG9w"

ALIYUN = Account("ali", "sms_aliyun", {}, {"access_key_id": ("AK1",), "access_key_secret": (SECRET,)})
TENCENT = Account("tc", "sms_tencent", {"sdk_app_id": "1400000001"}, {"secret_id": ("AKID1",), "secret_key": (SECRET,)})
JPUSH = Account("jp", "push_jpush", {}, {"app_key": ("app1",), "master_secret": (SECRET,)})
HOOK = Account("crm", "webhook", {"address": "https://hooks.example.com/crm"}, {"signing_secret": (SIGNING_SECRET,)})

SMS = SmsMessage("m-1", "+8613800000000", "SMS_1", "旗舰店", {"name": "木兰"})
PUSH = PushMessage("m-1", "device-1", "下单有礼", "您的订单即将失效", {"order": "618"}, "https://shop.example.com/618")
CALL = WebhookMessage("m-1", "https://hooks.example.com/crm?x=1", b'{"event":"paid"}')


class Asked:
    """Means that keep what was asked. Each answer is one, or what raises NoAnswer; the last one is for ever."""

    def __init__(self, *answers: Answer | NoAnswer) -> None:
        self.requests: list[Request] = []
        self._answers = list(answers)
        self._nonces = 0

    @property
    def means(self) -> Means:
        return Means(self._send, self._send, self._nonce)

    @property
    def body(self) -> Any:
        """Of the last request."""
        return json.loads(self.requests[-1].body or b"null")

    def _send(self, request: Request) -> Answer:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, NoAnswer):
            raise answer
        return answer

    def _nonce(self) -> str:
        self._nonces += 1
        return f"nonce{self._nonces}"


def said(value: Any, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON."""
    return Answer(status, json.dumps(value).encode(), {name.replace("_", "-"): text for name, text in headers.items()})


def raising(error: Exception) -> Callable[[Request], Answer]:
    """A way to nowhere."""

    def send(_request: Request) -> Answer:
        raise error

    return send


def any_json() -> st.SearchStrategy[Any]:
    """Any value that JSON knows, of a size that is quick to make."""
    flat = st.none() | st.booleans() | st.integers() | st.text()
    return st.recursive(flat, lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(), one, max_size=3), max_leaves=4)
