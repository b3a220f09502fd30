"""Events sent by curl, and what nobody should send: the service answers, keeps what is good, and never fails."""

import gzip
import json
import subprocess
import zlib
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

import pytest

from tests.e2e.api import Api, Shop, settled_names
from tests.e2e.waiting import eventually

NOON: Final = "2026-11-20T12:00:00+08:00"
MEBIBYTE: Final = 1024 * 1024
INGEST: Final = ("/v1/events", "/v1/batch", "/v1/track", "/sa", "/sa.gif", "/debug")
_BOMB: Final = zlib.compressobj(9, zlib.DEFLATED, 31)
HOSTILE: Final[dict[str, bytes]] = {
    "nothing": b"",
    "half a document": b'{"events": [{"name": "A"',
    "not UTF-8": b'{"events": [{"name": "\xff\xfe"}]}',
    "a list of numbers": b"[1, 2, 3]",
    "a bare number": b"1e999",
    "not a number": b'{"events": [{"name": "A", "identifiers": {"user_id": "u"}, "properties": {"x": NaN}}]}',
    "events that are none": b'{"events": [null, 1, "x", [], {}]}',
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "long digits": b'{"events": [{"name": "A", "time": ' + b"9" * 5000 + b', "identifiers": {"user_id": "u"}}]}',
    "half a gzip": gzip.compress(b'{"events": []}')[:10],
    "a gzip bomb": _BOMB.compress(b" " * 64 * MEBIBYTE) + _BOMB.flush(),
    "two surrogates": b'{"events": [{"name": "\\ud800", "identifiers": {"user_id": "\\udfff"}}]}',
    "a form without data": b"data=&data_list=&gzip=1",
    "a form of noise": b"data_list=%FF%00***&gzip=1",
}


def event(mark: str, number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"{mark}-{number}", "name": "Visited", "time": NOON, "identifiers": {"user_id": f"nat-u-{mark}"}, **more}


def test_an_event_sent_by_curl_is_on_the_timeline_a_moment_later(api: Api, shop: Shop, mark: str) -> None:
    body = json.dumps({"events": [event(mark, 1, properties={"page": "首页"}, context={"channel": "h5"})]}, ensure_ascii=False)
    headers = ["-H", f"Authorization: Bearer {shop.key}", "-H", "Content-Type: application/json"]
    told = subprocess.run(["curl", "-sS", *headers, "-d", body, f"{api.url}/v1/events"], capture_output=True, text=True, check=True)
    assert json.loads(told.stdout) == {"accepted": 1, "rejected": []}
    (shown,) = eventually(lambda: api.timeline("user_id", f"nat-u-{mark}"))
    assert (shown["time"], shown["properties"], shown["context"]["channel"]) == ("2026-11-20T04:00:00.000Z", {"page": "首页"}, "h5")
    assert shown["source"] == shop.name


def test_a_batch_keeps_what_is_good_and_names_what_is_not(api: Api, shop: Shop, mark: str) -> None:
    bad = [event(mark, 2) | {"time": "yesterday"}, event(mark, 3) | {"identifiers": {"user_id": "null"}}, {"name": "OfNobody"}]
    answer = api.call("POST", "/v1/events", {"events": [event(mark, 1), *bad]}, key=shop.key)
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 1
    codes = {one["index"]: one["code"] for one in answer.json()["rejected"]}
    assert codes == {1: "time_invalid", 2: "identifier_blocked", 3: "identifier_missing"}
    settled_names(api, "user_id", f"nat-u-{mark}", ["Visited"])


def test_the_same_batch_sent_many_times_is_kept_once(api: Api, shop: Shop, mark: str) -> None:
    with_ids = [event(mark, number) for number in range(3)]
    without_ids = [{**event(mark, 0, properties={"number": number}), "id": None} for number in range(3)]
    events = [{name: value for name, value in one.items() if value is not None} for one in with_ids + without_ids]
    for _ in range(3):
        api.send(shop, *events)
    eventually(lambda: len(api.timeline("user_id", f"nat-u-{mark}")), lambda count: count == 6)
    assert api.person("user_id", f"nat-u-{mark}")["events"] == 6


def test_a_gzipped_batch_is_read(api: Api, shop: Shop, mark: str) -> None:
    packed = gzip.compress(json.dumps({"events": [event(mark, number) for number in range(50)]}).encode())
    answer = api.call(
        "POST", "/v1/events", key=shop.key, data=packed, headers={"Content-Type": "application/json", "Content-Encoding": "gzip"}
    )
    assert (answer.status_code, answer.json()) == (202, {"accepted": 50, "rejected": []})
    eventually(lambda: api.person("user_id", f"nat-u-{mark}")["events"], lambda count: count == 50)


