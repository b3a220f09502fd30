"""What `make run` waits for, and what it says of the clock on the wall, and of a demo that did not come to its end."""

from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.pace import STEADY, Pace
from infra import run
from infra.demo import CHINA
from infra.run import incomplete, names_in_timeline, wall

ANCHOR = round(datetime(2026, 11, 22, 17, 0, tzinfo=CHINA).timestamp() * 1000)
MINUTE = 60_000


def test_where_time_runs_fast_it_says_what_the_clock_on_the_wall_shows_and_how_that_is_reckoned() -> None:
    told = wall(Pace(3600, ANCHOR), ANCHOR + MINUTE)
    assert "an hour takes 1 s, a day 24 s" in told
    assert "it shows Wednesday, 2026-11-25 05:00 now" in told
    assert f"wall = {ANCHOR} + (now - {ANCHOR}) * 3600" in told


def test_where_it_shows_the_true_time_nothing_is_said_of_it() -> None:
    assert wall(STEADY, ANCHOR) == ""


def test_logs_are_named_that_say_something(tmp_path: Path) -> None:
    for name, text in (("emulator.log", ""), ("wechat.log", "Traceback")):
        (tmp_path / name).write_text(text, "utf-8")
    told = incomplete(tmp_path, 1)
    assert f"see {tmp_path / 'wechat.log'}." in told
    assert "emulator.log" not in told


def test_no_log_is_named_where_none_says_anything(tmp_path: Path) -> None:
    (tmp_path / "emulator.log").touch()
    assert "see" not in incomplete(tmp_path, 1)


def test_a_clock_that_runs_slower_is_offered_where_one_runs_fast(tmp_path: Path) -> None:
    assert incomplete(tmp_path, 3600).endswith("make run TIME_SCALE=360")
    assert "TIME_SCALE" not in incomplete(tmp_path, 1)


def test_the_day_is_told_whatever_a_journey_has_made_of_the_order_by_then(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [{"name": name} for name in ("Followed", "$journey_entered", "$MPLaunch", "OrderPaid", "$journey_exited")]
    monkeypatch.setattr(run, "call", lambda _url, _key: {"items": items})
    stack: Any = SimpleNamespace(api_url="http://api", api_key="k")
    assert names_in_timeline(stack) == ["Followed", "$MPLaunch", "OrderPaid"]
