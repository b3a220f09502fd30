"""Calls to the platform: full ones, in the right order, and one fan's trouble is its own."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.tagging.batching import MAX_FANS, Act, Deed, batches, bisected
from chalicelib.wechat.errors import LimitReached, TryAgain, WechatError
from tests.support.platform import error

OPENIDS = st.sampled_from([f"o{number}" for number in range(120)])
DEEDS = st.lists(st.builds(Deed, st.sampled_from(Act), st.integers(100, 103), OPENIDS))


@given(DEEDS)
def test_every_deed_is_in_one_call_and_no_call_is_too_large(deeds: list[Deed]) -> None:
    calls = list(batches(deeds))
    assert all(0 < len(openids) <= MAX_FANS for _, _, openids in calls)
    assert sorted(Deed(act, tag, one) for act, tag, openids in calls for one in openids) == sorted(set(deeds))


@given(DEEDS)
def test_tags_that_go_make_room_before_others_come(deeds: list[Deed]) -> None:
    assert all(one <= other for (one, _, _), (other, _, _) in pairwise(batches(deeds)))


@given(DEEDS)
def test_there_are_no_more_calls_than_needed(deeds: list[Deed]) -> None:
    groups = {(deed.act, deed.tag): {one.openid for one in deeds if (one.act, one.tag) == (deed.act, deed.tag)} for deed in deeds}
    assert len(list(batches(deeds))) == sum(-(-len(openids) // MAX_FANS) for openids in groups.values())


class Platform:
    """Refuses calls with any of the bad openids, as a whole."""

    def __init__(self, bad: set[str], number: int = 40003) -> None:
        self.bad, self.number = bad, number
        self.done: list[str] = []
        self.calls = 0

    def __call__(self, openids: Sequence[str]) -> None:
        self.calls += 1
        if self.bad & set(openids):
            raise error(self.number)
        self.done += openids


@given(st.sets(OPENIDS, max_size=50), st.sets(OPENIDS, max_size=5), st.sampled_from([40003, 50005, 45059]))
def test_one_bad_fan_is_found_and_all_others_are_done_once(openids: set[str], bad: set[str], number: int) -> None:
    platform = Platform(bad, number)
    refused = [openid for openid, _ in bisected(platform, sorted(openids))] if openids else []
    assert sorted(refused) == sorted(openids & bad)
    assert sorted(platform.done) == sorted(openids - bad)


def test_one_bad_fan_among_fifty_costs_a_dozen_calls() -> None:
    platform = Platform({"o7"})
    assert len(list(bisected(platform, [f"o{number}" for number in range(50)]))) == 1
    assert platform.calls <= 13


@pytest.mark.parametrize(("number", "kind"), [(-1, TryAgain), (45009, LimitReached), (45159, WechatError), (48001, WechatError)])
def test_what_concerns_everybody_is_raised_at_once(number: int, kind: type[WechatError]) -> None:
    platform = Platform({"o1"}, number)
    with pytest.raises(kind):
        list(bisected(platform, ["o1", "o2", "o3"]))
    assert platform.calls == 1
