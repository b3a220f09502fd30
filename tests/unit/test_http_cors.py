"""What browsers need to read before a page of another origin may have an answer."""

from chalicelib.cors import answer_headers, preflight_headers
from chalicelib.http import Cors


def test_most_answers_may_be_read_by_any_page_that_has_a_key() -> None:
    headers = answer_headers(Cors.ANY, {"origin": "https://shop.example"})
    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers
    assert "x-request-id" in headers["access-control-expose-headers"]


def test_the_collector_echoes_the_origin_for_pages_that_send_cookies() -> None:
    headers = answer_headers(Cors.CREDENTIALS, {"origin": "https://shop.example"})
    assert headers["access-control-allow-origin"] == "https://shop.example"
    assert headers["access-control-allow-credentials"] == "true"
    assert headers["vary"] == "origin"


def test_the_collector_promises_nothing_where_no_page_asks() -> None:
    assert answer_headers(Cors.CREDENTIALS, {}) == {"vary": "origin"}


def test_a_preflight_allows_the_methods_of_the_path_and_the_headers_that_clients_send() -> None:
    headers = preflight_headers(Cors.ANY, ["POST", "GET"], {})
    assert headers["access-control-allow-methods"] == "GET,OPTIONS,POST"
    assert {"authorization", "content-type", "if-match"} <= set(headers["access-control-allow-headers"].split(","))


def test_the_debug_mode_of_the_browser_sdk_may_send_its_header() -> None:
    headers = preflight_headers(Cors.CREDENTIALS, ["GET"], {"origin": "https://shop.example"})
    assert "dry-run" in headers["access-control-allow-headers"].split(",")
    assert headers["access-control-allow-origin"] == "https://shop.example"
