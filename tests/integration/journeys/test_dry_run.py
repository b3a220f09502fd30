"""The dry run over HTTP: what a journey would have done to everybody, with nothing sent and nothing written."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from chalicelib.definitions import store as definitions
from chalicelib.events.clock import rfc3339
from tests.support.aws import Stack
from tests.support.gateway import Reply
from tests.support.journeys import Road, open_journeys
from tests.support.living import HOUR
from tests.support.rehearsals import pass_by

PATH: Final = "/v1/journeys/coupon/dry-run"
COUPON: Final[dict[str, Any]] = {
    "entry": {"event": "OrderPlaced", "where": {"kind": {"ne": "sale"}}, "key": "properties.order_id"},
    "exit": [{"event": "OrderPaid", "match": {"properties.order_id": "entry.properties.order_id"}}],
    "goal": {"event": "OrderPaid", "match": {"properties.order_id": "entry.properties.order_id"}, "within": ["1d"]},
    "start": "hold",
    "nodes": {
        "hold": {"wait": "2h", "next": "offer"}, "offer": {"send": {"template": "points"}, "next": "on"},
        "on": {"wait": "1d", "next": "x"}, "x": {"exit": "told"},
    },
}  # fmt: skip


@pytest.fixture
def empty(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Road:
    """A draft, and nobody to try it with."""
    road = open_journeys(stack, monkeypatch)
    definitions.draft("journeys", "coupon", COUPON, by="test", at=road.clock.now)
    return road


@pytest.fixture
def road(empty: Road) -> Road:
    """Three people have ordered: one by WeChat never pays, one pays, one cannot be reached; a fourth has bought at a sale."""
    road = empty
    road.office.person(openid__wx1="oMulan")
    road.office.person(mobile="13900000001")
    pass_by(road, HOUR)
    road.does("OrderPlaced", {"order_id": "o1"}, openid__wx1="oMulan")
    road.does("OrderPlaced", {"order_id": "o2"}, mobile="13900000001")
    road.does("OrderPlaced", {"order_id": "o3"}, user_id="anna")
    road.does("OrderPlaced", {"order_id": "o4", "kind": "sale"}, user_id="bert")
    road.does("OrderPlaced", {}, user_id="carl")
    pass_by(road, HOUR)
    road.does("OrderPaid", {"order_id": "o2"}, mobile="13900000001")
    pass_by(road, 2 * HOUR)
    return road


def test_a_draft_is_played_over_what_happened(road: Road) -> None:
    answer = _ask(road, draft=True, sample=10).json
    totals = answer["totals"]
    assert (answer["version"], answer["complete"], answer["cursor"]) == (1, True, None)
    assert (answer["from"], answer["to"]) == (rfc3339(road.clock.now - 12 * HOUR), rfc3339(road.clock.now))
    assert (totals["people"], totals["entered"], totals["turned_away"]) == (5, 3, {"key_missing": 1})
    assert totals["ended"] == {"exited": 1}
    assert totals["converted"] == {"1d": 1}
    assert totals["nodes"]["offer"]["sent"] == {"template": 1}
    assert sum(totals["nodes"]["offer"]["refused"].values()) == 1
    assert totals["nodes"]["on"]["inside"] == 2


def test_the_sample_tells_of_every_step(road: Road) -> None:
    people = {one["identifiers"][0]["value"]: one for one in _ask(road, draft=True, sample=10).json["sample"]}
    assert set(people) == {"oMulan", "13900000001", "anna", "carl"}
    (mulan,) = people["oMulan"]["runs"]
    hold, offer, on = mulan["steps"]
    assert (hold["node"], offer["message"]["state"], offer["message"]["channel"], on["until"]) == ("hold", "sent", "template", None)
    assert people["13900000001"]["runs"][0]["converted_at"] is not None
    assert people["anna"]["runs"][0]["steps"][1]["message"]["reason"]
    assert [one["reason"] for one in people["carl"]["turned_away"]] == ["key_missing"]


def test_nothing_is_written_and_nothing_is_sent(road: Road) -> None:
    before = {table: sorted(map(str, road.office.stack.items(table))) for table in ("runs", "messages", "people", "contacts", "events")}
    assert _ask(road, draft=True).status == 200
    assert {table: sorted(map(str, road.office.stack.items(table))) for table in before} == before


def test_what_takes_too_long_goes_on_with_the_cursor(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _ask(road, draft=True).json
    ticks: Iterator[int] = iter(range(0, 10**9, 15_000))
    monkeypatch.setattr("chalicelib.entrypoints.journey_rehearsals.post_dry_run.__defaults__", (lambda: next(ticks),))
    answer, calls = _ask(road, draft=True).json, 1
    while not answer["complete"]:
        answer, calls = _ask(road, draft=True, cursor=answer["cursor"]).json, calls + 1
    assert calls > 1
    assert answer["totals"] == whole["totals"]


def test_a_cap_takes_rounds_which_the_cursor_carries(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {**COUPON["entry"], "cap": {"entries": 2, "within": "1d"}}
    definitions.draft("journeys", "coupon", {**COUPON, "entry": entry}, by="test", at=road.clock.now)
    whole = _ask(road, draft=True).json
    assert (whole["round"], whole["totals"]["entered"], whole["totals"]["people"]) == (2, 2, 5)
    assert whole["totals"]["turned_away"] == {"cap_reached": 1, "key_missing": 1}
    monkeypatch.setattr("chalicelib.entrypoints.journey_rehearsals.post_dry_run.__defaults__", (iter(range(0, 10**9, 15_000)).__next__,))
    answers = [_ask(road, draft=True).json]
    while not answers[-1]["complete"]:
        answers.append(_ask(road, draft=True, cursor=answers[-1]["cursor"]).json)
    assert len(answers) > 2
    assert answers[-1]["totals"] == whole["totals"]


def test_the_answer_says_what_is_not_played(road: Road) -> None:
    road.office.publish("segments", "payers", {"where": {"event": "OrderPaid"}})
    definitions.draft("journeys", "coupon", {**COUPON, "exit": [{"segment": "payers", "on": "enter"}]}, by="test", at=road.clock.now)
    found = {(one["code"], one["place"]) for one in _ask(road, draft=True).json["warnings"]}
    assert found == {("segment_newer_than_span", "exit/0"), ("reach_as_now", "nodes"), ("first_channel_only", "nodes/offer")}


def test_who_would_be_handed_over_is_told_with_the_door_that_is_closed(road: Road) -> None:
    road.publish("vip", {**COUPON, "entry": {"api": True, "re_entry": {"policy": "never"}}, "exit": [], "goal": _PAID})
    nodes = {"hand": {"do": [{"enter": "vip"}], "next": "x"}, "x": {"exit": "told"}}
    definitions.draft("journeys", "coupon", {**COUPON, "start": "hand", "nodes": nodes}, by="test", at=road.clock.now)
    road.does("OrderPlaced", {"order_id": "o9"}, openid__wx1="oMulan")
    road.later(HOUR)
    answer = _ask(road, draft=True, sample=10).json
    assert answer["totals"]["nodes"]["hand"]["handed_over"] == {"vip": 3}
    assert answer["totals"]["nodes"]["hand"]["not_handed_over"] == {"once": 1}
    people = {one["identifiers"][0]["value"]: one for one in answer["sample"]}
    handed = [run["steps"][0]["handed_over"] for run in people["oMulan"]["runs"]]
    assert handed == [[{"journey": "vip", "key": None, "refusal": refusal}] for refusal in (None, "once")]


def test_where_a_run_is_is_called_as_everywhere(road: Road) -> None:
    entry = {**COUPON["entry"], "then_not": {"event": "OrderPaid", "within": "1d"}}
    definitions.draft("journeys", "coupon", {**COUPON, "entry": entry}, by="test", at=road.clock.now)
    answer = _ask(road, draft=True, sample=10).json
    assert {run["state"] for one in answer["sample"] for run in one["runs"]} == {"not_yet", "not_entered"}


def test_a_cursor_of_another_dry_run_is_refused(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.entrypoints.journey_rehearsals.post_dry_run.__defaults__", (iter(range(0, 10**9, 30_000)).__next__,))
    cursor = _ask(road, draft=True).json["cursor"]
    assert _ask(road, draft=True, cursor=cursor, start=road.clock.now - HOUR).json["code"] == "request_invalid"
    assert _ask(road, draft=True, cursor="bm9uc2Vuc2U").json["code"] == "request_invalid"


def test_a_cursor_is_worth_nothing_once_the_rules_have_changed(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.entrypoints.journey_rehearsals.post_dry_run.__defaults__", (iter(range(0, 10**9, 30_000)).__next__,))
    cursor = _ask(road, draft=True).json["cursor"]
    assert _ask(road, draft=True, cursor=cursor).status == 200
    road.office.publish("segments", "payers", {"where": {"event": "OrderPaid"}})
    assert _ask(road, draft=True, cursor=cursor).json["code"] == "request_invalid"


def test_a_journey_that_is_not_in_force_is_named_by_version_or_as_the_draft(empty: Road) -> None:
    assert _ask(empty).json["code"] == "not_found"
    assert _ask(empty, version=1).json["totals"]["people"] == 0
    assert _ask(empty, version=2).json["code"] == "not_found"
    assert _ask(empty, version=1, draft=True).status == 422


def test_a_draft_that_could_not_go_in_force_is_refused_with_the_places(empty: Road) -> None:
    nodes = {**COUPON["nodes"], "offer": {"send": {"template": "nothing"}, "next": "on"}}
    definitions.draft("journeys", "coupon", {**COUPON, "nodes": nodes}, by="test", at=empty.clock.now)
    answer = _ask(empty, draft=True)
    assert (answer.status, answer.json["errors"][0]["code"]) == (422, "template_unknown")


def test_of_entries_by_the_api_nothing_is_recorded(empty: Road) -> None:
    definitions.draft("journeys", "coupon", {**COUPON, "entry": {"api": True}, "exit": [], "goal": _PAID}, by="test", at=empty.clock.now)
    answer = _ask(empty, draft=True)
    assert (answer.status, answer.json["code"]) == (409, "dry_run_entered_by_api")


@pytest.mark.parametrize("span", [(1, 0), (0, 1), (-93 * 24, 0), (-800 * 24, -750 * 24)], ids=["backwards", "future", "long", "old"])
def test_a_span_lies_in_the_past_and_is_bounded(empty: Road, span: tuple[int, int]) -> None:
    answer = _ask(empty, draft=True, start=empty.clock.now + span[0] * HOUR, end=empty.clock.now + span[1] * HOUR)
    assert (answer.status, answer.json["code"]) == (400, "request_invalid")


def test_a_cap_has_a_bounded_number_of_windows_in_a_span(empty: Road) -> None:
    entry = {**COUPON["entry"], "cap": {"entries": 2, "within": "1m"}}
    definitions.draft("journeys", "coupon", {**COUPON, "entry": entry}, by="test", at=empty.clock.now)
    assert _ask(empty, draft=True).status == 200
    assert _ask(empty, draft=True, start=empty.clock.now - 200 * HOUR).json["code"] == "request_invalid"


_PAID: Final = {"event": "OrderPaid", "within": ["1d"]}


def _ask(road: Road, start: int | None = None, end: int | None = None, **more: Any) -> Reply:
    span = {"from": rfc3339(start or road.clock.now - 12 * HOUR), "to": rfc3339(end or road.clock.now)}
    return road.office.ring.operator.call("POST", PATH, span | more)
