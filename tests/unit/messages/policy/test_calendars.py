"""On a stage whose time runs fast, hours of the day and pieces of the calendar go by so fast as well."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.messages.policy.calendars import Calendar
from chalicelib.messages.policy.caps import Cap, frees_at, used
from chalicelib.messages.policy.periods import Period
from chalicelib.messages.policy.rules import Basis, MassQuota
from chalicelib.pace import Pace
from tests.unit.messages.policy.world import (
    DAY,
    MARKETING,
    MASS,
    MINUTE,
    NOW,
    SHANGHAI,
    SMS,
    asked,
    at,
    deferred,
    fan,
    hours,
    person,
    phone,
    quiet,
    refused,
    rules,
    sent,
    told,
)  # fmt: skip

SECOND = 1_000
FAST = Pace(3600, NOW)  # an hour is a second; it is noon when it begins
QUICK = Calendar(SHANGHAI, FAST)


def shown(text: str) -> int:
    """When the fast clock shows it."""
    return FAST.instant(at(text))


def test_the_clock_on_the_wall_runs_fast() -> None:
    assert Calendar(SHANGHAI).shows(NOW + 2 * SECOND) == "2026-03-04T12:00+08:00"
    assert QUICK.shows(NOW + 2 * SECOND) == "2026-03-04T14:00+08:00"


def test_a_night_of_ten_hours_is_over_after_ten_seconds() -> None:
    night = [hours("22:00", "08:00")]
    assert not QUICK.covered(night, NOW + 10 * SECOND - 1)
    assert QUICK.covered(night, NOW + 10 * SECOND)
    assert QUICK.over_at(night, NOW + 10 * SECOND) == NOW + 20 * SECOND
    assert QUICK.over_at(night, NOW + 20 * SECOND) == NOW + 20 * SECOND


def test_hours_that_are_never_over_are_not_on_a_fast_stage_either() -> None:
    assert QUICK.over_at([hours("00:00", "24:00")], NOW) is None


@pytest.mark.parametrize(
    ("period", "began", "ends"),
    [
        (Period.DAY, "2026-03-04 00:00", "2026-03-05 00:00"),
        (Period.WEEK, "2026-03-02 00:00", "2026-03-09 00:00"),
        (Period.MONTH, "2026-03-01 00:00", "2026-04-01 00:00"),
    ],
)
def test_days_weeks_and_months_pass_fast(period: Period, began: str, ends: str) -> None:
    assert (QUICK.began_at(period, NOW), QUICK.ends_at(period, NOW)) == (shown(began), shown(ends))


def test_a_message_at_night_waits_for_the_morning_of_the_fast_clock() -> None:
    policy, morning = rules(quiet_hours=(quiet(),), pace=FAST), shown("2026-03-05 08:00")
    assert sent(asked(), person(fan()), policy, NOW + 9 * SECOND)
    assert deferred(asked(), person(fan()), policy, NOW + 11 * SECOND) == ("quiet_hours", morning)
    assert sent(asked(), person(fan()), policy, morning)


def test_advertising_by_sms_keeps_to_the_hours_of_the_fast_clock() -> None:
    policy = rules(sms_zone=SHANGHAI, pace=FAST, bases={MARKETING: {SMS.channel: Basis.ASSUMED}})
    assert deferred(asked(SMS, category=MARKETING), person(phone()), policy, NOW + 8 * SECOND) == (
        "marketing_hours",
        shown("2026-03-05 09:00"),
    )


def test_the_month_of_mass_messages_is_the_fast_clocks() -> None:
    policy = rules(mass_quota=MassQuota(1), pace=FAST)
    follower = person(fan(MASS.channel), sends=told(NOW - 2 * MINUTE, route=MASS))
    april = shown("2026-04-01 00:00")
    assert sent(asked(MASS), follower, policy, NOW), "two minutes ago was five days ago: February"
    follower = person(fan(MASS.channel), sends=told(NOW, route=MASS))
    assert refused(asked(MASS), follower, policy, april - 1) == ["mass_quota_used"]
    assert sent(asked(MASS), follower, policy, april)


def test_a_cap_by_the_day_has_room_again_at_the_fast_midnight() -> None:
    cap, sends = Cap("c", 1, Period.DAY), told(NOW)
    assert used(cap, sends, NOW + 12 * SECOND - 1, QUICK) == 1
    assert used(cap, sends, NOW + 12 * SECOND, QUICK) == 0
    assert frees_at(cap, sends, NOW, QUICK) == NOW + 12 * SECOND


@given(st.sampled_from(Period), st.integers(NOW - 30 * DAY, NOW + 30 * DAY), st.sampled_from([1, 24, 3600, 20160]))
def test_a_time_lies_in_its_period_however_fast_it_passes(period: Period, now: int, scale: float) -> None:
    calendar = Calendar(SHANGHAI, Pace(scale, NOW))
    began, ends = calendar.began_at(period, now), calendar.ends_at(period, now)
    assert began <= now < ends
    assert calendar.began_at(period, began) == began
    assert calendar.began_at(period, ends) == ends
    assert calendar.began_at(period, ends - 1) == began


@given(st.integers(NOW, NOW + DAY), st.sampled_from([1, 24, 3600]))
def test_when_hours_are_over_they_are_and_before_they_are_not(now: int, scale: float) -> None:
    calendar, night = Calendar(SHANGHAI, Pace(scale, NOW)), [hours("22:00", "08:00")]
    over = calendar.over_at(night, now)
    assert over is not None
    assert not calendar.covered(night, over)
    assert over == now or calendar.covered(night, over - 1)
