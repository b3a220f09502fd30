"""What a sync may tell, and when a push tells what a sync has told before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.fans.model import Change, Fan, Told
from chalicelib.fans.relation import (
    FOUND,
    SAME_MS,
    Finding,
    Step,
    draft_of,
    finding,
    is_follow_double,
    is_leaving_double,
    told_already,
)

APPID, FAN = "wx_shop", "oFan1"
ASKED = 10_000_000
FOLLOWED, LEFT = Change.FOLLOWED, Change.LEFT
TIMES = st.integers(0, 2 * ASKED)


def known(following: bool | None, changed_at: int = 0) -> Fan:
    return Fan(APPID, FAN, following, changed_at)


def told(following: bool, subscribed_at: int = 0) -> Told:
    return Told(FAN, following, subscribed_at=subscribed_at)


@pytest.mark.parametrize(
    ("fan", "answer", "expected"),
    [
        (known(None), told(True, 5), Finding(FOLLOWED, 5)),
        (known(None), told(True), Finding(FOLLOWED, ASKED)),  # the platform does not say since when
        (known(None), told(False), None),
        (known(True, 5), told(True, 5), None),
        (known(True, 5), told(True, 5 + SAME_MS), None),  # the two clocks differ
        (known(True, 5), told(True, 6 + SAME_MS), Finding(FOLLOWED, 6 + SAME_MS)),  # left and came back
        (known(True, 5), told(False), Finding(LEFT, ASKED)),
        (known(False, 5), told(False), None),
        (known(False, 5), told(True, 9), Finding(FOLLOWED, 9)),
        (known(False, 9), told(True, 5), None),  # the answer is older than the unfollow
        (known(True, ASKED + 1), told(False), None),  # has come since the platform was asked
        (known(False, ASKED + 1), told(True, 5), None),
    ],
)
def test_a_finding_is_what_the_platform_knows_and_no_push_has_told(fan: Fan, answer: Told, expected: Finding | None) -> None:
    assert finding(fan, answer, ASKED) == expected


@given(following=st.none() | st.booleans(), changed_at=TIMES, follows=st.booleans(), since=TIMES)
def test_once_a_finding_is_noted_there_is_nothing_more_to_find(following: bool | None, changed_at: int, follows: bool, since: int) -> None:
    found = finding(known(following, changed_at), told(follows, since), ASKED)
    if found is not None:
        assert found.at >= changed_at
        assert finding(known(found.change.follows, found.at), told(follows, since), max(ASKED, found.at)) is None


@pytest.mark.parametrize(
    ("found", "steps", "expected"),
    [
        (Finding(LEFT, 9), [], None),
        (Finding(LEFT, 9), [Step(LEFT, 7, False), Step(FOLLOWED, 5, False)], 7),
        (Finding(LEFT, 9), [Step(FOLLOWED, 8, False), Step(LEFT, 7, False)], None),
        (Finding(FOLLOWED, SAME_MS), [Step(LEFT, SAME_MS, False), Step(FOLLOWED, 0, True)], 0),
        (Finding(FOLLOWED, SAME_MS + 1), [Step(FOLLOWED, 0, False)], None),
    ],
)
def test_what_stored_events_tell_already_is_not_told_again(found: Finding, steps: list[Step], expected: int | None) -> None:
    before = told_already(found, steps)
    assert (before.at if before else None) == expected


def test_a_follows_push_is_a_double_only_of_a_follow_that_a_sync_told() -> None:
    assert is_follow_double([Step(FOLLOWED, 5, True)])
    assert not is_follow_double([Step(FOLLOWED, 5, False), Step(LEFT, 5, True)])  # itself, sent again


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [], False),
        ([Step(FOLLOWED, 1, False)], [Step(LEFT, 9, True)], True),
        ([Step(LEFT, 1, True)], [], True),
        ([Step(FOLLOWED, 3, False), Step(LEFT, 1, True)], [Step(FOLLOWED, 7, False), Step(LEFT, 9, True)], False),
        ([Step(LEFT, 5, False)], [], False),  # itself, sent again
    ],
)
def test_an_unfollows_push_is_a_double_when_a_sync_told_one_right_beside_it(before: list[Step], after: list[Step], expected: bool) -> None:
    assert is_leaving_double(before, after) is expected


def test_what_a_sync_tells_says_so_and_lies_with_the_pushes() -> None:
    answer = Told(FAN, True, unionid="u1", subscribed_at=5, subscribe_scene="ADD_SCENE_QR_CODE", qr_scene="spring")
    draft = draft_of(APPID, Finding(FOLLOWED, 5), answer, "abc")
    assert (draft.name, draft.time, draft.id) == ("WechatSubscribed", 5, f"{FOUND}abc")
    assert draft.identifiers == ((f"openid:{APPID}", FAN),)
    assert draft.properties == {"found_by": "sync", "subscribe_scene": "ADD_SCENE_QR_CODE", "scene": "spring"}
    assert draft.context == {"channel": "wechat", "time_free": True, "scene": "spring"}


def test_an_unfollow_says_nothing_of_how_the_fan_came() -> None:
    draft = draft_of(APPID, Finding(LEFT, 5), Told(FAN, False, unionid="u1"), "abc")
    assert (draft.name, draft.properties) == ("WechatUnsubscribed", {"found_by": "sync"})
