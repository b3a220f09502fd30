"""The platform's lists and ours are compared: drift is mended, operators' tags are taken over, and a round goes on after death."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.events import store as events
from chalicelib.events.model import Event, Operation
from chalicelib.tagging import errands, mending, reconcile, seen, walk_records
from chalicelib.tagging.errands import Step
from tests.support.aws import Stack, memory_stack
from tests.support.deliveries import Killed
from tests.support.platform import error
from tests.support.tagging import APPID, MINUTE, FlowingWorld, tagged_world

DAY = 24 * 60 * MINUTE


@pytest.fixture(scope="module")
def shared() -> Iterator[Stack]:
    """The stores, made once."""
    with memory_stack() as made:
        yield made


@pytest.fixture
def world(shared: Stack, monkeypatch: pytest.MonkeyPatch) -> FlowingWorld:
    """Three fans, of whom one is in the segment that the account gives."""
    shared.clear()
    made = tagged_world(shared, monkeypatch)
    made.segments("vip")
    made.account(give=[{"segment": "vip"}], take=["门店会员"])
    for name in ("ming", "hua", "lan"):
        made.person(name, f"o{name}")
    made.stands("ming", segments=["vip"])
    made.flow()
    return made


def counts(world: FlowingWorld) -> dict[str, int]:
    walk = walk_records.walk_of(APPID, reconcile.ROUND)
    assert walk is not None
    assert walk.finished is not None
    return dict(walk.counts)


def compare(world: FlowingWorld) -> dict[str, int]:
    """A round, and what it found."""
    assert reconcile.start(APPID, world.clock.now, at_once=True)
    world.flow()
    return counts(world)


def told(world: FlowingWorld) -> list[tuple[str, str, str]]:
    """The events about tags: (operation, attribute, openid), in order of time."""
    images = sorted(world.pump.stack.items("events"), key=lambda item: str(item["sk"]["S"]))
    found: list[Event] = [events.from_image(image) for image in images]
    return [(one.attributes[0].operation.value, one.attributes[0].name, one.primary.value) for one in found]


def test_where_both_sides_are_alike_nothing_is_done(world: FlowingWorld) -> None:
    before = world.platform.count("tag")
    assert compare(world) == {"holders": 1}
    assert (world.platform.count("tag"), world.platform.count("untag")) == (before, 0)


def test_who_has_a_tag_and_should_not_loses_it(world: FlowingWorld) -> None:
    world.platform.hand("ohua", "hl:vip")
    assert compare(world)[mending.EXTRA] == 1
    assert world.platform.holders_of("hl:vip") == {"oming"}


def test_who_lacks_a_tag_gets_it(world: FlowingWorld) -> None:
    world.platform.untag(world.platform.number("hl:vip"), ["oming"])
    assert compare(world)[mending.MISSING] == 1
    assert world.platform.holders_of("hl:vip") == {"oming"}


def test_a_fan_of_whom_nothing_is_known_loses_our_tag(world: FlowingWorld) -> None:
    world.platform.follow("oStranger")
    world.platform.hand("oStranger", "hl:vip")
    compare(world)
    assert world.platform.holders_of("hl:vip") == {"oming"}


def test_lists_of_many_pages_are_compared_whole(world: FlowingWorld) -> None:
    world.platform.page_size = 3
    for number in range(10):
        world.platform.follow(f"x{number}")
        world.platform.hand(f"x{number}", "hl:vip")
    assert compare(world) == {"holders": 11, mending.EXTRA: 10}
    assert world.platform.holders_of("hl:vip") == {"oming"}


def test_who_does_not_follow_is_not_missed(world: FlowingWorld) -> None:
    world.platform.unfollow("oming")
    compare(world)
    assert world.platform.holders_of("hl:vip") == set()


def test_operators_tags_become_tags_by_hand_and_go_again(world: FlowingWorld) -> None:
    world.platform.hand("ohua", "门店会员")
    assert compare(world)["taken"] == 1
    assert told(world) == [("set", "$tag:门店会员", "ohua")]
    world.stands("hua", manual=["门店会员"])
    assert "taken" not in compare(world)
    world.platform.untag(world.platform.number("门店会员"), ["ohua"])
    world.later(DAY)
    assert compare(world)["given_back"] == 1
    assert told(world)[1:] == [("unset", "$tag:门店会员", "ohua")]


def test_a_tag_given_by_hand_here_is_not_taken_back(world: FlowingWorld) -> None:
    world.stands("hua", manual=["门店会员"])
    assert compare(world) == {"holders": 1}
    assert told(world) == []


def test_what_somebody_here_took_by_hand_is_not_given_again(world: FlowingWorld) -> None:
    world.platform.hand("ohua", "门店会员")
    compare(world)
    world.later(DAY)
    assert "taken" not in compare(world)


def test_the_events_of_a_round_name_the_account_as_their_source(world: FlowingWorld) -> None:
    world.platform.hand("ohua", "门店会员")
    compare(world)
    (event,) = map(events.from_image, world.pump.stack.items("events"))
    assert (event.source, event.attributes[0].operation, event.primary.namespace) == (APPID, Operation.SET, f"openid:{APPID}")


def test_a_round_begins_once_a_day(world: FlowingWorld) -> None:
    assert reconcile.start(APPID, world.clock.now)
    assert not reconcile.start(APPID, world.clock.now)
    world.flow()
    assert not reconcile.start(APPID, world.clock.now + DAY // 2)
    assert reconcile.start(APPID, world.clock.now + DAY)


@pytest.mark.parametrize("appid", ["wx0000000000000000", APPID])
def test_an_account_that_is_not_in_force_or_has_no_tags_has_no_rounds(world: FlowingWorld, appid: str) -> None:
    world.account()
    world.flow()
    assert not reconcile.start(appid, world.clock.now, at_once=True)


@pytest.mark.parametrize("call", range(6))
def test_a_round_whose_worker_dies_at_any_call_is_finished_all_the_same(world: FlowingWorld, call: int) -> None:
    world.platform.page_size = 1
    for openid in ("ohua", "olan"):
        world.platform.hand(openid, "hl:vip")
    seen_calls = []

    def dies(name: str) -> None:
        seen_calls.append(name)
        if len(seen_calls) == call + 1:
            raise Killed

    world.platform.before = dies
    assert reconcile.start(APPID, world.clock.now, at_once=True)
    world.flow()
    assert counts(world)["holders"] >= 3
    assert world.platform.holders_of("hl:vip") == {"oming"}


def test_a_limit_in_the_middle_of_a_round_makes_it_later(world: FlowingWorld) -> None:
    world.platform.hand("ohua", "hl:vip")
    world.platform.fails("holders", error(45011))
    assert compare(world)[mending.EXTRA] == 1


def test_a_round_that_the_platform_refuses_for_good_ends_and_lies_in_the_dead_letters(world: FlowingWorld) -> None:
    world.platform.fails("holders", error(40097))
    compare(world)
    assert len(world.pump.stack.messages("dead-letters")) == 1
    world.later(DAY)
    assert "extra" not in compare(world)


def test_a_round_of_an_account_that_is_set_up_wrongly_goes_on_later(world: FlowingWorld) -> None:
    world.platform.hand("ohua", "hl:vip")
    world.platform.fails("holders", error(48001))
    assert reconcile.start(APPID, world.clock.now)
    world.flow()
    world.later(2 * walk_records.LOST_MS)
    reconcile.revive(APPID, world.clock.now)
    world.flow()
    assert counts(world)[mending.EXTRA] == 1


def test_a_round_whose_message_was_lost_goes_on_when_somebody_looks(world: FlowingWorld) -> None:
    world.platform.hand("ohua", "hl:vip")
    assert reconcile.start(APPID, world.clock.now)
    world.pump.stack.messages("tagging")
    world.later(2 * walk_records.LOST_MS)
    reconcile.revive(APPID, world.clock.now)
    world.flow()
    assert counts(world)[mending.EXTRA] == 1


def test_a_message_of_a_step_that_is_over_does_nothing(world: FlowingWorld) -> None:
    compare(world)
    walk = walk_records.walk_of(APPID, reconcile.ROUND)
    assert walk is not None
    calls = len(world.platform.calls)
    errands.send([Step(APPID, reconcile.ROUND, walk.begun, step) for step in range(walk.step + 1)])
    world.flow()
    assert len(world.platform.calls) == calls


def test_who_was_listed_is_known_by_eight_bytes(world: FlowingWorld) -> None:
    listed = [f"o{number}" for number in range(25_000)]
    seen.keep(APPID, 1, "segment:vip", 0, listed[:10_000])
    seen.keep(APPID, 1, "segment:vip", 1, listed[10_000:])
    has = seen.load(APPID, 1, "segment:vip")
    assert all(one in has for one in listed)
    assert not any(f"x{number}" in has for number in range(25_000))
    assert "o1" not in seen.load(APPID, 2, "segment:vip")
    assert max(_size(item) for item in world.pump.stack.items("wechat")) < 200_000


def _size(item: dict[str, Any]) -> int:
    return len(item.get("hashes", {}).get("B", b""))
