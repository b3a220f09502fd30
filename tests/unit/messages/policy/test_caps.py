"""Caps: what counts, for how long, and when there is room again."""

from functools import reduce

import pytest
from hypothesis import given

from chalicelib.messages.policy.calendars import Calendar
from chalicelib.messages.policy.caps import Cap, frees_at, used
from chalicelib.messages.policy.periods import Period
from chalicelib.messages.policy.sends import KEPT, NOTHING_SENT, Sends, Use, released, reserved
from chalicelib.messages.templates.model import Category, ChannelName
from chalicelib.zones import zone
from tests.unit.messages.policy.world import (
    DAY,
    HOUR,
    MARKETING,
    NOW,
    SERVICE,
    SHANGHAI,
    SMS,
    TEMPLATE,
    TRANSACTIONAL,
    at,
    caps,
    some_sends,
    times,
    told,
    wall,
    zones,
)  # fmt: skip

CHINA = Calendar(SHANGHAI)


@pytest.mark.parametrize(
    ("cap", "category", "channel", "counts"),
    [
        (Cap("c", 1, DAY), MARKETING, ChannelName.SMS, True),
        (Cap("c", 1, DAY), SERVICE, ChannelName.SMS, True),
        (Cap("c", 1, DAY), TRANSACTIONAL, ChannelName.SMS, False),
        (Cap("c", 1, DAY), MARKETING, ChannelName.WEBHOOK, False),
        (Cap("c", 1, DAY, channel=ChannelName.WEBHOOK), MARKETING, ChannelName.WEBHOOK, True),
        (Cap("c", 1, DAY, MARKETING), SERVICE, ChannelName.SMS, False),
        (Cap("c", 1, DAY, TRANSACTIONAL), TRANSACTIONAL, ChannelName.SMS, True),
        (Cap("c", 1, DAY, channel=ChannelName.SMS), SERVICE, ChannelName.PUSH, False),
        (Cap("c", 1, DAY, channel=ChannelName.SMS), TRANSACTIONAL, ChannelName.SMS, False),
        (Cap("c", 1, DAY, MARKETING, ChannelName.SMS), MARKETING, ChannelName.SMS, True),
    ],
)
def test_a_cap_is_about_what_it_names_and_never_silently_about_what_people_cannot_do_without(
    cap: Cap, category: Category, channel: ChannelName, counts: bool
) -> None:
    assert cap.counts(category, channel) is counts


@pytest.mark.parametrize(
    ("within", "earlier", "count", "frees"),
    [
        (Period.DAY, ["2026-03-03 23:59", "2026-03-04 00:00", "2026-03-04 11:00"], 2, "2026-03-05 00:00"),
        (Period.WEEK, ["2026-03-01 23:59", "2026-03-02 00:00", "2026-03-03 12:00"], 2, "2026-03-09 00:00"),
        (Period.MONTH, ["2026-02-28 23:59", "2026-03-01 00:00", "2026-03-04 11:00"], 2, "2026-04-01 00:00"),
        (24 * HOUR, ["2026-03-03 12:00", "2026-03-03 12:01", "2026-03-04 11:00"], 2, "2026-03-04 12:01"),
        (7 * DAY, ["2026-02-26 09:00", "2026-02-27 09:00", "2026-03-01 09:00"], 3, "2026-03-06 09:00"),
    ],
)
def test_a_cap_has_room_again_when_enough_is_past(within: Period | int, earlier: list[str], count: int, frees: str) -> None:
    sends = told(*map(at, earlier))
    cap = Cap("c", 2, within, MARKETING)
    assert used(cap, sends, NOW, CHINA) == count
    assert wall(frees_at(cap, sends, NOW, CHINA) or 0) == frees


def test_a_day_is_the_persons_own() -> None:
    cap, sends = Cap("c", 1, Period.DAY), told(at("2026-03-03 23:00", "America/New_York"))
    now = at("2026-03-04 01:00", "America/New_York")
    assert used(cap, sends, now, Calendar(zone("America/New_York"))) == 0
    assert used(cap, sends, now, CHINA) == 1


def test_channels_and_accounts_count_together_unless_the_cap_names_one() -> None:
    sends = told(NOW - HOUR, route=SMS)
    sends = reserved(sends, Use(NOW - HOUR, "x", 0, MARKETING, TEMPLATE.channel, TEMPLATE.account))
    assert used(Cap("c", 9, DAY), sends, NOW, CHINA) == 2
    assert used(Cap("c", 9, DAY, channel=ChannelName.SMS), sends, NOW, CHINA) == 1


def test_what_was_released_takes_no_place() -> None:
    assert used(Cap("c", 1, DAY), released(told(NOW - HOUR), "earlier-0", 0), NOW, CHINA) == 0


def test_a_message_does_not_stand_in_its_own_way() -> None:
    assert used(Cap("c", 1, DAY), told(NOW - HOUR), NOW, CHINA, "earlier-0") == 0


def test_where_more_was_tried_than_is_remembered_the_cap_is_taken_as_full() -> None:
    many = reduce(reserved, (Use(NOW + one, f"m{one}", 0, MARKETING, SMS.channel) for one in range(KEPT)), NOTHING_SENT)
    nothing_went_out = Sends(many.uses, frozenset(many.uses))
    cap = Cap("c", 5, DAY)
    assert used(cap, nothing_went_out, NOW + HOUR, CHINA) == 5
    assert frees_at(cap, nothing_went_out, NOW + HOUR, CHINA) == NOW + DAY


def test_what_another_clock_puts_after_now_counts() -> None:
    assert used(Cap("c", 1, Period.DAY), told(NOW + 50), NOW, CHINA) == 1


@given(caps, some_sends(), times, zones)
def test_when_a_cap_frees_there_is_room_and_before_there_is_none(cap: Cap, sends: Sends, now: int, name: str) -> None:
    place = Calendar(zone(name or "Asia/Shanghai"))
    if used(cap, sends, now, place) < cap.limit:
        return
    frees = frees_at(cap, sends, now, place)
    assert frees is not None
    assert frees > now
    assert used(cap, sends, frees, place) < cap.limit
    assert used(cap, sends, frees - 1, place) >= cap.limit or max(one.at for one in sends.uses) > now
