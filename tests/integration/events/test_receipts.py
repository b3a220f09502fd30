"""Records with good clocks cost no write and hardly a read; the others find the time of their first receipt."""

from typing import Any

import pytest
from botocore.client import BaseClient

from chalicelib.events import receipts
from chalicelib.events.accept import Pending
from chalicelib.events.clock import SLOT_MS
from tests.support.aws import Stack
from tests.support.records import DAY, HOUR, MINUTE, NOW, PARTNER, SHOP, draft, pending

SLOT = NOW // SLOT_MS * SLOT_MS  # the beginning of a slot


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls to DynamoDB, in order."""
    made: list[str] = []
    real = BaseClient._make_api_call

    def call(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        made.append(operation)
        return real(client, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    return made


def at(*times: int, received_at: int) -> list[Pending]:
    return [pending(draft(id=f"e-{time}", time=time), at=received_at) for time in times]


def settled_times(pendings: list[Pending], received_at: int) -> list[int]:
    return [one.event.time for one in receipts.settled(pendings, received_at)]


def test_a_slot_is_read_once_by_a_process(stack: Stack, calls: list[str]) -> None:
    for minute in range(4):
        received_at = SLOT + minute * MINUTE
        receipts.settled(at(received_at - 500, SLOT, received_at=received_at), received_at)
    assert calls == ["BatchGetItem"]  # the slot, and the one before it, in which the first record lies


def test_a_slot_that_has_not_begun_is_read_again(stack: Stack, calls: list[str]) -> None:
    for _ in range(2):
        receipts.settled(at(SLOT + 1, received_at=SLOT - 1), SLOT - 1)
    assert calls == ["BatchGetItem"] * 2


def test_records_older_than_any_receipt_cost_no_read(stack: Stack, calls: list[str]) -> None:
    receipts.settled(at(NOW - 31 * DAY, received_at=NOW), NOW)
    assert calls == []


def test_slots_belong_to_a_source(stack: Stack) -> None:
    receipts.settled([pending(draft(time=NOW + HOUR), source=PARTNER)], NOW)
    own = [pending(draft(time=NOW + HOUR), source=SHOP, at=NOW + HOUR)]
    assert settled_times(own, NOW + HOUR) == [NOW + HOUR]


def test_another_record_in_a_marked_slot_keeps_its_own_time(stack: Stack) -> None:
    receipts.settled(at(NOW + HOUR, received_at=NOW), NOW)
    assert settled_times(at(NOW + HOUR + 1, received_at=NOW + HOUR), NOW + HOUR) == [NOW + HOUR + 1]


def test_two_lambdas_that_receive_a_record_at_once_agree(stack: Stack) -> None:
    record = draft(time=None)
    first, second = pending(record, at=NOW), pending(record, at=NOW + 3)
    assert settled_times([second], NOW + 3) == settled_times([first], NOW) == [NOW + 3]


def test_the_memory_of_a_process_is_bounded(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "MAX_REMEMBERED", 10)
    for place in range(40):
        receipts.settled(at(NOW - place * HOUR, received_at=NOW), NOW)
    assert len(receipts._unmarked) <= 11


def test_receipts_expire_after_a_month(stack: Stack) -> None:
    receipts.settled(at(NOW + HOUR, received_at=NOW), NOW)
    assert {int(one["expires"]["N"]) * 1000 for one in stack.items("receipts")} == {NOW + 30 * DAY}
