"""Requests built the way each client SDK builds them, from records of the tests' own.

What belongs to a client (field, base64, gzip, percent-encoding, checksum, headers) is here; what it says is the test's.
"""

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, quote_plus, urlencode

from chalicelib.http import Request

Json = dict[str, Any]

FORM: Final = "application/x-www-form-urlencoded"
NOW: Final = 1_795_300_000_000  # epoch ms
BROWSER_AGENT: Final = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Mobile Safari/537.36 MicroMessenger/8.0.60"


@dataclass(frozen=True, slots=True)
class Wire:
    """A request on its way: `query` is decoded, as API Gateway hands it over."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def request(self, received_at: int = NOW, /, **query: str) -> Request:
        """The request that an entrypoint sees, with further query parameters such as the token."""
        return Request(self.method, self.path, query={**self.query, **query}, headers=self.headers, body=self.body, received_at=received_at)


def js_checksum(text: str) -> int:
    """The checksum as a browser computes it: in doubles, forced to 32 bits at each step."""
    total = 0
    for unit in text.encode("utf-16-be").hex(" ", 2).split():
        total = ((total << 5) - total + int(unit, 16)) & 0xFFFFFFFF
    return total - 2**32 if total >= 2**31 else total


def compact(value: Any) -> str:
    """JSON as JavaScript writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def base64_json(value: Any, zipped: bool = False) -> str:
    """Base64 of the JSON, gzipped or not."""
    text = compact(value).encode()
    return base64.b64encode(gzip.compress(text, mtime=0) if zipped else text).decode()


def python_default(record: Json, path: str = "/sa", **headers: str) -> Wire:
    """sensorsanalyticssdk, DefaultConsumer and DebugConsumer: one record, always gzipped."""
    body = urlencode({"data": base64_json(record, zipped=True), "gzip": 1}).encode()
    return Wire("POST", path, body=body, headers={"content-type": FORM, "user-agent": "Python-urllib/3.11", **headers})


def python_batch(records: Sequence[Any]) -> Wire:
    """sensorsanalyticssdk, BatchConsumer and AsyncBatchConsumer."""
    body = urlencode({"data_list": base64_json(records, zipped=True), "gzip": 1}).encode()
    return Wire("POST", "/sa", body=body, headers={"content-type": FORM})


def node(records: Sequence[Json], zipped: bool = True) -> Wire:
    """sa-sdk-node: a list, also for one record."""
    body = f"data_list={quote(base64_json(records, zipped), safe='')}&gzip={int(zipped)}".encode()
    return Wire("POST", "/sa", body=body, headers={"content-type": FORM, "user-agent": "SensorsAnalytics Node SDK"})


def browser_image(record: Json, path: str = "/sa.gif", **headers: str) -> Wire:
    """sa-sdk-javascript, image mode: everything in the address; debug mode sends the same to `/debug`."""
    data = base64_json(record)
    return Wire("GET", path, query={"data": data, "ext": f"crc={js_checksum(data)}"}, headers={"user-agent": BROWSER_AGENT, **headers})


def browser_ajax(record: Json, content_type: str = FORM) -> Wire:
    """sa-sdk-javascript, ajax mode."""
    data = base64_json(record)
    body = f"data={quote(data, safe='')}&ext={quote(f'crc={js_checksum(data)}', safe='')}".encode()
    headers = {"content-type": content_type, "origin": "https://shop.example", "user-agent": BROWSER_AGENT}
    return Wire("POST", "/sa.gif", body=body, headers=headers)


def browser_beacon(record: Json) -> Wire:
    """sa-sdk-javascript, beacon mode: a form that says it is plain text."""
    return browser_ajax(record, "text/plain;charset=UTF-8")


def browser_batch(records: Sequence[Json]) -> Wire:
    """sa-sdk-javascript, batch mode: no checksum."""
    body = f"data_list={quote(base64_json(records), safe='')}".encode()
    return Wire("POST", "/sa.gif", body=body, headers={"content-type": FORM, "origin": "https://shop.example", "user-agent": BROWSER_AGENT})


