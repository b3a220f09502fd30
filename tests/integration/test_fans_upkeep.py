"""What is begun by itself: every account's fans and tags are compared once a day, and one account's trouble is its own."""

from typing import Any

import pytest

from chalicelib.entrypoints import upkeep as entrypoint
from chalicelib.fans import run_records, syncing
from chalicelib.fans.run_records import LOST_MS
from chalicelib.tagging import reconcile
from tests.support.aws import Stack
from tests.support.clock import Clock
from tests.support.deliveries import Context
from tests.support.fans import NOW, publish

HOUR = 3_600_000
SHOP, BRAND, MINI = "wx_shop", "wx_brand", "wx_mini"


@pytest.fixture
def clock(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(NOW)
    made.install(monkeypatch, entrypoint)
    publish([SHOP, BRAND])
    publish([MINI], "mini_program")
    for name in ("start", "revive"):
        monkeypatch.setattr(reconcile, name, lambda *_: None)
    return made


def hour(clock: Clock, hours: int = 1) -> None:
    """The schedule goes off, every hour."""
    for _ in range(hours):
        entrypoint.upkeep({}, Context("upkeep", "r"))
        clock.pass_by(HOUR)


def begun(appid: str) -> int | None:
    run = run_records.latest(appid)
    return run.id if run else None


def ended(appid: str, now: int) -> None:
    run = run_records.latest(appid)
    assert run is not None
    taken = run_records.take(appid, run.id, "m", now)
    assert not isinstance(taken, run_records.Taken)
    run_records.end(taken, now)


def test_every_account_with_fans_is_compared_and_no_mini_program(clock: Clock) -> None:
    hour(clock)
    assert (begun(SHOP), begun(BRAND), begun(MINI)) == (NOW, NOW, None)


def test_once_a_day_is_enough(clock: Clock) -> None:
    hour(clock)
    ended(SHOP, NOW + 60_000)
    hour(clock, 23)
    assert begun(SHOP) == NOW
    hour(clock)
    assert begun(SHOP) == NOW + 24 * HOUR


def test_what_was_lost_is_sent_again_within_the_hour(stack: Stack, clock: Clock) -> None:
    hour(clock)
    assert len(stack.messages("fans")) == 2
    assert LOST_MS < HOUR
    hour(clock)
    assert len(stack.messages("fans")) == 2
    assert begun(SHOP) == NOW


def test_the_trouble_of_one_account_is_not_that_of_the_others(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    real = syncing.start

    def start(appid: str, now: int) -> Any:
        if appid == BRAND:
            raise RuntimeError("no queue")
        return real(appid, now)

    monkeypatch.setattr(syncing, "start", start)
    hour(clock)
    assert (begun(SHOP), begun(BRAND)) == (NOW, None)
    monkeypatch.setattr(syncing, "start", real)
    hour(clock)
    assert begun(BRAND) == NOW + HOUR


def test_tags_are_compared_as_well(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    for name in ("start", "revive"):
        monkeypatch.setattr(reconcile, name, lambda *given, name=name: asked.append(f"{name} {given[0]}"))
    hour(clock)
    assert sorted(asked) == [f"revive {BRAND}", f"revive {SHOP}", f"start {BRAND}", f"start {SHOP}"]
