"""Messages that a lambda takes one by one: what comes again, and what does not."""

from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.entrypoints.batches import one_by_one


def taken(left_ms: list[int], undone: str = "", needed_ms: int = 1_000) -> tuple[list[str], list[str]]:
    """Three messages, with so much time left before each but the first: those that were taken, those that come again."""
    seen: list[str] = []

    def take(record: dict[str, Any]) -> bool:
        seen.append(record["messageId"])
        return bool(record["messageId"] != undone)

    context = SimpleNamespace(get_remaining_time_in_millis=lambda: left_ms.pop(0))
    answer = one_by_one({"Records": [{"messageId": one} for one in "abc"]}, context, take, needed_ms)
    return seen, [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def test_what_cannot_be_done_now_comes_again_alone() -> None:
    assert taken([9_000, 9_000], undone="b") == (["a", "b", "c"], ["b"])


def test_what_there_is_no_time_for_comes_again() -> None:
    assert taken([1_000, 999]) == (["a", "b"], ["c"])


def test_the_first_is_begun_however_little_time_there_is() -> None:
    assert taken([0, 0]) == (["a"], ["b", "c"])


def test_what_is_raised_ends_the_batch() -> None:
    def take(record: dict[str, Any]) -> None:
        raise OSError("the platform's")

    with pytest.raises(OSError, match="platform"):
        one_by_one({"Records": [{"messageId": "a"}]}, None, take)
