"""Drives local fronts from a test or a script: sets up accounts, numbers and devices, makes persons answer, and asks what was sent.

providers = Driver("http://127.0.0.1:4690")
providers.account("aliyun", "AK1", "secret", signatures=["旗舰店"], templates={"SMS_1": {"variables": ["name"]}})
providers.outbox(provider="aliyun")
"""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

Json = dict[str, Any]
Exchange = Callable[[str, str, bytes], tuple[int, bytes]]
"""Method, address from the slash on, and body, to status and body."""

_OK: Final = 200
_SECONDS: Final = 30.0


class ProvidersRefused(RuntimeError):
    """What was asked for cannot be done; the text says why."""


class Driver:
    """The local fronts. Everything raises ProvidersRefused for what cannot be done. `exchange` replaces HTTP in tests of one process."""

    def __init__(self, url: str = "", exchange: Exchange | None = None) -> None:
        self.url = url.rstrip("/")
        self._exchange = exchange or self._over_http

    def account(self, provider: str, key_id: str, secret: str, **more: Any) -> None:
        """Makes an account: `app_id`, `signatures`, `templates`, `receipts_url`, `replies_url`, `balance`, `day_limit`."""
        self._post("accounts", {"provider": provider, "key_id": key_id, "secret": secret, **more})

    def receiver(self, name: str, secret: str = "", **more: Any) -> str:
        """Makes a webhook receiver: `statuses` in turn, `headers`; gives its address."""
        return self.url + str(self._post("receivers", {"name": name, "secret": secret, **more})["path"])

    def number(self, number: str, nature: str) -> None:
        """Says how a phone number behaves: fine, absent, blocked, wrong, silent."""
        self._post("numbers", {"number": number, "nature": nature})

    def device(self, registration_id: str, gone: bool = False) -> None:
        """Makes a device that pushes reach, or takes it away."""
        self._post("devices", {"registration_id": registration_id, "gone": gone})

    def reply(self, provider: str, account: str, number: str, text: str, signature: str = "") -> None:
        """A person answers an SMS."""
        self._post("replies", {"provider": provider, "account": account, "number": number, "text": text, "signature": signature})

    def fault(self, effect: str | Mapping[str, Any], match: Mapping[str, str] | None = None, **when: Any) -> None:
        """Something is to go wrong with calls: `{"errcode": CODE}`, `{"http": 503}`, `reset_after` (taken on, answer lost), `reset`,
        `timeout`, `timeout_after`, `slow`, `truncate`, `html`; `match` has provider and action; `when` nth, every, count, probability.
        """
        self._post("faults", {"effect": effect if isinstance(effect, str) else dict(effect), "match": dict(match or {}), "when": when})

    def no_faults(self) -> None:
        """Calls go well again."""
        self._post("faults", {"clear": True})

    def choices(self, **chosen: Any) -> Json:
        """What one may want the other way: `receipts` (how often each is delivered), `receipt_ms`, limits per number, `strict_hours`."""
        return self._post("choices", chosen)

    def advance(self, seconds: float) -> None:
        """Moves the world on, and does what becomes due."""
        self._post("clock", {"advance_seconds": seconds})

    def outbox(self, **asked: Any) -> list[Json]:
        """Messages that were taken on, chosen by provider, account, to, key, id, state, after."""
        return list(self._asked("GET", f"/outbox?{urlencode(asked)}")["messages"])

    def log(self) -> list[Json]:
        """Calls, in their order."""
        return list(self._asked("GET", "/_sim/log")["requests"])

    def deliveries(self) -> list[Json]:
        """Callbacks and what they were answered with."""
        return list(self._asked("GET", "/_sim/deliveries")["deliveries"])

    def reset(self) -> None:
        """Begins anew."""
        self._post("reset", {})

    def _post(self, name: str, body: Json) -> Json:
        return self._asked("POST", f"/_sim/{name}", json.dumps(body, ensure_ascii=False).encode())

    def _asked(self, method: str, target: str, body: bytes = b"") -> Json:
        status, answer = self._exchange(method, target, body)
        if status != _OK:
            raise ProvidersRefused(f"{method} {target}: {status} {answer.decode('utf-8', 'replace')}")
        found: Json = json.loads(answer)
        return found

    def _over_http(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        request = urllib.request.Request(self.url + target, data=body or None, method=method)
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()
