"""Files of orders, as shops export them, on their way through an import."""

import csv
import io
from collections.abc import Iterable
from typing import Any, Final

import requests

from tests.e2e.api import ANSWER_SECONDS, Api, Json
from tests.e2e.waiting import eventually

HEADER: Final = ("订单编号", "买家手机", "实付金额", "付款时间", "订单状态")


def order(mark: str, number: int, mobile: str, amount: str = "99.50") -> tuple[str, ...]:
    """A paid order of somebody of whom the shop knows only the phone."""
    return (f"T{mark}{number:05}", mobile, amount, "2026-11-20 12:25:00", "交易成功")


def table(rows: Iterable[tuple[str, ...]]) -> bytes:
    """Orders as a CSV file that Excel has saved."""
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *rows])
    return text.getvalue().encode("utf-8-sig")


def imported(api: Api, content: bytes, **request: Any) -> Json:
    """Announces a file, uploads it, and waits until it has been read; returns how the import stands then."""
    made = api.write("POST", "/v1/imports", {"kind": "orders", "filename": "orders.csv", **request})
    upload = made["upload"]
    sent = requests.request(upload["method"], upload["url"], data=content, headers=upload["headers"], timeout=ANSWER_SECONDS)
    assert sent.ok, sent.text
    return eventually(lambda: api.read(f"/v1/imports/{made['id']}"), lambda job: job["state"] in {"done", "failed"})
