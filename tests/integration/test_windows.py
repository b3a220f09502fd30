"""Windows on the fans' items: opened by pushes, counted down by messages, whatever comes twice or at the same time."""

from collections.abc import Iterator

import pytest

from chalicelib.fans import windows
from chalicelib.fans.contacts import SHUT, WindowReason
from chalicelib.fans.keys import key_of
from chalicelib.fans.window_records import WindowRecord
from chalicelib.fans.windows import WindowRefused
from tests.support.aws import Stack, memory_stack
from tests.unit.wechat import samples
from tests.unit.wechat.samples import APPID, AT, FAN, NOW

MINUTE = 60_000


@pytest.fixture(autouse=True)
def stack() -> Iterator[Stack]:
    with memory_stack(only=["fans"]) as made:
        yield made


def take(times: int, now: int = NOW) -> None:
    for _ in range(times):
        windows.take(APPID, FAN, now)


def test_a_message_of_the_fan_allows_five_and_the_sixth_is_refused() -> None:
    windows.opened(samples.text(), APPID, NOW)
    take(5)
    with pytest.raises(WindowRefused, match="window_used_up"):
        take(1)
    assert windows.window(APPID, FAN).left == 0


def test_a_push_that_comes_again_gives_nothing_back() -> None:
    push = samples.text()
    windows.opened(push, APPID, NOW)
    take(2)
    windows.opened(push, APPID, NOW + 5_000)
    assert windows.window(APPID, FAN).left == 3


def test_nor_does_an_older_one_that_comes_late() -> None:
    tap, follow = samples.event("CLICK", "<EventKey>k</EventKey>", at=AT + 2), samples.event("subscribe", at=AT)
    windows.opened(tap, APPID, NOW)
    take(1, NOW + 2_000)
    windows.opened(follow, APPID, NOW)
    assert windows.window(APPID, FAN).left == 2


def test_the_next_one_fills_it_up_again() -> None:
    windows.opened(samples.text("a", "1"), APPID, NOW)
    take(5)
    windows.opened(samples.text("b", "2"), APPID, NOW)
    assert windows.window(APPID, FAN).left == 5


def test_a_minute_after_a_follow_nothing_is_sent() -> None:
    windows.opened(samples.event("subscribe"), APPID, NOW)
    take(1, NOW + MINUTE - 1)
    with pytest.raises(WindowRefused) as refused:
        take(1, NOW + MINUTE)
    assert refused.value.reason is WindowReason.CLOSED


def test_nobody_who_was_never_in_contact_is_written_to_and_no_item_is_made_for_them(stack: Stack) -> None:
    with pytest.raises(WindowRefused, match="window_closed"):
        take(1)
    windows.opened(samples.event("VIEW", "<EventKey>https://a.example</EventKey>"), APPID, NOW)
    assert stack.items("fans") == []
    assert windows.window(APPID, FAN) == SHUT


def test_going_shuts_it_and_coming_back_opens_it() -> None:
    windows.opened(samples.text(), APPID, NOW)
    windows.opened(samples.event("unsubscribe", at=AT + 1), APPID, NOW + 1_000)
    with pytest.raises(WindowRefused, match="window_closed"):
        take(1, NOW + 2_000)
    windows.opened(samples.event("subscribe", at=AT + 3), APPID, NOW + 3_000)
    take(3, NOW + 4_000)


def test_the_platforms_word_counts_unless_the_fan_was_in_contact_since() -> None:
    windows.opened(samples.text("a", "1"), APPID, NOW)
    seen = windows.take(APPID, FAN, NOW)
    windows.opened(samples.event("CLICK", "<EventKey>k</EventKey>", at=AT + 1), APPID, NOW + 1_000)
    windows.refused(APPID, FAN, seen, WindowReason.USED_UP, NOW + 2_000)
    assert windows.window(APPID, FAN).left == 4
    newest = windows.take(APPID, FAN, NOW + 2_000)
    windows.refused(APPID, FAN, newest, WindowReason.USED_UP, NOW + 2_000)
    assert windows.window(APPID, FAN).left == 0


def test_what_others_keep_on_the_fans_item_stays(stack: Stack) -> None:
    pk, sk = key_of(APPID, FAN)
    item = {"pk": {"S": pk}, "sk": {"S": sk}, "following": {"BOOL": True}}
    stack.client("dynamodb").put_item(TableName=stack.table("fans"), Item=item)
    windows.opened(samples.text(), APPID, NOW)
    take(1)
    (found,) = stack.items("fans")
    assert found["following"] == {"BOOL": True}
    assert int(found["left"]["N"]) == 4
    assert WindowRecord.get(pk, sk).open_until == NOW + 48 * 60 * MINUTE
