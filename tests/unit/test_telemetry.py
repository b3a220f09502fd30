"""One line per invocation, and a count for every reason of refusal."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from chalicelib.telemetry import count_message, count_pause, count_refusals, invocation, note_lag, observed
from tests.support.deliveries import Context

Lines = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _nothing_left(capsys: Lines) -> None:
    """What other tests have counted is written out before."""
    with invocation("before", "r0"):
        pass
    capsys.readouterr()


def _lines(out: Lines) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.readouterr().out.splitlines()]


def _metrics(line: dict[str, Any]) -> dict[str, float]:
    names = [one["Name"] for group in line["_aws"]["CloudWatchMetrics"] for one in group["Metrics"]]
    return {name: line[name][0] for name in names}


@observed("merge")
def _handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    count_refusals(event.get("refused", []))
    if event.get("broken"):
        raise ValueError("no such table")
    return {"batchItemFailures": [{"itemIdentifier": one} for one in event.get("failed", [])]}


def test_a_stream_lambda_counts_its_records_and_failures(capsys: Lines) -> None:
    assert _handler({"Records": [1, 2, 3], "failed": ["a"]}, Context("merge", "r1")) == {"batchItemFailures": [{"itemIdentifier": "a"}]}
    [line] = _lines(capsys)
    assert (line["function"], line["request_id"], line["service"]) == ("merge", "r1", "huiliu-test")
    counted = _metrics(line)
    assert (counted["Records"], counted["FailedRecords"]) == (3, 1)
    assert counted["Duration"] >= 0


def test_every_refusal_is_counted_under_its_code(capsys: Lines) -> None:
    _handler({"Records": [1], "refused": ["time_invalid", "name_missing", "time_invalid"]}, Context("merge", "r1"))
    line, *refusals = _lines(capsys)
    assert line["refusals"] == {"time_invalid": 2, "name_missing": 1}
    assert {one["code"]: _metrics(one)["Refused"] for one in refusals} == {"time_invalid": 2, "name_missing": 1}


def test_the_refusals_of_one_invocation_do_not_count_in_the_next(capsys: Lines) -> None:
    _handler({"refused": ["time_invalid"]}, None)
    capsys.readouterr()
    _handler({}, None)
    [line] = _lines(capsys)
    assert "refusals" not in line


def test_a_broken_invocation_is_logged_counted_and_passed_on(capsys: Lines, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ValueError, match="no such table"):
        _handler({"broken": True, "refused": ["time_invalid"]}, Context("merge", "r1"))
    assert [(record.levelname, "no such table" in (record.exc_text or "")) for record in caplog.records] == [("ERROR", True)]
    *_, line, refused = (one for one in _lines(capsys) if "_aws" in one)
    assert _metrics(line)["Errors"] == 1
    assert refused["code"] == "time_invalid"


def test_an_invocation_can_be_found_by_its_facts(capsys: Lines) -> None:
    with invocation("GET /health", "r9") as facts:
        facts["status"] = 200
    [line] = _lines(capsys)
    assert (line["status"], line["request_id"]) == (200, "r9")
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Huiliu"


def test_the_tracing_sdk_is_not_imported_unless_asked_for() -> None:
    program = "import sys, chalicelib.telemetry as t; t.observed('x')(lambda e, c: {})({}, None); print('aws_xray_sdk' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", program], env=os.environ, capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "False"


def test_messages_are_counted_by_channel_and_refusals_by_reason(capsys: Lines) -> None:
    with invocation("dispatch", "r1"):
        for channel, state, reason in (("sms", "sent", ""), ("sms", "sent", ""), ("push", "unknown", "silent"), ("", "refused", "quiet")):
            count_message(channel, state, reason)
        count_message("sms", "queued")
    _, *counted = _lines(capsys)
    told = {(*_metrics(one), one.get("channel", one.get("reason"))): next(iter(_metrics(one).values())) for one in counted}
    assert told == {("MessagesSent", "sms"): 2, ("MessagesUnknown", "push"): 1, ("SendRefusals", "quiet"): 1}


def test_of_the_lags_of_a_channel_the_longest_is_told(capsys: Lines) -> None:
    with invocation("dispatch", "r1"):
        for milliseconds in (40, 900, 70):
            note_lag("sms", milliseconds)
    _, lag = _lines(capsys)
    assert (lag["channel"], _metrics(lag)) == ("sms", {"SendLag": 900})


def test_an_account_that_is_paused_is_counted_with_its_reason(capsys: Lines) -> None:
    with invocation("send_sms", "r1"):
        count_pause("sms", "credentials_refused")
    _, paused = _lines(capsys)
    assert (paused["channel"], paused["reason"], _metrics(paused)) == ("sms", "credentials_refused", {"AccountPaused": 1})
