"""What the fronts tell by themselves: receipts of SMS, and what persons answer. Delivered until it is acknowledged, four times at most."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from infra.local_providers.state import Account, Delivery, Nature, Provider, State, Taken
from infra.local_providers.world import World
from infra.local_wechat.clock import MINUTE_MS

Post = Callable[[str, bytes], tuple[int, bytes]]
"""Address and body to status and body; status 0 for no answer."""

RETRIES_MS: Final = (MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS)
_OK: Final = 200
_SECONDS: Final = 5.0
_CHINA: Final = timezone(timedelta(hours=8))
_CODES: Final = {
    Nature.FINE: ("DELIVERED", "用户接收成功"),
    Nature.SILENT: ("DELIVERED", "用户接收成功"),
    Nature.ABSENT: ("UNDELIV:ABSENT", "用户关机或不在服务区"),
    Nature.BLOCKED: ("BLACKLIST", "用户在黑名单中"),
    Nature.WRONG: ("MK:0001", "空号"),
}


def over_http(url: str, body: bytes) -> tuple[int, bytes]:
    """The real way."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:
            return response.status, response.read(1 << 16)
    except urllib.error.HTTPError as refused:
        return refused.code, b""
    except OSError:
        return 0, b""


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Schedules and delivers. What is due runs outside of transactions, so that whoever takes a callback may call the fronts meanwhile."""

    world: World
    post: Post = over_http

    def follow(self, taken: Taken, account: Account) -> None:
        """What becomes of an SMS that was taken on, and the receipt of it."""
        due = self.world.clock.world() + self.world.choices.receipt_ms
        self.world.timers.add(due, lambda: self._settle(taken, account))

    def reply(self, account: Account, number: str, text: str, signature: str) -> None:
        """A person answers."""
        now = self.world.clock.world()
        body = _aliyun_reply(self.world, number, text, signature, now)
        if account.provider is Provider.TENCENT:
            body = {"extend": "", "mobile": _bare(number), "nationcode": "86", "sign": signature, "text": text, "time": now // 1000}
        self._schedule(Delivery(account.replies_url, "reply", body), account, now)

    def run(self) -> None:
        """Does what is due."""
        self.world.timers.run(self.world.clock.world())

    def _settle(self, taken: Taken, account: Account) -> None:
        with self.world.transaction():
            now = self.world.clock.world()
            nature = self.world.numbers.get(taken.to, Nature.FINE)
            taken.code, text = _CODES[nature]
            taken.state = State.DELIVERED if taken.code == "DELIVERED" else State.FAILED
            taken.done_at = now
            times = 0 if nature is Nature.SILENT else self.world.choices.receipts
        body = _aliyun_receipt(taken, text) if account.provider is Provider.ALIYUN else _tencent_receipt(taken, text)
        for _ in range(times):
            self._schedule(Delivery(account.receipts_url, "receipt", body), account, now)

    def _schedule(self, delivery: Delivery, account: Account, now: int) -> None:
        if delivery.url:
            self.world.deliveries.append(delivery)
            self.world.timers.add(now, lambda: self._deliver(delivery, account, 0))

    def _deliver(self, delivery: Delivery, account: Account, attempt: int) -> None:
        items = delivery.body if delivery.kind == "reply" and account.provider is Provider.TENCENT else [delivery.body]
        status, answer = self.post(delivery.url, json.dumps(items, ensure_ascii=False).encode())
        with self.world.transaction():
            delivery.statuses.append(status)
            delivery.done = status == _OK and _acknowledges(answer, account.provider)
            if not delivery.done and attempt < len(RETRIES_MS):
                due = self.world.clock.world() + RETRIES_MS[attempt]
                self.world.timers.add(due, lambda: self._deliver(delivery, account, attempt + 1))


def _acknowledges(answer: bytes, provider: Provider) -> bool:
    try:
        said = json.loads(answer)
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("code" if provider is Provider.ALIYUN else "result") == 0


def _aliyun_receipt(taken: Taken, text: str) -> dict[str, Any]:
    return {
        "phone_number": _bare(taken.to),
        "send_time": china_time(taken.at),
        "report_time": china_time(taken.done_at),
        "success": taken.state is State.DELIVERED,
        "err_code": taken.code,
        "err_msg": text,
        "sms_size": "1",
        "biz_id": taken.id,
        "out_id": taken.key,
    }


def _tencent_receipt(taken: Taken, text: str) -> dict[str, Any]:
    return {
        "user_receive_time": china_time(taken.done_at),
        "nationcode": "86",
        "mobile": _bare(taken.to),
        "report_status": "SUCCESS" if taken.state is State.DELIVERED else "FAIL",
        "errmsg": taken.code,
        "description": text,
        "sid": taken.id,
    }


def _aliyun_reply(world: World, number: str, text: str, signature: str, now: int) -> dict[str, Any]:
    return {
        "phone_number": _bare(number),
        "content": text,
        "send_time": china_time(now),
        "dest_code": "106900001234",
        "sequence_id": world.number(17),
        "sign_name": signature,
    }


def china_time(now: int) -> str:
    """As these providers write times."""
    return datetime.fromtimestamp(now / 1000, _CHINA).strftime("%Y-%m-%d %H:%M:%S")


def _bare(number: str) -> str:
    return number.removeprefix("+86")
