"""Batching windows in the emulator: what comes together is handed over together, and nobody waits for nothing."""

from typing import Any

import pytest

from infra.emulator.windows import AT_ONCE, LONGEST, allowed, is_open

NOW = 1000.0


def queue(*ages: float, hidden: float = 0) -> dict[str, Any]:
    return {"messages": [{"sent_at": NOW - age, "visible_at": hidden} for age in ages]}


@pytest.mark.parametrize(
    ("window", "waiting", "expected"),
    [
        (20, queue(), False),
        (20, queue(0.5), True),
        (20, queue(0.5, LONGEST + 1), False),
        (1, queue(1.5), False),
        (0, queue(0), False),
        (None, queue(0), False),
        (20, queue(*[0.1] * 10), False),
        (20, queue(60, hidden=NOW - 0.1), True),
        (20, queue(60, hidden=NOW + 5), False),
    ],
)
def test_a_batch_waits_for_company_for_as_long_as_its_window_is_open(window: int | None, waiting: dict[str, Any], expected: bool) -> None:
    assert is_open({"MaximumBatchingWindowInSeconds": window}, waiting, NOW) is expected


@pytest.mark.parametrize(("most", "expected"), [(2, 2), (AT_ONCE, AT_ONCE), (AT_ONCE + 17, AT_ONCE)])
def test_no_more_work_at_once_than_the_machine_has_processors_for(most: int, expected: int) -> None:
    assert allowed(most, {}, queue(1), NOW) == expected


def test_nobody_begins_while_company_is_waited_for() -> None:
    assert allowed(20, {"MaximumBatchingWindowInSeconds": 20}, queue(1), NOW) == 0
