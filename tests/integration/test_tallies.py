"""Tallies in the table: a write a sheet, and counts that are right whatever comes twice."""

from dataclasses import replace

import pytest

from chalicelib.dispatch import tallies
from chalicelib.dispatch.model import Message, State
from chalicelib.dispatch.tally_reading import reader
from chalicelib.dispatch.tally_sheets import WINDOW_MS, Credit, report_of_template
from chalicelib.messages.model import message_id
from tests.support.aws import Stack
from tests.support.crashes import killed_at, writes_of
from tests.unit.dispatch.samples import NOW, ORDER, SMS

REPORT = "broadcast#b_1"


def message(number: int, state: State = State.SENT, report: str = f"{REPORT}/00-000000", asked_at: int = NOW) -> Message:
    order = replace(ORDER, id=message_id("t", number), report=report, asked_at=asked_at)
    return Message(order, state, NOW, trip=SMS)


def test_a_thousand_messages_of_a_page_are_noted_a_hundred_at_a_time(stack: Stack) -> None:
    everybody = [message(number) for number in range(250)]
    assert writes_of(lambda: tallies.note(everybody)) == 3
    assert tallies.counted(REPORT).states == {State.SENT: 250}


def test_messages_of_several_sheets_are_counted_together(stack: Stack) -> None:
    tallies.note([message(number, report=f"{REPORT}/{number % 3:02d}-000000") for number in range(30)])
    tallies.note([message(99, report="broadcast#b_2/00-000000")])
    assert tallies.counted(REPORT).total == 30


def test_a_report_larger_than_a_page_of_the_table_is_read_to_its_end(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    tallies.note([message(number, report=f"{REPORT}/{number:02d}-000000") for number in range(7)])
    reading = reader(tallies.SheetRecord._get_connection())
    real = reading.query
    monkeypatch.setattr(reading, "query", lambda *given, **named: real(*given, **(named | {"limit": 2})))
    assert tallies.counted(REPORT).total == 7


def test_told_again_after_dying_at_any_write_it_counts_once(stack: Stack) -> None:
    everybody = [message(number, report=f"{REPORT}/{number % 2:02d}-000000") for number in range(10)]
    for number in range(2):
        for after in (False, True):
            assert killed_at(number, lambda: tallies.note(everybody), after=after)
    tallies.note(everybody)
    tallies.note(everybody[5:])
    assert tallies.counted(REPORT).states == {State.SENT: 10}


def test_a_message_that_went_on_is_counted_where_it_is(stack: Stack) -> None:
    for state in (State.QUEUED, State.CLAIMED, State.SENT, State.DELIVERED):
        tallies.note([message(1, state)])
    tallies.credit(message(1, State.DELIVERED), Credit.UNFOLLOWED)
    tallies.credit(message(1, State.DELIVERED), Credit.UNFOLLOWED)
    found = tallies.counted(REPORT)
    assert (found.states, found.credited(Credit.UNFOLLOWED)) == ({State.DELIVERED: 1}, 1)


def test_a_credit_that_belongs_to_another_message_is_taken_back(stack: Stack) -> None:
    tallies.note([message(1), message(2)])
    tallies.credit(message(1), Credit.CONVERTED)
    for _ in range(2):
        tallies.take_back(message(1), Credit.CONVERTED)
        tallies.credit(message(2), Credit.CONVERTED)
    assert tallies.counted(REPORT).credited(Credit.CONVERTED) == 1


def test_messages_by_themselves_are_counted_by_when_they_were_asked_for(stack: Stack) -> None:
    report = report_of_template(ORDER.template)
    tallies.note([message(number, report="", asked_at=NOW + number * WINDOW_MS) for number in range(10)])
    assert tallies.counted(report).total == 10
    assert tallies.counted_between(report, NOW + 2 * WINDOW_MS, NOW + 4 * WINDOW_MS).total == 3


def test_sheets_expire(stack: Stack) -> None:
    tallies.note([message(1)])
    (item,) = stack.items("tallies")
    assert int(item["expires"]["N"]) == (NOW + tallies.KEPT_MS) // 1000
