"""What a request brought is kept once in effect, however often and however broken it is sent."""

import json
from typing import Any

import pytest
from pynamodb.exceptions import PynamoDBException

from chalicelib.errors import Busy
from chalicelib.events import receipts, store
from chalicelib.events.keep import Outcome, keep
from chalicelib.events.model import Draft, Event, Kind, Record, Source
from chalicelib.events.store import from_image
from chalicelib.events.writing import write_all
from chalicelib.identity.rules import DEFAULT_RULES
from tests.integration.events.conftest import TABLES
from tests.support.aws import Stack, memory_stack
from tests.support.crashes import killed_at, writes_of
from tests.support.records import DAY, HOUR, MINUTE, NOW, PARTNER, SHOP, draft, item, pending


def send(*records: Record, source: Source = SHOP, at: int = NOW) -> Outcome:
    return keep(records, source, DEFAULT_RULES, at)


def events(stack: Stack) -> list[Event]:
    return [from_image(one) for one in stack.items("events")]


def times(stack: Stack) -> list[int]:
    return [one.time for one in events(stack)]


def mixed_request() -> tuple[Record, ...]:
    """Every kind of record that a request can hold: each makes another write."""
    return (
        *(draft(index=place, id=f"e-{place}", time=NOW - place) for place in range(30)),
        draft(index=30, id="no-time", time=None),
        draft(index=31, id="ahead", time=NOW + DAY),
        draft(index=32, id="skewed", time=NOW - HOUR, sent_at=NOW - HOUR),
        item(index=33),
        draft(index=34, name=""),
    )


def test_an_event_is_stored_under_its_strongest_identifier_and_time(stack: Stack) -> None:
    send(draft(identifiers=(("device_id", "d1"), ("user_id", "u1")), properties={"amount": 99.5}))
    (stored,) = stack.items("events")
    assert stored["pk"] == {"S": "user_id#u1"}
    assert stored["sk"] == {"S": f"{NOW}#e-1"}
    assert json.loads(stored["d"]["S"])["p"] == {"amount": 99.5}
    assert events(stack) == [pending(draft(identifiers=(("device_id", "d1"), ("user_id", "u1")), properties={"amount": 99.5})).event]


def test_a_resent_request_changes_nothing(stack: Stack) -> None:
    first = send(*mixed_request())
    before = {table: stack.items(table) for table in ("events", "items", "rejections")}
    receipts.forget()
    again = send(*mixed_request(), at=NOW + 2 * MINUTE)
    assert {table: stack.items(table) for table in before} == before
    assert (first.accepted, [one.code for one in first.refusals]) == (34, ["name_invalid"])
    assert (again.accepted, again.refusals) == (first.accepted, first.refusals)
    assert len(before["events"]) == 33


def test_the_same_record_twice_in_a_request_is_one_event(stack: Stack) -> None:
    outcome = send(draft(index=0), draft(index=1), draft(index=2, id="", time=NOW), draft(index=3, id="", time=NOW))
    assert outcome.accepted == 4
    assert len(events(stack)) == 2


def test_an_empty_request_writes_nothing(stack: Stack) -> None:
    assert send() == Outcome(0, ())
    assert writes_of(send) == 0


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_between_any_two_writes_is_healed_by_the_resend(after: bool) -> None:
    expected = after_crash(None, after=after)
    places = 0
    while (found := after_crash(places, after=after)) is not None:
        assert found == expected
        places += 1
    assert places == 8  # a slot, three receipts, two batches of events, an item, a rejection


def after_crash(place: int | None, *, after: bool) -> dict[str, list[Any]] | None:
    """What is stored when the request dies at a write and is sent again a minute later; None when it made fewer writes."""
    with memory_stack(only=TABLES) as stack:
        died = place is None or killed_at(place, lambda: send(*mixed_request()), after=after)
        receipts.forget()
        send(*mixed_request(), at=NOW + MINUTE)
        kept = sorted((one.primary.key, one.id, one.name) for one in events(stack))
        return (
            {"events": kept, "items": stack.items("items"), "rejections": [_undated(one) for one in stack.items("rejections")]}
            if died
            else None
        )


def _undated(rejection: dict[str, Any]) -> dict[str, Any]:
    """The rejection but for when it came: the first request may not have got so far."""
    return {name: value for name, value in rejection.items() if name not in {"at", "received", "expires"}}


