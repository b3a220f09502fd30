"""The Sensors Analytics collector answers what its clients need, and loses nothing in silence."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from chalicelib.access import store
from chalicelib.entrypoints import crediting, sensors
from chalicelib.errors import BadRequest, Busy
from chalicelib.http import Answer, Request
from tests.support import sdk_wire
from tests.support.sdk_wire import NOW, Wire, browser_record, python_record
from tests.unit.entrypoints.conftest import SHOP, Kept


def collect(wire: Wire, **query: str) -> Answer:
    return sensors.collect(wire.request(**(query or {"token": "write-shop"})))


CLIENTS: list[Callable[[Sequence[dict[str, Any]]], Wire]] = [
    sdk_wire.python_batch,
    sdk_wire.node,
    sdk_wire.browser_batch,
    sdk_wire.mini_program,
    sdk_wire.android,
]


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_gets_200_and_its_events_are_kept(client: Callable[[Sequence[dict[str, Any]]], Wire], kept: Kept) -> None:
    answer = collect(client([python_record(), browser_record()]))
    assert (answer.status, answer.body) == (200, None)
    assert kept.names == ["OrderPaid", "ViewProduct"]


def test_an_image_request_gets_an_image(kept: Kept) -> None:
    answer = sensors.collect_image(sdk_wire.browser_image(browser_record()).request(token="write-shop"))
    assert (answer.status, answer.headers["content-type"], answer.headers["cache-control"]) == (200, "image/gif", "no-store")
    assert isinstance(answer.body, bytes)
    assert answer.body.startswith(b"GIF89a")
    assert kept.names == ["ViewProduct"]


def test_a_bad_record_among_good_ones_is_put_aside_and_the_answer_is_200(kept: Kept) -> None:
    answer = collect(sdk_wire.python_batch([python_record(), python_record(event="a b"), "junk", browser_record()]))
    assert answer.status == 200
    assert (kept.names, kept.codes) == (["OrderPaid", "ViewProduct"], ["name_invalid", "record_invalid"])
    assert [refusal.index for _, refusal in kept.refusals] == [1, 2]


@pytest.mark.parametrize(
    ("body", "code"), [(b"data=!", "payload_unreadable"), (b"x=y", "payload_missing"), (b"data=" + b"A" * (1 << 20), "request_too_large")]
)
def test_an_unreadable_request_is_put_aside_and_the_answer_is_200(body: bytes, code: str, kept: Kept) -> None:
    assert collect(Wire("POST", "/sa", body=body)).status == 200
    assert [(name, refusal.code) for name, refusal in kept.refusals] == [("shop", code)]


def test_an_empty_request_is_answered_and_nothing_is_kept(kept: Kept) -> None:
    assert collect(Wire("GET", "/sa"), project="production").status == 200
    assert kept == Kept()


@pytest.mark.parametrize(
    ("query", "record", "source"),
    [
        ({"token": "write-shop"}, {}, "shop"),
        ({"token": "write-shop"}, {"token": "write-partner"}, "shop"),
        ({"token": "write-shop"}, {"project": "partner-project"}, "shop"),
        ({"project": "production"}, {"token": "write-partner"}, "partner"),
        ({"project": "production"}, {"properties": {"$token": "write-partner"}}, "partner"),
        ({"project": "production"}, {}, "shop"),
        ({"project": "production"}, {"project": "partner-project"}, "partner"),
        ({"other": "x"}, {"project": "partner-project"}, "partner"),
    ],
)
def test_a_record_is_credited_by_token_then_by_project(query: dict[str, str], record: dict[str, Any], source: str, kept: Kept) -> None:
    collect(sdk_wire.python_default(python_record(**record)), **query)
    assert [name for name, _ in kept.events] == [source]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"token": "wrong"}, "key_unknown"),
        ({"token": "wrong", "project": "production"}, "key_unknown"),
        ({"token": "api-key"}, "key_unknown"),
        ({"project": "unlisted"}, "key_unknown"),
        ({"other": "x"}, "key_missing"),
    ],
)
def test_records_of_nobody_are_put_aside_and_the_answer_is_200(query: dict[str, str], code: str, kept: Kept) -> None:
    assert collect(sdk_wire.python_batch([python_record(), browser_record()]), **query).status == 200
    assert [(name, refusal.code) for name, refusal in kept.refusals] == [("-", code)] * 2
    assert kept.refusals[0][1].raw == python_record()


def test_the_project_named_default_stands_in_for_none(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "source_of_project", {"default": SHOP}.get)
    collect(sdk_wire.python_default(python_record()), other="x")
    assert [name for name, _ in kept.events] == ["shop"]


def test_records_of_one_request_may_belong_to_several_sources(kept: Kept) -> None:
    records = [python_record(project="partner-project"), python_record(project="unlisted"), python_record()]
    collect(sdk_wire.python_batch(records), project="production")
    assert [name for name, _ in kept.events] == ["partner", "shop"]
    assert [(refusal.index, refusal.code) for _, refusal in kept.refusals] == [(1, "key_unknown")]


def test_a_request_cannot_make_us_look_for_any_number_of_keys(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(store, "find", asked.append)
    collect(sdk_wire.python_batch([python_record(token=f"t{number}") for number in range(100)]), other="x")
    assert len(asked) == crediting.MAX_LOOKUPS
    assert kept.codes == ["key_unknown"] * 100


def test_a_failing_store_is_not_answered_with_200(kept: Kept) -> None:
    kept.failure = Busy("later")
    with pytest.raises(Busy):
        collect(sdk_wire.python_default(python_record()))


def debugged(wire: Wire) -> Answer:
    return sensors.debug(wire.request(token="write-shop"))


@pytest.mark.parametrize("wire", [sdk_wire.python_default(python_record(), "/debug"), sdk_wire.browser_image(browser_record(), "/debug")])
def test_debug_answers_an_empty_object_for_good_records_and_keeps_them(wire: Wire, kept: Kept) -> None:
    answer = debugged(wire)
    assert (answer.status, answer.body) == (200, {})
    assert len(kept.events) == 1


def test_debug_tells_a_browser_the_faults_in_an_object(kept: Kept) -> None:
    answer = debugged(sdk_wire.browser_image(browser_record(event="a b"), "/debug"))
    assert answer.status == 200
    assert isinstance(answer.body, dict)
    assert [(fault["index"], fault["code"]) for fault in answer.body["errors"]] == [(0, "name_invalid")]
    assert kept.codes == ["name_invalid"]


def test_debug_tells_a_server_the_faults_in_a_text(kept: Kept) -> None:
    answer = debugged(sdk_wire.python_default(python_record(event="a b"), "/debug"))
    assert answer.status == 400
    assert isinstance(answer.body, str)
    assert answer.body.startswith("record 0: name_invalid: ")
    assert kept.codes == ["name_invalid"]


@pytest.mark.parametrize(("event", "status"), [("Fine", 200), ("a b", 400)])
def test_a_dry_run_keeps_nothing(event: str, status: int, kept: Kept) -> None:
    wire = sdk_wire.python_default(python_record(event=event), "/debug", **{"dry-run": "true"})
    assert debugged(wire).status == status
    assert kept == Kept()


def test_a_dry_run_tells_what_the_checks_behind_the_format_say(kept: Kept) -> None:
    record = browser_record(distinct_id="undefined", anonymous_id=None, identities={})
    answer = debugged(sdk_wire.browser_image(record, "/debug", **{"dry-run": "true"}))
    assert isinstance(answer.body, dict)
    assert [fault["code"] for fault in answer.body["errors"]] == ["identifier_blocked"]
    assert kept == Kept()


def test_visual_tracking_is_told_that_there_is_nothing_to_track() -> None:
    answer = sensors.visual_tracking(Request("GET", "/config/visualized/Web.conf", query={"callbackName": "saJSSDKVtrackCollectConfig"}))
    assert answer.body == '/**/saJSSDKVtrackCollectConfig(205,{"os": "Web"});'
    assert answer.headers["content-type"].startswith("application/javascript")


@pytest.mark.parametrize("name", ["", "alert(1)//", "a.b", "x" * 65, "1a", "a\n"])
def test_a_callback_that_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(BadRequest):
        sensors.visual_tracking(Request("GET", "/config/visualized/Web.conf", query={"callbackName": name}, received_at=NOW))
