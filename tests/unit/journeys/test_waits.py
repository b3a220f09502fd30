"""Nodes at which time passes: for so long, until a time of day, until a date."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.events.clock import rfc3339
from chalicelib.journeys.engine.model import Run
from chalicelib.journeys.nodes.node import Go, Node, Scene, Stay
from chalicelib.journeys.nodes.waiting import Wait, WaitDate, WaitUntil
from chalicelib.pace import STEADY, Pace
from tests.support.charts import DAY, HOUR, MINUTE, NOW, Somebody

CHINA = "Asia/Shanghai"
RUN = Run("r1", 1, "", "user_id#ming", "p_ming", NOW, "hold", NOW, entry={"properties": {"starts_at": "2026-11-25T14:00:00+08:00"}})
MONDAY_10 = 1_795_399_200_000  # 2026-11-23 10:00 in China
STARTS = "entry.properties.starts_at"


def scene(at: int = MONDAY_10, now: int | None = None, pace: Pace = STEADY, **attributes: Any) -> Scene:
    return Scene(at, at if now is None else now, pace, Somebody(attributes), "unpaid")


def until(node: Node, at: int = MONDAY_10, **attributes: Any) -> str:
    """When the stay at the node ends, or where the run goes at once."""
    step = node.arrive(replace(RUN, since=at), scene(at, **attributes))
    assert isinstance(step, Stay | Go)
    return rfc3339(step.due + 8 * HOUR)[:16] if isinstance(step, Stay) else step.to


def test_a_wait_lasts_so_long_from_when_the_stay_before_ended_however_late_it_is_found_out() -> None:
    step = Wait(2 * HOUR, "offer").arrive(RUN, scene(at=NOW, now=NOW + MINUTE))
    assert step == Stay(NOW + 2 * HOUR)
    assert Wait(2 * HOUR, "offer").wake(RUN, scene()) == Go("offer")


@pytest.mark.parametrize(
    ("minute", "days", "expected"),
    [
        (18 * 60, (), "2026-11-23T18:00"),
        (9 * 60, (), "2026-11-24T09:00"),  # nine has gone by today
        (10 * 60, (), "2026-11-24T10:00"),  # it is ten now: the next ten
        (18 * 60, (0,), "2026-11-23T18:00"),
        (9 * 60, (0,), "2026-11-30T09:00"),  # Monday's nine has gone by: next Monday's
        (9 * 60, (4, 5), "2026-11-27T09:00"),
        (0, (6,), "2026-11-29T00:00"),
    ],
)
def test_until_a_time_of_day_on_chosen_weekdays(minute: int, days: tuple[int, ...], expected: str) -> None:
    assert until(WaitUntil(minute, days, CHINA, "offer")) == expected
    assert WaitUntil(minute, days, CHINA, "offer").wake(RUN, scene()) == Go("offer")


@pytest.mark.parametrize(
    ("value", "offset", "minute", "expected"),
    [
        ("2026-11-25T14:00:00+08:00", 0, None, "2026-11-25T14:00"),
        ("2026-11-25T06:00:00Z", -DAY, None, "2026-11-24T14:00"),
        ("2026-11-25T06:00:00Z", -DAY, 9 * 60, "2026-11-24T09:00"),
        ("2026-11-25 14:00:00", HOUR, None, "2026-11-25T15:00"),  # no offset: by the zone's clock
        ("2026-11-25", 0, 20 * 60, "2026-11-25T20:00"),
        ("2026/11/25", 0, None, "2026-11-25T00:00"),
        ("20261125", 0, None, "2026-11-25T00:00"),
        (1_795_586_400_000, 0, None, "2026-11-25T14:00"),  # ms
        (1_795_586_400, 0, None, "2026-11-25T14:00"),  # seconds
        ("1795586400000", 0, None, "2026-11-25T14:00"),
        ("2026-11-23T10:00:00+08:00", 0, None, "on"),  # now
    ],
)
def test_until_the_date_of_an_event_with_an_offset(value: Any, offset: int, minute: int | None, expected: str) -> None:
    node = WaitDate("attributes.starts_at", offset, minute, CHINA, "on", "without")
    assert until(node, starts_at=value) == expected
    assert until(WaitDate(STARTS, 0, None, CHINA, "on", "without")) == "2026-11-25T14:00"  # of what set the run going


@pytest.mark.parametrize(
    "value", [None, "", "soon", "2026-02-31", "2026-13-01", True, [], {}, 10**20, "2026-11-23T09:59:59+08:00", "1990-05-01"]
)
def test_a_date_that_is_missing_unreadable_or_gone_by_is_not_waited_for(value: Any) -> None:
    assert until(WaitDate("attributes.day", 0, None, CHINA, "on", "without"), day=value) == "without"
    assert until(WaitDate("attributes.day", 0, None, CHINA, "on"), day=value) == "on"


def test_why_a_date_was_not_waited_for_is_told() -> None:
    node = WaitDate("attributes.day", 0, None, CHINA, "on")
    assert node.arrive(RUN, scene(day=None)) == Go("on", why={"date": None, "because": "missing"})
    assert node.arrive(RUN, scene(day="2020-01-01")) == Go("on", why={"date": "2020-01-01", "because": "gone_by"})


TODAY_AT_10 = WaitDate("attributes.day", 0, 10 * 60, CHINA, "on", "without")
DUE = replace(RUN, due=MONDAY_10)


def test_a_date_that_is_put_off_while_somebody_waits_is_waited_for_again() -> None:
    assert TODAY_AT_10.wake(DUE, scene(day="2026-11-24")) == Stay(
        MONDAY_10 + DAY, {"date": "2026-11-24", "until": rfc3339(MONDAY_10 + DAY)}
    )
    assert TODAY_AT_10.wake(DUE, scene(day="2026-11-23")) == Go("on", why={"date": "2026-11-23"})
    assert TODAY_AT_10.wake(DUE, scene(MONDAY_10 + DAY, day="2026-11-23")) == Go("on", why={"date": "2026-11-23"}), "it was paused"


@pytest.mark.parametrize(("value", "because"), [(None, "missing"), ("soon", "missing"), ("2026-11-22", "gone_by")])
def test_a_date_that_is_taken_away_or_brought_forward_while_somebody_waits_is_not_what_they_waited_for(value: Any, because: str) -> None:
    assert TODAY_AT_10.wake(DUE, scene(day=value)) == Go("without", "else", {"date": value, "because": because})
    assert replace(TODAY_AT_10, otherwise="").wake(DUE, scene(day=value)) == Go("on", why={"date": value, "because": because})


def test_a_birthday_that_is_corrected_while_somebody_waits_is_waited_for_where_it_is_next() -> None:
    node = replace(TODAY_AT_10, yearly=True)
    assert node.wake(DUE, scene(day="1990-11-23")) == Go("on", why={"date": "1990-11-23"})
    for corrected, until in (("1990-11-24", "2026-11-24"), ("1990-11-22", "2027-11-22")):
        step = node.wake(DUE, scene(day=corrected))
        assert isinstance(step, Stay)
        assert rfc3339(step.due)[:10] == until


def test_so_long_after_the_entry_is_as_long_at_any_speed() -> None:
    node = WaitDate("entry.time", 2 * HOUR, None, CHINA, "on", "without")
    begun = replace(RUN, entry={"time": rfc3339(MONDAY_10)})
    for pace in (STEADY, Pace(3600, NOW)):
        step = node.arrive(begun, scene(pace=pace))
        assert isinstance(step, Stay)
        assert step.due == MONDAY_10 + 2 * HOUR / pace.scale
        assert isinstance(node.wake(replace(begun, due=step.due), scene(step.due, pace=pace)), Go)


@pytest.mark.parametrize(
    ("value", "offset", "expected"),
    [
        ("1990-05-01", 0, "2027-05-01T09:00"),
        ("1990-11-23", 0, "2027-11-23T09:00"),  # today's nine has gone by
        ("1990-11-26", -3 * DAY, "2027-11-23T09:00"),
        ("1990-11-27", -3 * DAY, "2026-11-24T09:00"),
        ("1992-02-29", 0, "2027-02-28T09:00"),
        ("1990-01-02", -3 * DAY, "2026-12-30T09:00"),  # of next year, before it begins
    ],
)
def test_a_birthday_comes_round_every_year(value: str, offset: int, expected: str) -> None:
    assert until(WaitDate("attributes.birthday", offset, 9 * 60, CHINA, "on", yearly=True), birthday=value) == expected


def test_times_of_day_and_dates_are_those_of_the_clock_on_the_wall() -> None:
    """A thousand times as fast: from ten until six in the afternoon are 28.8 seconds, to the day after tomorrow at two 187.2."""
    fast = Pace(1000, MONDAY_10)
    assert WaitUntil(18 * 60, (), CHINA, "on").arrive(RUN, scene(pace=fast)) == Stay(MONDAY_10 + 28_800)
    step = WaitDate(STARTS, 0, None, CHINA, "on").arrive(RUN, scene(pace=fast))
    assert isinstance(step, Stay)
    assert step.due == MONDAY_10 + 187_200


def test_a_weekly_wait_in_a_loop_comes_once_a_week_also_at_any_speed() -> None:
    for pace in (STEADY, Pace(3600, MONDAY_10), Pace(100_000, MONDAY_10)):
        at, node = MONDAY_10, WaitUntil(9 * 60, (0,), CHINA, "on")
        for _ in range(5):
            step = node.arrive(RUN, scene(at, pace=pace))
            assert isinstance(step, Stay)
            assert step.due > at
            at = step.due
        assert abs(pace.told(at) - (MONDAY_10 - HOUR + 5 * 7 * DAY)) < max(2, pace.scale)


def test_who_comes_by_an_event_of_long_ago_waits_for_a_time_that_is_still_to_come() -> None:
    late = scene(at=MONDAY_10 - 3 * DAY, now=MONDAY_10, birthday="1990-11-22")
    assert WaitUntil(9 * 60, (), CHINA, "on").arrive(RUN, late) == Stay(MONDAY_10 + 23 * HOUR)
    step = WaitDate("attributes.birthday", 0, 9 * 60, CHINA, "on", yearly=True).arrive(RUN, late)
    assert isinstance(step, Stay)
    assert rfc3339(step.due)[:10] == "2027-11-22"