def test_what_dynamodb_leaves_over_is_sent_again(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    dropping = _Dropping(monkeypatch, calls=2)
    send(*(draft(index=place, id=f"e-{place}") for place in range(25)))
    assert len(events(stack)) == 25
    assert dropping.dropped == 2


def test_when_dynamodb_goes_on_leaving_over_we_wait_and_then_say_so(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    _Dropping(monkeypatch, calls=1000)
    pauses: list[float] = []
    items = [{"pk": {"S": "user_id#u1"}, "sk": {"S": f"{place:013d}#e"}} for place in range(3)]
    with pytest.raises(Busy):
        write_all(store.EventRecord, items, pauses.append)
    assert pauses == [0.2, 0.4]


class _Dropping:
    """DynamoDB that leaves the last item of a batch unprocessed for some calls."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, calls: int) -> None:
        from botocore.client import BaseClient

        self.dropped = 0
        real = BaseClient._make_api_call

        def call(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
            if operation != "BatchWriteItem" or self.dropped == calls:
                return real(client, operation, arguments)
            self.dropped += 1
            ((table, requests),) = arguments["RequestItems"].items()
            if requests[:-1]:
                real(client, operation, {"RequestItems": {table: requests[:-1]}})
            return {"UnprocessedItems": {table: requests[-1:]}}

        monkeypatch.setattr(BaseClient, "_make_api_call", call)


@pytest.mark.parametrize(
    ("missing", "record"), [("events", draft()), ("receipts", draft(time=None)), ("items", item()), ("rejections", draft(name=""))]
)
def test_when_a_store_fails_the_sender_hears_of_it(missing: str, record: Record) -> None:
    with memory_stack(only=[table for table in TABLES if table != missing]), pytest.raises(PynamoDBException):
        send(record)


# ---- times ----


def resend(stack: Stack, record: Draft, *later: tuple[Draft, int]) -> list[int]:
    send(record)
    for again, at in later:
        receipts.forget()
        send(again, at=at)
    return times(stack)


def test_a_skewed_clock_sends_again_with_a_new_sending_time(stack: Stack) -> None:
    first = draft(time=NOW + HOUR - MINUTE, sent_at=NOW + HOUR)
    again = draft(time=NOW + HOUR - MINUTE, sent_at=NOW + HOUR + 20_000)
    assert resend(stack, first, (again, NOW + 20_500), (again, NOW + 40_000)) == [NOW - MINUTE]


def test_a_record_from_the_future_is_once_at_its_first_receipt_even_when_its_time_has_come(stack: Stack) -> None:
    record = draft(time=NOW + 8 * HOUR)
    assert resend(stack, record, (record, NOW + MINUTE), (record, NOW + 7 * HOUR), (record, NOW + 8 * HOUR), (record, NOW + 9 * HOUR)) == [
        NOW
    ]


def test_what_a_process_remembers_of_the_past_cannot_double_a_record_from_the_future(stack: Stack) -> None:
    record = draft(time=NOW + HOUR)
    send(draft(id="other", time=NOW + MINUTE * 3))  # fills the memory with slots that have not begun
    send(record)
    send(draft(id="third", time=NOW + HOUR - 1), at=NOW + HOUR)
    send(record, at=NOW + HOUR + 1)
    assert sorted(times(stack)) == [NOW, NOW + MINUTE * 3, NOW + HOUR - 1]


def test_a_clock_on_the_edge_of_the_tolerance_gives_one_event(stack: Stack) -> None:
    ahead = draft(id="a", time=NOW + 5 * MINUTE - 10)
    assert resend(stack, ahead, (ahead, NOW - 20), (ahead, NOW + 10), (ahead, NOW + DAY)) == [NOW + 5 * MINUTE - 10]


def test_a_record_without_a_time_gets_that_of_its_first_receipt(stack: Stack) -> None:
    record = draft(time=None)
    assert resend(stack, record, (record, NOW + MINUTE), (record, NOW + DAY)) == [NOW]


def test_records_with_neither_time_nor_id_are_all_kept(stack: Stack) -> None:
    record = draft(time=None, id="")
    assert sorted(resend(stack, record, (record, NOW + MINUTE))) == [NOW, NOW + MINUTE]


def test_receipts_belong_to_a_source(stack: Stack) -> None:
    send(draft(time=None), source=SHOP)
    send(draft(time=None), source=PARTNER, at=NOW + MINUTE)
    assert sorted(times(stack)) == [NOW, NOW + MINUTE]


def test_a_moved_event_tells_its_own_time_also_when_it_comes_again(stack: Stack) -> None:
    send(draft(time=NOW + DAY))
    send(draft(time=NOW + DAY), at=NOW + MINUTE)
    (event,) = events(stack)
    assert (event.time, event.context) == (NOW, {"client_time": NOW + DAY})


def test_records_with_good_clocks_write_no_receipt(stack: Stack) -> None:
    send(*(draft(index=place, id=f"e-{place}", time=NOW - place * MINUTE, sent_at=NOW - 500) for place in range(30)))
    assert stack.items("receipts") == []
    assert writes_of(lambda: send(draft(id="one-more"))) == 1


def test_profile_records_are_kept_as_events(stack: Stack) -> None:
    send(draft(kind=Kind.PROFILE, name="$ProfileSet"))
    assert [one.kind for one in events(stack)] == [Kind.PROFILE]