@pytest.mark.parametrize("value", ["with space", "a+b", "100%", "李雷", "a=b&c;d"])
def test_whatever_an_identifier_holds_its_person_can_be_asked_for(value: str, api: Api, shop: Shop, mark: str) -> None:
    api.send(shop, event(mark, 1) | {"identifiers": {"user_id": f"{value} {mark}"}})
    settled_names(api, "user_id", quote(f"{value} {mark}", safe=""), ["Visited"])


@pytest.mark.parametrize("path", ["/v1/events", "/v1/batch"])
def test_a_request_of_more_than_a_mebibyte_is_refused(path: str, api: Api, shop: Shop) -> None:
    answer = api.call("POST", path, key=shop.key, data=b" " * (MEBIBYTE + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "request_too_large")
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_event_of_more_than_32_kilobytes_is_put_aside_among_good_ones(api: Api, shop: Shop, mark: str) -> None:
    large = event(mark, 1, properties={"text": "大" * 12_000})
    answer = api.call("POST", "/v1/events", {"events": [large, event(mark, 2)]}, key=shop.key)
    assert [(one["index"], one["code"]) for one in answer.json()["rejected"]] == [(0, "event_too_large")]
    settled_names(api, "user_id", f"nat-u-{mark}", ["Visited"])


@pytest.mark.parametrize("key", ["", "hlw_unknown", "Bearer", "钥匙".encode().decode("latin-1"), "x" * 5000])
def test_events_without_a_valid_key_are_refused(key: str, api: Api, mark: str) -> None:
    answer = api.call("POST", "/v1/events", {"events": [event(mark, 1)]}, key=key)
    assert (answer.status_code, answer.json()["code"]) == (401, "key_invalid")
    assert api.person_id("user_id", f"nat-u-{mark}") is None


def test_each_key_opens_only_what_it_is_for(api: Api, shop: Shop, mark: str) -> None:
    reader = api.write("POST", "/v1/keys", {"scopes": ["read"], "label": "BI"})["key"]
    refused: Callable[[str, str, str], int] = lambda method, path, key: api.call(method, path, {}, key=key).status_code  # noqa: E731
    assert refused("GET", f"/v1/people/user_id/nat-u-{mark}", shop.key) == 403
    assert refused("POST", "/v1/events", reader) == 403
    assert refused("PUT", "/v1/sources/other", reader) == 403
    assert refused("GET", "/v1/keys", reader) == 403
    assert api.call("GET", "/v1/rejections", key=reader).status_code == 200


def test_a_revoked_key_ends_and_a_rotated_one_goes_on(api: Api, mark: str) -> None:
    made = api.write("POST", "/v1/keys", {"scopes": ["read"]})
    rotated = api.write("POST", f"/v1/keys/{made['id']}/rotate", {"overlap": "1d"})
    assert {api.call("GET", "/v1/rejections", key=key).status_code for key in (made["key"], rotated["key"])} == {200}
    fresh = api.write("POST", "/v1/keys", {"scopes": ["read"]})
    api.write("DELETE", f"/v1/keys/{fresh['id']}")
    assert api.call("GET", "/v1/rejections", key=fresh["key"]).status_code == 401


@pytest.mark.parametrize("path", INGEST)
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_nothing_that_is_sent_makes_the_service_fail(path: str, body: bytes, api: Api, shop: Shop) -> None:
    kinds = ("application/json", "application/x-www-form-urlencoded")
    for kind in kinds:
        answer = api.call("POST", f"{path}?token={shop.key}", key=shop.key, data=body, headers={"Content-Type": kind})
        assert answer.status_code in {200, 202, 400, 413, 422}, answer.text
        if path in {"/sa", "/sa.gif"}:
            assert answer.status_code == 200  # their clients lose data, or loop, on anything else


@pytest.mark.parametrize("path", ["/sa", "/sa.gif", "/debug", "/v1/events", "/v1/people/user_id/u1", "/openapi.json"])
def test_a_page_of_another_origin_may_ask(path: str, api: Api) -> None:
    asks = {"Origin": "https://shop.example", "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    preflight = api.call("OPTIONS", path, headers=asks)
    assert preflight.status_code in {200, 204}
    assert preflight.headers["access-control-allow-origin"] in {"*", "https://shop.example"}
    assert "authorization" in preflight.headers["access-control-allow-headers"]


def test_the_service_says_that_it_is_up_and_what_it_offers(api: Api) -> None:
    assert api.read("/health")["status"] == "ok"
    assert api.read("/openapi.json")["openapi"].startswith("3.1")
    docs = api.call("GET", "/docs")
    assert (docs.status_code, "/v1/events" in docs.text) == (200, True)
