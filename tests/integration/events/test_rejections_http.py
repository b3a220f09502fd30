"""Operators list, read and replay what was refused; and read the catalogue."""

import json
from typing import Any

import pytest

from chalicelib.access import store as access
from chalicelib.entrypoints import items as items_http
from chalicelib.entrypoints import rejections as http
from chalicelib.errors import BadRequest, DocumentInvalid, NotFound
from chalicelib.events import items, native, segment, sensors
from chalicelib.events.keep import keep
from chalicelib.events.model import Record, Source
from chalicelib.events.rejection_records import State, WireFormat
from chalicelib.http import Request
from chalicelib.identity.rules import DEFAULT_RULES, IdentityRules
from tests.support.aws import Stack
from tests.support.records import DAY, HOUR, NOW, PARTNER, SHOP, item

LENIENT = IdentityRules(namespaces=DEFAULT_RULES.namespaces)  # blocks nothing that the records below name
NATIVE = {"id": "n-1", "name": "A", "time": NOW, "identifiers": {"user_id": "null"}}
SEGMENT = {"type": "track", "event": "B", "messageId": "s-1", "userId": "null", "timestamp": "2026-11-21T00:00:00Z"}
SENSORS = {
    "type": "track",
    "event": "C",
    "distinct_id": "null",
    "time": NOW,
    "properties": {"$is_login_id": True},
    "lib": {"$lib": "python"},
}


@pytest.fixture(autouse=True)
def rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "current_rules", lambda: LENIENT)
    monkeypatch.setattr(access, "source", {"partner": PARTNER}.get)


def reject(records: list[Record], protocol: WireFormat, at: int = NOW, source: Source = SHOP) -> None:
    assert keep(records, source, DEFAULT_RULES, at, protocol=protocol).accepted == 0


def reject_all() -> None:
    reject(native.read_events([(0, NATIVE)]), WireFormat.NATIVE, NOW - 2 * HOUR)
    reject(segment.read_messages([(0, SEGMENT)]), WireFormat.SEGMENT, NOW - HOUR)
    reject([one.record for one in sensors.read([(0, SENSORS)])], WireFormat.SENSORS, NOW)


def ask(handler: Any, params: dict[str, str] | None = None, body: bytes = b"", query: dict[str, str] | None = None) -> Any:
    return handler(Request("GET", "/", params=params or {}, query=query or {}, body=body, received_at=NOW)).body


def listed(query: dict[str, str] | None = None) -> list[http.RejectionShown]:
    return list(ask(http.list_rejections, query=query).items)


def test_the_list_is_newest_first_and_shows_the_reason(stack: Stack) -> None:
    reject_all()
    found = listed()
    assert [one.protocol for one in found] == ["sensors", "segment", "native"]
    assert {(one.code, one.source, one.state) for one in found} == {("identifier_blocked", "shop", State.OPEN)}
    assert found[0].received_at == "2026-11-21T22:26:40.000Z"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": "2"}, ["sensors", "segment"]),
        ({"from": str(NOW - HOUR)}, ["sensors", "segment"]),
        ({"to": str(NOW)}, ["segment", "native"]),
        ({"to": "2026-11-22 05:26:40+08:00"}, ["native"]),  # a plus sign that was not encoded
        ({"from": "0", "to": "9999999999999"}, ["sensors", "segment", "native"]),
        ({"from": str(NOW), "to": str(NOW - HOUR)}, []),
        ({"from": str(NOW + DAY)}, []),
        ({"code": "name_invalid"}, []),
        ({"source": "shop", "code": "identifier_blocked"}, ["sensors", "segment", "native"]),
    ],
)
def test_the_list_can_be_narrowed(stack: Stack, query: dict[str, str], expected: list[str]) -> None:
    reject_all()
    assert [one.protocol for one in listed(query)] == expected


def test_the_cursor_leads_to_the_next_page(stack: Stack) -> None:
    reject_all()
    first = ask(http.list_rejections, query={"limit": "2"})
    rest = ask(http.list_rejections, query={"limit": "2", "cursor": first.next})
    assert [one.protocol for one in rest.items] == ["native"]
    assert rest.next is None


@pytest.mark.parametrize(
    "query", [{"from": "yesterday"}, {"to": "2026-11-21T00:00:00"}, {"limit": "0"}, {"cursor": "x"}, {"cursor": "WyJ6IiwiYSJd"}]
)
def test_what_a_query_cannot_mean_is_a_bad_request(stack: Stack, query: dict[str, str]) -> None:
    with pytest.raises(BadRequest):
        listed(query)


def test_one_rejection_shows_the_record_as_it_was_sent(stack: Stack) -> None:
    reject_all()
    whole = ask(http.get_rejection, {"id": listed()[0].id})
    assert whole.record == SENSORS
    assert not whole.truncated


@pytest.mark.parametrize("name", ["0" * 32, "nonsense", "x" * 3000])
def test_unknown_rejections_are_not_found(stack: Stack, name: str) -> None:
    with pytest.raises(NotFound):
        ask(http.get_rejection, {"id": name})


def test_records_of_every_format_are_replayed(stack: Stack) -> None:
    reject_all()
    for one in listed():
        answer = ask(http.replay_rejection, {"id": one.id})
        assert (answer.state, answer.accepted, answer.rejected) == (State.REPLAYED, 1, [])
    assert {one["n"]["S"] for one in stack.items("events")} == {"A", "B", "C"}
    assert {(one.state, one.replayed_at) for one in listed()} == {(State.REPLAYED, "2026-11-21T22:26:40.000Z")}


def test_a_replay_that_fails_says_why(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    reject_all()
    monkeypatch.setattr(http, "current_rules", lambda: DEFAULT_RULES)
    answer = ask(http.replay_rejection, {"id": listed()[0].id})
    assert (answer.state, answer.accepted, [one.code for one in answer.rejected]) == (State.OPEN, 0, ["identifier_blocked"])


def test_a_replay_may_credit_another_source(stack: Stack) -> None:
    reject_all()
    ask(http.replay_rejection, {"id": listed()[0].id}, json.dumps({"source": "partner"}).encode())
    (stored,) = stack.items("events")
    assert json.loads(stored["d"]["S"])["s"] == "partner"


def test_a_replay_for_an_unknown_source_is_refused(stack: Stack) -> None:
    reject_all()
    with pytest.raises(NotFound):
        ask(http.replay_rejection, {"id": listed()[0].id}, b'{"source": "nobody"}')
    with pytest.raises(DocumentInvalid):
        ask(http.replay_rejection, {"id": listed()[0].id}, b'{"sauce": "shop"}')
    assert stack.items("events") == []


def test_an_item_is_shown_with_the_time_of_its_description(stack: Stack) -> None:
    items.put([item(name="裙子")], "shop")
    shown = ask(items_http.get_item, {"type": "goods", "id": "g1"})
    assert shown == items_http.ItemShown(
        item_type="goods", item_id="g1", properties={"name": "裙子"}, source="shop", updated_at="2026-11-21T22:26:40.000Z"
    )


@pytest.mark.parametrize("key", ["g2", "x" * 3000, "a\x00"])
def test_unknown_items_are_not_found(stack: Stack, key: str) -> None:
    with pytest.raises(NotFound):
        ask(items_http.get_item, {"type": "goods", "id": key})
