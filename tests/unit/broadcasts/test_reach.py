"""Whom a broadcast would reach, added up from decisions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.broadcasts.reach import Reach, reach_of, unpacked
from chalicelib.errors import BadRequest
from chalicelib.messages.policy.decisions import Decision, Defer, Reason, Refuse, Send
from chalicelib.messages.policy.model import Route
from chalicelib.messages.policy.sends import Use
from chalicelib.messages.templates.model import Category, ChannelName

USE = Use(0, "m", 0, Category.MARKETING, ChannelName.SMS)
DECISIONS: list[Decision] = [
    Send(Route(ChannelName.SMS, "aliyun"), "13800000000", USE, (), ()),
    Send(Route(ChannelName.MASS, "wx1"), "o1", USE, (), ()),
    Defer(1, Reason.QUIET_HOURS, ()),
    Refuse(Reason.NO_ADDRESS, (), ()),
    Refuse(Reason.MASS_QUOTA_USED, (), ()),
]
SOME = st.lists(st.sampled_from(DECISIONS), max_size=30)


def test_everybody_counts_once_by_channel_by_wait_or_by_reason() -> None:
    found = reach_of([*DECISIONS, DECISIONS[0], DECISIONS[3]])
    assert found.checked == 7
    assert found.channels == {"sms": 2, "mass": 1}
    assert found.waits == {"quiet_hours": 1}
    assert found.refusals == {"no_address": 2, "mass_quota_used": 1}


@given(SOME, SOME)
def test_cut_anywhere_it_adds_up_to_the_same(one: list[Decision], two: list[Decision]) -> None:
    found = reach_of([*one, *two])
    assert reach_of(one) + reach_of(two) == found
    assert found.checked == found.channels.total() + found.waits.total() + found.refusals.total()


@given(SOME)
def test_it_comes_back_from_a_cursor_as_it_was(some: list[Decision]) -> None:
    assert unpacked(reach_of(some).packed()) == reach_of(some)


@pytest.mark.parametrize(
    "parts",
    [
        ("-1", "0", "{}", "{}", "{}"),
        ("1", "0", "[]", "{}", "{}"),
        ("1", "0", '{"sms": "x"}', "{}", "{}"),
        ("x", "0", "{}", "{}", "{}"),
        ("1", "0", '{"sms": 1e99}', "{}", "{}"),
        ("9" * 50, "0", "{}", "{}", "{}"),
        ("1", "0", "[" * 900, "{}", "{}"),
    ],
)
def test_a_cursor_of_nobodys_making_is_refused(parts: tuple[str, ...]) -> None:
    with pytest.raises(BadRequest):
        unpacked(parts)


def test_nobody_is_reached_before_anybody_was_looked_at() -> None:
    assert reach_of([]) == Reach()
