"""The queue of whoever's time has come, several messages at once."""

import json
from typing import Any

import pytest

from chalicelib.entrypoints import move_on
from chalicelib.errors import Busy
from chalicelib.journeys.walks import cron_entries, date_entries
from tests.support.aws import Stack
from tests.support.deliveries import Context


def rung(*dues: tuple[str, int]) -> list[str]:
    """Messages (subject, at) named by their places, handed to the lambda; those that come again."""
    records = [{"messageId": str(place), "body": json.dumps({"subject": one, "at": at})} for place, (one, at) in enumerate(dues)]
    answer: dict[str, Any] = move_on.move_on({"Records": records}, Context("move_on", "r1"))
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def test_two_firings_of_a_schedule_in_one_batch_both_let_people_in(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    fired: list[tuple[str, int]] = []
    monkeypatch.setattr(cron_entries, "fire", lambda journey, at, _: fired.append((journey, at)))
    assert rung(("c#ranking", 1_000), ("c#ranking", 2_000), ("c#ranking", 1_000)) == []
    assert sorted(fired) == [("ranking", 1_000), ("ranking", 2_000)]


def test_of_two_dates_of_a_person_in_one_batch_only_the_one_comes_again_that_could_not_be_done(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fire(person: str, journey: str, at: int, now: int) -> None:
        if at == 1_000:
            raise Busy("others are at it")

    monkeypatch.setattr(date_entries, "fire", fire)
    assert rung(("d#birthday#p_1", 1_000), ("d#birthday#p_1", 2_000)) == ["0"]