def browser_encrypted(payload: str) -> Wire:
    """sa-sdk-javascript with the AES plugin: JSON in place of base64."""
    data = compact({"key_id": 3, "key_hash": "0a1b", "nc": 1, "payload": payload})
    body = f"data={quote(data, safe='')}&ext={quote(f'crc={js_checksum(data)}', safe='')}&gzip=9".encode()
    return Wire("POST", "/sa.gif", body=body, headers={"content-type": FORM})


def mini_program(records: Sequence[Json], zipped: bool = False) -> Wire:
    """sa-sdk-miniprogram, batch mode: a form that says it is plain text; its gzip plugin adds a field behind."""
    body = f"data_list={quote(base64_json(records, zipped), safe='')}" + ("&gzip=1" if zipped else "")
    return Wire("POST", "/sa", body=body.encode(), headers={"content-type": "text/plain"})


def mini_program_single(record: Json) -> Wire:
    """sa-sdk-miniprogram with batch mode off."""
    return Wire("GET", "/sa", query={"data": base64_json(record)})


def android(records: Sequence[Json]) -> Wire:
    """The SDK for Android: the checksum has a field of its own."""
    data = base64_json(records, zipped=True)
    return Wire("POST", "/sa", body=f"crc={js_checksum(data)}&gzip=1&data_list={quote_plus(data)}".encode(), headers={"content-type": FORM})


def segment_batch(messages: Sequence[Json], key: str = "", zipped: bool = False, **beside: Any) -> Wire:
    """segment-analytics-python: the write key is in the header and in the body."""
    document = {"batch": messages, "sentAt": "2026-11-21T22:26:47.762928+00:00", **({"writeKey": key} if key else {}), **beside}
    body = json.dumps(document).encode()
    headers = {"content-type": "application/json", **(basic(key) if key else {})}
    return Wire(
        "POST",
        "/v1/batch",
        body=gzip.compress(body, mtime=0) if zipped else body,
        headers=headers | ({"content-encoding": "gzip"} if zipped else {}),
    )


def rudder_node_batch(messages: Sequence[Json], key: str) -> Wire:
    """@rudderstack/rudder-sdk-node: gzip under the content type of a form, without a key in the body."""
    sent = "2026-11-21T22:26:47.762Z"
    stamped = [{**message, "sentAt": sent} for message in messages]
    body = gzip.compress(compact({"batch": stamped, "timestamp": sent, "sentAt": sent}).encode(), mtime=0)
    return Wire("POST", "/v1/batch", body=body, headers={"content-type": FORM, "content-encoding": "gzip", **basic(key)})


def basic(key: str) -> dict[str, str]:
    """The header in which Segment's clients send a write key."""
    return {"authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def browser_record(**changes: Any) -> Json:
    """A track record of a browser; `changes` replace its fields, None takes one out."""
    record: Json = {
        "identities": {"$identity_cookie_id": "c-1", "$identity_anonymous_id": "c-1"},
        "distinct_id": "c-1",
        "lib": {"$lib": "js", "$lib_method": "code", "$lib_version": "1.27.11"},
        "properties": {
            "$timezone_offset": -480,
            "$lib": "js",
            "$lib_version": "1.27.11",
            "$url": "https://shop.example/p/1",
            "sku": "裙子",
        },
        "anonymous_id": "c-1",
        "type": "track",
        "event": "ViewProduct",
        "time": NOW - 20,
        "_track_id": 481_516_234,
        "_flush_time": NOW - 10,
    }
    return {name: value for name, value in {**record, **changes}.items() if value is not None}


def python_record(**changes: Any) -> Json:
    """A track record of a Python server; `changes` replace its fields, None takes one out."""
    record: Json = {
        "type": "track",
        "event": "OrderPaid",
        "time": NOW - 20,
        "distinct_id": "u-1",
        "properties": {"$lib": "python", "$lib_version": "1.11.0", "amount": 99.5},
        "lib": {"$lib": "python", "$lib_version": "1.11.0", "$lib_method": "code", "$lib_detail": "shop##pay##shop.py##12"},
    }
    return {name: value for name, value in {**record, **changes}.items() if value is not None}
