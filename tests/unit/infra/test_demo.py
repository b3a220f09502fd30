"""The demo tells what `make run` says that it tells."""

import json
from datetime import UTC, datetime

from infra.demo import EVENTS, Demo, yesterday

DEMO = Demo("http://127.0.0.1/api", "hlw_key", yesterday(datetime(2026, 11, 21, 20, 0, tzinfo=UTC)))


def test_yesterday_is_chinas() -> None:
    assert DEMO.day.isoformat() == "2026-11-21T00:00:00+08:00"


def test_curl_tells_what_the_sdk_does_not() -> None:
    bodies = [json.loads(call[call.index("--data") + 1]) for call in DEMO.curl_calls()]
    names = [event["name"] for body in bodies for event in body.get("events", [])] + [body["event"] for body in bodies if "event" in body]
    assert set(names) == set(EVENTS) - {"$MPLaunch", "ProductViewed", "OrderSubmitted"}


def test_the_key_is_not_in_an_address_that_curl_would_log() -> None:
    assert not [call for call in DEMO.curl_calls() if "hlw_key" in call[-1]]
