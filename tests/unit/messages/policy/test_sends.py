"""What is kept of a person's sends: bounded, the same in any order, and one when two persons are."""

from functools import reduce
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.messages.policy import sends
from chalicelib.messages.policy.sends import HORIZON_MS, KEPT, NOTHING_SENT, Sends, Use, released, reserved, union
from chalicelib.messages.templates.model import Category, ChannelName
from tests.unit.messages.policy.world import DAY, MARKETING, NOW, SERVICE, some_sends, uses


def use(at: int, message: str = "m", attempt: int = 0, category: Category = MARKETING) -> Use:
    return Use(at, message, attempt, category, ChannelName.SMS)


def test_the_same_attempt_takes_one_place_whenever_it_is_decided_again() -> None:
    once = reserved(NOTHING_SENT, use(NOW))
    assert reserved(once, use(NOW + 5)) == once
    assert len(reserved(once, use(NOW + 5, attempt=1)).uses) == 2


def test_what_was_released_stays_released_when_an_older_copy_comes_back() -> None:
    before = reserved(NOTHING_SENT, use(NOW))
    after = released(before, "m", 0)
    assert after.released == {use(NOW)}
    assert union(before, after) == union(after, before) == after
    assert reserved(after, use(NOW + 5)) == after


def test_releasing_what_was_never_reserved_changes_nothing() -> None:
    assert released(NOTHING_SENT, "m", 0) == NOTHING_SENT


def test_many_messages_of_one_kind_do_not_push_those_of_another_out() -> None:
    many = reduce(reserved, (use(NOW + one, f"s{one}", category=SERVICE) for one in range(3 * KEPT)), reserved(NOTHING_SENT, use(NOW)))
    assert use(NOW) in many.uses
    assert len(many.uses) == KEPT + 1


def test_what_no_cap_can_look_back_to_is_forgotten() -> None:
    assert reserved(reserved(NOTHING_SENT, use(NOW, "old")), use(NOW + HORIZON_MS)).uses == (use(NOW + HORIZON_MS),)
    assert len(reserved(reserved(NOTHING_SENT, use(NOW, "old")), use(NOW + 90 * DAY)).uses) == 2


@given(some_sends(), some_sends(), some_sends())
def test_persons_become_one_in_any_order(one: Sends, two: Sends, three: Sends) -> None:
    assert union(one, two) == union(two, one)
    assert union(union(one, two), three) == union(one, union(two, three))
    assert union(one, one) == one


@given(st.lists(uses, unique_by=lambda one: (one.message, one.attempt)), st.randoms())
def test_sends_may_be_counted_in_any_order(some: list[Use], chance: Random) -> None:
    assert reduce(reserved, some, NOTHING_SENT) == reduce(reserved, chance.sample(some, len(some)), NOTHING_SENT)


@given(st.lists(some_sends(), max_size=6))
def test_bounds_hold_in_any_order_also_when_little_is_kept(some: list[Sends]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sends, "KEPT", 2)
        patch.setattr(sends, "HORIZON_MS", 200 * DAY)
        assert reduce(union, some, NOTHING_SENT) == reduce(lambda all_, one: union(one, all_), reversed(some), NOTHING_SENT)
