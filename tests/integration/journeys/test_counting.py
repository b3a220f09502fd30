"""Counts as they are stored: the later word stands, and what cannot be stored is nobody else's trouble."""

from dataclasses import replace
from typing import Any

import pytest
from pynamodb.connection.table import TableConnection
from pynamodb.exceptions import UpdateError

from chalicelib.dispatch.tallies import SheetRecord
from chalicelib.journeys.counts import counting
from chalicelib.journeys.counts.census import Census
from chalicelib.journeys.engine.model import Enrolment, Note, Run, RunState, Visit
from chalicelib.people.store import Unstorable
from tests.support.aws import Stack
from tests.support.crashes import killed_at

NOW = 1_795_300_000_001
GOING = Run("ab" * 10, 1, "", "user_id#ming", "p_ming", NOW, "hold", NOW, visits=(Visit("hold", NOW),))
ENDED = replace(GOING, state=RunState.ENDED, reason="told", ended_at=NOW + 5)


def image(rev: int, *runs: Run) -> Enrolment:
    return Enrolment("p_ming", "unpaid", rev, runs, outbox=tuple(Note(run.id) for run in runs))


def many(number: int) -> list[Run]:
    return [replace(GOING, id=f"0{one:03x}{0:016x}") for one in range(number)]


def found() -> Census:
    return counting.counted("unpaid", 0, NOW + 10**9).get(1, Census())


@pytest.fixture(autouse=True)
def _tables(stack: Stack) -> None:
    """The tables of a stage."""


def test_the_later_word_stands_whichever_comes_first() -> None:
    for images in ([image(1, GOING), image(2, ENDED)], [image(2, ENDED), image(1, GOING)]):
        for one in images:
            counting.note([one], NOW)
        assert dict(found().runs) == {("e", "told"): 1}
        for record in SheetRecord.query("journey#unpaid"):
            record.delete()


def test_of_one_batch_the_later_word_stands() -> None:
    counting.note([image(12, ENDED), image(9, GOING)], NOW)
    assert dict(found().runs) == {("e", "told"): 1}


def test_one_that_is_told_too_late_keeps_none_of_the_others_from_being_noted() -> None:
    everybody = many(120)
    counting.note([image(5, replace(everybody[7], state=RunState.ENDED, reason="told"))], NOW)
    counting.note([image(3, *everybody)], NOW)
    assert {where: count for (where, _), count in found().runs.items()} == {"g": 119, "e": 1}


def test_runs_that_a_write_did_not_change_are_not_noted() -> None:
    counting.note([replace(image(1, GOING), outbox=())], NOW)
    assert found().runs.total() == 0


def test_told_again_after_dying_at_any_write_it_counts_once() -> None:
    everybody = many(60)
    for number in range(2):
        for after in (False, True):
            assert killed_at(number, lambda: counting.note([image(2, *everybody)], NOW), after=after)
    counting.note([image(2, *everybody)], NOW)
    assert (found().of("g"), found().waiting("hold")) == (60, 60)  # type: ignore[arg-type]


def test_a_sheet_that_is_full_is_a_fault_of_the_data_and_not_of_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        error = UpdateError("Item size to update has exceeded the maximum allowed size")
        error.cause = type("Cause", (Exception,), {"response": {"Error": {"Code": "ValidationException"}}})()
        raise error

    monkeypatch.setattr(TableConnection, "update_item", full)
    with pytest.raises(Unstorable):
        counting.note([image(1, GOING)], NOW)
